//! `bench`: measurements that can be repeated. `bench edit` edits a copy of a program and watches a real page follow.

mod statistics;
mod machine;
mod tokens;
mod literal;
mod edit_point;
mod project_copy;
mod events;
mod measure;
mod browser;
mod table;

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::analyse::{LoadOptions, LoadOutcome, ProgramGraph};
use crate::cli::BenchEditArgs;
use crate::config::Settings;
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::pipeline::Pipeline;
use crate::printer::{DiagnosticRow, Event};
use crate::process::Limits;
use crate::toolchain::Browser;

use super::CommandError;
use super::compose::compose;
use super::serve::{Served, assemble, fatal};

use edit_point::{EditPoint, NoEditPoint};
use events::{Events, WaitError};
use machine::Machine;
use measure::{Measurements, Plan, measure};
use project_copy::ProjectCopy;

/// How long the page may take to show the program, and what an edit may take beyond its build.
const PATIENCE: Duration = Duration::from_mins(1);

/// Measures the way from a saved file to the screen.
pub(super) async fn edit(
    arguments: BenchEditArgs,
    environment: &Environment,
    shutdown: CancellationToken,
    output: &mut dyn Write,
) -> Result<ExitStatus, CommandError> {
    if arguments.edits == 0 {
        return Err(CommandError::new(ExitStatus::Usage, "--edits must be at least 1"));
    }
    // The original is held to the rules first: the copy trusts every folder that the original was allowed to use.
    let original = compose(&arguments.folder, arguments.compile.settings(), environment).await?;
    load(&original.load, &shutdown).await?;
    let copy = ProjectCopy::make(&original.folder)
        .map_err(|error| CommandError::new(ExitStatus::Usage, &error).with_hint(error.hint()))?;
    let scratch = tempfile::tempdir().map_err(|error| {
        CommandError::new(ExitStatus::Environment, format!("no temporary folder: {error}"))
    })?;
    // A token of its own, so that none is left behind for a folder that is gone.
    let surroundings = Environment { state_folder: scratch.path().join("state"), ..environment.clone() };
    let parts = compose(&copy.folder, settings(&arguments, &copy), &surroundings).await?;
    let graph = load(&parts.load, &shutdown).await?;
    let point = EditPoint::find(&graph)
        .map_err(|error| CommandError::new(ExitStatus::Failure, error).with_hint(NoEditPoint::hint()))?;
    let what = point.describe(&graph);
    let browser = parts.toolchain.chromium.clone().ok();
    let compiler = parts.compiler_name.clone();
    let build_time = parts.settings.build_timeout.map_or(Limits::default().time, Duration::from_secs);
    if !arguments.json {
        let end = if browser.is_some() { "the screen" } else { "the release, since no Chromium was found" };
        let line = format!(
            "editing {what} {} times, after one time that does not count, and waiting for {end}\n",
            arguments.edits
        );
        output.write_all(line.as_bytes()).map_err(|error| CommandError::output(&error))?;
    }
    let run = Run {
        several: graph.programs.len() > 1,
        point,
        edits: arguments.edits,
        browser: browser.as_ref(),
        environment,
        scratch: scratch.path(),
        build_time,
        shutdown,
    };
    let screen = browser.is_some();
    let measurements = run.perform(assemble(parts, false).await?).await?;
    let browser = browser.map(|browser| format!("Chromium {}", browser.version));
    let machine = Machine::describe(compiler, browser).await;
    let text = if arguments.json {
        table::json(&machine, &measurements, screen)
    } else {
        table::text(&machine, &measurements, screen)
    };
    output.write_all(text.as_bytes()).map_err(|error| CommandError::output(&error))?;
    Ok(ExitStatus::Success)
}

/// A port of its own, and nothing that shows on the desktop.
fn settings(arguments: &BenchEditArgs, copy: &ProjectCopy) -> Settings {
    let mut settings = arguments.compile.settings();
    settings.trusted_folders.get_or_insert_default().extend(copy.outside.iter().cloned());
    Settings {
        port: Some(0),
        host: Some(std::net::Ipv4Addr::LOCALHOST.into()),
        open: Some(false),
        ..settings
    }
}

async fn load(options: &LoadOptions, cancel: &CancellationToken) -> Result<ProgramGraph, CommandError> {
    match ProgramGraph::load(options, cancel).await {
        LoadOutcome::Loaded(graph) => Ok(graph),
        LoadOutcome::Cancelled => Err(ended_early()),
        LoadOutcome::Failed(failure) => {
            let rows: Vec<_> = failure.diagnostics.iter().map(DiagnosticRow::from).collect();
            let first = rows.iter().find(|row| row.severity == "error").or(rows.first());
            let message = first.map(|row| match row.file.as_str() {
                "" => row.message.clone(),
                file => format!("{file}:{}:{}: {}", row.line, row.column, row.message),
            });
            let hint = first.and_then(|row| row.hint.clone());
            Err(CommandError::new(ExitStatus::Failure, message.unwrap_or_default()).with_hint(hint))
        }
    }
}

fn ended_early() -> CommandError {
    CommandError::new(ExitStatus::Failure, "ended before the measurement was done")
}

/// One measurement, from the start of the server to its end.
struct Run<'a> {
    several: bool,
    point: EditPoint,
    edits: u32,
    browser: Option<&'a Browser>,
    environment: &'a Environment,
    scratch: &'a Path,
    build_time: Duration,
    shutdown: CancellationToken,
}

impl Run<'_> {
    async fn perform(&self, served: Served) -> Result<Measurements, CommandError> {
        let (observer, events) = Events::channel();
        let stop = self.shutdown.child_token();
        let serving = Pipeline::run(served.options, served.listener, observer, stop.clone());
        tokio::pin!(serving);
        // The server does its work in tasks of its own; waiting here for both holds neither up.
        let measured = tokio::select! {
            measured = self.measure(events, &stop) => measured,
            ended = &mut serving => {
                return Err(ended.map_or_else(|error| fatal(&error), |_| ended_early()));
            }
        };
        stop.cancel();
        serving.await.map_err(|error| fatal(&error))?;
        measured
    }

    async fn measure(
        &self,
        mut events: Events,
        stop: &CancellationToken,
    ) -> Result<Measurements, CommandError> {
        let wait = events.wait("the address of the server", PATIENCE, |observed| match &observed.event {
            Event::Listening { url, token, .. } => Some((url.clone(), token.clone())),
            _ => None,
        });
        let (url, token) = wait.await.map_err(waited)?;
        let first =
            events.wait("the first build", self.build_time + PATIENCE, |observed| match &observed.event {
                Event::Release { program, .. } if *program == self.point.program => Some(Ok(())),
                Event::Build { status: "failed", diagnostics, .. } => {
                    Some(Err(diagnostics.first().map(|item| item.message.clone()).unwrap_or_default()))
                }
                _ => None,
            });
        first.await.map_err(waited)?.map_err(|message| {
            CommandError::new(ExitStatus::Failure, format!("the program does not compile: {message}"))
                .with_hint("see all that is wrong with `dev-server build`".to_owned())
        })?;
        let plan = Plan {
            program: &self.point.program,
            edits: self.edits,
            screen: self.browser.is_some(),
            deadline: self.build_time + PATIENCE,
        };
        let Some(browser) = self.browser else {
            return measure(&mut events, plan, |number| self.point.save(number)).await.map_err(failed);
        };
        let below = if self.several { format!("{}/", self.point.program) } else { String::new() };
        let page = format!("{url}{below}?token={token}");
        let profile = self.scratch.join("browser");
        std::fs::create_dir_all(&profile).map_err(|error| {
            CommandError::new(ExitStatus::Environment, format!("no temporary folder: {error}"))
        })?;
        let closing = stop.child_token();
        let showing = browser::show(browser, &page, &profile, self.environment, &closing);
        tokio::pin!(showing);
        let measuring = async {
            let shown = events.wait("the first frame in the browser", PATIENCE, |observed| {
                matches!(&observed.event, Event::Applied { program, .. } if *program == self.point.program)
                    .then_some(())
            });
            shown.await.map_err(waited)?;
            measure(&mut events, plan, |number| self.point.save(number)).await.map_err(failed)
        };
        let measured = tokio::select! {
            measured = measuring => measured,
            ended = &mut showing => {
                let error = ended.err().map(|error| CommandError::new(ExitStatus::Environment, error));
                return Err(error.unwrap_or_else(ended_early));
            }
        };
        closing.cancel();
        // Gone before its profile is removed.
        let _ = showing.await;
        measured
    }
}

fn waited(error: WaitError) -> CommandError {
    failed(error)
}

fn failed(error: impl std::fmt::Display) -> CommandError {
    CommandError::new(ExitStatus::Failure, error)
        .with_hint("run `dev-server serve` on the program and look at what it prints".to_owned())
}
