//! The `dev-server` command: arguments, signals, exit status.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use dev_server::cli::Cli;
use dev_server::commands;
use dev_server::environment::Environment;
use dev_server::exit::ExitStatus;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let environment = match Environment::capture() {
        Ok(environment) => environment,
        Err(error) => return fail(&error.to_string(), None, ExitStatus::Environment),
    };
    let mut filter = EnvFilter::new(environment.variable("RUST_LOG").unwrap_or("warn"));
    // What it says at finer levels has the password of the broker in it, and people are asked to send what they see.
    if let Ok(directive) = "async_nats=off".parse() {
        filter = filter.add_directive(directive);
    }
    // Without a standard error there is nobody to tell that nobody can be told: the library would panic over it.
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .log_internal_errors(false)
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}"), None, ExitStatus::Environment),
    };
    let result = runtime.block_on(async {
        let shutdown = CancellationToken::new();
        let signals = tokio::spawn(on_signals(shutdown.clone()));
        let result = Box::pin(commands::run(cli, &environment, shutdown)).await;
        signals.abort();
        result
    });
    // A blocking read of a slow disk must not hold up the end.
    runtime.shutdown_background();
    match result {
        Ok(status) => status.into(),
        Err(error) => fail(&error.to_string(), error.hint(), error.status()),
    }
}

fn fail(message: &str, hint: Option<&str>, status: ExitStatus) -> ExitCode {
    let mut stderr = std::io::stderr().lock();
    // Nobody is left to be told when this fails.
    let _ = writeln!(stderr, "error: {message}");
    if let Some(hint) = hint {
        let _ = writeln!(stderr, "hint: {hint}");
    }
    status.into()
}

/// The first SIGINT, SIGTERM or SIGHUP (the terminal was closed) asks for an orderly end, the second one ends at once.
async fn on_signals(shutdown: CancellationToken) {
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hang_up)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()), signal(SignalKind::hangup()))
    else {
        return;
    };
    for second in [false, true] {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
        shutdown.cancel();
        if second {
            // Destructors do not run: compilers have to be ended by hand.
            dev_server::process::kill_all();
            #[expect(clippy::exit, reason = "the user insists: no destructor may hold this up")]
            std::process::exit(130);
        }
    }
}
