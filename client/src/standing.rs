//! At which published state a client is, and what an update means for it. Pure: no clock, no socket.

use bytes::Bytes;
use dev_server_proto::v1::{self, Level};

use crate::event::Envelope;

/// A published state, as a client has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Position {
    /// Life of the log that `sequence` belongs to; empty: none yet.
    pub epoch: Bytes,
    /// Last sequence that was applied; 0: none.
    pub sequence: u64,
    /// BLAKE3 of the module that runs; empty: none.
    pub base: Bytes,
    /// Number of the last patch on it that runs.
    pub patch: u32,
    /// Digest of the page's files; empty: unknown.
    pub manifest: Bytes,
}

/// Where a client stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// At a published state, and what leads on from there is taken.
    Following(Position),
    /// Something did not fit: only an update that presupposes nothing is taken from here on.
    AwaitingFull {
        /// The state that it has kept.
        at: Position,
        /// What did not fit, in words.
        reason: String,
    },
}

/// What an update means for a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It is to be applied.
    Take,
    /// Nothing is to be done and nothing said.
    Ignore(Idle),
    /// It must not be applied; the server is told, and sends a whole module.
    Refuse(Refusal),
}

/// Why an update is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idle {
    /// It is not newer than what was applied.
    NotNewer,
    /// A whole module is due.
    AwaitingFull,
}

/// Why an update is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It presupposes another module than the one that runs.
    #[error("made for {}, but {} runs", brief(.wanted), brief(.runs))]
    OtherBase {
        /// The module that it was made for.
        wanted: Bytes,
        /// The one that runs.
        runs: Bytes,
    },
    /// A hot patch without patches.
    #[error("it names no functions")]
    NoPatches,
    /// A patch presupposes one that does not run.
    #[error("made for patch {wanted}, but {runs} runs")]
    MissingLink {
        /// The patch that must run before.
        wanted: u32,
        /// The one that does.
        runs: u32,
    },
    /// What a patch applies is not what its hashes are of.
    #[error("the bytes of patch {number} are not those of its hashes")]
    Damaged {
        /// Which one.
        number: u32,
    },
}

impl Standing {
    /// The state that the client has.
    pub fn at(&self) -> &Position {
        match self {
            Self::Following(at) | Self::AwaitingFull { at, .. } => at,
        }
    }

    /// True while only a whole module helps.
    pub fn wants_whole(&self) -> bool {
        matches!(self, Self::AwaitingFull { .. })
    }

    /// Checks order, base and bytes, before anything that runs is touched.
    pub fn judge(&self, frame: &Envelope, update: &v1::Update) -> Judgement {
        let at = self.at();
        if frame.epoch == at.epoch && frame.sequence <= at.sequence {
            return Judgement::Ignore(Idle::NotNewer);
        }
        // A whole module stands for itself: it may well have been sent while the client was on its way to another one.
        if !is_partial(update.level()) {
            return Judgement::Take;
        }
        if self.wants_whole() {
            return Judgement::Ignore(Idle::AwaitingFull);
        }
        if !frame.base.is_empty() && frame.base != at.base {
            return Judgement::Refuse(Refusal::OtherBase {
                wanted: frame.base.clone(),
                runs: at.base.clone(),
            });
        }
        if update.level() == Level::HotPatch {
            if let Err(refusal) = check_patches(&frame.base, &update.patches, at.patch) {
                return Judgement::Refuse(refusal);
            }
        }
        Judgement::Take
    }

    pub(crate) fn applied(&mut self, to: Position) {
        *self = Self::Following(to);
    }

    pub(crate) fn refused(&mut self, base: Bytes, patch: u32, reason: String) {
        let at = Position { base, patch, ..self.at().clone() };
        *self = Self::AwaitingFull { at, reason };
    }

    pub(crate) fn rebased(&mut self, base: Bytes, patch: u32) {
        match self {
            Self::Following(at) | Self::AwaitingFull { at, .. } => {
                at.base = base;
                at.patch = patch;
            }
        }
    }
}

/// True for what changes something that runs, and so presupposes it.
fn is_partial(level: Level) -> bool {
    matches!(level, Level::HotPatch | Level::AssetSwap)
}

/// Those that run already are skipped; of the others each follows the one before.
fn check_patches(base: &[u8], patches: &[v1::HotPatch], patch: u32) -> Result<(), Refusal> {
    if patches.is_empty() {
        return Err(Refusal::NoPatches);
    }
    let mut runs = patch;
    for next in patches.iter().filter(|next| next.number > patch) {
        if next.follows != runs {
            return Err(Refusal::MissingLink { wanted: next.follows, runs });
        }
        let is_hash = |hash: &Bytes, of: &[u8]| blake3::hash(of).as_bytes().as_slice() == hash;
        if !is_hash(&next.hash, &next.module) || !is_hash(&next.target, &next.applied_bytes(base)) {
            return Err(Refusal::Damaged { number: next.number });
        }
        runs = next.number;
    }
    Ok(())
}

fn brief(hash: &Bytes) -> String {
    if hash.is_empty() { "nothing".to_owned() } else { format!("{:x}", hash.slice(..hash.len().min(4))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(byte: u8) -> Bytes {
        vec![byte; 32].into()
    }

    fn patch(number: u32, follows: u32) -> v1::HotPatch {
        let module = Bytes::from(vec![number as u8; 9]);
        let hashed = |bytes: &[u8]| Bytes::copy_from_slice(blake3::hash(bytes).as_bytes());
        let made = v1::HotPatch { number, follows, hash: hashed(&module), module, ..v1::HotPatch::default() };
        v1::HotPatch { target: hashed(&made.applied_bytes(&hash(1))), ..made }
    }

    fn judged(standing: &Standing, sequence: u64, base: &Bytes, patches: &[v1::HotPatch]) -> Judgement {
        let frame = Envelope { epoch: "e".into(), sequence, base: base.clone(), ..Envelope::default() };
        let level = if patches.is_empty() { Level::AssetSwap } else { Level::HotPatch };
        let update = v1::Update { level: level.into(), patches: patches.to_vec(), ..v1::Update::default() };
        standing.judge(&frame, &update)
    }

    fn at(patch: u32) -> Standing {
        let at = Position { epoch: "e".into(), sequence: 5, base: hash(1), patch, ..Position::default() };
        Standing::Following(at)
    }

    #[test]
    fn patches_are_taken_as_a_chain_or_not_at_all() {
        let refused = |patches: &[v1::HotPatch]| match judged(&at(3), 6, &hash(1), patches) {
            Judgement::Refuse(refusal) => refusal.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(judged(&at(3), 6, &hash(1), &[patch(4, 3), patch(7, 4)]), Judgement::Take);
        assert_eq!(judged(&at(3), 6, &hash(1), &[patch(1, 0), patch(4, 3)]), Judgement::Take);
        assert_eq!(judged(&at(3), 6, &hash(1), &[patch(2, 1)]), Judgement::Take, "it has them all");
        assert_eq!(refused(&[patch(5, 4)]), "made for patch 4, but 3 runs");
        assert_eq!(refused(&[patch(4, 3), patch(6, 5)]), "made for patch 5, but 4 runs");
        assert_eq!(refused(&[patch(5, 3), patch(4, 3)]), "made for patch 3, but 5 runs");
        let damaged = v1::HotPatch { module: "other".into(), ..patch(4, 3) };
        assert_eq!(refused(&[damaged]), "the bytes of patch 4 are not those of its hashes");
        let elsewhere = v1::HotPatch { stack_chain: 8, ..patch(4, 3) };
        assert_eq!(refused(&[elsewhere]), "the bytes of patch 4 are not those of its hashes");
    }

    #[test]
    fn what_presupposes_another_module_is_refused_and_then_ignored() {
        let mut standing = at(0);
        let Judgement::Refuse(refusal) = judged(&standing, 6, &hash(2), &[]) else { panic!() };
        assert_eq!(refusal.to_string(), "made for 02020202, but 01010101 runs");
        standing.refused(hash(1), 0, refusal.to_string());
        assert_eq!(judged(&standing, 7, &hash(1), &[]), Judgement::Ignore(Idle::AwaitingFull));
        assert_eq!(judged(&standing, 5, &hash(1), &[]), Judgement::Ignore(Idle::NotNewer));
        assert_eq!(standing.at().sequence, 5);
    }
}
