//! The server of a project, found by the folder.

use std::path::Path;

use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::http::Token;

use super::CommandError;
use super::reach::Reach;
use super::running::Running;

/// The server of the project that the current folder is in, with the token of the project unless another one is given.
/// `otherwise`: how another one is named to the command.
pub(super) fn of_folder(
    environment: &Environment,
    token: Option<&str>,
    otherwise: &str,
) -> Result<Reach, CommandError> {
    let folder = std::env::current_dir().and_then(|folder| folder.canonicalize()).map_err(|error| {
        CommandError::new(ExitStatus::Environment, format!("the current folder cannot be used: {error}"))
    })?;
    let found = folder.ancestors().find_map(|folder| {
        let running = Running::find(&environment.state_folder, &Token::project_of(folder))?;
        Some((folder, running))
    });
    let Some((project, running)) = found else { return Err(no_server(&folder, otherwise)) };
    let known = |error: &dyn std::fmt::Display| CommandError::new(ExitStatus::Environment, error);
    let token = match token {
        Some(token) => token.to_owned(),
        None => Token::open(&environment.state_folder, project)
            .map_err(|error| known(&error).with_hint(error.hint()))?
            .reveal()
            .to_owned(),
    };
    Reach::of_running(&running, &token).ok_or_else(|| {
        CommandError::new(ExitStatus::Usage, "the token has characters that no token has")
            .with_hint("leave --token out: that of the project is known".to_owned())
    })
}

fn no_server(folder: &Path, otherwise: &str) -> CommandError {
    CommandError::new(ExitStatus::Usage, format!("no server runs for the project in {}", folder.display()))
        .with_hint(format!("start it by `dev-server serve`, or name the address of another one: {otherwise}"))
}
