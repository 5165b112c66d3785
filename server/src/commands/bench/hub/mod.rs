//! `bench hub`: what it costs to serve thousands of clients, and whether any of them ever misses anything.
//!
//! The server is a child of its own, so that its memory is its own and it can be killed; this process plays the
//! clients. All connections are real ones of this machine. Where something is compared, both are measured in turns.

mod clock;
mod histogram;
mod limits;
mod orders;
mod dialect;
mod skimmer;
mod door;
mod connection;
mod crowd;
mod product;
mod raw;
mod broadcast;
mod edge;
mod served;
mod child;
mod follower;
mod scale;
mod family;
mod idle;
mod burst;
mod one;
mod slow;
mod cuts;
mod kills;
mod storm;
mod way;
mod hubs;
mod link;
mod datagrams;
mod session;
mod priority;
mod switch;
mod telemetry;

use std::io::Write;
use std::path::Path;

use tokio_util::sync::CancellationToken;

use crate::cli::{BenchHubArgs, HubServerKind};
use crate::environment::Environment;
use crate::exit::ExitStatus;

use super::super::CommandError;
use super::machine::Machine;
use super::table;
use child::Child;
use family::Family;
use scale::Scale;

pub(in crate::commands) use served::serve;

/// What all measurements of a run have in common.
#[derive(Debug)]
struct Ground<'a> {
    environment: &'a Environment,
    /// Is there until the end of the run.
    scratch: &'a Path,
    scale: Scale,
}

impl Ground<'_> {
    /// A server with a folder of its own.
    async fn start(&self, kind: HubServerKind) -> Result<Child, CommandError> {
        let folder = tempfile::Builder::new().tempdir_in(self.scratch).map_err(crowd::failed)?.keep();
        Child::start(kind, &folder, self.environment).await
    }
}

/// Measures.
pub(in crate::commands) async fn run(
    arguments: &BenchHubArgs,
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
    limits::raise();
    let scratch = tempfile::tempdir().map_err(|error| {
        CommandError::new(ExitStatus::Environment, format!("no temporary folder: {error}"))
    })?;
    let scale = if arguments.quick { Scale::QUICK } else { Scale::FULL };
    let ground = Ground { environment, scratch: scratch.path(), scale };
    let mut rows = Vec::new();
    for family in Family::ALL {
        if !family.rows().iter().any(|name| wanted(name)) {
            continue;
        }
        tracing::info!(?family, "measuring");
        let measured = tokio::select! {
            () = shutdown.cancelled() => return Err(super::serving::ended_early()),
            measured = Box::pin(family.measure(&ground)) => measured?,
        };
        rows.extend(measured);
    }
    let machine = Machine::describe(None, None).await;
    let text =
        if arguments.json { table::line("hub", &machine, &rows) } else { table::list(&machine, &rows) };
    output.write_all(text.as_bytes()).map_err(|error| CommandError::output(&error))?;
    Ok(ExitStatus::Success)
}
