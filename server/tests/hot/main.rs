//! The warm compiler and the modules that are made with it, run by a JavaScript engine as a page does.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod tools;
mod project;
mod page;
mod language;
mod meaning;
mod types;
mod exports;
mod initial_values;
mod restarts;
mod embedding;
