//! From a program to a checked module.

mod artifact;

pub use artifact::{Artifact, Glue, GlueKind, StageTime};
