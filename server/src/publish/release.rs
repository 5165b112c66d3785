//! An artifact made public.

use std::sync::Arc;

use crate::build::{Artifact, StageTime};
use crate::revision::Revision;

/// A module that pages are told to run.
#[derive(Debug, Clone)]
pub struct Release {
    /// Position in the program's log.
    pub sequence: u64,
    /// The source that it was made from.
    pub revision: Revision,
    /// The module and its glue.
    pub artifact: Arc<Artifact>,
    /// What each stage took, from the first event of the file system on.
    pub stages: Vec<StageTime>,
}
