//! `flags`: which clients get what, asked of and said to a server that runs.

mod words;
mod report;
mod door;
mod server;

use std::io::Write;

use tokio_util::sync::CancellationToken;

use crate::cli::{FlagsArgs, FlagsCommand, TailArgs};
use crate::environment::Environment;
use crate::exit::ExitStatus;

use super::{CommandError, tail};
use door::Door;

/// Asks, changes or watches.
pub(super) async fn run(
    arguments: FlagsArgs,
    environment: &Environment,
    shutdown: CancellationToken,
    output: &mut impl Write,
) -> Result<ExitStatus, CommandError> {
    let FlagsArgs { server, token, json, command } = arguments;
    let (address, certificate) = match server {
        Some(url) => (tail::address(&url, token.as_deref())?, None),
        None => server::of_folder(environment, token.as_deref())?,
    };
    if let FlagsCommand::Watch = command {
        if certificate.is_some() {
            return Err(CommandError::new(
                ExitStatus::Usage,
                "a server that speaks TLS cannot be watched from the command line yet",
            )
            .with_hint("its terminal shows changes of flags; `flags get` and `flags set` work".to_owned()));
        }
        let arguments = TailArgs { url: String::new(), token: None, program: None, json, after: None };
        return tail::follow(address, arguments, tail::Kinds::Flags, environment, shutdown).await;
    }
    let door = Door::new(address, certificate);
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
