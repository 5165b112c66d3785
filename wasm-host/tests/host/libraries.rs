//! Libraries: initialised once, called by name with values that have types.

use wasm_host::{Error, Failure, Outcome, Setup, Value};

use crate::compile;

const LIBRARY: &str = r#"(module
  (memory (export "memory") 1)
  (global $ready (mut i32) (i32.const 0))
  (global $count (mut i64) (i64.const 0))
  (func (export "_initialize") (global.set $ready (i32.const 1)))
  (func (export "ready") (result i32) (global.get $ready))
  (func (export "add") (param i64) (result i64)
    (global.set $count (i64.add (global.get $count) (local.get 0)))
    (global.get $count))
  (func (export "both") (param f64 f32) (result f32 f64) (local.get 1) (local.get 0))
  (func (export "divide") (param i32 i32) (result i32) (i32.div_u (local.get 0) (local.get 1)))
  (func (export "vector") (result v128) (v128.const i64x2 0 0)))"#;

#[tokio::test]
async fn it_is_initialised_before_the_first_call_and_keeps_its_state() {
    let compiled = compile(LIBRARY).unwrap();
    let mut running = compiled.instantiate(Setup::default()).await.unwrap().begin().await.unwrap();
    assert_eq!(running.call("ready", &[]).await.unwrap(), [Value::I32(1)]);
    assert_eq!(running.call("add", &[Value::I64(40)]).await.unwrap(), [Value::I64(40)]);
    assert_eq!(running.call("add", &[Value::U64(2)]).await.unwrap(), [Value::I64(42)]);
    let both = running.call("both", &[Value::F64(1.5), Value::F32(2.5)]).await.unwrap();
    assert_eq!(both, [Value::F32(2.5), Value::F64(1.5)]);
    let done = running.finish();
    assert_eq!(done.outcome, Outcome::Finished);
    assert!(!done.times.initialize.is_zero());
    // Another guest of it begins anew.
    assert_eq!(compiled.call(Setup::default(), "add", &[Value::I64(1)]).await.unwrap(), [Value::I64(1)]);
}

#[tokio::test]
async fn wrong_calls_are_refused_with_what_would_be_right_and_change_nothing() {
    let compiled = compile(LIBRARY).unwrap();
    let mut running = compiled.instantiate(Setup::default()).await.unwrap().begin().await.unwrap();
    let error = running.call("divide", &[Value::I32(1), Value::Text("2".into())]).await.unwrap_err();
    assert_eq!(error.to_string(), "guest: `divide` is (i32, i32) -> i32, and was called as (i32, string)");
    assert!(matches!(running.call("add", &[]).await, Err(Error::WrongCall { .. })));
    assert!(matches!(running.call("vector", &[]).await, Err(Error::WrongCall { .. })));
    let error = running.call("missing", &[]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "guest: has no `missing`; it exports _initialize, ready, add, both, divide, vector"
    );
    assert_eq!(running.call("divide", &[Value::I32(7), Value::I32(2)]).await.unwrap(), [Value::I32(3)]);
}

#[tokio::test]
async fn after_a_failure_it_takes_no_more_calls() {
    let compiled = compile(LIBRARY).unwrap();
    let mut running = compiled.instantiate(Setup::default()).await.unwrap().begin().await.unwrap();
    let error = running.call("divide", &[Value::I32(1), Value::I32(0)]).await.unwrap_err();
    let Error::CallFailed { outcome: Outcome::Failed(Failure::Trap { reason, frames }), .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(reason, "integer divide by zero");
    assert_eq!(frames.len(), 1);
    assert!(matches!(running.call("ready", &[]).await, Err(Error::Ended { .. })));
    assert!(matches!(running.finish().outcome, Outcome::Failed(Failure::Trap { .. })));
}
