//! A compiler that does what it is told, for tests of everything around compilers.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::compiler::Compiling;
use super::{BuildRequest, CompileOutcome, Compiler, CompilerKind};
use crate::diagnostic::Diagnostic;

/// What one run does.
#[derive(Debug, Clone)]
pub enum Script {
    /// Writes these bytes.
    Write(Vec<u8>),
    /// Says that it succeeded; the script has made the output itself.
    Keep,
    /// Fails for these reasons.
    Fail(Vec<Diagnostic>),
    /// Hangs until it is cancelled.
    Hang,
}

type Decide = dyn Fn(&BuildRequest, &Path) -> Script + Send + Sync;

/// Asks a function what to do and counts its runs.
pub struct ScriptedCompiler {
    kind: CompilerKind,
    glue: PathBuf,
    runs: AtomicUsize,
    script: Box<Decide>,
}

impl std::fmt::Debug for ScriptedCompiler {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ScriptedCompiler").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl ScriptedCompiler {
    /// `script` is given the request and the output path of each run.
    pub fn new(
        kind: CompilerKind,
        glue: PathBuf,
        script: impl Fn(&BuildRequest, &Path) -> Script + Send + Sync + 'static,
    ) -> Self {
        Self { kind, glue, runs: AtomicUsize::new(0), script: Box::new(script) }
    }

    /// How often it ran.
    pub fn runs(&self) -> usize {
        self.runs.load(Ordering::SeqCst)
    }
}

impl Compiler for ScriptedCompiler {
    fn kind(&self) -> CompilerKind {
        self.kind
    }

    fn identity(&self) -> String {
        "scripted".to_owned()
    }

    fn glue(&self) -> &Path {
        &self.glue
    }

    fn compile<'a>(
        &'a self,
        request: &'a BuildRequest,
        output: &'a Path,
        cancel: &'a CancellationToken,
    ) -> Compiling<'a> {
        Box::pin(async move {
            self.runs.fetch_add(1, Ordering::SeqCst);
            match (self.script)(request, output) {
                Script::Write(bytes) => match std::fs::write(output, bytes) {
                    Ok(()) => CompileOutcome::Written { warnings: Vec::new(), elapsed: Duration::ZERO },
                    Err(error) => {
                        let message = format!("cannot write {}: {error}", output.display());
                        CompileOutcome::Failed(vec![Diagnostic::error(self.kind.origin(), message)])
                    }
                },
                Script::Keep => CompileOutcome::Written { warnings: Vec::new(), elapsed: Duration::ZERO },
                Script::Fail(reasons) => CompileOutcome::Failed(reasons),
                Script::Hang => {
                    cancel.cancelled().await;
                    CompileOutcome::Cancelled
                }
            }
        })
    }
}
