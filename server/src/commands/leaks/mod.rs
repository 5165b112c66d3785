//! `leaks`: whether what a program holds grows without bound, and who allocates what stays.

mod trend;
mod verdict;
mod sites;
mod report;
mod pages;

use std::io::Write;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::cli::LeaksArgs;
use crate::environment::Environment;
use crate::exit::ExitStatus;

use super::CommandError;
use super::observed::{Observation, observe};

use report::Report;
use verdict::Verdict;

/// Between two looks at whether it has to be stopped: memory is seen without looking.
const TICK: Duration = Duration::from_millis(10);

/// Runs it. Ends with 1 when it grows.
pub(super) async fn run(
    arguments: &LeaksArgs,
    environment: &Environment,
    shutdown: CancellationToken,
    output: &mut impl Write,
) -> Result<ExitStatus, CommandError> {
    let Some(program) = &arguments.program else {
        let report = pages::heard(arguments, environment, &shutdown).await?;
        let text = if arguments.json { json(&report) } else { report.text() };
        return told(&text, report.verdict, output);
    };
    let observation = Observation {
        program,
        arguments: &arguments.arguments,
        build: &arguments.build,
        given: &arguments.given,
        memory_limit: (arguments.memory_limit as usize) << 20,
        seconds: arguments.seconds,
        tick: TICK,
        bytes_per_object: Some(arguments.alloc_rate.get()),
    };
    let observations = match observe(observation, environment, &shutdown).await? {
        Ok(observations) => observations,
        Err(status) => return Ok(status),
    };
    let report = Report::of(&observations);
    let text = if arguments.json { json(&report) } else { report.text() };
    told(&text, report.verdict, output)
}

fn json(report: &impl serde::Serialize) -> String {
    serde_json::to_string(report).unwrap_or_default() + "\n"
}

fn told(text: &str, verdict: Verdict, output: &mut impl Write) -> Result<ExitStatus, CommandError> {
    output.write_all(text.as_bytes()).map_err(|error| CommandError::output(&error))?;
    Ok(match verdict {
        Verdict::Grows => ExitStatus::Failure,
        Verdict::Steady | Verdict::Unknown => ExitStatus::Success,
    })
}
