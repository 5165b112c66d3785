//! The `dev-server` command.

fn main() {}
