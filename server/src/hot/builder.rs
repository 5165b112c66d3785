//! Brings the bases that run to each new text: by patches where that is possible, by a fresh base where it is not.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::HotError;
use super::base::{Base, Room, marked, published};
use super::lineage::{Lineage, Patch};
use super::program::{BaseModule, HotProgram, Live, Patched};
use super::saved::Shelf;
use super::sources::Contents;
use super::worker::WarmTools;
use crate::build::{
    Artifact, BuildOutcome, BuildRequest, Builder, CompilerKind, GlueImports, Made, StageTime,
};
use crate::content::ContentHash;
use crate::diagnostic::Diagnostic;

/// Bases that are alive at most: each of them costs as much as an edit. Pages on an older one are moved by a whole module.
const ALIVE: usize = 4;

/// How long pages may take to come back after the server was started again.
const RETURN: Duration = Duration::from_secs(30);

/// Patches on one base at most: what a patch brings is never taken away from a running program, and a page that comes
/// late is given all of them.
const PATCHES: usize = 400;

/// A text to which pages are to be brought.
#[derive(Debug, Clone)]
pub struct HotRequest {
    /// The program and its text.
    pub build: Arc<BuildRequest>,
    /// What each file of it contains.
    pub contents: Contents,
    /// Modules that run on pages, or did a moment ago.
    pub running: BTreeSet<ContentHash>,
    /// Those that run on pages which are connected.
    pub connected: BTreeSet<ContentHash>,
    /// What for.
    pub purpose: Purpose,
}

/// Why a text is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It is new.
    Edit,
    /// The compiler is to have it, so that the next edit finds it warm.
    Warm,
    /// Pages to come are to have a base that needs no patches.
    Fresh,
}

/// How that went. What it says becomes true with [`HotBuilder::commit`], or is forgotten by the next request.
#[derive(Debug)]
pub enum HotOutcome {
    /// Pages become the new text by patches; when no module runs anywhere, the newest base does.
    Followed {
        /// The newest base.
        artifact: Artifact,
        /// All bases that follow.
        lineages: Vec<Arc<Lineage>>,
        /// The text that the artifact alone is of is the new one: no page has to be patched to be there.
        whole: bool,
        /// What was made for the newest base.
        patch: Option<Patch>,
        /// What stays as it was in programs that run, although the text has changed.
        notes: Vec<String>,
        /// What each stage took.
        stages: Vec<StageTime>,
    },
    /// There is a fresh base.
    Fresh {
        /// It.
        artifact: Artifact,
        /// Older bases that follow by patches, and the fresh one.
        lineages: Vec<Arc<Lineage>>,
        /// Why pages could not be patched; empty when no page had to be.
        refusals: Vec<String>,
    },
    /// The text has mistakes.
    Failed(Vec<Diagnostic>),
    /// This way does not lead there; another compiler may.
    Impossible {
        /// Why.
        reason: String,
        /// What can be done about it.
        hint: &'static str,
    },
    /// A source was written meanwhile.
    Overtaken,
    /// Nobody wants it any more.
    Cancelled,
}

/// One program's warm compiler and everything that is known of its bases.
#[derive(Debug)]
pub struct HotBuilder {
    builder: Builder,
    program: HotProgram,
    identity: String,
    shelf: Shelf,
    extra_imports: Vec<String>,
    offered: Option<GlueImports>,
    /// When what was kept of the bases was read.
    opened: Instant,
    /// Newest first.
    bases: Vec<Base>,
    /// What the last request would make of them.
    pending: Vec<Base>,
    /// Why the compiler had to be started again.
    restarted: Option<String>,
}

impl HotBuilder {
    /// For the program with package main in `folder`. What was known of its bases when the last server ended is known.
    pub fn new(builder: Builder, tools: WarmTools, folder: PathBuf, extra_imports: Vec<String>) -> Self {
        let identity = identity(&tools);
        let shelf = Shelf::new(&tools.cache.join("programs"), &folder);
        let bases = shelf.load(&identity).into_iter().filter_map(|saved| Base::restored(saved, &builder));
        let bases = bases.collect();
        let program = HotProgram::new(tools, folder);
        Self {
            builder,
            program,
            identity,
            shelf,
            extra_imports,
            offered: None,
            opened: Instant::now(),
            bases,
            pending: Vec::new(),
            restarted: None,
        }
    }

    /// Of package main.
    pub fn folder(&self) -> &Path {
        self.program.folder()
    }

    /// True when the compiler has the text of the last request, so that the next edit finds it warm.
    pub fn is_warm(&self) -> bool {
        self.program.is_warm()
    }

    /// Finds out what brings pages to a text.
    pub async fn bring(&mut self, request: &HotRequest, cancel: &CancellationToken) -> HotOutcome {
        self.pending.clear();
        if let Some(known) = self.known(request) {
            return known;
        }
        // A compiler that stops is started anew, once: the second time it is the text that stops it.
        for last in [false, true] {
            match self.try_bring(request, cancel).await {
                Ok(outcome) => return outcome,
                Err(HotError::Sources(diagnostics)) => return HotOutcome::Failed(diagnostics),
                Err(HotError::Overtaken) => return HotOutcome::Overtaken,
                Err(HotError::Cancelled) => return HotOutcome::Cancelled,
                Err(error @ HotError::Stopped(_)) if !last && !cancel.is_cancelled() => {
                    tracing::warn!(%error, "the warm compiler is started again");
                    self.restarted = Some(error.to_string());
                }
                Err(error) => {
                    return HotOutcome::Impossible { reason: error.to_string(), hint: error.hint() };
                }
            }
        }
        HotOutcome::Cancelled
    }

    /// Why the compiler had to be started again since this was asked last.
    pub fn take_restart(&mut self) -> Option<String> {
        self.restarted.take()
    }

    /// What the last request said is public now.
    pub fn commit(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        self.bases = std::mem::take(&mut self.pending);
        self.shelf.keep(&self.identity, self.bases.iter().map(Base::saved).collect());
    }

    /// Where the heap of a module begins in its memory.
    pub fn heap_start(&self, module: ContentHash) -> Option<u32> {
        let base = self.bases.iter().find(|base| base.artifact.module == module)?;
        Some(base.live.world.heap_start())
    }

    /// Of the base that has the least room left for patches.
    pub fn room(&self) -> Option<Room> {
        self.bases.iter().map(Base::room).min_by_key(Room::left)
    }

    /// Takes bases out of consideration: the next text is built whole.
    pub fn forget(&mut self) {
        self.bases.clear();
        self.pending.clear();
    }

    /// The text of the newest base, before the compiler has been started: nothing has to be found out.
    fn known(&mut self, request: &HotRequest) -> Option<HotOutcome> {
        let newest = self.bases.first()?;
        let same = newest.digest == request.build.digest;
        let restart = !self.program.is_warm() && request.purpose == Purpose::Edit && same;
        restart.then(|| HotOutcome::Followed {
            artifact: newest.artifact.clone(),
            lineages: self.bases.iter().map(|base| Arc::clone(&base.lineage)).collect(),
            whole: newest.first_digest == request.build.digest,
            patch: None,
            notes: Vec::new(),
            stages: Vec::new(),
        })
    }

    async fn try_bring(
        &mut self,
        request: &HotRequest,
        cancel: &CancellationToken,
    ) -> Result<HotOutcome, HotError> {
        self.pending.clear();
        self.program.take_stages();
        self.program.revise(&request.contents).await?;
        let mut refusals = Vec::new();
        let mut bases = std::mem::take(&mut self.bases).into_iter().enumerate();
        while let Some((position, mut base)) = bases.next() {
            // Nobody runs it: whoever comes is given the newest one.
            let running = request.running.contains(&base.artifact.module) || self.opened.elapsed() < RETURN;
            if position > 0 && !running {
                continue;
            }
            match self.follow(&mut base, request, cancel).await {
                Ok(Ok(follower)) => self.pending.push(follower),
                Ok(Err(reasons)) => {
                    if request.running.contains(&base.artifact.module) {
                        refusals.extend(reasons);
                    }
                }
                Err(error) => {
                    // Those behind it have lost nothing.
                    self.bases.push(base);
                    self.bases.extend(bases.map(|(_, base)| base));
                    return Err(error);
                }
            }
            self.bases.push(base);
        }
        refusals.dedup();
        let newest = self.pending.first();
        let stuck = !refusals.is_empty();
        let enough =
            |newest: &&Base| request.purpose != Purpose::Fresh || newest.first_digest == request.build.digest;
        if let Some(newest) = newest.filter(enough).filter(|_| !stuck) {
            return Ok(HotOutcome::Followed {
                artifact: newest.artifact.clone(),
                lineages: self.lineages(),
                whole: newest.first_digest == request.build.digest,
                patch: newest.patch.clone(),
                notes: newest.notes.clone(),
                stages: self.program.take_stages(),
            });
        }
        self.fresh(request, refusals, cancel).await
    }

    /// The base after the edit; the reasons when it cannot follow.
    async fn follow(
        &mut self,
        base: &mut Base,
        request: &HotRequest,
        cancel: &CancellationToken,
    ) -> Result<Result<Base, Vec<String>>, HotError> {
        if base.lineage.patches.len() >= PATCHES {
            return Ok(Err(vec![format!("the program was patched {PATCHES} times")]));
        }
        let offered = self.offered()?;
        let extra = &self.extra_imports;
        let offers = |module: &str, name: &str| {
            offered.offers(module, name) || extra.contains(&format!("{module}.{name}"))
        };
        let patched = self.program.patch(&mut base.live, &offers, cancel).await?;
        let next = |lineage: Arc<Lineage>, live: Live, patch: Option<Patch>| Base {
            artifact: base.artifact.clone(),
            lineage,
            live,
            digest: request.build.digest,
            first_digest: base.first_digest,
            first_room: base.first_room,
            notes: patch.as_ref().map(|patch| patch.notes.clone()).unwrap_or_default(),
            patch,
        };
        Ok(match patched {
            Patched::Nothing(live, notes) => {
                let notes = notes.iter().map(ToString::to_string).collect();
                Ok(Base { notes, ..next(Arc::clone(&base.lineage), live, None) })
            }
            Patched::Patch(mut module) => {
                let mut symbols = vec![std::mem::take(&mut module.patch.named)];
                symbols.append(&mut module.objects);
                self.builder.keep_patch(module.patch.module.clone(), symbols, texts(request));
                let mut lineage = Lineage::clone(&base.lineage);
                let patch = published(&module, &lineage);
                lineage.patches.push(patch.clone());
                let live = base.live.patched(module.patch);
                Ok(next(Arc::new(lineage), live, Some(patch)))
            }
            Patched::Refused(refusals) => Err(refusals.iter().map(ToString::to_string).collect()),
        })
    }

    async fn fresh(
        &mut self,
        request: &HotRequest,
        refusals: Vec<String>,
        cancel: &CancellationToken,
    ) -> Result<HotOutcome, HotError> {
        if cancel.is_cancelled() {
            return Err(HotError::Cancelled);
        }
        let BaseModule { module, symbols, live } = self.program.base(cancel).await?;
        let module = marked(module)?;
        let made = Made {
            module,
            symbols: Some(symbols),
            glue: self.program.tools().glue.clone(),
            compiler: CompilerKind::TinyGo,
            stages: self.program.take_stages(),
        };
        let artifact = match self.builder.take(&request.build, made, cancel).await {
            BuildOutcome::Built(artifact) => artifact,
            BuildOutcome::Failed(diagnostics) => return Ok(HotOutcome::Failed(diagnostics)),
            BuildOutcome::Cancelled => return Ok(HotOutcome::Cancelled),
            BuildOutcome::Overtaken => return Ok(HotOutcome::Overtaken),
        };
        self.builder.keep_texts(&artifact, texts(request));
        let digest = request.build.digest;
        let lineage = Arc::new(Lineage { base: artifact.module, patches: Vec::new() });
        let fresh = Base {
            artifact: artifact.clone(),
            lineage,
            first_room: Room::of(&live),
            live,
            digest,
            first_digest: digest,
            patch: None,
            notes: Vec::new(),
        };
        // One that was made for pages to come, and nobody came.
        self.pending.retain(|base| request.running.contains(&base.artifact.module));
        // Those of pages that are there before those of pages that may come back.
        self.pending.sort_by_key(|base| !request.connected.contains(&base.artifact.module));
        self.pending.insert(0, fresh);
        self.pending.truncate(ALIVE);
        Ok(HotOutcome::Fresh { artifact, lineages: self.lineages(), refusals })
    }

    fn lineages(&self) -> Vec<Arc<Lineage>> {
        self.pending.iter().map(|base| Arc::clone(&base.lineage)).collect()
    }

    fn offered(&mut self) -> Result<GlueImports, HotError> {
        if let Some(offered) = &self.offered {
            return Ok(offered.clone());
        }
        let path = &self.program.tools().glue;
        let script =
            std::fs::read_to_string(path).map_err(|source| HotError::File { path: path.clone(), source })?;
        let offered = GlueImports::scan(&script);
        self.offered = Some(offered.clone());
        Ok(offered)
    }
}

/// What the files of a request contain.
fn texts(request: &HotRequest) -> impl Iterator<Item = (PathBuf, ContentHash)> {
    request.contents.iter().map(|(path, hash)| (path.clone(), *hash))
}

/// Everything but sources that decides what is made: another compiler means other bases.
fn identity(tools: &WarmTools) -> String {
    let state = |path: &Path| match std::fs::metadata(path) {
        Ok(file) => format!("{} {} {:?}", path.display(), file.len(), file.modified().ok()),
        Err(_) => path.display().to_string(),
    };
    let parts = [&tools.worker, &tools.target, &tools.glue].map(|path| state(path));
    format!("{parts:?} {:?} {}", tools.build_tags, env!("CARGO_PKG_VERSION"))
}
