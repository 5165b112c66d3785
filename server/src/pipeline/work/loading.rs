//! Loading the package graph beside the loop, and what follows from a new one.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::revision::Revision;

use super::super::announce::Progress;
use super::super::project::{self, Loaded};
use super::{Done, Work};

/// The package graph is being loaded.
pub(super) struct Loading {
    pub(super) cancel: CancellationToken,
    /// Something changed meanwhile that a load has to see.
    pub(super) again: bool,
    /// Something changed meanwhile; a load that fails may be of what is mended already.
    pub(super) touched: bool,
}

impl Work {
    /// Loads the package graph, or does so again after the load that is under way.
    pub(super) fn load(&mut self) {
        if let Some(loading) = &mut self.loading {
            loading.again = true;
            loading.cancel.cancel();
            return;
        }
        let cancel = CancellationToken::new();
        self.loading = Some(Loading { cancel: cancel.clone(), again: false, touched: false });
        let (options, done, revision) = (self.project.options().clone(), self.done.clone(), self.revision);
        tokio::spawn(async move {
            let began = Instant::now();
            let loaded = Box::new(project::load(options, cancel).await);
            let _ = done.send(Done::Load { revision, elapsed: began.elapsed(), loaded }).await;
        });
    }

    pub(super) async fn on_loaded(&mut self, revision: Revision, elapsed: Duration, loaded: Loaded) {
        let (again, touched) =
            self.loading.take().map_or((false, false), |loading| (loading.again, loading.touched));
        if again {
            self.load();
            return;
        }
        self.timeline.add(revision, "graph", elapsed);
        self.traces.loaded(revision, elapsed);
        // Watched before it is read: what is saved in between is then reported once more, and found to be known.
        let set = self.project.watch_set(&loaded);
        let watched_before = set.is_none() || set == self.watched;
        if let Some(set) = set.filter(|_| !watched_before) {
            self.watched = Some(set.clone());
            self.watcher.rewatch(set);
        }
        // A failure is believed when nothing could have mended it unseen: neither before its files were watched, nor by
        // putting back what was there before, which is no change to the watcher.
        let doubtful = self.project.is_doubtful(&loaded);
        if loaded.is_failure() && (touched || !watched_before || doubtful) {
            self.load();
            return;
        }
        let adopted = self.project.adopt(loaded).await;
        self.announcer.warnings(adopted.warnings);
        self.publisher.set_programs(self.revision, adopted.manifests);
        let programs: Vec<String> = self.publisher.board().programs.keys().cloned().collect();
        self.schedule.retain(|name| programs.iter().any(|program| program == name));
        self.failing.retain(|name| programs.contains(name));
        if !adopted.errors.is_empty() {
            // What runs is of a graph that is no more; the programs' good modules are remembered by the board.
            self.schedule.cancel_all();
        }
        for program in programs {
            if adopted.errors.is_empty() {
                self.want(&program);
            } else {
                self.failing.insert(program.clone());
                self.announcer.build(self.revision, &program, Progress::Failed(elapsed, &adopted.errors));
                self.publisher.set_diagnostics(&program, self.revision, adopted.errors.clone());
            }
        }
        if doubtful {
            self.load();
        }
    }
}
