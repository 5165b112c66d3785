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
    /// What there was when it was made, or read again.
    pub(super) first_room: Room,
    /// What the last request made for it.
    pub(super) patch: Option<Patch>,
    /// What stayed as it was in programs that run, although the text has changed.
    pub(super) notes: Vec<String>,
}

/// What there is for patches in a module, and what of it they have taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes that are taken for their data.
    pub bytes_used: u32,
    /// All of them.
    pub bytes: u32,
    /// Slots that are taken for functions that they brought.
    pub slots_used: u32,
    /// All of them.
    pub slots: u32,
}

impl Room {
    /// Nothing is taken of it yet.
    pub(super) fn of(live: &Live) -> Self {
        let (bytes, slots) = live.world.left();
        Self { bytes_used: 0, bytes, slots_used: 0, slots }
    }

    /// The parts that are left, in ten thousandths, the smaller one first.
    pub(super) fn left(&self) -> (u64, u64) {
        let part = |used: u32, all: u32| u64::from(all - used) * 10_000 / u64::from(all.max(1));
        let (bytes, slots) = (part(self.bytes_used, self.bytes), part(self.slots_used, self.slots));
        (bytes.min(slots), bytes.max(slots))
    }
}

impl Base {
    pub(super) fn room(&self) -> Room {
        let (first, (bytes, slots)) = (self.first_room, self.live.world.left());
        Room {
            bytes_used: first.bytes.saturating_sub(bytes),
            slots_used: first.slots.saturating_sub(slots),
            ..first
        }
    }

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
            digest: saved.digest,
            first_digest: saved.first_digest,
            first_room: Room::of(&live),
            live,
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
