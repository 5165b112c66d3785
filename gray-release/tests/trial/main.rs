//! Releases on trial: what is found, how soon, and how seldom nothing is found wrong.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod simulation;
mod decisions;
mod chances;
