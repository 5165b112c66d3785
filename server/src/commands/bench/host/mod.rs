//! `bench host`: what it costs to run programs of WebAssembly on this machine, and whether a request is ever lost while
//! they are exchanged.
//!
//! Servers that are compared are processes of their own, and this one plays the clients. Where something is compared, all
//! are measured in turns.

mod scale;
mod guests;
mod instantiate;
mod exchange;
mod endless;
mod served;
mod requests;
mod handlers;
mod animation;
mod wasmtime_serve;
mod serve;
mod encoder;
mod family;

use std::io::Write;
use std::path::Path;

use tokio_util::sync::CancellationToken;

use crate::cli::BenchHostArgs;
use crate::environment::Environment;
use crate::exit::ExitStatus;

use super::super::CommandError;
use super::machine::Machine;
use super::table;
use family::Family;
use scale::Scale;

pub(in crate::commands) use served::serve as serve_program;

/// What all measurements of a run have in common.
#[derive(Debug)]
struct Ground<'a> {
    environment: &'a Environment,
    /// Is there until the end of the run.
    scratch: &'a Path,
    /// Folder of the animation.
    gif: &'a Path,
    /// The one to compare with, when somebody said which.
    wasmtime: Option<&'a Path>,
    scale: Scale,
}

fn failed(error: impl std::fmt::Display) -> CommandError {
    CommandError::new(ExitStatus::Failure, error)
}

/// Measures.
pub(in crate::commands) async fn run(
    arguments: &BenchHostArgs,
    environment: &Environment,
    shutdown: CancellationToken,
    output: &mut dyn Write,
) -> Result<ExitStatus, CommandError> {
    let wanted = |name: &str| arguments.only.is_empty() || arguments.only.iter().any(|only| only == name);
    if let Some(name) = arguments.only.iter().find(|name| Family::of(name).is_none()) {
        let known: Vec<_> = Family::ALL.iter().flat_map(|family| family.rows()).copied().collect();
        return Err(CommandError::new(ExitStatus::Usage, format!("there is no row {name}"))
            .with_hint(format!("the rows are {}", known.join(", "))));
    }
    let families: Vec<_> =
        Family::ALL.into_iter().filter(|family| family.rows().iter().any(|name| wanted(name))).collect();
    let gif = arguments.gif.canonicalize().unwrap_or_else(|_| arguments.gif.clone());
    let needs_gif = families.iter().any(|family| matches!(family, Family::Animation | Family::Encoder));
    if needs_gif && !gif.join("go.mod").is_file() {
        let message = format!("{} is not the folder of the animation", arguments.gif.display());
        return Err(CommandError::new(ExitStatus::Usage, message)
            .with_hint("name it with --gif: it is examples/gif of dev-server's sources".to_owned()));
    }
    let wasmtime = arguments.wasmtime.as_deref().map(std::path::absolute).transpose().map_err(failed)?;
    if let Some(wasmtime) = wasmtime.as_ref().filter(|wasmtime| !wasmtime.is_file()) {
        let message = format!("{} is not there", wasmtime.display());
        return Err(CommandError::new(ExitStatus::Usage, message)
            .with_hint("name the program wasmtime with --wasmtime, or leave it out".to_owned()));
    }
    let scratch = tempfile::tempdir().map_err(|error| {
        CommandError::new(ExitStatus::Environment, format!("no temporary folder: {error}"))
    })?;
    let scale = if arguments.quick { Scale::QUICK } else { Scale::FULL };
    let ground =
        Ground { environment, scratch: scratch.path(), gif: &gif, wasmtime: wasmtime.as_deref(), scale };
    let mut rows = Vec::new();
    for family in families {
        tracing::info!(?family, "measuring");
        let measured = tokio::select! {
            () = shutdown.cancelled() => return Err(super::serving::ended_early()),
            measured = Box::pin(family.measure(&ground)) => measured?,
        };
        rows.extend(measured);
    }
    let machine = Machine::describe(None, None).await;
    let text =
        if arguments.json { table::line("host", &machine, &rows) } else { table::list(&machine, &rows) };
    output.write_all(text.as_bytes()).map_err(|error| CommandError::output(&error))?;
    Ok(ExitStatus::Success)
}
