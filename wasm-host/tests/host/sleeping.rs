//! Time: guests that sleep take none of this machine's, neither a thread nor, on a virtual clock, a second.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use wasm_host::{Clock, Failure, Functions, Limits, Outcome, Setup, Signature, Value, ValueType};

use crate::{compile, compile_with};

/// Sleeps as often and as long as it is told, and says each time that it woke.
const SLEEPER: &str = r#"(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
  (import "env" "woke" (func $woke (param i32 i64)))
  (memory (export "memory") 1)
  (func $now (result i64)
    (drop (call $time (i32.const 1) (i64.const 0) (i32.const 512)))
    (i64.load (i32.const 512)))
  (func (export "sleep") (param $name i32) (param $times i32) (param $nanoseconds i64) (result i32)
    (loop $again
      (i32.store (i32.const 16) (i32.const 1))
      (i64.store (i32.const 24) (local.get $nanoseconds))
      (if (call $poll (i32.const 0) (i32.const 256) (i32.const 1) (i32.const 128)) (then unreachable))
      (call $woke (local.get $name) (call $now))
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      (br_if $again (local.get $times)))
    (i32.load (i32.const 128))))"#;

type Woken = Arc<Mutex<Vec<(i32, i64)>>>;

fn sleeper(woken: &Woken) -> wasm_host::Compiled {
    let woken = Arc::clone(woken);
    // A guest's monotonic time does not begin at zero, which Go would not accept.
    let began = 1;
    let signature = Signature::new([ValueType::I32, ValueType::I64], []);
    let functions = Functions::new().function("env", "woke", signature, move |_, values| {
        let [Value::I32(name), Value::I64(at)] = values else { return Err(format!("{values:?}")) };
        woken.lock().unwrap().push((*name, at / 1_000_000_000 - began));
        Ok(Vec::new())
    });
    compile_with(SLEEPER, &functions.unwrap()).unwrap()
}

fn nap(name: i32, times: i32, seconds: i64) -> [Value; 3] {
    [Value::I32(name), Value::I32(times), Value::I64(seconds * 1_000_000_000)]
}

#[tokio::test]
async fn hours_take_no_time_and_guests_wake_in_order() {
    let started = Instant::now();
    let woken = Woken::default();
    let compiled = sleeper(&woken);
    let clock = Clock::virtual_from(SystemTime::UNIX_EPOCH);
    let setup = || Setup { clock: clock.clone(), ..Setup::default() };
    let (a, b, c) = (nap(1, 3, 3600), nap(2, 2, 5000), nap(3, 1, 1));
    let (a, b, c) = tokio::join!(
        compiled.call(setup(), "sleep", &a),
        compiled.call(setup(), "sleep", &b),
        compiled.call(setup(), "sleep", &c),
    );
    for result in [a, b, c] {
        assert_eq!(result.unwrap(), [Value::I32(1)], "one event");
    }
    let expected = [(3, 1), (1, 3600), (2, 5000), (1, 7200), (2, 10_000), (1, 10_800)];
    assert_eq!(*woken.lock().unwrap(), expected);
    assert_eq!(clock.monotonic(), Duration::from_hours(3));
    assert!(started.elapsed() < Duration::from_mins(10));
}

#[tokio::test(flavor = "current_thread")]
async fn a_hundred_sleepers_need_one_thread() {
    let woken = Woken::default();
    let compiled = sleeper(&woken);
    let clock = Clock::virtual_from(SystemTime::UNIX_EPOCH);
    let mut guests = tokio::task::JoinSet::new();
    // As many as the host has slots, less what other tests take.
    for name in 0..20 {
        let (compiled, clock) = (compiled.clone(), clock.clone());
        guests.spawn(async move {
            let setup = Setup { clock, ..Setup::default() };
            compiled.call(setup, "sleep", &nap(name, 5, i64::from(20 - name))).await
        });
    }
    while let Some(result) = guests.join_next().await {
        assert_eq!(result.unwrap().unwrap(), [Value::I32(1)]);
    }
    let woken = woken.lock().unwrap();
    assert_eq!(woken.len(), 100);
    assert!(woken.is_sorted_by_key(|(_, at)| *at), "{woken:?}");
}

#[tokio::test]
async fn a_real_sleep_takes_its_time_and_is_cut_off_by_the_lifetime() {
    let compiled = sleeper(&Woken::default());
    let one = [Value::I32(0), Value::I32(1), Value::I64(30_000_000)];
    let started = Instant::now();
    compiled.call(Setup::default(), "sleep", &one).await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(30));
    let limits = Limits { lifetime: Duration::from_millis(20), ..Limits::default() };
    let error =
        compiled.call(Setup { limits, ..Setup::default() }, "sleep", &nap(0, 1, 3600)).await.unwrap_err();
    let wasm_host::Error::CallFailed { outcome: Outcome::Failed(failure), .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(failure, Failure::Deadline { limit: limits.lifetime });
}

const INVALID: i32 = 28;
const FAULT: i32 = 21;

#[tokio::test]
async fn polling_in_a_loop_lets_others_run_and_waiting_for_nothing_is_an_error() {
    let text = r#"(module
      (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (func (export "poll") (param i32 i32) (result i32)
        (call $poll (local.get 0) (i32.const 256) (local.get 1) (i32.const 128))))"#;
    let compiled = compile(text).unwrap();
    let poll = async |at: i64, count: i64| {
        let values = [Value::U32(at as u32), Value::U32(count as u32)];
        compiled.call(Setup::default(), "poll", &values).await.unwrap()
    };
    assert_eq!(poll(0, 0).await, [Value::I32(INVALID)]);
    assert_eq!(poll(65530, 1).await, [Value::I32(FAULT)]);
    assert_eq!(poll(0, 1 << 31).await, [Value::I32(INVALID)], "more than fit in any memory");
    assert_eq!(poll(-8, 1).await, [Value::I32(FAULT)]);
    assert_eq!(poll(0, 1).await, [Value::I32(0)], "the time of day 0 nanoseconds from now");
}
