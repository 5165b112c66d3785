//! Components as libraries: interfaces of the host and of the guest, with the values that components have.

use std::time::{Duration, SystemTime};

use wasm_host::{
    Clock, Error, Failure, Functions, Kind, Limits, Outcome, Setup, Signature, Value, ValueType,
};

use crate::{compile, compile_with};

/// Hands a name to the host and its answer back, adds bytes, halves numbers, and turns a pair round.
const COMPONENT: &str = r#"(component
  (import "demo:host/words@1.0.0" (instance $words
    (export "greet" (func (param "times" u32) (param "name" string) (result string)))
    (export "now" (func (result s64)))))
  (core module $memory
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $next)
      (global.set $next (i32.and (i32.add (i32.add (global.get $next) (local.get 3)) (i32.const 15)) (i32.const -16)))))
  (core instance $memory (instantiate $memory))
  (core func $greet (canon lower (func $words "greet")
    (memory $memory "memory") (realloc (func $memory "realloc"))))
  (core func $now (canon lower (func $words "now")))
  (core module $main
    (import "memory" "memory" (memory 1))
    (import "words" "greet" (func $greet (param i32 i32 i32 i32)))
    (import "words" "now" (func $now (result i64)))
    (func (export "greet") (param i32 i32) (result i32)
      (call $greet (i32.const 2) (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16))
    (func (export "now") (result i64) (call $now))
    (func (export "sum") (param $at i32) (param $length i32) (result i64) (local $sum i64)
      (block $end (loop $next
        (br_if $end (i32.eqz (local.get $length)))
        (local.set $sum (i64.add (local.get $sum) (i64.load8_u (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (local.set $length (i32.sub (local.get $length) (i32.const 1)))
        (br $next)))
      (local.get $sum))
    (func (export "half") (param i32) (result i32)
      (i32.store8 (i32.const 32) (i32.eqz (i32.and (local.get 0) (i32.const 1))))
      (i32.store (i32.const 36) (i32.shr_u (local.get 0) (i32.const 1)))
      (i32.const 32))
    (func (export "turn") (param i32 f64) (result i32)
      (f64.store (i32.const 48) (local.get 1))
      (i32.store (i32.const 56) (local.get 0))
      (i32.const 48))
    (func (export "loop") (loop (br 0))))
  (core instance $main (instantiate $main
    (with "memory" (instance $memory))
    (with "words" (instance (export "greet" (func $greet)) (export "now" (func $now))))))
  (func $greet_lifted (param "name" string) (result string)
    (canon lift (core func $main "greet") (memory $memory "memory") (realloc (func $memory "realloc"))))
  (func (export "now") (result s64) (canon lift (core func $main "now")))
  (func (export "sum") (param "bytes" (list u8)) (result u64)
    (canon lift (core func $main "sum") (memory $memory "memory") (realloc (func $memory "realloc"))))
  (func (export "half") (param "number" u32) (result (option u32))
    (canon lift (core func $main "half") (memory $memory "memory")))
  (func (export "turn") (param "pair" (tuple u32 f64)) (result (tuple f64 u32))
    (canon lift (core func $main "turn") (memory $memory "memory")))
  (func (export "loop") (canon lift (core func $main "loop")))
  (instance (export "demo:guest/words@1.0.0") (export "greet" (func $greet_lifted))))"#;

const WORDS: &str = "demo:host/words@1.0.0";

fn offered() -> Functions {
    let greet = Signature::new([ValueType::U32, ValueType::Text], [ValueType::Text]);
    Functions::new()
        .waiting(WORDS, "greet", greet, async |values: Vec<Value>| {
            tokio::task::yield_now().await;
            let [Value::U32(times), Value::Text(name)] = &values[..] else {
                return Err(format!("{values:?}"));
            };
            if name == "nobody" {
                return Err("nobody is greeted".to_owned());
            }
            Ok(vec![Value::Text(format!("{}{name}", "hello ".repeat(*times as usize)))])
        })
        .unwrap()
        .function(WORDS, "now", Signature::new([], [ValueType::I64]), |guest, _| {
            assert_eq!(guest.read(0, 1), None, "a component's memory is its own");
            Ok(vec![Value::I64(guest.now().as_millis() as i64)])
        })
        .unwrap()
}

#[tokio::test]
async fn values_of_all_kinds_go_in_and_out() {
    let compiled = compile_with(COMPONENT, &offered()).unwrap();
    assert_eq!(compiled.kind(), Kind::Component);
    assert_eq!(compiled.exports(), ["now", "sum", "half", "turn", "loop", "demo:guest/words@1.0.0#greet"]);
    assert!(!compiled.is_command());
    let clock = Clock::virtual_from(SystemTime::UNIX_EPOCH + Duration::from_millis(77));
    let setup = Setup { clock, ..Setup::default() };
    let mut running = compiled.instantiate(setup).await.unwrap().begin().await.unwrap();
    let ada = [Value::Text("Ada".into())];
    for _ in 0..3 {
        let greeting = running.call("demo:guest/words@1.0.0#greet", &ada).await.unwrap();
        assert_eq!(greeting, [Value::Text("hello hello Ada".into())]);
    }
    assert_eq!(running.call("now", &[]).await.unwrap(), [Value::I64(77)]);
    let bytes = [Value::Bytes(vec![200; 1000])];
    assert_eq!(running.call("sum", &bytes).await.unwrap(), [Value::U64(200_000)]);
    let some = Value::Option(Some(Box::new(Value::U32(21))));
    assert_eq!(running.call("half", &[Value::I32(42)]).await.unwrap(), [some]);
    assert_eq!(running.call("half", &[Value::U32(7)]).await.unwrap(), [Value::Option(None)]);
    let pair = [Value::List(vec![Value::U32(3), Value::F64(0.5)])];
    let turned = Value::List(vec![Value::F64(0.5), Value::U32(3)]);
    assert_eq!(running.call("turn", &pair).await.unwrap(), [turned]);
    assert_eq!(running.finish().outcome, Outcome::Finished);
}

#[tokio::test]
async fn wrong_calls_and_failures_are_told_as_those_of_modules_are() {
    let compiled = compile_with(COMPONENT, &offered()).unwrap();
    let call = async |export: &str, values: &[Value]| {
        let limits = Limits { busy: Duration::from_millis(30), ..Limits::default() };
        compiled.call(Setup { limits, ..Setup::default() }, export, values).await.unwrap_err()
    };
    let error = call("half", &[Value::I32(-1)]).await.to_string();
    assert_eq!(error, "guest: `half` is (number: u32) -> option<u32>, and was called as (i32)");
    assert!(matches!(call("turn", &[Value::List(vec![Value::U32(1)])]).await, Error::WrongCall { .. }));
    assert!(matches!(call("greet", &[]).await, Error::MissingExport { .. }));
    assert!(matches!(call("demo:guest/words@1.0.0#bye", &[]).await, Error::MissingExport { .. }));
    let error = call("demo:guest/words@1.0.0#greet", &[Value::Text("nobody".into())]).await;
    let Error::CallFailed { outcome: Outcome::Failed(Failure::HostFunction { function, detail }), .. } =
        error
    else {
        panic!("{error:?}");
    };
    assert_eq!((function.as_str(), detail.as_str()), ("demo:host/words@1.0.0.greet", "nobody is greeted"));
    let error = call("loop", &[]).await;
    assert!(
        matches!(error, Error::CallFailed { outcome: Outcome::Failed(Failure::Busy { .. }), .. }),
        "{error:?}"
    );
}

#[test]
fn interfaces_that_are_not_offered_are_named_with_their_functions() {
    let error = compile(COMPONENT).unwrap_err().to_string();
    assert_eq!(
        error,
        "guest: imports `demo:host/words@1.0.0.greet` as (times: u32, name: string) -> string, which nobody offers, and 1 more"
    );
    let other = Functions::new()
        .function(WORDS, "greet", Signature::new([ValueType::Text], [ValueType::Text]), |_, _| Ok(Vec::new()))
        .unwrap();
    let error = compile_with(COMPONENT, &other).unwrap_err().to_string();
    assert!(error.contains("which is offered as (string) -> string, and 1 more"), "{error}");
    for interface in
        ["wasi:http/incoming-handler@0.2.0", "wasi:keyvalue/store@0.2.0", "wasi:http/types@0.3.0"]
    {
        let text = format!(r#"(component (import "{interface}" (instance (export "f" (func)))))"#);
        let error = compile(&text).unwrap_err().to_string();
        assert_eq!(error, format!("guest: imports `{interface}.f` as (), which nobody offers"));
    }
}
