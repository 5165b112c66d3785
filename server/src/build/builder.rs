//! From a request to an outcome: cache, compiler, check, store.

mod shared;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::cache::{BuildCache, Remembered};
use super::source_texts::SourceTexts;
use super::symbols::Symbolizer;
use super::workspace::Workspace;
use super::{Artifact, BuildOutcome, BuildRequest, CompileOutcome, Compiler, CompilerKind, StageTime};
use crate::content::{BlobStore, ContentHash};
use crate::diagnostic::Diagnostic;

use shared::{Shared, cache_failed};

/// Name of the compiler's output inside its private folder.
const OUTPUT: &str = "main.wasm";

/// Files of pages are stored again by each start of a server, so this is a project that nobody served for a month.
const STRAY_AGE: Duration = Duration::from_hours(24 * 30);

/// The cache is pruned when it may have grown by this part of its limit, which it exceeds by so much at most.
const PRUNED_PARTS: u64 = 16;

/// What the builder may do.
#[derive(Debug, Clone)]
pub struct BuildOptions {
    /// Functions that the user's own boot script offers to the module, written `module.name`.
    pub extra_imports: Vec<String>,
    /// Longest module that is taken.
    pub module_limit: u64,
    /// Bytes of built modules that are kept in the cache.
    pub cache_limit: u64,
    /// Modules with Go lines, but those of releases, name a source map and are kept with the texts for it.
    pub source_maps: bool,
}

impl Default for BuildOptions {
    /// 256 MiB for a module: no browser runs a larger one well. 2 GiB for the cache: some 200 builds of a large
    /// program with symbols.
    fn default() -> Self {
        Self { extra_imports: Vec::new(), module_limit: 256 << 20, cache_limit: 2 << 30, source_maps: false }
    }
}

/// The builder cannot work at all.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the cache folder {folder}: {source}")]
pub struct BuilderError {
    /// The cache folder.
    pub folder: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl BuilderError {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        format!(
            "make {} writable, or choose another folder with --cache-dir or the key `cache_dir`",
            self.folder.display()
        )
    }
}

/// Builds programs with one compiler. Asked again for what it has built, it runs nothing.
#[derive(Clone)]
pub struct Builder {
    shared: Arc<Shared>,
}

/// A module that another compiler than the builder's has made, and what goes with it.
#[derive(Debug)]
pub struct Made {
    /// WebAssembly.
    pub module: Vec<u8>,
    /// The script of the toolchain that made it.
    pub glue: PathBuf,
    /// Whose module it is.
    pub compiler: CompilerKind,
    /// What it was made from, with DWARF; `None` when the module has that itself, or nobody has.
    pub symbols: Option<Vec<u8>>,
    /// Time that each stage of making it took.
    pub stages: Vec<StageTime>,
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Builder").field("options", &self.shared.options).finish_non_exhaustive()
    }
}

impl Builder {
    /// Opens the cache and removes what crashed processes left in it.
    pub fn new(
        compiler: Arc<dyn Compiler>,
        blobs: BlobStore,
        cache: PathBuf,
        options: BuildOptions,
    ) -> Result<Self, BuilderError> {
        let open = || {
            let workspace = Workspace::open(&cache)?;
            let index = BuildCache::open(&cache, blobs.clone(), options.cache_limit)?;
            // A process that is stopped while it holds the cache must not keep others from starting.
            index.prune(false, || workspace.held_by_all())?;
            index.prune_strays(STRAY_AGE)?;
            Ok((workspace, index))
        };
        let (workspace, index) = open().map_err(|source| BuilderError { folder: cache, source })?;
        Ok(Self {
            shared: Arc::new(Shared {
                compiler,
                blobs,
                cache: index,
                workspace,
                options,
                keeping: Arc::default(),
                grown: AtomicU64::new(0),
            }),
        })
    }

    /// Builds, unless `cancel`. Every process is gone and every temporary file removed when this returns.
    pub async fn build(&self, request: BuildRequest, cancel: &CancellationToken) -> BuildOutcome {
        let request = &Arc::new(request);
        let start = Instant::now();
        let prepared = {
            let (shared, request) = (Arc::clone(&self.shared), Arc::clone(request));
            match off_thread(move || shared.prepare(&request)).await {
                Some(Ok(prepared)) => prepared,
                Some(Err(reason)) => return BuildOutcome::Failed(vec![reason]),
                None => return BuildOutcome::Cancelled,
            }
        };
        let mut stages = vec![StageTime { name: "lookup", elapsed: start.elapsed() }];
        if cancel.is_cancelled() {
            return BuildOutcome::Cancelled;
        }
        if let Some(found) = prepared.found {
            self.keep_own_texts(&found, request);
            return BuildOutcome::Built(artifact(request, found, stages, true));
        }
        let folder = match self.shared.workspace.private_folder() {
            Ok(folder) => folder,
            Err(error) => return BuildOutcome::Failed(vec![cache_failed(&error)]),
        };
        let (compiler, compiling) = (&self.shared.compiler, Instant::now());
        let warnings = match compiler.compile(request, &folder.path().join(OUTPUT), cancel).await {
            CompileOutcome::Cancelled => return BuildOutcome::Cancelled,
            _ if cancel.is_cancelled() => return BuildOutcome::Cancelled,
            // The watcher has not told of it yet: it waits until the file is quiet.
            _ if self.shared.is_overtaken(request, &prepared) => return BuildOutcome::Overtaken,
            CompileOutcome::Failed(reasons) => return BuildOutcome::Failed(reasons),
            CompileOutcome::Written { warnings, .. } => warnings,
        };
        stages.push(StageTime { name: "build", elapsed: compiling.elapsed() });
        let checking = Instant::now();
        let finished = {
            let (shared, request) = (Arc::clone(&self.shared), Arc::clone(request));
            off_thread(move || shared.finish(&request, &prepared, &folder, warnings)).await
        };
        stages.push(StageTime { name: "preflight", elapsed: checking.elapsed() });
        if let Some(Ok(build)) = &finished {
            self.keep_own_texts(build, request);
        }
        self.outcome(request, finished, stages, cancel)
    }

    /// Checks and keeps a module as if this builder's compiler had written it.
    pub async fn take(
        &self,
        request: &Arc<BuildRequest>,
        made: Made,
        cancel: &CancellationToken,
    ) -> BuildOutcome {
        let checking = Instant::now();
        let mut stages = made.stages.clone();
        let finished = {
            let (shared, request) = (Arc::clone(&self.shared), Arc::clone(request));
            off_thread(move || shared.take(&request, &made)).await
        };
        stages.push(StageTime { name: "preflight", elapsed: checking.elapsed() });
        self.outcome(request, finished, stages, cancel)
    }

    /// Keeps a patch in the background, and the objects and the texts that it was made from, for the positions of what
    /// goes wrong in it.
    pub fn keep_patch(
        &self,
        patch: Vec<u8>,
        objects: Vec<Vec<u8>>,
        texts: impl Iterator<Item = (PathBuf, ContentHash)>,
    ) {
        let shared = Arc::clone(&self.shared);
        let texts = shared.options.source_maps.then(|| SourceTexts { patch: true, files: texts.collect() });
        let module = ContentHash::of(&patch);
        let writing = shared.keeping.begin(module);
        tokio::task::spawn_blocking(move || {
            if let Err(error) = shared.keep_symbols(&patch, &objects) {
                tracing::warn!(%error, "a patch cannot be kept");
            }
            shared.keep_texts(module, texts);
            drop(writing);
        });
    }

    /// Keeps in the background what the files of a module contained that was made from them.
    pub fn keep_texts(&self, artifact: &Artifact, texts: impl Iterator<Item = (PathBuf, ContentHash)>) {
        if !self.shared.options.source_maps || artifact.symbols.is_none() {
            return;
        }
        let (shared, module) = (Arc::clone(&self.shared), artifact.module);
        let texts = SourceTexts { patch: false, files: texts.collect() };
        let writing = shared.keeping.begin(module);
        tokio::task::spawn_blocking(move || {
            shared.keep_texts(module, Some(texts));
            drop(writing);
        });
    }

    /// The same for what the files contain now, which the module was made from a moment ago.
    fn keep_own_texts(&self, build: &Remembered, request: &Arc<BuildRequest>) {
        if !self.shared.names_map(request) || build.symbols.is_none() {
            return;
        }
        let (shared, module, request) = (Arc::clone(&self.shared), build.module, Arc::clone(request));
        let writing = shared.keeping.begin(module);
        tokio::task::spawn_blocking(move || {
            let read = |path: &PathBuf| Some((path.clone(), ContentHash::of(&std::fs::read(path).ok()?)));
            let files = request.program.sources.iter().filter_map(read).collect();
            shared.keep_texts(module, Some(SourceTexts { patch: false, files }));
            drop(writing);
        });
    }

    /// The way back from places in what this has built.
    pub fn symbolizer(&self) -> Symbolizer {
        let shared = &self.shared;
        Symbolizer::with(shared.blobs.clone(), shared.cache.folder().to_owned(), Arc::clone(&shared.keeping))
    }

    /// True when the module of an artifact is still kept.
    pub fn has(&self, module: ContentHash) -> bool {
        self.shared.blobs.contains(module)
    }

    fn outcome(
        &self,
        request: &BuildRequest,
        finished: Option<Result<Remembered, Vec<Diagnostic>>>,
        stages: Vec<StageTime>,
        cancel: &CancellationToken,
    ) -> BuildOutcome {
        match finished {
            _ if cancel.is_cancelled() => BuildOutcome::Cancelled,
            Some(Ok(build)) => {
                self.shared.prune_when_grown(&build);
                BuildOutcome::Built(artifact(request, build, stages, false))
            }
            Some(Err(reasons)) => BuildOutcome::Failed(reasons),
            None => BuildOutcome::Cancelled,
        }
    }
}

fn artifact(request: &BuildRequest, build: Remembered, stages: Vec<StageTime>, from_cache: bool) -> Artifact {
    Artifact {
        revision: request.revision,
        program: request.program.name.clone(),
        module: build.module,
        size: build.size,
        glue: build.glue,
        symbols: build.symbols,
        stages,
        warnings: build.warnings,
        from_cache,
    }
}

/// `None` when the runtime ends before the work began; a panic goes on here.
pub(crate) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => Some(value),
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => None,
    }
}
