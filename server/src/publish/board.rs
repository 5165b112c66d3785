//! What is true now. Latecomers and slow clients read the same board as everybody else, so they need no special code.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::analyse::{PageManifest, ProgramTrees};
use crate::diagnostic::Diagnostic;
use crate::revision::Revision;

use super::Release;
use super::ledger::Remembered;

/// How many manifests of a page are remembered. A page that is older than that is loaded anew,
/// so the number only has to cover tabs that slept through some minutes of work.
const REMEMBERED_MANIFESTS: usize = 64;

/// One life of the log: sequences of different epochs cannot be compared.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Epoch([u8; 16]);

impl Epoch {
    /// An epoch that nobody had before.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// One that was there before.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// As frames carry it.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for Epoch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Epoch({:032x})", u128::from_be_bytes(self.0))
    }
}

/// What is true now, for every program of the project.
#[derive(Debug, Clone)]
pub struct Board {
    /// The log that the sequences belong to.
    pub epoch: Epoch,
    /// By name.
    pub programs: BTreeMap<String, Arc<ProgramBoard>>,
}

/// What is true now for one program.
#[derive(Debug, Clone)]
pub struct ProgramBoard {
    /// Name of the program.
    pub name: String,
    /// The newest module that is good.
    pub release: Option<Arc<Release>>,
    /// Files of the page, and the sequence at which they last changed.
    pub manifest: Arc<PageManifest>,
    /// Sequence at which `manifest` last changed; 0 when it never did.
    pub manifest_sequence: u64,
    /// The source that `manifest` was found in.
    pub manifest_revision: Revision,
    /// What was true before `manifest`, newest first: what a page has is compared with it.
    pub earlier_manifests: VecDeque<Arc<PageManifest>>,
    /// The build that runs.
    pub building: Option<Building>,
    /// All that is wrong now.
    pub reported: Arc<Reported>,
    /// What is followed of its own Go files; `None` while nobody follows them.
    pub trees: Option<Arc<ProgramTrees>>,
    /// The last order of the terminal.
    pub order: Option<Order>,
    /// Highest sequence that was given out.
    pub sequence: u64,
    /// Newest revision that anything of this board was made from.
    pub revision: Revision,
}

/// A build at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Building {
    /// The source that is compiled.
    pub revision: Revision,
    /// What the last good build took.
    pub expected: Option<Duration>,
}

/// What is wrong now; empty when the text is right.
#[derive(Debug, Default)]
pub struct Reported {
    /// Sequence at which it became true; 0 before anything was wrong.
    pub sequence: u64,
    /// The source that it was found in.
    pub revision: Revision,
    /// In the order of the compiler.
    pub items: Vec<Diagnostic>,
}

/// An order from the terminal to all pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// A page obeys each sequence once.
    pub sequence: u64,
    /// What to do.
    pub kind: OrderKind,
}

/// What the terminal can order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderKind {
    /// Start the program afresh, nothing handed over.
    Restart,
    /// Load the page anew.
    Reload,
}

impl ProgramBoard {
    /// A program of which nothing is known yet.
    pub fn new(name: String, manifest: Arc<PageManifest>) -> Self {
        Self {
            name,
            release: None,
            manifest,
            manifest_sequence: 0,
            manifest_revision: Revision::default(),
            earlier_manifests: VecDeque::new(),
            building: None,
            reported: Arc::default(),
            trees: None,
            order: None,
            sequence: 0,
            revision: Revision::default(),
        }
    }

    /// A program of which an earlier run of the server has told pages.
    pub(super) fn remembered(name: String, manifest: Arc<PageManifest>, known: &Remembered) -> Self {
        let mut program = Self::new(name, manifest);
        program.sequence = known.sequence;
        if known.sequence > 0 {
            // Files that are others than those of then became so now.
            program.manifest_sequence =
                known.sequence_of_manifest(&program.manifest).unwrap_or(known.sequence + 1);
            program.sequence = program.sequence.max(program.manifest_sequence);
        }
        program
    }

    /// The sequence at which what a page has to run or show last changed.
    pub fn update_sequence(&self) -> u64 {
        self.release.as_ref().map_or(0, |release| release.sequence).max(self.manifest_sequence)
    }

    pub(super) fn replace_manifest(&mut self, manifest: Arc<PageManifest>) {
        let old = std::mem::replace(&mut self.manifest, manifest);
        self.earlier_manifests.push_front(old);
        self.earlier_manifests.truncate(REMEMBERED_MANIFESTS);
    }
}
