//! `flags`: which clients get what, asked of and said to a server that runs.

mod words;
mod report;
mod door;

use std::io::Write;

use tokio_util::sync::CancellationToken;

use crate::cli::{FlagsArgs, FlagsCommand, TailArgs};
use crate::environment::Environment;
use crate::exit::ExitStatus;

use super::reach::Reach;
use super::{CommandError, project_server, tail};
use door::Door;

/// Asks, changes or watches.
pub(super) async fn run(
    arguments: FlagsArgs,
    environment: &Environment,
    shutdown: CancellationToken,
    output: &mut impl Write,
) -> Result<ExitStatus, CommandError> {
    let FlagsArgs { server, token, ca, json, command } = arguments;
    let reach = match server {
        Some(url) => {
            let address = tail::address(&url, token.as_deref())?;
            Reach::to(address, ca.as_deref(), environment)?
        }
        None => project_server::of_folder(environment, token.as_deref(), "`dev-server flags --server URL`")?,
    };
    if let FlagsCommand::Watch = command {
        let arguments = TailArgs { url: String::new(), token: None, ca, program: None, json, after: None };
        return tail::follow(reach, arguments, tail::Kinds::Flags, environment, shutdown).await;
    }
    let door = Door::new(reach);
    let answer = async {
        match command {
            FlagsCommand::Get { name } => {
                let document = door.document().await?;
                report::document(&document, name.as_deref(), json)
            }
            change => {
                let made = door.change(&words::of(change)).await?;
                Ok(report::change(&made, json))
            }
        }
    };
    let Some(answer) = shutdown.run_until_cancelled(answer).await else { return Ok(ExitStatus::Failure) };
    output.write_all(answer?.as_bytes()).map_err(|error| CommandError::output(&error))?;
    Ok(ExitStatus::Success)
}
