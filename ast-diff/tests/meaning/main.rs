//! What edits mean: folders of files that say it, and properties of files of all kinds.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

#[path = "../reading/corpus.rs"]
mod corpus;
mod fixtures;
mod packages;
mod properties;
