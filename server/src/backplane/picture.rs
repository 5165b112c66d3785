//! What is true of a program, as bytes that go to hubs.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::analyse::PageManifest;
use crate::build::{Artifact, Glue};
use crate::content::ContentHash;
use crate::diagnostic::Diagnostic;
use crate::hot::Lineage;
use crate::publish::{Building, Order, ProgramBoard, Release, Reported};
use crate::revision::Revision;

/// A program's board without what only the server that builds has use for: syntax trees and times of stages.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Picture {
    name: String,
    sequence: u64,
    revision: Revision,
    release: Option<ReleasePicture>,
    manifest: PageManifest,
    /// Newest first, at most [`EARLIER`].
    earlier_manifests: Vec<PageManifest>,
    manifest_sequence: u64,
    manifest_revision: Revision,
    building: Option<Building>,
    reported: (u64, Revision, Vec<Diagnostic>),
    order: Option<Order>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ReleasePicture {
    sequence: u64,
    revision: Revision,
    module: ContentHash,
    size: u64,
    /// Hubs find Go positions for crashes in it; pages never get it.
    symbols: Option<ContentHash>,
    glue: Glue,
    lineages: Vec<Lineage>,
    whole: bool,
    refusals: Vec<String>,
}

/// Manifests before the newest that a hub which has just come learns; one that was there has its own.
const EARLIER: usize = 8;

impl Picture {
    pub(super) fn of(board: &ProgramBoard) -> Self {
        let release = board.release.as_ref().map(|release| ReleasePicture {
            sequence: release.sequence,
            revision: release.revision,
            module: release.artifact.module,
            size: release.artifact.size,
            symbols: release.artifact.symbols,
            glue: release.artifact.glue,
            lineages: release.lineages.iter().map(|lineage| Lineage::clone(lineage)).collect(),
            whole: release.whole,
            refusals: release.refusals.clone(),
        });
        let earlier = board.earlier_manifests.iter().take(EARLIER);
        Self {
            name: board.name.clone(),
            sequence: board.sequence,
            revision: board.revision,
            release,
            manifest: PageManifest::clone(&board.manifest),
            earlier_manifests: earlier.map(|manifest| PageManifest::clone(manifest)).collect(),
            manifest_sequence: board.manifest_sequence,
            manifest_revision: board.manifest_revision,
            building: board.building,
            reported: (board.reported.sequence, board.reported.revision, board.reported.items.clone()),
            order: board.order,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn to_bytes(&self) -> Bytes {
        // There is nothing in it that the format cannot say, and memory does not run out here of all places.
        postcard::to_stdvec(self).unwrap_or_default().into()
    }

    /// `None` when it is none.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }

    /// All that pages may fetch while this is true, and what is needed to read their crashes.
    pub(super) fn blobs(&self) -> Vec<ContentHash> {
        let release = self.release.iter();
        let release = release
            .flat_map(|release| [Some(release.module), Some(release.glue.hash), release.symbols])
            .flatten();
        let files = self.manifest.entries.values().map(|entry| entry.hash);
        release.chain(files).collect()
    }

    pub(super) fn into_board(self) -> ProgramBoard {
        let mut board = ProgramBoard::new(self.name.clone(), Arc::new(self.manifest));
        let (sequence, revision, items) = self.reported;
        board.reported = Arc::new(Reported { sequence, revision, items });
        board.release = self.release.map(|release| {
            Arc::new(Release {
                sequence: release.sequence,
                revision: release.revision,
                artifact: Arc::new(Artifact {
                    revision: release.revision,
                    program: self.name,
                    module: release.module,
                    size: release.size,
                    glue: release.glue,
                    symbols: release.symbols,
                    stages: Vec::new(),
                    warnings: Vec::new(),
                    from_cache: true,
                }),
                lineages: release.lineages.into_iter().map(Arc::new).collect(),
                whole: release.whole,
                refusals: release.refusals,
                stages: Vec::new(),
            })
        });
        board.earlier_manifests = self.earlier_manifests.into_iter().map(Arc::new).collect();
        board.manifest_sequence = self.manifest_sequence;
        board.manifest_revision = self.manifest_revision;
        board.building = self.building;
        board.order = self.order;
        board.sequence = self.sequence;
        board.revision = self.revision;
        board
    }
}
