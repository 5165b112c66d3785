//! Calls on the caller's stack: with all limits, and only of what never waits.

use std::time::{Duration, Instant, SystemTime};

use wasm_host::{Clock, Error, Failure, Functions, Limits, Outcome, Setup, Signature, Value, ValueType};

use crate::{compile, compile_with};

const LIBRARY: &str = r#"(module
  (import "env" "now_ms" (func $now (result i64)))
  (import "env" "double" (func $double (param i32) (result i32)))
  (memory (export "memory") 1)
  (global $ready (mut i32) (i32.const 0))
  (func (export "_initialize") (global.set $ready (i32.const 1)))
  (func (export "ready") (result i32) (global.get $ready))
  (func (export "now") (result i64) (call $now))
  (func (export "double") (param i32) (result i32) (call $double (local.get 0)))
  (func (export "many") (loop $more (drop (call $double (i32.const 1))) (br $more)))
  (func (export "loop") (loop $more (br $more)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "trap") unreachable))"#;

fn functions() -> Functions {
    let one = Signature::new([ValueType::I32], [ValueType::I32]);
    Functions::new()
        .now_ms()
        .unwrap()
        .function("env", "double", one, |_, values| match values {
            [Value::I32(value)] => Ok(vec![Value::I32(value * 2)]),
            other => Err(format!("{other:?}")),
        })
        .unwrap()
}

fn limited(change: impl FnOnce(&mut Limits)) -> Setup {
    let mut setup = Setup::default();
    change(&mut setup.limits);
    setup
}

#[test]
fn a_library_is_initialised_and_called_without_a_runtime() {
    let compiled = compile_with(LIBRARY, &functions()).unwrap();
    let call = |export, values: &[Value]| compiled.call_at_once(Setup::default(), export, values).unwrap();
    assert_eq!(call("ready", &[]), [Value::I32(1)]);
    assert_eq!(call("double", &[Value::I32(21)]), [Value::I32(42)]);
    let clock = Clock::virtual_from(SystemTime::UNIX_EPOCH + Duration::from_millis(1234));
    let setup = Setup { clock, ..Setup::default() };
    assert_eq!(compiled.call_at_once(setup, "now", &[]).unwrap(), [Value::I64(1234)]);
    assert!(matches!(compiled.call_at_once(Setup::default(), "double", &[]), Err(Error::WrongCall { .. })));
    assert!(matches!(
        compiled.call_at_once(Setup::default(), "missing", &[]),
        Err(Error::MissingExport { .. })
    ));
}

#[test]
fn limits_hold() {
    let compiled = compile_with(LIBRARY, &functions()).unwrap();
    let failure = |setup, export: &str| match compiled.call_at_once(setup, export, &[]) {
        Err(Error::CallFailed { outcome: Outcome::Failed(failure), .. }) => failure,
        other => panic!("{export}: {other:?}"),
    };
    assert!(matches!(failure(Setup::default(), "trap"), Failure::Trap { .. }));
    let started = Instant::now();
    let busy = Duration::from_millis(20);
    assert!(matches!(failure(limited(|limits| limits.busy = busy), "loop"), Failure::Busy { .. }));
    assert!(matches!(failure(limited(|limits| limits.lifetime = busy), "loop"), Failure::Busy { .. }));
    assert!(started.elapsed() >= busy * 2 && started.elapsed() < Duration::from_secs(20));
    let few = limited(|limits| limits.host_calls = 100);
    assert!(matches!(failure(few, "many"), Failure::HostCalls { limit: 100 }));
    let small = limited(|limits| limits.memory = 65536);
    assert_eq!(compiled.call_at_once(small, "grow", &[Value::I32(1)]).unwrap(), [Value::I32(-1)]);
}

#[test]
fn what_may_wait_is_refused_with_the_way_to_call_it() {
    let text = r#"(module (import "env" "later" (func $later)) (func (export "f") (call $later)))"#;
    let later =
        Functions::new().waiting("env", "later", Signature::new([], []), async |_| Ok(Vec::new())).unwrap();
    let waiting = compile_with(text, &later).unwrap();
    let wasi = r#"(module
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (func (export "f") (call $exit (i32.const 3))))"#;
    for compiled in [waiting, compile(wasi).unwrap()] {
        let error = compiled.call_at_once(Setup::default(), "f", &[]).unwrap_err();
        assert_eq!(error.to_string(), "guest: imports what may wait, and cannot be called at once");
        assert_eq!(error.hint(), Some("call it as a future: `Compiled::call`"));
    }
}
