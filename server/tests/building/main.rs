//! Real programs through real compilers, and the builder around a compiler that does what it is told.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod project;
mod tools;
mod glue;
mod caching;
mod hostile;
mod golden;
mod go;
mod tinygo;
mod warm_compiler;
