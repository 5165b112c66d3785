//! From a request to an outcome: cache, compiler, check, store.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::cache::{BuildCache, FORMAT, Remembered};
use super::module::Outline;
use super::preflight::{self, Expectations};
use super::strip::{has_dwarf, strip};
use super::workspace::{PrivateFolder, Workspace};
use super::{Artifact, BuildOutcome, BuildRequest, CompileOutcome, Compiler, Glue, GlueImports, StageTime};
use crate::content::{BlobStore, ContentHash, StoreError};
use crate::diagnostic::{Diagnostic, Origin};

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
}

impl Default for BuildOptions {
    /// 256 MiB for a module: no browser runs a larger one well. 2 GiB for the cache: some 200 builds of a large
    /// program with symbols.
    fn default() -> Self {
        Self { extra_imports: Vec::new(), module_limit: 256 << 20, cache_limit: 2 << 30 }
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

struct Shared {
    compiler: Arc<dyn Compiler>,
    blobs: BlobStore,
    cache: BuildCache,
    workspace: Workspace,
    options: BuildOptions,
    /// Bytes of modules built since the cache was last pruned.
    grown: AtomicU64,
}

/// A module that lies in the store.
struct Kept {
    module: ContentHash,
    size: u64,
    symbols: Option<ContentHash>,
}

/// Why a module is not published.
enum Unfit {
    Refused(Vec<Diagnostic>),
    NotKept(StoreError),
}

/// All that is known before a compiler runs.
struct Prepared {
    key: String,
    glue: Glue,
    offered: GlueImports,
    state: String,
    found: Option<Remembered>,
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

impl Shared {
    fn prepare(&self, request: &BuildRequest) -> Result<Prepared, Diagnostic> {
        let script = std::fs::read(self.compiler.glue()).map_err(|error| {
            let path = self.compiler.glue().display();
            Diagnostic::error(self.compiler.kind().origin(), format!("cannot read the glue {path}: {error}"))
                .hint("the toolchain is not complete: run `dev-server doctor --fix`")
        })?;
        let hash = self.blobs.put(&script).map_err(|error| store_failed(&error))?;
        let glue = Glue { kind: self.compiler.kind().glue(), hash, size: script.len() as u64 };
        let state = file_state(&request.program.sources);
        let key = self.key(request, &glue);
        let found = self.cache.undisturbed(|| {
            let found = self.cache.find(&key)?;
            self.workspace.hold(&request.program.name, &key).ok()?;
            Some(found)
        });
        let offered = GlueImports::scan(&String::from_utf8_lossy(&script));
        // A lock that cannot be had costs a build, not the result.
        Ok(Prepared { key, glue, offered, state, found: found.ok().flatten() })
    }

    /// Everything that decides the result. The sources are read here once more: the digest was taken before, and a
    /// file that was saved since then must not be remembered under it.
    fn key(&self, request: &BuildRequest, glue: &Glue) -> String {
        let program = &request.program;
        let mut text = format!(
            "{FORMAT}\0{:?}\0{}\0{}\0{}\0{}\0{:?}\0",
            request.digest,
            self.compiler.identity(),
            request.mode.name(),
            program.package_folder.display(),
            glue.hash,
            self.options.extra_imports,
        );
        for source in &program.sources {
            let content = std::fs::read(source).map(|bytes| ContentHash::of(&bytes));
            let _ = write!(text, "{}\0{:?}\0", source.display(), content.ok());
        }
        ContentHash::of(text.as_bytes()).to_string()
    }

    fn is_overtaken(&self, request: &BuildRequest, prepared: &Prepared) -> bool {
        file_state(&request.program.sources) != prepared.state
            && !(request.lenient && self.key(request, &prepared.glue) == prepared.key)
    }

    fn finish(
        &self,
        request: &BuildRequest,
        prepared: &Prepared,
        folder: &PrivateFolder,
        warnings: Vec<Diagnostic>,
    ) -> Result<Remembered, Vec<Diagnostic>> {
        let bytes = folder.read(OUTPUT, self.options.module_limit).map_err(|error| match error {
            Ok(size) => vec![preflight::too_large(size, self.options.module_limit)],
            Err(error) => vec![
                Diagnostic::error(Origin::Preflight, format!("cannot take the compiler's output: {error}"))
                    .hint("build again; nothing but dev-server may write to its cache folder"),
            ],
        })?;
        let expected = Expectations {
            compiler: self.compiler.kind(),
            glue: &prepared.offered,
            extra_imports: &self.options.extra_imports,
            sources: &request.program.sources,
        };
        let stored = self.cache.undisturbed(|| {
            // The check reads every instruction and takes as long as all else together, so both are done at once. What
            // is stored before it is refused has no entry, and goes when the store is pruned.
            let (checked, kept) = std::thread::scope(|scope| {
                let keeping = scope.spawn(|| self.keep(&bytes));
                let checked = preflight::check(&bytes, expected);
                (checked, keeping.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            });
            checked.map_err(Unfit::Refused)?;
            let Kept { module, size, symbols } = kept.map_err(Unfit::NotKept)?;
            let build = Remembered { module, size, glue: prepared.glue, symbols, warnings };
            let hold = self.workspace.hold(&request.program.name, &prepared.key);
            let noted = hold.and_then(|()| self.cache.remember(&prepared.key, &build));
            Ok((build, noted))
        });
        let (build, noted) =
            stored.map_err(|error| vec![cache_failed(&error)])?.map_err(|unfit| match unfit {
                Unfit::Refused(reasons) => reasons,
                Unfit::NotKept(error) => vec![store_failed(&error)],
            })?;
        noted.map_err(|error| vec![cache_failed(&error)])?;
        Ok(build)
    }

    /// Stores what is published and, when it has them, the symbols. Bytes that are no module are not stored.
    fn keep(&self, bytes: &[u8]) -> Result<Kept, StoreError> {
        let Ok(outline) = Outline::read(bytes) else {
            return Ok(Kept { module: ContentHash::of(bytes), size: bytes.len() as u64, symbols: None });
        };
        let stripped = strip(bytes, &outline);
        let symbols = has_dwarf(&outline).then(|| self.blobs.put(bytes)).transpose()?;
        Ok(Kept { module: self.blobs.put(&stripped)?, size: stripped.len() as u64, symbols })
    }

    /// Every entry of the cache is read for this, so it is done seldom and not on the way from save to screen.
    fn prune_when_grown(self: &Arc<Self>, build: &Remembered) {
        let grown = self.grown.fetch_add(build.size, Ordering::Relaxed) + build.size;
        if grown < self.options.cache_limit / PRUNED_PARTS {
            return;
        }
        self.grown.store(0, Ordering::Relaxed);
        let shared = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            if let Err(error) = shared.cache.prune(true, || shared.workspace.held_by_all()) {
                tracing::warn!(%error, "cannot prune the cache of builds");
            }
        });
    }
}

/// What `stat` says about all files; any write changes it, also one that restores the modification time.
fn file_state(sources: &BTreeSet<PathBuf>) -> String {
    let mut text = String::new();
    for source in sources {
        let _ = match std::fs::metadata(source) {
            Ok(file) => write!(
                text,
                "{} {} {}.{} {}.{};",
                file.ino(),
                file.len(),
                file.mtime(),
                file.mtime_nsec(),
                file.ctime(),
                file.ctime_nsec()
            ),
            Err(_) => write!(text, "-;"),
        };
    }
    text
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
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => Some(value),
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => None,
    }
}

fn store_failed(error: &StoreError) -> Diagnostic {
    Diagnostic::error(Origin::Preflight, error.to_string()).hint(error.hint())
}

fn cache_failed(error: &io::Error) -> Diagnostic {
    Diagnostic::error(Origin::Preflight, format!("cannot write to the cache folder: {error}"))
        .hint("make it writable and see that the disk is not full, or choose another one with --cache-dir")
}
