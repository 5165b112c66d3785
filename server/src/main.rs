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
    let filter = EnvFilter::new(environment.variable("RUST_LOG").unwrap_or("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}"), None, ExitStatus::Environment),
    };
    let result = runtime.block_on(async {
        let shutdown = CancellationToken::new();
        let signals = tokio::spawn(on_signals(shutdown.clone()));
        let result = commands::run(cli, &environment, shutdown).await;
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

/// The first SIGINT or SIGTERM asks for an orderly end, the second one ends at once.
async fn on_signals(shutdown: CancellationToken) {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return;
    };
    for second in [false, true] {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        shutdown.cancel();
        if second {
            #[expect(clippy::exit, reason = "the user insists: no destructor may hold this up")]
            std::process::exit(130);
        }
    }
}
