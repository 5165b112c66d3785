//! What computing may take: memory, time and numbers of things.

use std::time::{Duration, Instant};

use wasm_host::{Error, Failure, Limits, Outcome, Setup};

use crate::guest::{DATA, Guest, TO, compiled};
use crate::{GIVEN, inference};

fn limited(limits: Limits) -> Setup {
    Setup { limits, ..Setup::default() }
}

fn failure(error: Error) -> Failure {
    let Error::CallFailed { outcome: Outcome::Failed(failure), .. } = error else { panic!("{error:?}") };
    failure
}

#[tokio::test]
async fn tensors_count_as_memory_and_are_freed() {
    let setup = limited(Limits { memory: 1 << 20, ..Limits::default() });
    let mut guest = Guest::with(&compiled(&GIVEN), setup).await;
    let context = guest.context("fill").await;
    // 256 KiB are its own memory.
    for (side, errno) in [(300, 0), (300, 0), (400, 0), (500, 7), (4000, 7), (400, 0)] {
        guest.set_side(context, side).await;
        assert_eq!(guest.call("compute", &[context]).await, errno, "{side}: {}", guest.words().await);
    }
    // What is held cannot be had as memory too.
    let mut other = Vec::new();
    for _ in 0..3 {
        let context = guest.context("fill").await;
        guest.set_side(context, 150).await;
        other.push(guest.call("compute", &[context]).await);
    }
    assert_eq!(other, [0, 7, 7], "640,000 and 90,000 of 786,432 bytes are taken");
    guest.set_side(context, 10).await;
    assert_eq!(guest.call("compute", &[context]).await, 0);
    let context = guest.context("fill").await;
    guest.set_side(context, 300).await;
    assert_eq!(guest.call("compute", &[context]).await, 0, "freed with what came after it");
}

#[tokio::test]
async fn inputs_count_as_memory_too() {
    let setup = limited(Limits { memory: 512 << 10, ..Limits::default() });
    let mut guest = Guest::with(&compiled(&GIVEN), setup).await;
    let (first, second) = (guest.context("xor").await, guest.context("xor").await);
    // 200,000 of the 262,144 bytes that are left.
    let pairs = 25_000;
    let set = async |guest: &mut Guest, context| {
        guest.set_at([context, 0], &[pairs, 2], 1, [DATA, pairs * 8]).await
    };
    assert_eq!(set(&mut guest, first).await, 0);
    assert_eq!(set(&mut guest, first).await, 0, "in the place of the other one");
    assert_eq!(set(&mut guest, second).await, 7);
    assert_eq!(guest.set([first, 0], &[1, 2], &[1.0, 1.0]).await, 0);
    assert_eq!(set(&mut guest, second).await, 0);
}

#[tokio::test]
async fn contexts_end_at_their_limit() {
    let mut guest = Guest::of(&GIVEN).await;
    let model = guest.load_by_name("xor").await.unwrap();
    for expected in 0..4096 {
        assert_eq!(guest.call("init_execution_context", &[model, TO]).await, 0, "{expected}");
    }
    assert_eq!(guest.call("init_execution_context", &[model, TO]).await, 7);
    assert_eq!(guest.words().await, "a program may have 4096 contexts");
}

#[tokio::test]
async fn models_that_are_brought_end_at_their_limit() {
    let model = crate::onnx::xor();
    let mut guest = Guest::of(&inference(1 << 20)).await;
    guest.write(crate::guest::BEHIND, &model).await;
    for expected in 0..64 {
        let loaded = guest.load_at(crate::guest::BEHIND, model.len() as i32, 0).await;
        assert_eq!(loaded, Ok(expected));
    }
    assert_eq!(guest.load_at(crate::guest::BEHIND, model.len() as i32, 0).await, Err(7));
    assert_eq!(guest.load_by_name("xor").await, Err(7));
}

#[tokio::test]
async fn computing_counts_and_is_stopped_when_its_time_is_used_up() {
    let limit = Duration::from_millis(100);
    // A model is computed for one guest at a time: one of its own for each of these tests.
    let inference = inference(0);
    let compiled = compiled(&inference);
    let mut guest = Guest::with(&compiled, limited(Limits { busy: limit, ..Limits::default() })).await;
    let context = guest.context("slow").await;
    guest.set_side(context, 8).await;
    assert_eq!(guest.call("compute", &[context]).await, 0, "small ones have time");
    guest.set_side(context, 1500).await;
    let started = Instant::now();
    let error = guest.try_call("compute", &[context]).await.unwrap_err();
    assert!(matches!(failure(error), Failure::Busy { limit: told, .. } if told == limit));
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert!(guest.finish().times.busy < Duration::from_secs(5));
    // It was stopped between two products, so that another guest has its turn long before all of them were made.
    let mut guest = Guest::with(&compiled, Setup::default()).await;
    let context = guest.context("slow").await;
    guest.set_side(context, 8).await;
    assert_eq!(guest.call("compute", &[context]).await, 0);
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}

#[tokio::test]
async fn computing_ends_with_the_lifetime_of_the_call() {
    let lifetime = Duration::from_millis(100);
    let limits = Limits { lifetime, busy: Duration::MAX, ..Limits::default() };
    let inference = inference(0);
    let mut guest = Guest::with(&compiled(&inference), limited(limits)).await;
    let context = guest.context("slow").await;
    guest.set_side(context, 1500).await;
    let error = guest.try_call("compute", &[context]).await.unwrap_err();
    assert!(matches!(failure(error), Failure::Deadline { limit } if limit == lifetime));
    assert!(matches!(guest.try_call("compute", &[context]).await, Err(Error::Ended { .. })));
}

#[tokio::test]
async fn what_was_computed_elsewhere_is_time_of_the_guest() {
    let inference = inference(0);
    let mut guest =
        Guest::with(&compiled(&inference), limited(Limits { busy: Duration::MAX, ..Limits::default() }))
            .await;
    let context = guest.context("slow").await;
    guest.set_side(context, 200).await;
    let started = Instant::now();
    assert_eq!(guest.call("compute", &[context]).await, 0);
    let took = started.elapsed();
    let busy = guest.finish().times.busy;
    assert!(busy * 2 > took, "{busy:?} of {took:?}");
}
