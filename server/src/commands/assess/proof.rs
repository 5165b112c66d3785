//! What real compilers and a real host make of the programs.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use migration::{BackEnd, Complaint, Finding, Place, judge};
use tokio_util::sync::CancellationToken;
use wasm_host::{Compiled, Functions, HostOptions, Limits, Outcome, Output, Permissions, Setup};

use crate::build::{CompilerOutput, parse_output};
use crate::cli::{AssessArgs, CompileFlags, ProgramFlags, WasiBuildFlags};
use crate::config::CompilerChoice;
use crate::config::TargetChoice;
use crate::diagnostic::{Diagnostic, Origin, Severity, plain};
use crate::environment::Environment;
use crate::guest::Workshop;
use crate::process::{Ending, Program};
use crate::toolchain::{GoTool, Toolchain, WasiTarget};

use super::super::wasi::Found;
use super::reading::Code;
use super::systems::target;

/// Of a program that is only to be seen to start.
const RUN: Duration = Duration::from_secs(10);

/// What a program writes for people is kept to this: the last line is shown.
const WORDS: usize = 64 << 10;

/// What became of a program with a back end.
pub(super) struct Tried {
    /// Folder of the program.
    pub(super) program: PathBuf,
    pub(super) back_end: BackEnd,
    pub(super) result: TriedResult,
}

pub(super) enum TriedResult {
    /// The tool for it is not there, or the host does not start.
    NotTried { why: String },
    /// There is a module that the host takes.
    Built { took: Duration, ran: Option<Ran>, findings: Vec<Finding> },
    /// There is none.
    Failed { reasons: Vec<Diagnostic>, findings: Vec<Finding> },
}

/// How a run with nothing allowed ended.
pub(super) struct Ran {
    pub(super) is_success: bool,
    /// In words.
    pub(super) outcome: String,
    /// The last line of its stderr.
    pub(super) said: Option<String>,
}

/// Every program with every back end; packages without a program with Go, which compiles them by themselves. `None`:
/// interrupted.
pub(super) async fn try_all(
    code: &Code,
    folder: &Path,
    arguments: &AssessArgs,
    back_ends: &[BackEnd],
    toolchain: &Toolchain,
    environment: &Environment,
    shutdown: &CancellationToken,
) -> Option<Vec<Tried>> {
    let mut all = Vec::new();
    if code.programs.is_empty()
        && let Ok(go) = &toolchain.go
        && back_ends.contains(&BackEnd::GoPreview1)
    {
        let result = try_library(code, folder, go, environment, shutdown).await?;
        all.push(Tried { program: folder.to_owned(), back_end: BackEnd::GoPreview1, result });
    }
    for program in &code.programs {
        for back_end in back_ends {
            let result = match (back_end, &toolchain.tinygo) {
                (BackEnd::GoPreview1, _) | (_, Ok(_)) => {
                    try_one(code, program, *back_end, arguments, environment, shutdown).await?
                }
                (_, Err(missing)) => TriedResult::NotTried { why: missing.to_string() },
            };
            all.push(Tried { program: program.clone(), back_end: *back_end, result });
        }
    }
    Some(all)
}

async fn try_one(
    code: &Code,
    program: &Path,
    back_end: BackEnd,
    arguments: &AssessArgs,
    environment: &Environment,
    shutdown: &CancellationToken,
) -> Option<TriedResult> {
    let compiler = match back_end {
        BackEnd::GoPreview1 => CompilerChoice::Go,
        BackEnd::TinyGoPreview1 | BackEnd::TinyGoPreview2 => CompilerChoice::TinyGo,
    };
    let compile = CompileFlags { compiler: Some(compiler), ..arguments.compile.clone() };
    let flags = WasiBuildFlags {
        target: Some(match target(back_end) {
            WasiTarget::Preview1 => TargetChoice::Preview1,
            WasiTarget::Preview2 => TargetChoice::Preview2,
        }),
        how: ProgramFlags { compile, ..ProgramFlags::default() },
    };
    let options = HostOptions { guests: 1, module_bytes: 256 << 20, ..HostOptions::default() };
    let found = Found::at(program, &flags, environment).await;
    let (found, host) = match found.and_then(|found| Ok((found.host(&options)?, found))) {
        Ok((host, found)) => (found, host),
        Err(error) => return Some(TriedResult::NotTried { why: error.to_string() }),
    };
    let mut workshop = Workshop::new(host, found.source, Functions::new());
    let began = Instant::now();
    let made = workshop.make(shutdown).await?;
    Some(match made.module {
        Ok(module) => {
            let took = began.elapsed();
            let ran =
                if arguments.run { Some(run(&module, &workshop.name(), shutdown).await?) } else { None };
            TriedResult::Built { took, ran, findings: judge(&code.items, back_end, true, &[]) }
        }
        Err(reasons) => failed(code, back_end, reasons),
    })
}

/// Packages that are no program, with Go.
async fn try_library(
    code: &Code,
    folder: &Path,
    go: &GoTool,
    environment: &Environment,
    shutdown: &CancellationToken,
) -> Option<TriedResult> {
    let back_end = BackEnd::GoPreview1;
    let variables = go.clean_environment(environment).into_iter().chain(target(back_end).variables());
    let build = Program::new(&go.binary, folder).args(["build", "./..."]).envs(variables);
    Some(match build.run(crate::process::Limits::default(), shutdown).await {
        Ok(Ending::Cancelled) => return None,
        Ok(Ending::Exited { status, elapsed, .. }) if status.success() => {
            TriedResult::Built { took: elapsed, ran: None, findings: judge(&code.items, back_end, true, &[]) }
        }
        Ok(Ending::Exited { stderr, .. }) => {
            let sources = code.paths.iter().cloned().collect();
            let text = &stderr.text();
            let (origin, severity) = (Origin::Go, Severity::Error);
            failed(
                code,
                back_end,
                parse_output(CompilerOutput { origin, text, folder, sources: &sources, severity }),
            )
        }
        Ok(Ending::TimedOut { after, .. }) => {
            TriedResult::NotTried { why: format!("go build did not end within {} s", after.as_secs()) }
        }
        Err(error) => TriedResult::NotTried { why: error.to_string() },
    })
}

fn failed(code: &Code, back_end: BackEnd, reasons: Vec<Diagnostic>) -> TriedResult {
    let complaints: Vec<Complaint> = reasons.iter().map(|reason| complaint(code, reason)).collect();
    let findings = judge(&code.items, back_end, false, &complaints);
    TriedResult::Failed { reasons, findings }
}

fn complaint(code: &Code, reason: &Diagnostic) -> Complaint {
    let place = reason.position.as_ref().and_then(|position| {
        let file = code.paths.iter().position(|path| *path == position.file)?;
        Some((file, Place { line: position.line, column: position.column }))
    });
    Complaint { place, message: reason.message.clone() }
}

async fn run(module: &Compiled, name: &str, shutdown: &CancellationToken) -> Option<Ran> {
    let setup = Setup {
        permissions: Permissions { arguments: vec![name.to_owned()], ..Permissions::default() },
        limits: Limits { busy: RUN, lifetime: RUN, ..Limits::default() },
        stdout: Output::discard(0).dropping(),
        stderr: Output::buffer(WORDS).dropping(),
        ..Setup::default()
    };
    Some(match shutdown.run_until_cancelled(module.run(setup)).await? {
        Ok(done) => {
            let words = String::from_utf8_lossy(&done.stderr.bytes).into_owned();
            let last = words.lines().rev().map(str::trim).find(|line| !line.is_empty());
            Ran {
                is_success: matches!(done.outcome, Outcome::Finished | Outcome::Exited(0)),
                outcome: plain(&done.outcome.to_string()),
                said: last.map(plain),
            }
        }
        Err(error) => Ran { is_success: false, outcome: plain(&error.to_string()), said: None },
    })
}
