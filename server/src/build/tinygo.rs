//! TinyGo as a process of its own for each build.
//!
//! It reports every error of the first package that fails and stops there: what is wrong in packages that
//! import it shows after that one is right. There is no flag that changes this.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::compiler::Compiling;
use super::run::{run, temporary_folder};
use super::{BuildFlags, BuildRequest, CompileOutcome, Compiler, CompilerKind, Mode};
use crate::environment::Environment;
use crate::process::{Limits, Program};
use crate::toolchain::{GoTool, TinyGoTarget, TinyGoTool};

/// Half the time of higher levels, and every call stays where the source has it: with inlining a trap is often
/// shared by several lines and its position lost. DWARF stays in; it never leaves the server.
const DEVELOPMENT_FLAGS: [&str; 1] = ["-opt=0"];

/// As small as TinyGo can.
const RELEASE_FLAGS: [&str; 2] = ["-opt=z", "-no-debug"];

/// `tinygo build`.
#[derive(Debug)]
pub struct TinyGoCompiler {
    binary: PathBuf,
    identity: String,
    glue: PathBuf,
    target: OsString,
    variables: Vec<(OsString, OsString)>,
    flags: BuildFlags,
    own: Vec<String>,
    limits: Limits,
}

impl TinyGoCompiler {
    /// Drives `tool`, which asks `go` for packages.
    pub fn new(
        tool: &TinyGoTool,
        go: &GoTool,
        environment: &Environment,
        flags: BuildFlags,
        limits: Limits,
    ) -> Self {
        let target = tool.target.argument();
        let identity = format!(
            "tinygo {} {} {} go {}|{}|{DEVELOPMENT_FLAGS:?}",
            tool.version,
            tool.root.display(),
            target.display(),
            go.version,
            flags.identity(),
        );
        Self {
            binary: tool.binary.clone(),
            identity,
            glue: tool.glue(),
            target,
            variables: tool.clean_environment(go, environment),
            flags,
            own: Vec::new(),
            limits,
        }
    }

    /// The same with flags of TinyGo's own, which count more than those of the mode.
    #[must_use]
    pub fn with(mut self, flags: Vec<String>) -> Self {
        self.identity = format!("{}|{flags:?}", self.identity);
        self.own = flags;
        self
    }

    /// The same for programs of this machine; `target` is what [`TinyGoTool::wasi`] gives.
    #[must_use]
    pub fn for_wasi(mut self, target: &TinyGoTarget) -> Self {
        self.target = target.argument();
        self.identity = format!("{}|{}", self.identity, self.target.display());
        self
    }

    fn command(&self, request: &BuildRequest, output: &Path, temporary: &Path) -> Program {
        let mut program = Program::new(&self.binary, &request.program.package_folder)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env("TMPDIR", temporary)
            .arg("build")
            .arg("-target")
            .arg(&self.target)
            .arg("-o")
            .arg(output);
        program = match request.mode {
            Mode::Release => program.args(RELEASE_FLAGS),
            Mode::Development if self.flags.omit_symbols() => {
                program.args(DEVELOPMENT_FLAGS).arg("-no-debug")
            }
            Mode::Development => program.args(DEVELOPMENT_FLAGS),
        };
        // Of two the later one counts.
        program = program.args(&self.own);
        if !self.flags.tags().is_empty() {
            program = program.arg("-tags").arg(self.flags.tags().join(" "));
        }
        // `-s` and `-w` are unknown to TinyGo; `-no-debug` is what they mean.
        let link = self.flags.variables();
        if !link.is_empty() {
            program = program.arg("-ldflags").arg(link);
        }
        program.arg(".")
    }

    async fn build(
        &self,
        request: &BuildRequest,
        output: &Path,
        cancel: &CancellationToken,
    ) -> CompileOutcome {
        match temporary_folder(CompilerKind::TinyGo, output) {
            Ok(temporary) => {
                let command = self.command(request, output, &temporary);
                run(CompilerKind::TinyGo, command, self.limits, request, cancel).await.0
            }
            Err(problem) => CompileOutcome::Failed(vec![problem]),
        }
    }
}

impl Compiler for TinyGoCompiler {
    fn kind(&self) -> CompilerKind {
        CompilerKind::TinyGo
    }

    fn identity(&self) -> String {
        self.identity.clone()
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
        Box::pin(self.build(request, output, cancel))
    }
}
