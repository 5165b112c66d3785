//! Functions of the host: offered by name and signature, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use wasm_host::{Clock, Error, Failure, Functions, Outcome, Setup, Signature, Value, ValueType};

use crate::{compile, compile_with};

const WANTS: &str = r#"(module
  (import "env" "now_ms" (func $now (result i64)))
  (import "env" "upper" (func $upper (param i32 i32) (result i32)))
  (import "env" "later" (func $later (param i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "hello")
  (func (export "now") (result i64) (call $now))
  (func (export "shout") (param i32 i32) (result i32) (call $upper (local.get 0) (local.get 1)))
  (func (export "first") (result i32) (i32.load8_u (i32.const 8)))
  (func (export "wait") (param i32) (result i32) (call $later (local.get 0))))"#;

fn offered() -> Functions {
    let two = Signature::new([ValueType::U32, ValueType::U32], [ValueType::Bool]);
    let one = Signature::new([ValueType::I32], [ValueType::I32]);
    Functions::new()
        .now_ms()
        .unwrap()
        .function("env", "upper", two, |guest, values| {
            let [Value::U32(at), Value::U32(length)] = values else { return Err(format!("{values:?}")) };
            let Some(bytes) = guest.read(*at, *length) else { return Ok(vec![Value::Bool(false)]) };
            Ok(vec![Value::Bool(guest.write(*at, &bytes.to_ascii_uppercase()))])
        })
        .unwrap()
        .waiting("env", "later", one, async |values: Vec<Value>| match values[..] {
            [Value::I32(0)] => Err("zero is not for me".to_owned()),
            [Value::I32(1)] => Ok(vec![Value::Text("a text".to_owned())]),
            [Value::I32(value)] => {
                tokio::time::sleep(Duration::from_millis(1)).await;
                Ok(vec![Value::I32(value * 2)])
            }
            _ => unreachable!("the signature says one number"),
        })
        .unwrap()
}

#[tokio::test]
async fn they_get_typed_values_see_the_guests_memory_and_may_wait() {
    let compiled = compile_with(WANTS, &offered()).unwrap();
    let clock = Clock::virtual_from(SystemTime::UNIX_EPOCH + Duration::from_millis(1_234_567));
    let setup = Setup { clock, ..Setup::default() };
    let mut running = compiled.instantiate(setup).await.unwrap().begin().await.unwrap();
    assert_eq!(running.call("now", &[]).await.unwrap(), [Value::I64(1_234_567)]);
    let shout = [Value::U32(8), Value::U32(5)];
    assert_eq!(running.call("shout", &shout).await.unwrap(), [Value::I32(1)]);
    assert_eq!(running.call("first", &[]).await.unwrap(), [Value::I32(i32::from(b'H'))]);
    for wild in [[65530, 10], [u32::MAX, u32::MAX], [0, 65537]] {
        let wild = wild.map(Value::U32);
        assert_eq!(running.call("shout", &wild).await.unwrap(), [Value::I32(0)], "{wild:?}");
    }
    assert_eq!(running.call("wait", &[Value::I32(21)]).await.unwrap(), [Value::I32(42)]);
    assert_eq!(running.finish().host_calls, 6);
}

#[tokio::test]
async fn one_that_says_no_ends_the_guest_with_its_words() {
    let compiled = compile_with(WANTS, &offered()).unwrap();
    for (value, words) in [(0, "zero is not for me"), (1, "it gave string instead of i32")] {
        let error = compiled.call(Setup::default(), "wait", &[Value::I32(value)]).await.unwrap_err();
        let Error::CallFailed {
            outcome: Outcome::Failed(Failure::HostFunction { function, detail }), ..
        } = error
        else {
            panic!("{error:?}");
        };
        assert_eq!((function.as_str(), detail.as_str()), ("env.later", words));
    }
}

#[tokio::test]
async fn dropping_a_call_drops_what_the_guest_waits_for() {
    struct Drops(Arc<AtomicU32>);
    impl Drop for Drops {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let dropped = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&dropped);
    let one = Signature::new([ValueType::I32], [ValueType::I32]);
    let functions = Functions::new().waiting("env", "later", one, move |_| {
        let guard = Drops(Arc::clone(&count));
        async move {
            std::future::pending::<()>().await;
            drop(guard);
            Ok(vec![Value::I32(0)])
        }
    });
    let text = r#"(module (import "env" "later" (func $l (param i32) (result i32)))
        (func (export "wait") (result i32) (call $l (i32.const 1))))"#;
    let compiled = compile_with(text, &functions.unwrap()).unwrap();
    let mut running = compiled.instantiate(Setup::default()).await.unwrap().begin().await.unwrap();
    tokio::select! {
        biased;
        _ = running.call("wait", &[]) => panic!("nobody answers"),
        () = tokio::task::yield_now() => {}
    }
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
    assert!(matches!(running.call("wait", &[]).await, Err(Error::Ended { .. })));
    assert_eq!(running.finish().outcome, Outcome::Abandoned);
}

#[test]
fn what_is_not_offered_is_named_with_what_is_wanted_and_what_there_is() {
    let told = |text: &str, functions: &Functions| compile_with(text, functions).unwrap_err().to_string();
    let nobody = told(WANTS, &Functions::new());
    assert_eq!(nobody, "guest: imports `env.now_ms` as () -> i64, which nobody offers, and 2 more");
    let other = told(r#"(module (import "env" "now_ms" (func (param i32) (result f64))))"#, &offered());
    assert_eq!(other, "guest: imports `env.now_ms` as (i32) -> f64, which is offered as () -> i64");
    let wasi = r#"(module (import "wasi_snapshot_preview1" "fd_write" (func (param i32) (result i32))))"#;
    let wasi = told(wasi, &offered());
    assert_eq!(
        wasi,
        "guest: imports `wasi_snapshot_preview1.fd_write` as (i32) -> i32, which is offered as (i32, i32, i32, i32) -> i32"
    );
    let unknown = r#"(module (import "wasi_snapshot_preview1" "fork" (func (result i32))))"#;
    assert_eq!(
        told(unknown, &offered()),
        "guest: imports `wasi_snapshot_preview1.fork` as () -> i32, which nobody offers"
    );
    let memory = told(r#"(module (import "env" "memory" (memory 1)))"#, &offered());
    assert_eq!(memory, "guest: imports `env.memory` as a memory, which nobody offers");
    let js = told(r#"(module (import "gojs" "runtime.wasmExit" (func (param i32))))"#, &offered());
    assert!(js.contains("`gojs.runtime.wasmExit` as (i32)"), "{js}");
}

#[test]
fn a_name_is_offered_once_and_never_that_of_wasi() {
    let plain = || Signature::new([], []);
    let twice = offered().function("env", "upper", plain(), |_, _| Ok(Vec::new()));
    assert!(matches!(twice, Err(Error::Function { .. })));
    let wasi =
        Functions::new().function("wasi_snapshot_preview1", "fd_write", plain(), |_, _| Ok(Vec::new()));
    assert!(matches!(wasi, Err(Error::Function { .. })));
    assert!(compile(r#"(module (import "env" "f" (func)))"#).is_err());
}
