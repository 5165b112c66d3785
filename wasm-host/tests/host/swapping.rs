//! Swaps under load: every call is answered by exactly one module, and old ones are freed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use wasm_host::{Error, Functions, Host, HostOptions, Policy, Setup, Swap, Value};

/// Says its number twice, and lets others run between: a call that saw two modules would say two numbers.
fn version(number: u64) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(module
          (import "env" "pause" (func $pause))
          (global $number (mut i64) (i64.const 0))
          (func (export "_initialize") (global.set $number (i64.const {number})))
          (func (export "answer") (result i64 i64) (global.get $number) (call $pause) (i64.const {number}))
          (func (export "fail") unreachable))"#
    ))
    .unwrap()
}

fn functions() -> Functions {
    let nothing = wasm_host::Signature::new([], []);
    let pause = |_| async {
        tokio::task::yield_now().await;
        Ok(Vec::new())
    };
    Functions::new().waiting("env", "pause", nothing, pause).unwrap()
}

fn host() -> Host {
    Host::new(&HostOptions { guests: 32, ..HostOptions::default() }).unwrap()
}

fn first(host: &Host) -> Swap {
    Swap::new(host.module("v1", version(1)).unwrap().compile(&functions()).unwrap(), Policy::default())
}

async fn answers(module: &wasm_host::Compiled) -> Result<u64, Error> {
    let values = module.call(Setup::default(), "answer", &[]).await?;
    let [Value::I64(before), Value::I64(after)] = values[..] else { panic!("{values:?}") };
    assert_eq!(before, after, "one call, one module");
    Ok(before as u64)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_is_dropped_and_no_old_module_stays() {
    const SWAPS: u64 = 300;
    let host = host();
    let swap = first(&host);
    let stop = Arc::new(AtomicBool::new(false));
    let made = Arc::new(AtomicU64::new(0));
    let callers = (0..8).map(|_| {
        let (swap, stop, made) = (swap.clone(), Arc::clone(&stop), Arc::clone(&made));
        tokio::spawn(async move {
            let mut newest = 0;
            let mut calls = 0u64;
            while !stop.load(Ordering::Relaxed) {
                let ticket = swap.ticket();
                let number = ticket.number();
                assert!(number >= newest, "nobody goes back");
                newest = number;
                assert_eq!(answers(ticket.module()).await.unwrap(), number);
                assert_eq!(ticket.done(true), None);
                calls += 1;
                made.fetch_add(1, Ordering::Relaxed);
            }
            calls
        })
    });
    let callers = callers.collect::<Vec<_>>();
    let mut most = 0;
    for number in 2..=SWAPS + 1 {
        // So that calls are always between two swaps.
        let before = made.load(Ordering::Relaxed);
        while made.load(Ordering::Relaxed) < before + 10 {
            tokio::task::yield_now().await;
        }
        let created = host.module(format!("v{number}"), version(number)).unwrap();
        let probe = async |module: &wasm_host::Compiled| {
            assert_eq!(answers(module).await?, number);
            Ok(())
        };
        assert_eq!(swap.replace(created, &functions(), probe).await.unwrap().to, number);
        most = most.max(host.live_modules());
    }
    stop.store(true, Ordering::Relaxed);
    let mut calls = 0;
    for caller in callers {
        calls += caller.await.unwrap();
    }
    assert!(calls >= SWAPS * 10, "{calls}");
    assert_eq!(swap.number(), SWAPS + 1);
    assert_eq!(host.live_modules(), 2, "the current one and the one before");
    assert!(most <= 2 + 8 + 1, "at most one more for each call in flight: {most}");
    drop(swap);
    assert_eq!(host.live_modules(), 0);
}

#[tokio::test]
async fn a_call_in_flight_ends_on_the_module_that_it_began_on() {
    let host = host();
    let swap = first(&host);
    let old = swap.ticket();
    for number in 2..5 {
        swap.install(host.module("v", version(number)).unwrap().compile(&functions()).unwrap());
    }
    assert_eq!(answers(old.module()).await.unwrap(), 1);
    assert_eq!(host.live_modules(), 3, "the current, the one before, and the one in flight");
    drop(old);
    assert_eq!(host.live_modules(), 2);
}

#[tokio::test]
async fn one_that_does_not_compile_or_answer_does_not_take_over() {
    let host = host();
    let swap = first(&host);
    let whole = version(2);
    let truncated = host.module("v2", whole[..whole.len() - 9].to_vec()).unwrap();
    let error = swap.replace(truncated, &functions(), async |_| Ok(())).await.unwrap_err();
    assert!(matches!(error, Error::Truncated { .. }), "{error}");
    let unlinked = host.module("v2", whole.clone()).unwrap();
    let error = swap.replace(unlinked, &Functions::new(), async |_| Ok(())).await.unwrap_err();
    assert!(matches!(error, Error::UnknownImport { .. }), "{error}");
    let created = host.module("v2", whole).unwrap();
    let error = swap
        .replace(created, &functions(), async |module| {
            module.call(Setup::default(), "fail", &[]).await.map(drop)
        })
        .await
        .unwrap_err();
    assert!(error.to_string().starts_with("v2: does not take over: v2: `fail` "), "{error}");
    assert_eq!(swap.number(), 1);
    assert_eq!(answers(swap.ticket().module()).await.unwrap(), 1);
    assert_eq!(host.live_modules(), 1, "what did not take over is freed");
}

#[tokio::test]
async fn one_that_fails_too_often_gives_way_to_the_one_before_at_once() {
    let host = host();
    let swap = Swap::new(
        host.module("v1", version(1)).unwrap().compile(&functions()).unwrap(),
        Policy { window: 8, failures: 3 },
    );
    let second = swap.install(host.module("v2", version(2)).unwrap().compile(&functions()).unwrap());
    assert_eq!((second.from, second.to), (1, 2));
    let late = swap.ticket();
    // Three failures, but never three of eight calls.
    for call in 0..30 {
        let ticket = swap.ticket();
        assert_eq!(ticket.done(call % 7 != 0), None);
    }
    let mut back = None;
    for _ in 0..3 {
        let ticket = swap.ticket();
        let failed = ticket.module().call(Setup::default(), "fail", &[]).await.is_err();
        back = back.or(ticket.done(!failed));
    }
    let back = back.unwrap();
    assert_eq!((back.from, back.to), (2, 1));
    assert_eq!(answers(swap.ticket().module()).await.unwrap(), 1);
    assert_eq!(late.done(false), None, "one more failure of the one that is gone changes nothing");
    assert_eq!(host.live_modules(), 1);
    assert!(matches!(swap.roll_back(), Err(Error::NothingToGoBackTo)));
    // Numbers are not given twice.
    let third = swap.install(host.module("v3", version(3)).unwrap().compile(&functions()).unwrap());
    assert_eq!((third.from, third.to), (1, 3));
    assert_eq!(swap.roll_back().unwrap().to, 1);
}
