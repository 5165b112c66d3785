//! `size`: what a module is made of, and what makes it smaller.

mod report;
mod variants;
mod starts;
mod comparison;

use std::io::Write;

use tokio_util::sync::CancellationToken;

use crate::cli::SizeArgs;
use crate::environment::Environment;
use crate::exit::ExitStatus;

use super::CommandError;
use super::inspected::{Inspected, target};

use report::Report;

/// Takes a module apart; with `--compare` several that were built of the same sources.
pub(super) async fn run(
    arguments: &SizeArgs,
    environment: &Environment,
    shutdown: CancellationToken,
    output: &mut impl Write,
) -> Result<ExitStatus, CommandError> {
    let text = if arguments.compare {
        let comparison = comparison::compare(arguments, environment, &shutdown).await?;
        if arguments.json { comparison.json() } else { comparison.text() }
    } else {
        let path = &arguments.program;
        let target = target(&arguments.build);
        let inspected = Inspected::at(path, &arguments.build.how, target, environment, &shutdown).await?;
        let sizes = inspected.anatomy(path)?.sizes();
        let name = path.display().to_string();
        let report = Report::new(&name, inspected.compiler.as_deref(), &sizes);
        if arguments.json { report.json(arguments.top) } else { report.text(arguments.top) }
    };
    output.write_all(text.as_bytes()).map_err(|error| CommandError::output(&error))?;
    Ok(ExitStatus::Success)
}
