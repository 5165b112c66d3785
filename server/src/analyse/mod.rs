//! From changed files to what they mean for each program.

mod manifest;

pub use manifest::{ManifestEntry, PageManifest};
