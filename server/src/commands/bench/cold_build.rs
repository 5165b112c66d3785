//! Builds of the same text by compilers that start anew each time.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::analyse::{Program, SourceDigest};
use crate::build::{BuildRequest, CompileOutcome, Compiler, Mode};
use crate::content::ContentHash;
use crate::environment::Environment;
use crate::process::{Ending, Limits, Program as Command};
use crate::revision::Revision;
use crate::toolchain::{GoTool, TinyGoTool};

/// A build did not give a module.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {reason}")]
pub(super) struct NotBuilt {
    what: &'static str,
    reason: String,
}

/// The standard Go compiler.
pub(super) struct GoBuild {
    compiler: Arc<dyn Compiler>,
    program: Arc<Program>,
    folder: PathBuf,
}

impl GoBuild {
    /// Builds `program`, with its output in `folder`.
    pub(super) fn new(compiler: Arc<dyn Compiler>, program: Program, folder: PathBuf) -> Self {
        Self { compiler, program: Arc::new(program), folder }
    }

    /// How long a build of what the sources say now takes.
    pub(super) async fn run(&self, cancel: &CancellationToken) -> Result<Duration, NotBuilt> {
        let failed = |reason: String| NotBuilt { what: "go build", reason };
        let request = BuildRequest {
            revision: Revision::FIRST,
            program: Arc::clone(&self.program),
            // It is for caches, and there is none here.
            digest: SourceDigest(ContentHash::of(b"")),
            mode: Mode::Development,
            lenient: true,
        };
        match self.compiler.compile(&request, &self.folder.join("go.wasm"), cancel).await {
            CompileOutcome::Written { elapsed, .. } => Ok(elapsed),
            CompileOutcome::Failed(reasons) => {
                Err(failed(reasons.first().map(|reason| reason.message.clone()).unwrap_or_default()))
            }
            CompileOutcome::Cancelled => Err(failed("it was cancelled".to_owned())),
        }
    }
}

/// `tinygo build`.
#[derive(Debug)]
pub(super) struct TinyGoBuild {
    binary: PathBuf,
    target: OsString,
    variables: Vec<(OsString, OsString)>,
    tags: Vec<String>,
    limits: Limits,
}

impl TinyGoBuild {
    /// Runs `tool`, which asks `go` for packages.
    pub(super) fn new(
        tool: &TinyGoTool,
        go: &GoTool,
        environment: &Environment,
        tags: Vec<String>,
        time: Duration,
    ) -> Self {
        Self {
            binary: tool.binary.clone(),
            target: tool.target.argument(),
            variables: tool.clean_environment(go, environment),
            tags,
            limits: Limits { time, ..Limits::default() },
        }
    }

    /// How long it takes to write the program in `package` to `output`. Without `flags` it does what TinyGo does when
    /// nobody asks for anything else: small code, with debug information.
    pub(super) async fn run(
        &self,
        package: &Path,
        flags: &[&str],
        output: &Path,
        cancel: &CancellationToken,
    ) -> Result<Duration, NotBuilt> {
        let failed = |reason: String| NotBuilt { what: "tinygo build", reason };
        let mut command = Command::new(&self.binary, package)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env("TMPDIR", output.parent().unwrap_or(Path::new("/")))
            .args(["build", "-target"])
            .arg(&self.target)
            .args(flags)
            .arg("-o")
            .arg(output);
        if !self.tags.is_empty() {
            command = command.arg("-tags").arg(self.tags.join(" "));
        }
        match command.arg(".").run(self.limits, cancel).await {
            Ok(Ending::Exited { status, elapsed, .. }) if status.success() => Ok(elapsed),
            Ok(Ending::Exited { status, stderr, .. }) => {
                let text = crate::diagnostic::plain(&stderr.text());
                Err(failed(text.lines().last().map_or_else(|| status.to_string(), str::to_owned)))
            }
            Ok(Ending::TimedOut { after, .. }) => {
                Err(failed(format!("not done after {} s", after.as_secs())))
            }
            Ok(Ending::Cancelled) => Err(failed("it was cancelled".to_owned())),
            Err(error) => Err(failed(error.to_string())),
        }
    }
}
