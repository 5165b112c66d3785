//! `bench`: measurements that can be repeated. `bench edit` edits a copy of a program and watches a real page follow.

mod statistics;
mod machine;
mod tokens;
mod functions;
mod literal;
mod edit_point;
mod project_copy;
mod events;
mod measure;
mod patches;
mod memory;
mod browser;
mod doorway;
mod serving;
mod cold_build;
mod speed;
mod figures;
mod rivals;
mod run;
mod rows;
mod table;
mod hash;
mod diff;
mod hub;
mod host;

use std::io::Write;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::analyse::{LoadOptions, LoadOutcome, ProgramGraph};
use crate::cli::BenchEditArgs;
use crate::config::Settings;
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::printer::DiagnosticRow;
use crate::process::Limits;
use crate::toolchain::TinyGoTool;

use super::CommandError;
use super::compose::compose;
use super::warm::warm_tools;

use edit_point::{EditPoint, NoEditPoint};
use machine::Machine;
use patches::PatchSizes;
use project_copy::ProjectCopy;
use run::Run;
use serving::{Ground, Subject, ended_early};

pub(super) use diff::run as diff;
pub(super) use hash::run as hash;
pub(super) use host::{run as host, serve_program as host_server};
pub(super) use hub::{run as hub, serve as hub_server};

/// What takes long and needs a browser.
const SLOW: &str = "comparisons with other compilers and of running speed";

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
    let settings = on_copy(arguments.compile.settings(), &copy);
    let parts = compose(&copy.folder, settings.clone(), &surroundings).await?;
    let graph = load(&parts.load, &shutdown).await?;
    let first = first_number()?;
    let point = EditPoint::find(&graph, first).map_err(no_edit_point)?;
    let browser = parts.toolchain.chromium.clone().ok();
    let warm = warm_tools(&parts);
    let ground = Ground {
        environment: &surroundings,
        scratch: scratch.path(),
        browser: browser.as_ref(),
        build_time: parts
            .settings
            .build_timeout
            .map_or(Limits::default().time, |seconds| Duration::from_secs(seconds.get())),
        shutdown: &shutdown,
    };
    let several = graph.programs.len() > 1;
    let subject = Subject { folder: copy.folder.clone(), settings, program: point.program.clone(), several };
    let comparing = warm.is_ok() && browser.is_some() && !arguments.quick;
    if !arguments.json {
        let what = point.describe(&graph);
        let line = announced(&what, &arguments, browser.is_some(), comparing);
        output.write_all(line.as_bytes()).map_err(|error| CommandError::output(&error))?;
    }
    let rival = if comparing { Some(rivals::tinygo(&parts, &ground)?) } else { None };
    let glue = parts.toolchain.tinygo.as_ref().map(TinyGoTool::glue).unwrap_or_default();
    let run = Run {
        ground,
        project: &original.folder,
        subject,
        point,
        edits: arguments.edits,
        warm: warm.as_ref().ok().cloned(),
        quick: arguments.quick,
        first,
    };
    let mut figures = Box::pin(run.perform()).await?;
    if let (Some(rival), Ok(warm)) = (rival, &warm) {
        match speed::compare(&ground, &parts.settings, warm, (&rival, &glue)).await {
            Ok(speed) => figures.speed = speed,
            // What was measured before is worth having without it.
            Err(error) => figures.left_out.push(format!("running speed: {error}")),
        }
    }
    figures.patches = PatchSizes::of(&figures.measurements.patches, &parts.blobs);
    if let Err(Some(unavailable)) = warm {
        figures.left_out.push(format!("patches and what they are compared with ({})", unavailable.reason));
    } else if warm.is_ok() && !comparing {
        let why = if arguments.quick { "--quick" } else { "no Chromium was found" };
        figures.left_out.push(format!("{SLOW} ({why})"));
    }
    let machine = Machine::describe(
        Some(parts.compiler_name.clone()),
        browser.as_ref().map(|browser| format!("Chromium {}", browser.version)),
    )
    .await;
    let text = if arguments.json { table::json(&machine, &figures) } else { table::text(&machine, &figures) };
    output.write_all(text.as_bytes()).map_err(|error| CommandError::output(&error))?;
    Ok(ExitStatus::Success)
}

/// What is about to be done, for people.
fn announced(what: &str, arguments: &BenchEditArgs, screen: bool, comparing: bool) -> String {
    let end = if screen { "the screen" } else { "the release, since no Chromium was found" };
    let more = if comparing {
        "builds with other compilers are measured between them, which takes some minutes; --quick leaves them out\n"
    } else {
        ""
    };
    format!(
        "editing {what} {} times, after one time that does not count, and waiting for {end}\n{more}",
        arguments.edits
    )
}

/// Different in each run, so that no cache knows the edits, and such that the kinds of edits begin with the first.
fn first_number() -> Result<u32, CommandError> {
    let mut random = [0; 4];
    getrandom::fill(&mut random).map_err(|error| CommandError::new(ExitStatus::Environment, error))?;
    Ok((40_000 + u32::from_le_bytes(random) % 200_000) * literal::KINDS)
}

/// A port of its own, and nothing that shows on the desktop.
fn on_copy(mut settings: Settings, copy: &ProjectCopy) -> Settings {
    let trusted = settings.trusted_folders.get_or_insert_default();
    trusted
        .extend(copy.outside.iter().filter(|folder| !trusted.contains(folder)).cloned().collect::<Vec<_>>());
    Settings {
        port: Some(0),
        host: Some(std::net::Ipv4Addr::LOCALHOST.into()),
        open: Some(false),
        ..settings
    }
}

fn no_edit_point(error: NoEditPoint) -> CommandError {
    CommandError::new(ExitStatus::Failure, error).with_hint(NoEditPoint::hint())
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
