//! The standard Go compiler, for pages (js/wasm) and for WASI.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::compiler::{Compiling, Listing};
use super::run::{run, temporary_folder};
use super::shrink;
use super::{BuildFlags, BuildRequest, CompileOutcome, Compiler, CompilerKind, Mode, diagnostics};
use crate::diagnostic::{Diagnostic, Origin, Severity};
use crate::environment::Environment;
use crate::process::{Ending, Limits, Program};
use crate::toolchain::{GoTool, WasiTarget};

/// Bytes of a listing that are taken: a package of ten thousand lines has some twenty mebibytes of it.
const LONGEST_LISTING: usize = 128 << 20;

/// `go build` with GOARCH=wasm, and GOOS=js unless it is told otherwise.
#[derive(Debug)]
pub struct GoCompiler {
    binary: PathBuf,
    identity: String,
    glue: PathBuf,
    variables: Vec<(OsString, OsString)>,
    flags: BuildFlags,
    limits: Limits,
    wasm_opt: Option<PathBuf>,
}

impl GoCompiler {
    /// Drives `tool`. `wasm_opt` makes releases smaller when it is there.
    pub fn new(
        tool: &GoTool,
        environment: &Environment,
        flags: BuildFlags,
        limits: Limits,
        wasm_opt: Option<PathBuf>,
    ) -> Self {
        let glue = ["lib/wasm/wasm_exec.js", "misc/wasm/wasm_exec.js"].map(|path| tool.root.join(path));
        // Go 1.24 moved it.
        let glue = glue.iter().find(|path| path.is_file()).unwrap_or(&glue[0]).clone();
        Self {
            binary: tool.binary.clone(),
            identity: format!("go {} {}|{}", tool.version, tool.root.display(), flags.identity()),
            glue,
            variables: tool.clean_environment(environment),
            flags,
            limits,
            wasm_opt,
        }
    }

    /// The same for programs of this machine.
    #[must_use]
    pub fn for_wasi(mut self, target: WasiTarget) -> Self {
        self.identity.push('|');
        self.identity.push_str(target.name());
        // The later one of two counts.
        self.variables.extend(target.variables());
        self
    }

    /// Paths stay in a development module, so that what a panic prints can be opened in an editor; a
    /// release must not tell the world where it was built.
    fn command(&self, request: &BuildRequest, output: &Path, temporary: &Path) -> Program {
        let release = request.mode == Mode::Release;
        let mut link = self.flags.variables();
        if release || self.flags.omit_symbols() {
            link.insert_str(0, "-s -w ");
        }
        let mut program = Program::new(&self.binary, &request.program.package_folder)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env("TMPDIR", temporary)
            .args(["build", "-o"])
            .arg(output);
        if release {
            program = program.arg("-trimpath");
        }
        if !self.flags.tags().is_empty() {
            program = program.arg(format!("-tags={}", self.flags.tags().join(",")));
        }
        if !link.is_empty() {
            program = program.arg(format!("-ldflags={}", link.trim_end()));
        }
        program
    }

    async fn build(
        &self,
        request: &BuildRequest,
        output: &Path,
        cancel: &CancellationToken,
    ) -> CompileOutcome {
        let temporary = match temporary_folder(CompilerKind::Go, output) {
            Ok(folder) => folder,
            Err(problem) => return CompileOutcome::Failed(vec![problem]),
        };
        let command = self.command(request, output, &temporary);
        let (outcome, text) =
            run(CompilerKind::Go, command.clone().arg("."), self.limits, request, cancel).await;
        match outcome {
            CompileOutcome::Failed(first) => {
                self.complete(command, &text, request, cancel).await.unwrap_or(CompileOutcome::Failed(first))
            }
            CompileOutcome::Written { warnings, elapsed } if request.mode == Mode::Release => {
                let more = self.shrink(output, cancel).await;
                CompileOutcome::Written { warnings: warnings.into_iter().chain(more).collect(), elapsed }
            }
            outcome => outcome,
        }
    }

    /// The compiler stops after ten errors of a package. `-e` gives all, but it belongs to the cache key of the
    /// packages it is given for, so it is used only for those that have failed and are in no cache.
    async fn complete(
        &self,
        command: Program,
        text: &str,
        request: &BuildRequest,
        cancel: &CancellationToken,
    ) -> Option<CompileOutcome> {
        let packages = diagnostics::cut_packages(text);
        // The path comes from the compiler's output and becomes part of an argument.
        let plain = |path: &&str| {
            path.chars().all(|character| character.is_alphanumeric() || "._~-/".contains(character))
        };
        let patterns: Vec<_> =
            packages.into_iter().filter(plain).map(|path| format!("-gcflags={path}=-e")).collect();
        if patterns.is_empty() {
            return None;
        }
        let (outcome, _) =
            run(CompilerKind::Go, command.args(patterns).arg("."), self.limits, request, cancel).await;
        // A success means that the text was corrected in the meantime, but the output has other flags now.
        (!matches!(outcome, CompileOutcome::Written { .. })).then_some(outcome)
    }

    /// Go's modules do not say which lines their instructions came from, and the compiler does. What it says is kept with
    /// what it builds, so that the second time is quick.
    async fn list(
        &self,
        request: &BuildRequest,
        package: &str,
        output: &Path,
        cancel: &CancellationToken,
    ) -> Option<String> {
        let temporary = temporary_folder(CompilerKind::Go, output).ok()?;
        // The path comes from a module and becomes part of an argument.
        let plain = |character: char| character.is_alphanumeric() || "._~-/".contains(character);
        if package.is_empty() || package.starts_with('-') || !package.chars().all(plain) {
            return None;
        }
        let command =
            self.command(request, output, &temporary).arg(format!("-gcflags={package}=-S")).arg(".");
        let limits = Limits { output: LONGEST_LISTING, ..self.limits };
        match command.run(limits, cancel).await {
            Ok(Ending::Exited { status, stderr, .. }) if status.success() => Some(stderr.text()),
            _ => None,
        }
    }

    /// Runs `wasm-opt` over a finished module; what goes wrong is a warning, the module is good without it.
    async fn shrink(&self, output: &Path, cancel: &CancellationToken) -> Option<Diagnostic> {
        let smaller = output.with_extension("smaller");
        let warning = |message: String| {
            let mut warning = Diagnostic::error(Origin::Go, message);
            warning.severity = Severity::Warning;
            Some(warning)
        };
        let Some(binary) = &self.wasm_opt else {
            return warning("wasm-opt was not found: the module could be smaller".to_owned())
                .map(|warning| warning.hint("install binaryen, or run `dev-server doctor --fix`"));
        };
        let program = shrink::command(binary, output, &smaller)?;
        match program.run(self.limits, cancel).await {
            Ok(Ending::Exited { status, .. }) if status.success() => {
                match std::fs::rename(&smaller, output) {
                    Ok(()) => None,
                    Err(error) => warning(format!("cannot replace {}: {error}", output.display())),
                }
            }
            Ok(Ending::Exited { stderr, .. }) => warning(format!("wasm-opt failed: {}", stderr.text())),
            Ok(Ending::TimedOut { .. }) => warning("wasm-opt took too long and was ended".to_owned()),
            Ok(Ending::Cancelled) => None,
            Err(error) => warning(error.to_string()),
        }
    }
}

impl Compiler for GoCompiler {
    fn kind(&self) -> CompilerKind {
        CompilerKind::Go
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

    fn list<'a>(
        &'a self,
        request: &'a BuildRequest,
        package: &'a str,
        output: &'a Path,
        cancel: &'a CancellationToken,
    ) -> Listing<'a> {
        Box::pin(self.list(request, package, output, cancel))
    }
}
