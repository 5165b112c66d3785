//! How long modules take to start on this machine: to be compiled, to become a guest, to do the first thing that shows.
//!
//! All are measured in turns, so that what else the machine does meets each of them alike.

use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use wasm_host::{
    Functions, Host, HostOptions, Input, Limits, Outcome, Output, OutputReader, Permissions, Setup,
};

use crate::exit::ExitStatus;
use crate::printer::milliseconds;

use super::super::CommandError;
use super::super::inspected::interrupted;

/// Times that each is compiled.
const ROUNDS: usize = 3;

/// Times that it is started each time.
const STARTS: usize = 5;

/// Longest that a program is waited for which writes nothing.
const PATIENCE: Duration = Duration::from_secs(5);

/// Milliseconds; medians.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Start {
    /// To machine code, nothing kept.
    compile: f64,
    /// A guest with memory of its own.
    instantiate: f64,
    /// From before that to the first byte that it writes, or to its end.
    first_effect: f64,
    /// It wrote nothing before its end.
    is_silent: bool,
}

#[derive(Debug, Default)]
struct Times {
    compile: Vec<Duration>,
    instantiate: Vec<Duration>,
    first_effect: Vec<Duration>,
    is_silent: bool,
}

/// In the order of the modules; an error is why one does not start.
pub(super) async fn measure(
    modules: &[&[u8]],
    shutdown: &CancellationToken,
) -> Result<Vec<Result<Start, String>>, CommandError> {
    let options = HostOptions { guests: 2, module_bytes: 256 << 20, ..HostOptions::default() };
    let host = Host::new(&options).map_err(|error| {
        CommandError::new(ExitStatus::Environment, &error).with_hint(error.hint().map(str::to_owned))
    })?;
    let mut all: Vec<Result<Times, String>> = modules.iter().map(|_| Ok(Times::default())).collect();
    for _ in 0..ROUNDS {
        for (bytes, times) in modules.iter().zip(&mut all) {
            let Ok(known) = times else { continue };
            let measured = shutdown.run_until_cancelled(round(&host, bytes, known)).await;
            if let Err(why) = measured.ok_or_else(interrupted)? {
                *times = Err(why);
            }
        }
    }
    Ok(all.into_iter().map(|times| times.map(Times::medians)).collect())
}

async fn round(host: &Host, bytes: &[u8], times: &mut Times) -> Result<(), String> {
    let words = |error: wasm_host::Error| error.to_string();
    let created = host.module("program", bytes.to_vec()).map_err(words)?;
    let compiled = created.compile_elsewhere(&Functions::new()).await.map_err(words)?;
    times.compile.push(compiled.took());
    for _ in 0..STARTS {
        let (mut stdout, output) = Output::pipe(1 << 20, 64 << 10);
        let (mut stderr, errors) = Output::pipe(1 << 20, 64 << 10);
        let setup = Setup {
            permissions: Permissions { arguments: vec!["program".to_owned()], ..Permissions::default() },
            limits: Limits { busy: PATIENCE, lifetime: PATIENCE, ..Limits::default() },
            stdin: Input::empty(),
            stdout: output,
            stderr: errors,
            ..Setup::default()
        };
        let started = Instant::now();
        let guest = compiled.instantiate(setup).await.map_err(words)?;
        times.instantiate.push(started.elapsed());
        let running = guest.begin().await.map_err(words)?;
        // Read elsewhere: a guest that does not wait lets nobody else have this thread. The readers stay until the guest is
        // over: one of Go without them ends in its own panic.
        let (seen, mut told) = watch::channel(None);
        tokio::spawn(async move {
            if first_byte(&mut stdout, &mut stderr).await {
                let _ = seen.send(Some(Instant::now()));
                seen.closed().await;
            }
        });
        tokio::select! {
            biased;
            Ok(_) = told.wait_for(Option::is_some) => {}
            done = running.command() => match done.map_err(words)?.outcome {
                Outcome::Finished | Outcome::Exited(_) => {}
                other => return Err(other.to_string()),
            },
        }
        let ended = Instant::now();
        let written = told.wait_for(Option::is_some).await.ok().and_then(|at| *at);
        times.is_silent |= written.is_none();
        times.first_effect.push(written.unwrap_or(ended) - started);
    }
    Ok(())
}

/// Whether there is one before both have ended.
async fn first_byte(stdout: &mut OutputReader, stderr: &mut OutputReader) -> bool {
    tokio::select! {
        Some(_) = stdout.next() => true,
        Some(_) = stderr.next() => true,
        else => false,
    }
}

impl Times {
    fn medians(self) -> Start {
        Start {
            compile: median(self.compile),
            instantiate: median(self.instantiate),
            first_effect: median(self.first_effect),
            is_silent: self.is_silent,
        }
    }
}

impl Start {
    /// As cells of a table.
    pub(super) fn cells(&self) -> [String; 3] {
        let effect = if self.is_silent { "at its end " } else { "" };
        [
            format!("{:.0} ms", self.compile),
            format!("{:.2} ms", self.instantiate),
            format!("{effect}{:.2} ms", self.first_effect),
        ]
    }
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).copied().map_or(0.0, milliseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELLO: &str = r#"(module
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (data (i32.const 0) "\08\00\00\00\02\00\00\00hi")
      (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))"#;

    #[tokio::test]
    async fn what_starts_is_measured_and_what_does_not_says_why() {
        let modules = [
            HELLO,
            r#"(module (memory (export "memory") 1) (func (export "_start")))"#,
            r#"(module (memory (export "memory") 1) (func (export "_start") unreachable))"#,
            r#"(module (import "gojs" "x" (func)) (func (export "_start")))"#,
        ]
        .map(|text| wat::parse_str(text).unwrap());
        let modules: Vec<&[u8]> = modules.iter().map(Vec::as_slice).collect();
        let all = measure(&modules, &CancellationToken::new()).await.unwrap();
        let hello = all[0].as_ref().unwrap();
        assert!(
            !hello.is_silent && hello.first_effect >= hello.instantiate && hello.compile > 0.0,
            "{hello:?}"
        );
        assert!(all[1].as_ref().unwrap().is_silent);
        assert!(all[2].as_ref().unwrap_err().contains("unreachable"), "{all:?}");
        assert!(all[3].as_ref().unwrap_err().contains("gojs"), "{all:?}");
        let cancelled = CancellationToken::new();
        cancelled.cancel();
        assert!(measure(&modules, &cancelled).await.is_err());
    }
}
