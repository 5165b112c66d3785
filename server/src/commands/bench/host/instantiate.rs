//! What a guest costs beyond the engine: store, instance, one call and the end of all of it, against the bare engine with
//! the same pool.

use std::time::{Duration, Instant};

use wasm_host::{Bare, Compiled, HostOptions, Setup, Value};

use super::super::super::CommandError;
use super::super::rows::{Row, Target};
use super::super::statistics::Sample;
use super::guests::{IDLE, PLAIN, compiled, host};
use super::{Ground, failed};

const COST: Target = ("target of 1.3", 1.3);

/// Guests that wait need a stack of their own, and are compared with the bare call that has one, too.
pub(super) async fn measure(ground: &Ground<'_>) -> Result<Vec<Row>, CommandError> {
    let host = host()?;
    let (calls, rounds) = (ground.scale.calls, ground.scale.rounds);
    let values = [Value::I32(1)];
    let mut rows = Vec::new();
    for (name, text) in [("instantiate", PLAIN), ("instantiate_with_wasi", IDLE)] {
        let module = compiled(&host, text)?;
        let bytes = wat::parse_str(text).map_err(failed)?;
        let bare = Bare::new(&HostOptions::default(), &bytes, "next").map_err(failed)?;
        let (mut at_once, mut in_time) = (Sample::default(), Sample::default());
        for _ in 0..rounds {
            let theirs = median(calls, || bare.call(1).map(drop))?;
            if is_quick(&module, &values) {
                let ours =
                    median(calls, || module.call_at_once(Setup::default(), "next", &values).map(drop))?;
                at_once.add(ours.as_secs_f64() / theirs.as_secs_f64());
            }
            let theirs = median_in_time(calls, async || bare.call_aside(1).await.map(drop)).await?;
            let ours = median_in_time(calls, async || {
                module.call(Setup::default(), "next", &values).await.map(drop)
            })
            .await?;
            in_time.add(ours.as_secs_f64() / theirs.as_secs_f64());
        }
        if at_once.len() > 0 {
            rows.push(Row::new(
                &format!("{name}_ratio"),
                at_once.median(),
                ("x bare", at_once.len()),
                Some(COST),
            ));
        }
        rows.push(Row::new(
            &format!("{name}_in_time_ratio"),
            in_time.median(),
            ("x bare", in_time.len()),
            Some(COST),
        ));
    }
    Ok(rows)
}

/// Only a guest in which nothing can wait is called on its caller's stack.
fn is_quick(module: &Compiled, values: &[Value]) -> bool {
    module.call_at_once(Setup::default(), "next", values).is_ok()
}

fn median(
    calls: usize,
    mut call: impl FnMut() -> Result<(), wasm_host::Error>,
) -> Result<Duration, CommandError> {
    let mut times = Vec::with_capacity(calls);
    for _ in 0..calls {
        let started = Instant::now();
        call().map_err(failed)?;
        times.push(started.elapsed());
    }
    Ok(middle(times))
}

async fn median_in_time(
    calls: usize,
    mut call: impl AsyncFnMut() -> Result<(), wasm_host::Error>,
) -> Result<Duration, CommandError> {
    let mut times = Vec::with_capacity(calls);
    for _ in 0..calls {
        let started = Instant::now();
        call().await.map_err(failed)?;
        times.push(started.elapsed());
    }
    Ok(middle(times))
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
