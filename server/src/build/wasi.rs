//! A Go program as a module that runs on this machine: compiled, taken over, made a component where that is wanted.

use std::path::Path;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::builder::{BuilderError, off_thread};
use super::preflight::too_large;
use super::workspace::Workspace;
use super::{BuildRequest, CompileOutcome, Compiler};
use crate::diagnostic::{Diagnostic, Origin};
use crate::toolchain::WasiTarget;

/// Name of the compiler's output inside its private folder.
const OUTPUT: &str = "main.wasm";

/// Longest module that is taken: with its debug information one of Go has some ten mebibytes.
const MODULE_LIMIT: u64 = 256 << 20;

/// Builds programs for WASI with one compiler. Their debug information stays in them: the host reads positions in it.
#[derive(Clone)]
pub struct WasiBuilder {
    compiler: Arc<dyn Compiler>,
    target: WasiTarget,
    workspace: Arc<Workspace>,
}

/// How a build for WASI ended.
#[derive(Debug)]
pub enum WasiOutcome {
    /// There is a module.
    Built {
        /// A core module of preview 1, or a component of preview 2.
        module: Vec<u8>,
        /// What was said on the way.
        warnings: Vec<Diagnostic>,
    },
    /// There is none, and why; never empty.
    Failed(Vec<Diagnostic>),
    /// Nobody wanted it any more.
    Cancelled,
}

impl std::fmt::Debug for WasiBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("WasiBuilder").field("target", &self.target).finish_non_exhaustive()
    }
}

impl WasiBuilder {
    /// `compiler` builds for `target`; its temporary folders lie in `cache`.
    pub fn new(compiler: Arc<dyn Compiler>, target: WasiTarget, cache: &Path) -> Result<Self, BuilderError> {
        let workspace =
            Workspace::open(cache).map_err(|source| BuilderError { folder: cache.to_owned(), source })?;
        Ok(Self { compiler, target, workspace: Arc::new(workspace) })
    }

    /// Builds, unless `cancel`. Every process is gone when this returns.
    ///
    /// Sources that are written meanwhile may or may not be in it: who watches them builds once more.
    pub async fn build(&self, request: &BuildRequest, cancel: &CancellationToken) -> WasiOutcome {
        let origin = self.compiler.kind().origin();
        let failed = |message: String, hint: &str| {
            WasiOutcome::Failed(vec![Diagnostic::error(origin, message).hint(hint)])
        };
        let folder = match self.workspace.private_folder() {
            Ok(folder) => folder,
            Err(error) => {
                let message = format!("cannot write to the cache folder: {error}");
                return failed(message, "make it writable, or choose another one with --cache-dir");
            }
        };
        let warnings = match self.compiler.compile(request, &folder.path().join(OUTPUT), cancel).await {
            CompileOutcome::Cancelled => return WasiOutcome::Cancelled,
            _ if cancel.is_cancelled() => return WasiOutcome::Cancelled,
            CompileOutcome::Failed(reasons) => return WasiOutcome::Failed(reasons),
            CompileOutcome::Written { warnings, .. } => warnings,
        };
        let (name, target) = (request.program.name.clone(), self.target);
        let taken = off_thread(move || {
            let module = folder.read(OUTPUT, MODULE_LIMIT).map_err(|error| match error {
                Ok(size) => too_large(size, MODULE_LIMIT),
                Err(error) => {
                    Diagnostic::error(origin, format!("cannot take the compiler's output: {error}"))
                        .hint("build again; nothing but dev-server may write to its cache folder")
                }
            })?;
            match target {
                WasiTarget::Preview1 => Ok(module),
                WasiTarget::Preview2 => as_component(&name, module, origin),
            }
        });
        match taken.await {
            Some(Ok(module)) => WasiOutcome::Built { module, warnings },
            Some(Err(reason)) => WasiOutcome::Failed(vec![reason]),
            None => WasiOutcome::Cancelled,
        }
    }

    /// What the compiler says of the instructions of a package; see [`Compiler::list`].
    pub async fn list(
        &self,
        request: &BuildRequest,
        package: &str,
        cancel: &CancellationToken,
    ) -> Option<String> {
        let folder = self.workspace.private_folder().ok()?;
        self.compiler.list(request, package, &folder.path().join(OUTPUT), cancel).await
    }
}

fn as_component(name: &str, module: Vec<u8>, origin: Origin) -> Result<Vec<u8>, Diagnostic> {
    wasm_host::component_of(name, module).map_err(|error| {
        let diagnostic = Diagnostic::error(origin, error.to_string());
        match error.hint() {
            Some(hint) => diagnostic.hint(hint),
            None => diagnostic,
        }
    })
}
