//! An artifact made public.

use std::sync::Arc;

use crate::build::{Artifact, StageTime};
use crate::content::ContentHash;
use crate::hot::Lineage;
use crate::revision::Revision;

/// A module that pages are told to run.
#[derive(Debug, Clone)]
pub struct Release {
    /// Position in the program's log.
    pub sequence: u64,
    /// The source that it was made from.
    pub revision: Revision,
    /// The newest module and its glue.
    pub artifact: Arc<Artifact>,
    /// Modules that become this release by patches; empty for a compiler that makes none.
    pub lineages: Vec<Arc<Lineage>>,
    /// The module is this release by itself. It is not while pages that run it have been patched already and the next
    /// whole one is being built for those that do not.
    pub whole: bool,
    /// Why programs that run could not be patched; empty when none had to be.
    pub refusals: Vec<String>,
    /// What each stage took, from the first event of the file system on.
    pub stages: Vec<StageTime>,
}

impl Release {
    /// What has become of a module that runs on a page.
    pub fn lineage(&self, base: ContentHash) -> Option<&Lineage> {
        self.lineages.iter().find(|lineage| lineage.base == base).map(AsRef::as_ref)
    }
}
