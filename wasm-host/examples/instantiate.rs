//! What a guest costs beyond the engine: store, instance, one call and the end of all of it, against the bare engine.
//!
//! `cargo run --release -p wasm-host --example instantiate`

use std::time::{Duration, Instant};

use wasm_host::{Bare, Error, Functions, Host, HostOptions, Setup, Value};

const ROUNDS: usize = 20_000;
const RUNS: usize = 5;

const PLAIN: &str = r#"(module (memory (export "memory") 1) (data (i32.const 0) "hello")
  (func (export "next") (param i32) (result i32) (i32.add (local.get 0) (i32.load8_u (i32.const 0)))))"#;

const PREVIEW1: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 0) "hello")
  (func (export "next") (param i32) (result i32) (i32.add (local.get 0) (i32.load8_u (i32.const 0)))))"#;

#[expect(clippy::print_stdout, reason = "its result")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let host = Host::new(&HostOptions::default())?;
    for (name, text) in [("plain", PLAIN), ("preview 1", PREVIEW1)] {
        let bytes = wat::parse_str(text).map_err(|error| Error::Host { detail: error.to_string() })?;
        let compiled = host.module(name, bytes.clone())?.compile(&Functions::new())?;
        let bare = Bare::new(&HostOptions::default(), &bytes, "next")?;
        // In turns, so that what else the machine does meets all; the best of the runs.
        let [mut ours, mut aside, mut at_once] = [Duration::MAX; 3];
        let mut times = Vec::with_capacity(ROUNDS);
        for _ in 0..RUNS {
            for _ in 0..ROUNDS {
                let started = Instant::now();
                compiled.call(Setup::default(), "next", &[Value::I32(1)]).await?;
                times.push(started.elapsed());
            }
            ours = ours.min(median(&mut times));
            for _ in 0..ROUNDS {
                let started = Instant::now();
                bare.call_aside(1).await?;
                times.push(started.elapsed());
            }
            aside = aside.min(median(&mut times));
            for _ in 0..ROUNDS {
                let started = Instant::now();
                bare.call(1)?;
                times.push(started.elapsed());
            }
            at_once = at_once.min(median(&mut times));
        }
        let ratio = |bare: Duration| ours.as_secs_f64() / bare.as_secs_f64();
        println!(
            "{name}: {ours:?}; bare {aside:?} ({:.2} x); bare on the caller's stack {at_once:?} ({:.2} x)",
            ratio(aside),
            ratio(at_once)
        );
    }
    Ok(())
}

fn median(times: &mut Vec<Duration>) -> Duration {
    times.sort_unstable();
    let median = times[times.len() / 2];
    times.clear();
    median
}
