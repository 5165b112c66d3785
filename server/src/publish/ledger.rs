//! What sequences stand for, so that the same thing has the same sequence after a restart.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Release;
use super::board::ProgramBoard;
use crate::analyse::PageManifest;

/// What is known of each program of a log.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    programs: BTreeMap<String, Remembered>,
}

/// What the sequences of one program stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// Highest one that was given out.
    pub sequence: u64,
    /// Digest of what the last release gives to pages, and its sequence.
    release: Option<([u8; 32], u64)>,
    /// Digest of the page's files, and the sequence at which they became these.
    manifest: Option<([u8; 32], u64)>,
}

impl Ledger {
    /// What is known of a program; nothing is as good as an empty one.
    pub fn program(&self, name: &str) -> Remembered {
        self.programs.get(name).cloned().unwrap_or_default()
    }

    /// All that is known.
    pub fn programs(&self) -> impl Iterator<Item = (&str, &Remembered)> {
        self.programs.iter().map(|(name, remembered)| (name.as_str(), remembered))
    }

    /// Takes the place of what was known.
    pub fn insert(&mut self, name: &str, remembered: Remembered) {
        self.programs.insert(name.to_owned(), remembered);
    }
}

impl Remembered {
    /// What a board says.
    pub(super) fn of(program: &ProgramBoard, before: &Self) -> Self {
        let release = program.release.as_ref();
        Self {
            sequence: program.sequence,
            // One that was not built again yet is still what pages have.
            release: release.map(|release| (identity(release), release.sequence)).or(before.release),
            manifest: Some((*program.manifest.digest.as_bytes(), program.manifest_sequence)),
        }
    }

    /// The sequence of a release that gives the same to pages.
    pub(super) fn sequence_of_release(&self, release: &Release) -> Option<u64> {
        self.release.filter(|(digest, _)| *digest == identity(release)).map(|(_, sequence)| sequence)
    }

    /// The sequence at which the files of the page became these.
    pub(super) fn sequence_of_manifest(&self, manifest: &PageManifest) -> Option<u64> {
        let same = |(digest, _): &([u8; 32], u64)| digest == manifest.digest.as_bytes();
        self.manifest.filter(same).map(|(_, sequence)| sequence)
    }
}

/// Digest over all of a release that a page can get.
fn identity(release: &Release) -> [u8; 32] {
    let mut hash = blake3::Hasher::new_derive_key("dev-server 2026 identity of a release");
    hash.update(release.artifact.module.as_bytes());
    hash.update(release.artifact.glue.hash.as_bytes());
    hash.update(&[u8::from(release.whole)]);
    for lineage in &release.lineages {
        hash.update(lineage.base.as_bytes());
        hash.update(&(lineage.patches.len() as u64).to_le_bytes());
        for patch in &lineage.patches {
            hash.update(&patch.number.to_le_bytes());
            hash.update(patch.hash.as_bytes());
        }
    }
    *hash.finalize().as_bytes()
}
