//! The project as the stages before the build know it: its package graph, what its files contain, its pages.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use tokio_util::sync::CancellationToken;

use crate::analyse::{
    Following, Index, LoadFailure, LoadOptions, LoadOutcome, ManifestLimits, ManifestScanner, PageManifest,
    Program, ProgramGraph, ProgramTrees, SourceDigest, Verdict,
};
use crate::build::StageTime;
use crate::content::{BlobStore, ContentHash};
use crate::diagnostic::{Diagnostic, Origin};
use crate::revision::Revision;
use crate::watch::{Bounds, Change, WatchSet};

/// What is known of the project's files. Reading them is done aside, so that the loop goes on meanwhile only for
/// what it was told before; nobody else changes a `Project`.
pub(super) struct Project {
    options: LoadOptions,
    blobs: BlobStore,
    graph: Option<Arc<ProgramGraph>>,
    /// The last load failed: `graph` is that of an earlier time, and nothing is built of it.
    broken: bool,
    /// What made the last load doubtful.
    doubtful: BTreeMap<PathBuf, SystemTime>,
    programs: BTreeMap<String, Arc<Program>>,
    index: Index,
    scanners: BTreeMap<String, ManifestScanner>,
}

/// What changed files mean.
pub(super) struct Judged {
    /// By program.
    pub(super) verdicts: Vec<(String, Verdict)>,
    /// What reading them as trees and comparing these has taken, where that was done.
    pub(super) stages: Vec<StageTime>,
}

/// What a load brought.
pub(super) struct Loaded {
    outcome: LoadOutcome,
    start: SystemTime,
}

/// What became of the project after a load.
pub(super) struct Adopted {
    /// Every program with the files of its page.
    pub(super) manifests: Vec<(String, Arc<PageManifest>)>,
    /// Why nothing can be built.
    pub(super) errors: Vec<Diagnostic>,
    /// What deserves a look although everything can be built.
    pub(super) warnings: Vec<Diagnostic>,
}

/// Loads the graph; separate from the project so that a load can run aside.
pub(super) async fn load(options: LoadOptions, cancel: CancellationToken) -> Loaded {
    let start = SystemTime::now();
    // A task of its own: a panic in there is a defect to be told, not a load that never ends.
    let outcome = tokio::spawn(async move { ProgramGraph::load(&options, &cancel).await }).await;
    let outcome = outcome.unwrap_or_else(|_| {
        LoadOutcome::Failed(LoadFailure {
            diagnostics: vec![defect(Origin::Loader)],
            watch_set: WatchSet::default(),
        })
    });
    Loaded { outcome, start }
}

/// A panic of ours, as something that stands on the page until it goes well.
pub(super) fn defect(origin: Origin) -> Diagnostic {
    Diagnostic::error(origin, "dev-server has a defect: it panicked over this state of the sources")
        .hint("the terminal shows where; please report it, with the sources if you can")
}

impl Loaded {
    pub(super) fn is_failure(&self) -> bool {
        matches!(self.outcome, LoadOutcome::Failed(_))
    }
}

impl Project {
    pub(super) fn new(options: LoadOptions, blobs: BlobStore) -> Self {
        Self {
            index: Index::new(&options),
            options,
            blobs,
            graph: None,
            broken: false,
            doubtful: BTreeMap::new(),
            programs: BTreeMap::new(),
            scanners: BTreeMap::new(),
        }
    }

    /// What to watch after a load; `None` when it was cancelled. After a failure also what was watched before: the
    /// mend may be an undo anywhere in there.
    pub(super) fn watch_set(&self, loaded: &Loaded) -> Option<WatchSet> {
        match &loaded.outcome {
            LoadOutcome::Loaded(graph) => Some(graph.watch_set()),
            LoadOutcome::Failed(failure) => {
                let mut set = failure.watch_set.clone();
                if let Some(graph) = &self.graph {
                    set.extend(graph.watch_set());
                }
                Some(set)
            }
            LoadOutcome::Cancelled => None,
        }
    }

    /// True when files were written while the load ran, which may have read them before or found them gone for a
    /// moment. To be asked after they are watched. The same files with the same times are doubtful once only: their
    /// clock may be ahead of ours.
    pub(super) fn is_doubtful(&mut self, loaded: &Loaded) -> bool {
        let written = match &loaded.outcome {
            LoadOutcome::Loaded(graph) => graph.written_since(loaded.start),
            LoadOutcome::Failed(_) => {
                let set = self.watch_set(loaded).unwrap_or_default();
                set.written_since(loaded.start, &Bounds::default())
            }
            LoadOutcome::Cancelled => return false,
        };
        let doubtful = !written.is_empty() && written != self.doubtful;
        self.doubtful = written;
        doubtful
    }

    pub(super) fn options(&self) -> &LoadOptions {
        &self.options
    }

    pub(super) fn program(&self, name: &str) -> Option<Arc<Program>> {
        self.programs.get(name).cloned()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.programs.keys().map(String::as_str)
    }

    /// True once the graph was loaded.
    pub(super) fn is_loaded(&self) -> bool {
        self.graph.is_some()
    }

    /// The input that the compiler would get now.
    pub(super) fn digest(&self, name: &str) -> Option<SourceDigest> {
        self.programs.get(name).map(|program| self.index.digest(program))
    }

    /// What each file of a program contained when it was last looked at.
    pub(super) fn contents(&self, program: &Program) -> BTreeMap<PathBuf, ContentHash> {
        self.index.contents(program)
    }

    /// A build of this input went well and is public.
    pub(super) fn judged_good(&mut self, name: &str, digest: SourceDigest) {
        if let Some(program) = self.programs.get(name) {
            self.index.judged_good(program, digest);
        }
    }

    /// Makes the next verdict on a program a build.
    pub(super) fn forget_good(&mut self, name: &str) {
        self.index.forget(name);
    }

    /// True for a file that decides the build of one of the programs: only those are opened in an editor.
    pub(super) fn owns(&self, file: &Path) -> bool {
        self.programs.values().any(|program| program.sources.contains(file))
    }

    /// The files that decide the build of a program.
    pub(super) fn sources(&self, name: &str) -> Vec<PathBuf> {
        self.programs.get(name).map(|program| program.sources.iter().cloned().collect()).unwrap_or_default()
    }

    /// True when a build of exactly these sources is public.
    pub(super) fn is_good(&self, name: &str) -> bool {
        self.programs.get(name).is_some_and(|program| self.index.is_good(program))
    }

    /// What changed files mean for each program that they concern. Without a graph, or with one of an earlier time,
    /// every change is a reason to load.
    pub(super) async fn judge(&mut self, changes: Vec<Change>) -> Judged {
        let Some(graph) = self.graph.clone().filter(|_| !self.broken) else {
            let mut index = std::mem::take(&mut self.index);
            self.index = aside(move || {
                index.look_for_trees(&changes);
                index
            })
            .await;
            let name = self.programs.keys().next().cloned();
            let verdicts = vec![(name.unwrap_or_else(|| self.placeholder()), Verdict::Graph)];
            return Judged { verdicts, stages: Vec::new() };
        };
        let mut index = std::mem::take(&mut self.index);
        let judged = aside(move || {
            let verdicts = index.judge(&graph, &changes);
            let [parse, diff] = index.take_spent();
            let stages = [("parse", parse), ("diff", diff)].into_iter();
            let stages = stages.filter(|(_, elapsed)| !elapsed.is_zero());
            let stages = stages.map(|(name, elapsed)| StageTime { name, elapsed }).collect();
            (index, Judged { verdicts, stages })
        });
        let (index, judged) = judged.await;
        self.index = index;
        judged
    }

    /// What is followed of the files of these programs, and of no others.
    pub(super) async fn trees(
        &mut self,
        followed: &BTreeMap<String, Following>,
        revision: Revision,
    ) -> BTreeMap<String, ProgramTrees> {
        let followed = followed.iter();
        let programs: Vec<_> =
            followed.filter_map(|(name, following)| Some((self.program(name)?, *following))).collect();
        let mut index = std::mem::take(&mut self.index);
        let (index, trees) = aside(move || {
            let trees = index.trees(&programs, revision);
            (index, trees)
        })
        .await;
        self.index = index;
        trees
    }

    /// The files of a program's page as they are now.
    pub(super) async fn scan_page(&mut self, name: &str) -> Option<(Arc<PageManifest>, Vec<Diagnostic>)> {
        let page = self.programs.get(name)?.page.clone()?;
        let mut scanner = self.scanners.remove(name).unwrap_or_default();
        let blobs = self.blobs.clone();
        let scanned = aside(move || {
            let scanned = scanner.scan(&page, &blobs, &ManifestLimits::default());
            (scanner, scanned)
        });
        let (scanner, scanned) = scanned.await;
        self.scanners.insert(name.to_owned(), scanner);
        match scanned {
            Ok((manifest, problems)) => Some((Arc::new(manifest), problems)),
            // The page stays as it was: a full disk must not look like a page without files.
            Err(error) => {
                tracing::error!(%error, hint = error.hint(), "cannot keep the files of a page");
                None
            }
        }
    }

    /// Takes over what a load brought. After a failure the programs that were known stay, and when none were, one
    /// without sources stands for them, so that its page can show what is wrong.
    pub(super) async fn adopt(&mut self, loaded: Loaded) -> Adopted {
        let mut adopted = Adopted { manifests: Vec::new(), errors: Vec::new(), warnings: Vec::new() };
        match loaded.outcome {
            LoadOutcome::Loaded(graph) => {
                self.broken = false;
                adopted.warnings.clone_from(&graph.warnings);
                self.programs = graph
                    .programs
                    .iter()
                    .map(|program| (program.name.clone(), Arc::new(program.clone())))
                    .collect();
                let graph = Arc::new(graph);
                self.graph = Some(Arc::clone(&graph));
                let mut index = std::mem::take(&mut self.index);
                self.index = aside(move || {
                    index.refresh(&graph);
                    index
                })
                .await;
            }
            LoadOutcome::Failed(failure) => {
                self.broken = true;
                adopted.errors = failure.diagnostics;
            }
            LoadOutcome::Cancelled => {}
        }
        let names: Vec<String> = self.programs.keys().cloned().collect();
        for name in names {
            let (manifest, problems) = self.scan_page(&name).await.unwrap_or_else(no_page);
            adopted.warnings.extend(problems);
            adopted.manifests.push((name, manifest));
        }
        if adopted.manifests.is_empty() {
            adopted.manifests.push((self.placeholder(), no_page().0));
        }
        adopted
    }

    /// Name for a project of which no program is known: that of its folder, which a main package there would get too.
    fn placeholder(&self) -> String {
        let name = self.options.folder.file_name().unwrap_or_default().to_string_lossy();
        let plain: String = name
            .chars()
            .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' })
            .collect();
        let plain = plain.trim_matches('-');
        if plain.is_empty() { "program".to_owned() } else { plain.to_owned() }
    }
}

fn no_page() -> (Arc<PageManifest>, Vec<Diagnostic>) {
    (Arc::new(PageManifest::new(BTreeMap::new())), Vec::new())
}

/// Runs work that reads files on a thread that may block.
async fn aside<Answer: Send + 'static>(work: impl FnOnce() -> Answer + Send + 'static) -> Answer {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer,
        // The work panicked, or the runtime is ending: there is nothing to go on with, and hiding it would lose edits.
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => std::future::pending().await,
        },
    }
}
