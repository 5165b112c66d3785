//! A program of this machine under observation: built as `run` builds it, run to its end or until it is stopped, and
//! what was recorded of it, with the functions of its source.

mod source;
mod thread;

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use tokio_util::sync::CancellationToken;
use wasm_host::{
    Clock, Compiled, Created, Functions, HostOptions, Input, Known, Limits, Moves, Observed, Output,
    Recorder, Recording, Setup, SourcePlaces,
};

use crate::build::off_thread;
use crate::cli::{GivenFlags, WasiBuildFlags};
use crate::diagnostic::Diagnostic;
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::guest::{Made, Workshop};

use super::CommandError;
use super::run::ending::{self, no_program};
use super::run::setup::{ROOM, permissions};
use super::run::words::{self, Words};
use super::wasi::Found;

pub(super) use source::{Line, Sources};

/// What is observed, and for how long.
#[derive(Debug)]
pub(super) struct Observation<'a> {
    pub(super) program: &'a Path,
    pub(super) arguments: &'a [String],
    pub(super) build: &'a WasiBuildFlags,
    pub(super) given: &'a GivenFlags,
    /// Bytes.
    pub(super) memory_limit: usize,
    pub(super) seconds: Option<f64>,
    /// Between two looks at where it computes.
    pub(super) tick: Duration,
    /// Of memory one object is looked at for so many bytes; `None`: memory is not looked at.
    pub(super) bytes_per_object: Option<u64>,
}

/// What there is to say about a run.
#[derive(Debug)]
pub(super) struct Observations {
    /// What it is called.
    pub(super) name: String,
    pub(super) compiler: Option<String>,
    /// How it ended, in words.
    pub(super) ended: String,
    pub(super) recording: Recording,
    pub(super) known: Option<Known>,
    pub(super) sources: Sources,
}

/// Why there are none; what there is to say was said.
pub(super) type NoObservations = ExitStatus;

/// Runs it. What it writes goes to stderr, since stdout is for what is found.
pub(super) async fn observe(
    observation: Observation<'_>,
    environment: &Environment,
    shutdown: &CancellationToken,
) -> Result<Result<Observations, NoObservations>, CommandError> {
    let found = Found::at(observation.program, observation.build, environment).await?;
    let permissions =
        permissions(observation.program, observation.arguments, observation.given, environment)?;
    let defaults = HostOptions::default();
    let options = HostOptions {
        // Each with two tables: one with wrappers has one more than it was built with.
        guests: 4,
        memory: observation.memory_limit.max(defaults.memory),
        module_bytes: 256 << 20,
        tick: observation.tick,
        deep_stacks: true,
        ..defaults
    };
    let host = found.host(&options)?;
    let compiler = found.compiler.clone();
    let workshop = Workshop::new(host, found.source, Functions::new());
    let words = Words::new(workshop.name(), compiler.clone(), environment.variable("NO_COLOR").is_some());
    let Some(created) = created(&workshop, &words, shutdown).await else {
        let status = if shutdown.is_cancelled() { ending::INTERRUPTED } else { ExitStatus::Failure };
        return Ok(Err(status));
    };
    let before = created.bytes().clone();
    let failed = |error: &wasm_host::Error| {
        CommandError::new(ExitStatus::Failure, error).with_hint(error.hint().map(str::to_owned))
    };
    let is_memory = observation.bytes_per_object.is_some();
    let Observed { created, moves, known, unwinding } =
        created.observed(is_memory).map_err(|error| failed(&error))?;
    let known = is_memory.then_some(known);
    let module = created.compile_elsewhere(&Functions::new()).await.map_err(|error| failed(&error))?;
    if !module.is_command() {
        words::failed(&no_program(&module));
        return Ok(Err(ExitStatus::Failure));
    }
    let bytes_per_object = observation.bytes_per_object.unwrap_or(1);
    let recorder = Recorder::new(bytes_per_object, known).unwinding(unwinding.as_ref());
    let (stdout, output) = Output::pipe(usize::MAX, ROOM);
    let (stderr, errors) = Output::pipe(usize::MAX, ROOM);
    let (stdin, input) = Input::pipe(ROOM);
    let setup = Setup {
        permissions,
        limits: Limits {
            memory: observation.memory_limit,
            busy: Duration::MAX,
            lifetime: Duration::MAX,
            host_calls: u64::MAX,
            ..Limits::default()
        },
        clock: Clock::real(),
        stdin: input,
        stdout: output,
        stderr: errors,
        recorder: Some(recorder.clone()),
    };
    let streams = thread::Streams { stdin, stdout, stderr };
    let ended = thread::run(&module, setup, streams, observation.seconds, shutdown).await?;
    let recording = recorder.recording();
    let (name, stacks) = (workshop.name(), recording.stacks.clone());
    let sources = sources(name.clone(), before, moves, stacks).await.map_err(|error| failed(&error))?;
    Ok(Ok(Observations { name, compiler, ended, recording, known, sources }))
}

/// `None`: it cannot be, which was said, or nobody wants it.
async fn created(workshop: &Workshop, words: &Words, shutdown: &CancellationToken) -> Option<Created> {
    let started = std::time::Instant::now();
    let (result, warnings) = match workshop.create(shutdown).await? {
        Ok((created, warnings)) => (Ok(created), warnings),
        Err(reasons) => (Err(reasons), Vec::<Diagnostic>::new()),
    };
    let created = match result {
        Ok(created) => created,
        Err(reasons) => {
            let module: Result<Compiled, _> = Err(reasons);
            words.made(&Made { module, warnings, took: started.elapsed() });
            return None;
        }
    };
    for warning in &warnings {
        words::noted(&warning.message);
    }
    Some(created)
}

/// On a thread that may take its time: of a large program the debug information has tens of mebibytes.
async fn sources(
    name: String,
    bytes: Bytes,
    moves: Moves,
    stacks: Vec<wasm_host::Stack>,
) -> Result<Sources, wasm_host::Error> {
    let read = off_thread(move || {
        let places = SourcePlaces::read(&name, &bytes)?;
        Ok(Sources::of(&places, &moves, &stacks))
    });
    // It never fails to run: the process ends before its threads do.
    read.await.unwrap_or_else(|| Ok(Sources::default()))
}
