//! `profile`: where a program of this machine computes or allocates, for people, for `go tool pprof`, and as a page.

mod measured;
mod message;
mod pprof;
mod gzip;
mod top;
mod flame;
mod page;
mod report;

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::cli::ProfileArgs;
use crate::environment::Environment;
use crate::exit::ExitStatus;

use super::CommandError;
use super::observed::{Observation, Observations, observe};

use flame::Flame;
use measured::Measured;
use report::Report;

/// Runs it, and writes what was seen, however the run ended.
pub(super) async fn run(
    arguments: &ProfileArgs,
    environment: &Environment,
    shutdown: CancellationToken,
    output: &mut impl Write,
) -> Result<ExitStatus, CommandError> {
    let observation = Observation {
        program: &arguments.program,
        arguments: &arguments.arguments,
        build: &arguments.build,
        given: &arguments.given,
        memory_limit: (arguments.memory_limit as usize) << 20,
        seconds: arguments.seconds,
        tick: if arguments.memory {
            Duration::from_millis(10)
        } else {
            Duration::from_secs(1) / arguments.rate
        },
        bytes_per_object: arguments.memory.then_some(arguments.alloc_rate.get()),
    };
    let started = std::time::SystemTime::now();
    let observations = match observe(observation, environment, &shutdown).await? {
        Ok(observations) => observations,
        Err(status) => return Ok(status),
    };
    let Observations { known, recording, .. } = &observations;
    if let Some(known) = known
        && known.allocator.is_none()
    {
        let message = format!("{}: no allocator was found in it", observations.name);
        return Err(CommandError::new(ExitStatus::Failure, message)
            .with_hint("build with names: without --release, and without -s in --ldflags".to_owned()));
    }
    let measured = match known {
        None => Measured::computed(recording, Duration::from_secs(1) / arguments.rate),
        Some(known) => Measured::allocated(recording, known.frees, arguments.alloc_rate.get()),
    };
    let report = Report::of(&observations, &measured);
    let profile = pprof::profile(&observations.sources, &measured, started, recording.wall, &report.notes);
    write(&arguments.output, &gzip::gzip(&profile))?;
    if let Some(path) = &arguments.flame {
        let flame = Flame::of(&observations.sources, &measured);
        write(path, page::page(&flame, &report).as_bytes())?;
    }
    let text = if arguments.json {
        serde_json::to_string(&report).unwrap_or_default() + "\n"
    } else {
        report.text(&arguments.output, arguments.flame.as_deref())
    };
    output.write_all(text.as_bytes()).map_err(|error| CommandError::output(&error))?;
    Ok(ExitStatus::Success)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    std::fs::write(path, bytes).map_err(|error| {
        CommandError::new(ExitStatus::Environment, format!("cannot write {}: {error}", path.display()))
            .with_hint("choose another file with --output or --flame".to_owned())
    })
}
