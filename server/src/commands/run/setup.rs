//! What the program is given, from flags.

use std::path::Path;
use std::time::Duration;

use wasm_host::{Clock, Folder, Input, InputWriter, Limits, Output, OutputReader, Permissions, Setup};

use crate::cli::{GivenFlags, RunArgs};
use crate::environment::Environment;
use crate::exit::ExitStatus;

use super::super::CommandError;

/// Bytes of each stream that wait for the other end.
pub(in super::super) const ROOM: usize = 64 << 10;

/// For each run of the program.
#[derive(Debug)]
pub(super) struct Given {
    permissions: Permissions,
    limits: Limits,
    output: usize,
}

/// The other ends of the program's streams.
#[derive(Debug)]
pub(super) struct Ends {
    pub(super) stdin: InputWriter,
    pub(super) stdout: OutputReader,
    pub(super) stderr: OutputReader,
}

impl Given {
    pub(super) fn new(arguments: &RunArgs, environment: &Environment) -> Result<Self, CommandError> {
        let permissions =
            permissions(&arguments.program, &arguments.arguments, &arguments.given, environment)?;
        let time = |seconds: Option<f64>| seconds.map_or(Duration::MAX, Duration::from_secs_f64);
        let limits = Limits {
            memory: (arguments.memory as usize) << 20,
            busy: time(arguments.busy),
            lifetime: time(arguments.timeout),
            host_calls: arguments.host_calls.unwrap_or(u64::MAX),
            ..Limits::default()
        };
        let output = arguments.output.map_or(usize::MAX, |mebibytes| (mebibytes as usize) << 20);
        Ok(Self { permissions, limits, output })
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) fn setup(&self) -> (Setup, Ends) {
        let (stdin, input) = Input::pipe(ROOM);
        let (stdout, output) = Output::pipe(self.output, ROOM);
        let (stderr, errors) = Output::pipe(self.output, ROOM);
        let setup = Setup {
            permissions: self.permissions.clone(),
            limits: self.limits,
            clock: Clock::real(),
            stdin: input,
            stdout: output,
            stderr: errors,
            recorder: None,
        };
        (setup, Ends { stdin, stdout, stderr })
    }
}

/// For a program of this path and its own arguments.
pub(in super::super) fn permissions(
    program: &Path,
    arguments: &[String],
    given: &GivenFlags,
    environment: &Environment,
) -> Result<Permissions, CommandError> {
    let name = program.file_name().unwrap_or(program.as_os_str());
    let own = [name.to_string_lossy().into_owned()];
    let folders = given.folders.iter().map(|folder| Folder {
        here: folder.here.clone(),
        there: folder.there.clone(),
        may_write: folder.may_write,
    });
    Ok(Permissions {
        arguments: own.into_iter().chain(arguments.iter().cloned()).collect(),
        environment: variables(&given.variables, environment)?,
        folders: folders.collect(),
    })
}

fn variables(
    wanted: &[(String, Option<String>)],
    environment: &Environment,
) -> Result<Vec<(String, String)>, CommandError> {
    let value = |(name, value): &(String, Option<String>)| {
        let value = match value {
            Some(value) => value.clone(),
            None => environment.variable(name).map(str::to_owned).ok_or_else(|| {
                CommandError::new(ExitStatus::Usage, format!("the variable {name} is not set"))
                    .with_hint(format!("give its value: --env {name}=VALUE"))
            })?,
        };
        Ok((name.clone(), value))
    };
    wanted.iter().map(value).collect()
}
