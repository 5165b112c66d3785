//! From modules to what is true now.
