//! What a builder does on threads that may block: keys, the glue, checking and keeping modules.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::cache::{BuildCache, FORMAT, Remembered};
use super::super::keeping::Keeping;
use super::super::module::Outline;
use super::super::preflight::{self, Expectations};
use super::super::source_texts::SourceTexts;
use super::super::strip::{has_dwarf, name_source_map, strip};
use super::super::workspace::{PrivateFolder, Workspace};
use super::super::{BuildRequest, Compiler, CompilerKind, Glue, GlueImports, Mode};
use super::{BuildOptions, Made, OUTPUT, PRUNED_PARTS};
use crate::content::{BlobStore, ContentHash, StoreError};
use crate::diagnostic::{Diagnostic, Origin};

pub(super) struct Shared {
    pub(super) compiler: Arc<dyn Compiler>,
    pub(super) blobs: BlobStore,
    pub(super) cache: BuildCache,
    pub(super) workspace: Workspace,
    pub(super) options: BuildOptions,
    /// What is being written of modules after they were built.
    pub(super) keeping: Arc<Keeping>,
    /// Bytes of modules built since the cache was last pruned.
    pub(super) grown: AtomicU64,
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
pub(super) struct Prepared {
    key: String,
    glue: Glue,
    offered: GlueImports,
    state: String,
    pub(super) found: Option<Remembered>,
}

impl Shared {
    pub(super) fn prepare(&self, request: &BuildRequest) -> Result<Prepared, Diagnostic> {
        let (glue, offered) = self.glue(self.compiler.kind(), self.compiler.glue())?;
        let state = file_state(&request.program.sources);
        let key = self.key(request, &glue);
        let found = self.cache.undisturbed(|| {
            let found = self.cache.find(&key)?;
            self.workspace.hold(&request.program.name, &key).ok()?;
            Some(found)
        });
        // A lock that cannot be had costs a build, not the result.
        Ok(Prepared { key, glue, offered, state, found: found.ok().flatten() })
    }

    fn glue(&self, compiler: CompilerKind, path: &Path) -> Result<(Glue, GlueImports), Diagnostic> {
        let script = std::fs::read(path).map_err(|error| {
            let path = path.display();
            Diagnostic::error(compiler.origin(), format!("cannot read the glue {path}: {error}"))
                .hint("the toolchain is not complete: run `dev-server doctor --fix`")
        })?;
        let hash = self.blobs.put(&script).map_err(|error| store_failed(&error))?;
        let glue = Glue { kind: compiler.glue(), hash, size: script.len() as u64 };
        Ok((glue, GlueImports::scan(&String::from_utf8_lossy(&script))))
    }

    /// The key is the module's own hash: who made it knows by itself when it has to be made again.
    pub(super) fn take(&self, request: &BuildRequest, made: &Made) -> Result<Remembered, Vec<Diagnostic>> {
        let (glue, offered) = self.glue(made.compiler, &made.glue).map_err(|reason| vec![reason])?;
        let key = format!("{FORMAT}\0made\0{}\0{}", ContentHash::of(&made.module), glue.hash);
        let prepared = Prepared {
            key: ContentHash::of(key.as_bytes()).to_string(),
            glue,
            offered,
            state: String::new(),
            found: None,
        };
        self.store(request, &prepared, made.compiler, (&made.module, made.symbols.as_deref()), Vec::new())
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
        if self.names_map(request) {
            text.push_str("source map\0");
        }
        for source in &program.sources {
            let content = std::fs::read(source).map(|bytes| ContentHash::of(&bytes));
            let _ = write!(text, "{}\0{:?}\0", source.display(), content.ok());
        }
        ContentHash::of(text.as_bytes()).to_string()
    }

    pub(super) fn is_overtaken(&self, request: &BuildRequest, prepared: &Prepared) -> bool {
        file_state(&request.program.sources) != prepared.state
            && !(request.lenient && self.key(request, &prepared.glue) == prepared.key)
    }

    pub(super) fn finish(
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
        self.store(request, prepared, self.compiler.kind(), (&bytes, None), warnings)
    }

    fn store(
        &self,
        request: &BuildRequest,
        prepared: &Prepared,
        compiler: CompilerKind,
        (bytes, symbols): (&[u8], Option<&[u8]>),
        warnings: Vec<Diagnostic>,
    ) -> Result<Remembered, Vec<Diagnostic>> {
        let expected = Expectations {
            compiler,
            glue: &prepared.offered,
            extra_imports: &self.options.extra_imports,
            sources: &request.program.sources,
        };
        let stored = self.cache.undisturbed(|| {
            // The check reads every instruction and takes as long as all else together, so both are done at once. What
            // is stored before it is refused has no entry, and goes when the store is pruned.
            let (checked, kept) = std::thread::scope(|scope| {
                let keeping = scope.spawn(|| self.keep(bytes, symbols, self.names_map(request)));
                let checked = preflight::check(bytes, expected);
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
    /// `symbols` is the module with DWARF that it was made from, when it has none itself.
    fn keep(&self, bytes: &[u8], symbols: Option<&[u8]>, map: bool) -> Result<Kept, StoreError> {
        let Ok(outline) = Outline::read(bytes) else {
            return Ok(Kept { module: ContentHash::of(bytes), size: bytes.len() as u64, symbols: None });
        };
        let mut stripped = strip(bytes, &outline);
        let symbols = symbols.or_else(|| has_dwarf(&outline).then_some(bytes));
        if map && symbols.is_some() {
            name_source_map(stripped.to_mut());
        }
        let symbols = symbols.map(|bytes| self.blobs.put(bytes)).transpose()?;
        Ok(Kept { module: self.blobs.put(&stripped)?, size: stripped.len() as u64, symbols })
    }

    /// What is for other machines names nothing that is here.
    pub(super) fn names_map(&self, request: &BuildRequest) -> bool {
        self.options.source_maps && request.mode != Mode::Release
    }

    pub(super) fn keep_texts(&self, module: ContentHash, texts: Option<SourceTexts>) {
        let Some(texts) = texts else { return };
        if let Err(error) = texts.keep(module, self.cache.folder(), &self.blobs) {
            tracing::warn!(%error, "browsers will not know the lines of a module");
        }
    }

    /// Keeps a patch and the objects that it was made from, for the positions of what goes wrong in it.
    pub(super) fn keep_symbols(&self, patch: &[u8], objects: &[Vec<u8>]) -> Result<(), StoreError> {
        let module = self.blobs.put(patch)?;
        let symbols: Vec<ContentHash> =
            objects.iter().map(|object| self.blobs.put(object)).collect::<Result<_, _>>()?;
        if let Err(error) = self.cache.remember_symbols(module, &symbols) {
            tracing::warn!(%error, "positions in a patch will not be known");
        }
        Ok(())
    }

    /// Every entry of the cache is read for this, so it is done seldom and not on the way from save to screen.
    pub(super) fn prune_when_grown(self: &Arc<Self>, build: &Remembered) {
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

fn store_failed(error: &StoreError) -> Diagnostic {
    Diagnostic::error(Origin::Preflight, error.to_string()).hint(error.hint())
}

pub(super) fn cache_failed(error: &io::Error) -> Diagnostic {
    Diagnostic::error(Origin::Preflight, format!("cannot write to the cache folder: {error}"))
        .hint("make it writable and see that the disk is not full, or choose another one with --cache-dir")
}
