//! Reading Go: what is in a tree, and that nothing with a meaning is missing.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod bad_input;
mod corpus;
mod directives;
mod edits;
mod oracle;
mod soundness;
mod tokens;
