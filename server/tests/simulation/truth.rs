//! What was really made and what everybody was really told: each client is compared with it at once, and at the end.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use dev_server::analyse::PageManifest;
use dev_server::content::ContentHash;
use dev_server::publish::{Board, ProgramBoard};

use crate::project::PROGRAM;

/// An epoch as frames have it.
pub(crate) type Name = Vec<u8>;

/// What a sequence stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    /// Of the text; `None` before the first build of a run, when pages have what they had.
    pub(crate) version: Option<u64>,
    pub(crate) manifest: ContentHash,
}

/// All of one run.
#[derive(Default)]
pub(crate) struct Truth {
    /// Modules with the patches on them, and which text they are.
    meanings: HashMap<(ContentHash, u32), u64>,
    states: HashMap<(Name, u64), State>,
    reports: HashMap<(Name, u64), usize>,
    events: HashMap<(Name, u64), String>,
    manifests: HashMap<ContentHash, Arc<PageManifest>>,
    /// What is true at the end.
    pub(crate) newest: Option<Newest>,
    /// Epochs in the order in which they began, for people.
    epochs: Vec<Name>,
    trace: Vec<String>,
    /// The first thing that is wrong.
    wrong: Option<String>,
}

/// What every client has to be at when all is quiet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Newest {
    pub(crate) epoch: Name,
    pub(crate) state: State,
    /// What is wrong with the text, in number.
    pub(crate) reported: usize,
    pub(crate) last_event: u64,
}

impl Truth {
    /// Something happens, in the run's own time.
    pub(crate) fn note(&mut self, who: &str, what: &str) {
        let now = turmoil::sim_elapsed().unwrap_or_default().as_millis();
        self.trace.push(format!("{now:>6} {who:<9} {what}"));
    }

    pub(crate) fn is_wrong(&mut self, who: &str, what: &str) {
        self.note(who, &format!("WRONG: {what}"));
        self.wrong.get_or_insert_with(|| format!("{who}: {what}"));
    }

    pub(crate) fn wrong(&self) -> Option<&str> {
        self.wrong.as_deref()
    }

    pub(crate) fn into_trace(self) -> Vec<String> {
        self.trace
    }

    /// How people name an epoch: by its place among those of the run.
    pub(crate) fn epoch_number(&mut self, epoch: &[u8]) -> usize {
        let known = self.epochs.iter().position(|known| known == epoch);
        known.unwrap_or_else(|| {
            self.epochs.push(epoch.to_vec());
            self.epochs.len() - 1
        })
    }

    /// A module with its patches up to this one is that text.
    pub(crate) fn means(&mut self, base: ContentHash, patch: u32, version: u64) {
        let before = *self.meanings.entry((base, patch)).or_insert(version);
        if before != version {
            self.is_wrong("builder", &format!("patch {patch} was text {before} and is {version}"));
        }
    }

    /// The text that runs.
    pub(crate) fn version(&self, base: ContentHash, patch: u32) -> Option<u64> {
        self.meanings.get(&(base, patch)).copied()
    }

    pub(crate) fn state(&self, epoch: &[u8], sequence: u64) -> Option<&State> {
        self.states.get(&(epoch.to_vec(), sequence))
    }

    pub(crate) fn manifest(&self, digest: ContentHash) -> Option<&Arc<PageManifest>> {
        self.manifests.get(&digest)
    }

    /// How much was wrong at a sequence of diagnostics.
    pub(crate) fn reported(&self, epoch: &[u8], sequence: u64) -> Option<usize> {
        self.reports.get(&(epoch.to_vec(), sequence)).copied()
    }

    pub(crate) fn event(&self, epoch: &[u8], number: u64) -> Option<&str> {
        self.events.get(&(epoch.to_vec(), number)).map(String::as_str)
    }

    /// An event gets a number, which nothing else may ever have had.
    pub(crate) fn happened(&mut self, epoch: &[u8], number: u64, json: &str) {
        let key = (epoch.to_vec(), number);
        match self.events.insert(key, json.to_owned()) {
            Some(before) if before != json => {
                self.is_wrong("builder", &format!("event {number} was {before} and is {json}"));
            }
            _ => {}
        }
    }

    /// What the board of the server that builds says now.
    pub(crate) fn published(&mut self, board: &Board, version: u64, last_event: u64) {
        let Some(program) = board.programs.get(PROGRAM) else { return };
        let epoch = board.epoch.as_bytes().to_vec();
        let manifest = Arc::clone(&program.manifest);
        let built = program.release.is_some().then_some(version);
        let state = State { version: built, manifest: manifest.digest };
        self.manifests.insert(manifest.digest, manifest);
        self.report(&epoch, program);
        self.newest = Some(Newest {
            epoch: epoch.clone(),
            state: state.clone(),
            reported: program.reported.items.len(),
            last_event,
        });
        let sequence = program.update_sequence();
        let known = self.states.entry((epoch, sequence)).or_insert_with(|| state.clone());
        let same = known.version.is_none() || state.version.is_none() || known.version == state.version;
        if known.manifest == state.manifest && same {
            known.version = known.version.or(state.version);
            return;
        }
        let before = known.clone();
        self.is_wrong("builder", &format!("sequence {sequence} was {before:?} and is {state:?}"));
    }

    fn report(&mut self, epoch: &[u8], program: &ProgramBoard) {
        let (sequence, count) = (program.reported.sequence, program.reported.items.len());
        // Before anything was wrong in a run; it may go on after one in which something was.
        if sequence == 0 {
            return;
        }
        let before = *self.reports.entry((epoch.to_vec(), sequence)).or_insert(count);
        if before != count {
            self.is_wrong("builder", &format!("diagnostics {sequence} were {before} and are {count}"));
        }
    }

    /// Files of a page by their paths.
    pub(crate) fn files(&self, digest: ContentHash) -> Option<BTreeMap<String, ContentHash>> {
        let manifest = self.manifest(digest)?;
        Some(manifest.entries.iter().map(|(path, entry)| (path.clone(), entry.hash)).collect())
    }
}
