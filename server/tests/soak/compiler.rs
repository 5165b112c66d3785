//! A compiler that reads the folder, takes a while, and reads it again: like a real one it may see half of an edit.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dev_server::build::{BuildRequest, CompileOutcome, Compiler, CompilerKind, Compiling};
use dev_server::diagnostic::{Diagnostic, Origin, Position};
use tokio_util::sync::CancellationToken;

use crate::project::{Truth, truth};

pub(crate) struct ReadingCompiler {
    glue: PathBuf,
    root: PathBuf,
    runs: AtomicU64,
}

impl ReadingCompiler {
    pub(crate) fn new(glue: PathBuf, root: PathBuf) -> Self {
        Self { glue, root, runs: AtomicU64::new(0) }
    }

    async fn build(&self, output: &Path, cancel: &CancellationToken) -> CompileOutcome {
        // From nothing to longer than a burst of edits. What is read at the start is used at the end.
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let early = truth(&self.root);
        let duration = Duration::from_millis([0, 5, 20, 60, 150][(run % 5) as usize]);
        tokio::select! {
            () = cancel.cancelled() => return CompileOutcome::Cancelled,
            () = tokio::time::sleep(duration) => {}
        }
        match early {
            Truth::Module(bytes) => {
                std::fs::write(output, bytes).unwrap();
                CompileOutcome::Written { warnings: Vec::new(), elapsed: duration }
            }
            Truth::Mistakes(places) => CompileOutcome::Failed(
                places
                    .into_iter()
                    .map(|(file, line)| {
                        let position = Position { file: self.root.join(file), line, column: 1 };
                        Diagnostic::error(Origin::Go, "broken").at(position)
                    })
                    .collect(),
            ),
            Truth::NoGraph(reason) => CompileOutcome::Failed(vec![Diagnostic::error(Origin::Go, reason)]),
        }
    }
}

impl Compiler for ReadingCompiler {
    fn kind(&self) -> CompilerKind {
        CompilerKind::Go
    }

    fn identity(&self) -> String {
        "reading".into()
    }

    fn glue(&self) -> &Path {
        &self.glue
    }

    fn compile<'a>(
        &'a self,
        _: &'a BuildRequest,
        output: &'a Path,
        cancel: &'a CancellationToken,
    ) -> Compiling<'a> {
        Box::pin(self.build(output, cancel))
    }
}
