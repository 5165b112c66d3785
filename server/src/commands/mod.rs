//! The commands of the binary. Text for people is made here and in `printer`, nowhere else.

mod error;
mod compose;
mod wasi;
mod warm;
mod lan;
mod running;
mod reach;
mod ask;
mod project_server;
mod host_module;
mod serve;
mod run;
mod observed;
mod profile;
mod leaks;
mod compare;
mod inspected;
mod size;
mod explain;
mod assess;
mod hub;
mod tail;
mod trace;
mod flags;
mod pair;
mod new;
mod doctor;
mod build;
mod diff;
mod bench;

use std::io::{self, Write as _};

use tokio_util::sync::CancellationToken;

use crate::cli::{Bench, Cli, Command};
use crate::environment::Environment;
use crate::exit::ExitStatus;

pub use error::CommandError;

/// Runs one command to its end. `shutdown` ends it early and in order.
pub async fn run(
    cli: Cli,
    environment: &Environment,
    shutdown: CancellationToken,
) -> Result<ExitStatus, CommandError> {
    let mut output = io::stdout();
    match cli.command {
        Command::Serve(arguments) => Box::pin(serve::run(arguments, environment, shutdown)).await,
        Command::Build(arguments) => build::run(arguments, environment, shutdown, &mut output).await,
        Command::Run(arguments) => run::run(*arguments, environment, shutdown).await,
        Command::Compare(arguments) => {
            Box::pin(compare::run(&arguments, environment, shutdown, &mut output)).await
        }
        Command::Profile(arguments) => {
            Box::pin(profile::run(&arguments, environment, shutdown, &mut output)).await
        }
        Command::Leaks(arguments) => {
            Box::pin(leaks::run(&arguments, environment, shutdown, &mut output)).await
        }
        Command::Size(arguments) => Box::pin(size::run(&arguments, environment, shutdown, &mut output)).await,
        Command::Explain(arguments) => {
            Box::pin(explain::run(&arguments, environment, shutdown, &mut output)).await
        }
        Command::Assess(arguments) => {
            Box::pin(assess::run(&arguments, environment, shutdown, &mut output)).await
        }
        Command::Hub(arguments) => hub::run(arguments, environment, shutdown).await,
        Command::Tail(arguments) => tail::run(arguments, environment, shutdown).await,
        Command::Trace(arguments) => trace::run(arguments, environment, shutdown).await,
        Command::Flags(arguments) => flags::run(arguments, environment, shutdown, &mut output).await,
        Command::Pair(arguments) => pair::run(arguments, environment, &mut output).await,
        Command::New(arguments) => new::run(&arguments, &mut output),
        Command::Doctor(arguments) => doctor::run(&arguments, environment, shutdown, &mut output).await,
        Command::Diff(arguments) => diff::run(&arguments, &mut output),
        Command::Apply(arguments) => diff::apply(&arguments, &mut output),
        Command::Bench(Bench::Edit(arguments)) => {
            Box::pin(bench::edit(arguments, environment, shutdown, &mut output)).await
        }
        Command::Bench(Bench::Hash(arguments)) => bench::hash(&arguments, &mut output),
        Command::Bench(Bench::Diff(arguments)) => {
            bench::diff(&arguments, environment, &shutdown, &mut output).await
        }
        Command::Bench(Bench::Hub(arguments)) => {
            bench::hub(&arguments, environment, shutdown, &mut output).await
        }
        Command::Bench(Bench::Host(arguments)) => {
            bench::host(&arguments, environment, shutdown, &mut output).await
        }
        Command::Bench(Bench::HostServer(arguments)) => {
            bench::host_server(&arguments, environment, shutdown).await
        }
        Command::Bench(Bench::HubServer(arguments)) => bench::hub_server(&arguments, shutdown).await,
        Command::Schema => {
            let text = crate::config::schema();
            output.write_all(text.as_bytes()).map_err(|error| CommandError::output(&error))?;
            Ok(ExitStatus::Success)
        }
    }
}
