//! From changed files to what they mean for each program.
