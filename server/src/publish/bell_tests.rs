//! One bell, on the threads of the system. `server/tests/interleavings` tries every order of steps.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use super::bell::Bell;

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_ring_wakes_who_waits_and_is_heard_once() {
    let bell = Arc::new(Bell::default());
    let flag = Arc::new(Flag::default());
    let waker = Waker::from(Arc::clone(&flag));
    let mut context = Context::from_waker(&waker);
    bell.ring();
    let mut listener = bell.listen();
    assert_eq!(listener.poll_rung(&mut context), Poll::Pending, "that was before it listened");
    bell.ring();
    bell.ring();
    assert!(flag.0.swap(false, Ordering::SeqCst));
    assert_eq!(listener.poll_rung(&mut context), Poll::Ready(2));
    assert_eq!(listener.poll_rung(&mut context), Poll::Pending);
    bell.ring();
    assert!(flag.0.load(Ordering::SeqCst), "the waker is left there for the next time");
}

#[test]
fn slots_of_those_who_left_are_used_again() {
    let bell = Arc::new(Bell::default());
    for _ in 0..1000 {
        drop(bell.listen());
    }
    let slots = bell.slots();
    assert!(slots <= 8, "{slots}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_ring_is_missed() {
    let bell = Arc::new(Bell::default());
    let said = Arc::new(AtomicU64::new(0));
    let mut waiting = Vec::new();
    for _ in 0..16 {
        let (mut listener, said) = (bell.listen(), Arc::clone(&said));
        waiting.push(tokio::spawn(async move {
            while said.load(Ordering::SeqCst) < 10_000 {
                std::future::poll_fn(|context| listener.poll_rung(context)).await;
            }
        }));
    }
    for _ in 0..10_000 {
        said.fetch_add(1, Ordering::SeqCst);
        bell.ring();
    }
    for task in waiting {
        tokio::time::timeout(std::time::Duration::from_mins(1), task).await.unwrap().unwrap();
    }
}
