//! What a guest costs beyond the engine: store, instance, one call and the end of all of it, against the bare engine.
//!
//! `cargo run --release -p wasm-host --example instantiate`

use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use wasm_host::{Bare, Compiled, Error, Functions, Host, HostOptions, Setup, Value};

const ROUNDS: usize = 20_000;
const RUNS: usize = 5;

/// Computes, and imports nothing.
const PLAIN: &str = r#"(module (memory (export "memory") 1) (data (i32.const 0) "hello")
  (func (export "next") (param i32) (result i32) (i32.add (local.get 0) (i32.load8_u (i32.const 0)))))"#;

/// Imports WASI, and does without it in this call.
const IDLE: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 0) "hello")
  (func (export "next") (param i32) (result i32) (i32.add (local.get 0) (i32.load8_u (i32.const 0)))))"#;

/// Writes to stdout.
const WRITING: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 0) "hello\00\00\00\00\00\00\00\05\00\00\00")
  (func (export "next") (param i32) (result i32)
    (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 32))))"#;

/// Medians of one module.
struct Measured {
    at_once: Option<Duration>,
    in_time: Duration,
    bare_at_once: Duration,
    bare_in_time: Duration,
}

#[expect(clippy::print_stdout, reason = "its result")]
fn main() -> Result<(), Error> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| failed(&error))?;
    let host = Host::new(&HostOptions::default())?;
    println!("{:<12}{:>40}{:>40}", "", "on the caller's stack", "on a stack of its own");
    for (name, text) in [("plain", PLAIN), ("WASI, idle", IDLE), ("WASI, writes", WRITING)] {
        let bytes = wat::parse_str(text).map_err(|error| failed(&error))?;
        let compiled = host.module(name, bytes.clone())?.compile(&Functions::new())?;
        let bare = Bare::new(&HostOptions::default(), &bytes, "next")?;
        let measured = measure(&runtime, &compiled, &bare)?;
        let at_once = measured.at_once.map_or_else(
            || format!("bare {:?}", measured.bare_at_once),
            |ours| against(ours, measured.bare_at_once),
        );
        println!(
            "{name:<12}{at_once:>40}{:>40}   {:.2} x the bare call on the caller's stack",
            against(measured.in_time, measured.bare_in_time),
            measured.at_once.unwrap_or(measured.in_time).as_secs_f64() / measured.bare_at_once.as_secs_f64(),
        );
    }
    Ok(())
}

/// In turns, so that what else the machine does meets all; the best of the runs.
fn measure(runtime: &Runtime, compiled: &Compiled, bare: &Bare) -> Result<Measured, Error> {
    let values = [Value::I32(1)];
    let call_at_once = || compiled.call_at_once(Setup::default(), "next", &values).map(drop);
    let waits = call_at_once().is_err();
    let [mut at_once, mut in_time, mut bare_at_once, mut bare_in_time] = [Duration::MAX; 4];
    for _ in 0..RUNS {
        if !waits {
            at_once = at_once.min(median(call_at_once)?);
        }
        bare_at_once = bare_at_once.min(median(|| bare.call(1).map(drop))?);
        in_time = in_time.min(runtime.block_on(median_in_time(async || {
            compiled.call(Setup::default(), "next", &values).await.map(drop)
        }))?);
        bare_in_time =
            bare_in_time.min(runtime.block_on(median_in_time(async || bare.call_aside(1).await.map(drop)))?);
    }
    Ok(Measured { at_once: (!waits).then_some(at_once), in_time, bare_at_once, bare_in_time })
}

fn median(mut call: impl FnMut() -> Result<(), Error>) -> Result<Duration, Error> {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let started = Instant::now();
        call()?;
        times.push(started.elapsed());
    }
    Ok(middle(times))
}

async fn median_in_time(mut call: impl AsyncFnMut() -> Result<(), Error>) -> Result<Duration, Error> {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let started = Instant::now();
        call().await?;
        times.push(started.elapsed());
    }
    Ok(middle(times))
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn against(ours: Duration, bare: Duration) -> String {
    format!("{ours:?}, bare {bare:?}: {:.2} x", ours.as_secs_f64() / bare.as_secs_f64())
}

fn failed(error: &dyn std::error::Error) -> Error {
    Error::Host { detail: error.to_string() }
}
