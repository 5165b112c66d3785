//! `run`: a program of WebAssembly in this terminal, with nothing but what it is given.

pub(super) mod setup;
pub(super) mod streams;
pub(super) mod ending;
pub(super) mod words;
#[cfg(feature = "nn")]
mod inference;

use std::pin::pin;

use tokio_util::sync::CancellationToken;
#[cfg(not(feature = "nn"))]
use wasm_host::Functions;
use wasm_host::{Compiled, HostOptions};

use crate::cli::RunArgs;
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::guest::{Made, Workshop};

use super::CommandError;
use super::wasi::Found;

use ending::{Ended, no_program};
use setup::Given;
use streams::{Source, passed_on};
use words::Words;

/// Guests at once: one that ends and one that begins.
const GUESTS: u32 = 2;

/// Runs it to its end; with `--watch` again with each save, until `shutdown`.
pub(super) async fn run(
    arguments: RunArgs,
    environment: &Environment,
    shutdown: CancellationToken,
) -> Result<ExitStatus, CommandError> {
    let found = Found::at(&arguments.program, &arguments.build, environment).await?;
    let given = Given::new(&arguments, environment)?;
    let defaults = HostOptions::default();
    let memory = given.limits().memory;
    let options = HostOptions {
        guests: GUESTS,
        memory: memory.max(defaults.memory),
        module_bytes: 256 << 20,
        ..defaults
    };
    let host = found.host(&options)?;
    let Found { source, watch, compiler, .. } = found;
    #[cfg(feature = "nn")]
    let functions = inference::offered(&arguments.inference, environment).await?;
    #[cfg(not(feature = "nn"))]
    let functions = Functions::new();
    let mut workshop = Workshop::new(host, source, functions);
    if arguments.watch {
        workshop.watch(watch).map_err(|error| {
            CommandError::new(ExitStatus::Environment, &error).with_hint(error.hint().to_owned())
        })?;
    }
    let words = Words::new(workshop.name(), compiler, environment.variable("NO_COLOR").is_some());
    let mut session = Session { workshop, given, words, stdin: Source::new(), shutdown };
    if arguments.watch { session.follow().await } else { session.once().await }
}

struct Session {
    workshop: Workshop,
    given: Given,
    words: Words,
    stdin: Source,
    shutdown: CancellationToken,
}

impl Session {
    async fn once(&mut self) -> Result<ExitStatus, CommandError> {
        let Some(made) = self.workshop.make(&self.shutdown).await else { return Ok(ending::INTERRUPTED) };
        let Some(module) = usable(&self.words, made) else { return Ok(ExitStatus::Failure) };
        let ended = run_one(&module, &self.given, &mut self.stdin, &self.shutdown).await;
        words::told(&ended);
        Ok(ended.status())
    }

    async fn follow(&mut self) -> Result<ExitStatus, CommandError> {
        let Self { workshop, given, words, stdin, shutdown } = self;
        let Some(made) = workshop.make(shutdown).await else { return Ok(ExitStatus::Success) };
        let mut module = usable(words, made);
        loop {
            let (new, took) = {
                let mut running = pin!(async {
                    if let Some(module) = &module {
                        let ended = run_one(module, given, stdin, shutdown).await;
                        words.ended_and_waits(&ended);
                    }
                    // Until the next save.
                    std::future::pending::<()>().await;
                });
                loop {
                    let made = tokio::select! {
                        () = &mut running => None,
                        made = workshop.make_again(shutdown) => made,
                    };
                    let Some(made) = made else { return Ok(ExitStatus::Success) };
                    let took = made.took;
                    // What is not right changes nothing: the program runs on.
                    if let Some(new) = usable(words, made) {
                        break (new, took);
                    }
                }
            };
            if module.replace(new).is_some() {
                words.started_anew(took);
            }
        }
    }
}

/// A program; what is wrong is said when it is none.
fn usable(words: &Words, made: Made) -> Option<Compiled> {
    words.made(&made);
    let module = made.module.ok()?;
    if module.is_command() {
        return Some(module);
    }
    words::failed(&no_program(&module));
    None
}

async fn run_one(
    module: &Compiled,
    given: &Given,
    stdin: &mut Source,
    shutdown: &CancellationToken,
) -> Ended {
    let (setup, ends) = given.setup();
    let running = async {
        let run = shutdown.run_until_cancelled(module.run(setup));
        tokio::select! {
            ended = run => ended,
            () = stdin.feed(ends.stdin) => unreachable!("it waits for the program to end"),
        }
    };
    let (ended, ()) = tokio::join!(running, passed_on(ends.stdout, ends.stderr));
    match ended {
        None => Ended::Interrupted,
        Some(Ok(done)) => Ended::Done(Box::new(done)),
        Some(Err(error)) => Ended::NotStarted(error),
    }
}
