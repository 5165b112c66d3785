//! The program's run: on a thread of its own, so that the thread's time is the program's.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use wasm_host::{Compiled, Done, Error, InputWriter, OutputReader, Setup};

use crate::exit::ExitStatus;

use super::super::CommandError;
use super::super::run::streams::{Source, pass};

/// The other ends of the program's streams.
pub(super) struct Streams {
    pub(super) stdin: InputWriter,
    pub(super) stdout: OutputReader,
    pub(super) stderr: OutputReader,
}

/// To its end, for so many seconds at most, or until `shutdown`. How it ended, in words.
pub(super) async fn run(
    module: &Compiled,
    setup: Setup,
    streams: Streams,
    seconds: Option<f64>,
    shutdown: &CancellationToken,
) -> Result<String, CommandError> {
    let stop = shutdown.child_token();
    let mut ended = start(module.clone(), setup, stop.clone())?;
    let Streams { stdin, stdout, stderr } = streams;
    let limit = async {
        match seconds {
            Some(seconds) => tokio::time::sleep(Duration::from_secs_f64(seconds)).await,
            None => std::future::pending().await,
        }
    };
    let mut source = Source::new();
    let running = async {
        tokio::select! {
            ended = &mut ended => return (ended.ok().flatten(), false),
            () = source.feed(stdin) => unreachable!("it waits for the program to end"),
            () = limit => {}
        }
        stop.cancel();
        (ended.await.ok().flatten(), true)
    };
    let passed = async {
        let out = pass(stdout, tokio::io::stderr(), is_terminal());
        let err = pass(stderr, tokio::io::stderr(), is_terminal());
        tokio::join!(out, err);
    };
    let ((ended, is_late), ()) = tokio::join!(running, passed);
    Ok(match (ended, seconds) {
        (Some(Ok(done)), _) => done.outcome.to_string(),
        (Some(Err(error)), _) => error.to_string(),
        (None, Some(seconds)) if is_late => format!("was stopped after {seconds} s"),
        (None, _) => "was interrupted".to_owned(),
    })
}

type Ended = Option<Result<Done, Error>>;

/// What is sent is `None` when it was stopped.
fn start(
    module: Compiled,
    setup: Setup,
    stop: CancellationToken,
) -> Result<oneshot::Receiver<Ended>, CommandError> {
    let failed = |error: std::io::Error| {
        CommandError::new(ExitStatus::Environment, format!("cannot start a thread for the program: {error}"))
            .with_hint("look at the limits of processes and threads: `ulimit -a`".to_owned())
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let (sender, ended) = oneshot::channel();
    let body = move || {
        let ended = runtime.block_on(stop.run_until_cancelled(module.run(setup)));
        // Who waits for it is there until the process ends.
        let _ = sender.send(ended);
    };
    std::thread::Builder::new().name("program".to_owned()).spawn(body).map_err(failed)?;
    Ok(ended)
}

fn is_terminal() -> bool {
    use std::io::IsTerminal as _;
    std::io::stderr().is_terminal()
}
