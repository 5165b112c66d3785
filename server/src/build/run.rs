//! One run of a compiler process: from its ending to a compile outcome.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::{BuildRequest, CompileOutcome, CompilerKind, CompilerOutput, hints, parse_output};
use crate::diagnostic::{Diagnostic, Severity};
use crate::process::{Ending, Limits, Program};

/// Runs `program` and understands what it says. The standard error comes with a failure, so that a
/// compiler can look for what only it knows.
pub(super) async fn run(
    kind: CompilerKind,
    program: Program,
    limits: Limits,
    request: &BuildRequest,
    cancel: &CancellationToken,
) -> (CompileOutcome, String) {
    let origin = kind.origin();
    let folder = &request.program.package_folder;
    let understand = |text: &str, severity| {
        parse_output(CompilerOutput { origin, text, folder, sources: &request.program.sources, severity })
    };
    match program.run(limits, cancel).await {
        Err(error) => {
            let diagnostic = Diagnostic::error(origin, error.to_string())
                .hint("run `dev-server doctor --fix` to see which tools are missing");
            (CompileOutcome::Failed(vec![diagnostic]), String::new())
        }
        Ok(Ending::Cancelled) => (CompileOutcome::Cancelled, String::new()),
        Ok(Ending::TimedOut { after, stderr }) => {
            let limit = Diagnostic::error(
                origin,
                format!("{} did not finish within {} s and was ended", kind.name(), after.as_secs_f32()),
            )
            .hint("raise the time limit of a build (`build_timeout`), or look for code that makes the compiler loop");
            let mut all = vec![limit];
            all.extend(understand(&stderr.text(), Severity::Error));
            (CompileOutcome::Failed(all), String::new())
        }
        Ok(Ending::Exited { status, stdout, stderr, elapsed }) => {
            let text = stderr.text();
            if status.success() {
                let warnings = understand(&text, Severity::Warning);
                return (CompileOutcome::Written { warnings, elapsed }, text);
            }
            let mut all = understand(&text, Severity::Error);
            // TinyGo's helpers print to either stream.
            if all.is_empty() {
                all = understand(&stdout.text(), Severity::Error);
            }
            if hints::is_out_of_memory(&text) {
                all.insert(0, memory_limit(kind, limits));
            } else if hints::is_crash(&text) {
                all.insert(0, crash(kind, limits));
            }
            if all.is_empty() {
                let ending = Diagnostic::error(
                    origin,
                    format!("{} ended with {status} and said nothing", kind.name()),
                );
                all.push(ending.hint("a killed compiler often means that the machine ran out of memory"));
            }
            (CompileOutcome::Failed(all), text)
        }
    }
}

fn memory_limit(kind: CompilerKind, limits: Limits) -> Diagnostic {
    let message = format!(
        "{} needs more than the {} MiB of memory that a build may use",
        kind.name(),
        limits.memory >> 20
    );
    Diagnostic::error(kind.origin(), message)
        .hint("make huge literals and deeply nested types smaller, or raise the memory limit of a build")
}

/// A Go runtime whose collector gets no more memory often crashes instead of saying so.
fn crash(kind: CompilerKind, limits: Limits) -> Diagnostic {
    Diagnostic::error(kind.origin(), format!("{} crashed", kind.name())).hint(format!(
        "it may have needed more than the {} MiB of memory that a build may use; otherwise it is a defect of the \
         compiler: its own words are in the next message",
        limits.memory >> 20
    ))
}

/// A folder for the temporary files of the compiler, beside its output; an error is ready to be shown.
pub(super) fn temporary_folder(kind: CompilerKind, output: &Path) -> Result<std::path::PathBuf, Diagnostic> {
    let folder = output.with_file_name("temporary");
    match std::fs::create_dir_all(&folder) {
        Ok(()) => Ok(folder),
        Err(error) => {
            let message = format!("cannot make a temporary folder for the compiler: {error}");
            Err(Diagnostic::error(kind.origin(), message)
                .hint("make the cache folder writable, or choose another one with --cache-dir"))
        }
    }
}
