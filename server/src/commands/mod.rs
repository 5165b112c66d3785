//! The commands of the binary. Text for people is made here and in `printer`, nowhere else.

mod error;
mod compose;
mod serve;

use std::io::Write as _;

use tokio_util::sync::CancellationToken;

use crate::cli::{Cli, Command};
use crate::environment::Environment;
use crate::exit::ExitStatus;

pub use error::CommandError;

/// Runs one command to its end. `shutdown` ends it early and in order.
pub async fn run(
    cli: Cli,
    environment: &Environment,
    shutdown: CancellationToken,
) -> Result<ExitStatus, CommandError> {
    match cli.command {
        Command::Serve(arguments) => serve::run(arguments, environment, shutdown).await,
        Command::Schema => {
            let text = crate::config::schema();
            std::io::stdout().write_all(text.as_bytes()).map_err(|error| {
                CommandError::new(ExitStatus::Environment, format!("cannot write to the output: {error}"))
            })?;
            Ok(ExitStatus::Success)
        }
        _ => Ok(ExitStatus::Usage),
    }
}
