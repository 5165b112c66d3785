//! A base with everything that is known of it: its module, the patches on it, the world that they make.

use std::sync::Arc;

use super::HotError;
use super::library::library;
use super::lineage::{Lineage, Patch};
use super::program::{Live, PatchModule};
use super::saved::SavedBase;
use crate::analyse::SourceDigest;
use crate::build::{Artifact, Builder};
use crate::content::ContentHash;

/// A module that runs on pages or may come to.
#[derive(Debug)]
pub(super) struct Base {
    pub(super) artifact: Artifact,
    pub(super) lineage: Arc<Lineage>,
    pub(super) live: Live,
    pub(super) digest: SourceDigest,
    pub(super) first_digest: SourceDigest,
    /// What the last request made for it.
    pub(super) patch: Option<Patch>,
    /// What stayed as it was in programs that run, although the text has changed.
    pub(super) notes: Vec<String>,
}

impl Base {
    pub(super) fn saved(&self) -> SavedBase {
        SavedBase {
            artifact: self.artifact.clone(),
            lineage: Arc::clone(&self.lineage),
            world: Arc::clone(&self.live.world),
            files: self.live.files.clone(),
            digest: self.digest,
            first_digest: self.first_digest,
        }
    }

    /// `None` when something that it needs is not kept any more.
    pub(super) fn restored(saved: SavedBase, builder: &Builder) -> Option<Self> {
        if !builder.has(saved.artifact.module) || !builder.has(saved.artifact.glue.hash) {
            return None;
        }
        let library = Arc::new(library(&saved.files).ok()?);
        // The server may have died before its last patch was written down.
        let mut world = saved.world;
        Arc::make_mut(&mut world).skip_numbers(unguessed()?);
        let live = Live::new(world, library, saved.files);
        Some(Self {
            artifact: saved.artifact,
            lineage: saved.lineage,
            live,
            digest: saved.digest,
            first_digest: saved.first_digest,
            patch: None,
            notes: Vec::new(),
        })
    }
}

/// Makes a module different from all others. Patches are known by the module that they are for and by their number: if
/// one came back that had patches before, a page that runs it with those would be taken for one with others.
pub(super) fn marked(mut module: Vec<u8>) -> Result<Vec<u8>, HotError> {
    const NAME: &[u8] = b"dev-server.lineage";
    let mut mark = [0; 16];
    getrandom::fill(&mut mark).map_err(|error| HotError::Unsupported(error.to_string()))?;
    // A custom section: its id, the length of what follows, the length of its name.
    module.extend([0, (1 + NAME.len() + mark.len()) as u8, NAME.len() as u8]);
    module.extend(NAME);
    module.extend(mark);
    Ok(module)
}

/// How many numbers to leave out: one of sixteen million.
fn unguessed() -> Option<u32> {
    let mut random = [0; 3];
    getrandom::fill(&mut random).ok()?;
    let [low, middle, high] = random;
    Some(u32::from_le_bytes([low, middle, high, 0]) + 1)
}

/// The patch as pages get it, behind those of a lineage.
pub(super) fn published(module: &PatchModule, lineage: &Lineage) -> Patch {
    let patch = &module.patch;
    Patch {
        number: patch.number,
        follows: lineage.patches.last().map_or(0, |before| before.number),
        module: patch.module.clone().into(),
        hash: ContentHash::of(&patch.module),
        table_length: patch.table_length,
        table_growth: patch.table_growth,
        writes: patch.writes.iter().map(|(at, content)| (*at, content.clone().into())).collect(),
        has_initializer: patch.has_initializer,
        stack_chain: patch.stack_chain,
        functions: patch.changed.iter().chain(&patch.added).cloned().collect(),
        notes: patch.notes.iter().map(ToString::to_string).collect(),
    }
}
