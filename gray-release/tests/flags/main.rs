//! Flags as a server uses them: documents, buckets, changes, treatments.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod random;
mod buckets;
mod sticky;
mod evaluation;
mod documents;
mod changes;
mod trials;
mod words;
