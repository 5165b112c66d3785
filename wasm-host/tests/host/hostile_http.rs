//! Components that answer HTTP and mean harm, or do it wrong: each is stopped with words, and whoever asked gets an error.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, Full};
use wasm_host::{Cut, Error, Failure, Handled, Limits, Outcome, Setup};

use crate::http::guests::{SWALLOWS, handler, repeats, says};
use crate::http::{ask, ended, get};

fn limited(change: impl FnOnce(&mut Limits)) -> Setup {
    let mut setup = Setup::default();
    change(&mut setup.limits);
    setup
}

/// What is told of a guest that gives no answer: to who asked, and to who counts.
async fn failure(data: &str, handle: &str, setup: Setup) -> Failure {
    let (answer, told) = ask(&handler(data, handle), setup, get("/")).await;
    let Handled { outcome, .. } = ended(told).await.unwrap();
    match answer {
        Err(Error::CallFailed { outcome: said, export, .. }) => {
            assert_eq!((said, export.as_str()), (outcome.clone(), "wasi:http/incoming-handler#handle"));
        }
        other => panic!("{other:?}"),
    }
    let Outcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
    assert!(failure.hint().is_some(), "{failure}");
    failure
}

#[tokio::test]
async fn no_answer_an_error_instead_of_one_and_half_of_one_are_told_apart() {
    let failed = async |handle: &str| failure("", handle, Setup::default()).await;
    assert_eq!(failed("").await, Failure::NoAnswer);
    let declined = "(call $set (local.get $out) (i32.const 1) (i32.const 36) (i32.const 0) (i64.const 0)
        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))";
    let code = "LoopDetected".to_owned();
    assert_eq!(failed(declined).await, Failure::Declined { code: code.clone() });
    // Also from one that waits afterwards.
    let waits = format!("{declined} (call $sleep (i64.const 1000000000000))");
    assert_eq!(failed(&waits).await, Failure::Declined { code });
    for status in [101, 199, 600] {
        let handle =
            format!("(call $end (call $answer (local.get $out) (i32.const {status}) (call $fields)))");
        assert_eq!(failed(&handle).await, Failure::Status { status });
    }
    let trap =
        failed("(drop (call $answer (local.get $out) (i32.const 200) (call $fields))) unreachable").await;
    assert!(matches!(trap, Failure::Trap { .. }), "its head was not sent yet: {trap}");
    // More was announced than came.
    let data = r#"(data (i32.const 1024) "content-length5hell")"#;
    let announced = "(local.set $fields (call $fields))
        (call $field (local.get $fields) (i32.const 1024) (i32.const 14) (i32.const 1038) (i32.const 1))
        (call $say (call $answer (local.get $out) (i32.const 200) (local.get $fields)) (i32.const 1039) (i32.const 4))";
    assert_eq!(failure(data, announced, Setup::default()).await, Failure::Unfinished);
}

#[tokio::test]
async fn loops_sleeps_and_calls_without_end_are_stopped() {
    let busy = Duration::from_millis(30);
    let looping = failure("", "(loop $again (br $again))", limited(|limits| limits.busy = busy)).await;
    assert!(matches!(looping, Failure::Busy { limit, .. } if limit == busy), "{looping}");
    let sleeping = "(call $sleep (i64.const 1000000000000))";
    let sleeping = failure("", sleeping, limited(|limits| limits.lifetime = busy)).await;
    assert_eq!(sleeping, Failure::Deadline { limit: busy });
    let calling = "(loop $again (call $path (local.get $request) (i32.const 48)) (br $again))";
    let calling = failure("", calling, limited(|limits| limits.host_calls = 1000)).await;
    assert_eq!(calling, Failure::HostCalls { limit: 1000 });
}

#[tokio::test]
async fn memory_headers_and_things_of_the_host_end_at_their_limits() {
    let grows =
        "(loop $again (br_if $again (i32.ne (memory.grow (i32.const 100)) (i32.const -1)))) unreachable";
    let failed = failure("", grows, limited(|limits| limits.memory = 16 << 20)).await;
    assert!(matches!(failed, Failure::Exhausted { what: "memory", limit: 16_777_216, .. }), "{failed}");
    let data = r#"(data (i32.const 1024) "x-name")"#;
    let headers = "(local.set $fields (call $fields))
        (loop $again
          (call $field (local.get $fields) (i32.const 1024) (i32.const 6) (i32.const 2048) (i32.const 1000))
          (br $again))";
    let data = format!(r#"{data} (data (i32.const 2048) "{}")"#, "v".repeat(1000));
    let failed = failure(&data, headers, Setup::default()).await;
    assert_eq!(failed, Failure::Headers { limit: 64 << 10 });
    let one = failure(&data, headers, limited(|limits| limits.header_bytes = 100)).await;
    assert_eq!(one, Failure::Headers { limit: 100 });
    // Each of them would have its own 64 KiB, and bodies their buffers.
    for thing in ["(call $fields)", "(call $response (call $fields))"] {
        let failed =
            failure("", &format!("(loop $again (drop {thing}) (br $again))"), Setup::default()).await;
        assert!(matches!(failed, Failure::Trap { .. }), "{failed}");
        assert!(failed.to_string().contains("table"), "{failed}");
    }
}

#[tokio::test]
async fn a_body_without_an_end_is_cut_and_counts_as_a_failure() {
    let (data, handle) = repeats(&"x".repeat(4096));
    let limit = 3 << 20;
    let setup = limited(|limits| limits.response_bytes = limit);
    let (answer, told) = ask(&handler(&data, &handle), setup, get("/")).await;
    let mut body = answer.unwrap().into_body();
    let mut length = 0;
    let cut = loop {
        match body.frame().await.unwrap() {
            Ok(frame) => length += frame.into_data().unwrap().len() as u64,
            Err(cut) => break cut,
        }
    };
    assert_eq!((cut, length), (Cut::TooLong { limit }, limit));
    let outcome = ended(told).await.unwrap().outcome;
    let failure = Failure::Output { stream: "its answer", limit: 3 << 20 };
    assert_eq!(outcome, Outcome::Failed(failure.clone()));
    // One that fits into what may wait is refused before anything of it was sent.
    let (data, handle) = says("hello");
    let setup = limited(|limits| limits.response_bytes = 4);
    let short = self::failure(&data, &handle, setup).await;
    assert_eq!(short, Failure::Output { stream: "its answer", limit: 4 });
}

#[tokio::test]
async fn a_crash_after_the_head_cuts_the_answer_and_is_counted() {
    let data = r#"(data (i32.const 1024) "half")"#;
    let handle =
        "(local.set $stream (call $stream_of (call $answer (local.get $out) (i32.const 200) (call $fields))))
        (drop (call $put (local.get $stream) (i32.const 1024) (i32.const 4)))
        (call $sleep (i64.const 1000000))
        unreachable";
    let (answer, told) = ask(&handler(data, handle), Setup::default(), get("/")).await;
    let mut body = answer.unwrap().into_body();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "half");
    assert_eq!(body.frame().await.unwrap().unwrap_err(), Cut::Failed);
    let outcome = ended(told).await.unwrap().outcome;
    assert!(matches!(outcome, Outcome::Failed(Failure::Trap { .. })), "{outcome}");
}

#[tokio::test]
async fn a_request_that_is_too_long_is_refused_and_no_failure_of_the_program() {
    let swallows = handler("", SWALLOWS);
    let setup = || limited(|limits| limits.request_bytes = 100_000);
    let refused = |answer| matches!(answer, Err(Error::RequestTooLong { limit: 100_000, .. }));
    let whole = |length: usize| {
        let body = Full::new(Bytes::from(vec![0; length]));
        http::Request::post("/").header("host", "localhost").body(body).unwrap()
    };
    let (answer, told) = ask(&swallows, setup(), whole(100_001)).await;
    assert!(refused(answer.map(drop)));
    assert!(ended(told).await.is_none());
    assert_eq!(ask(&swallows, setup(), whole(100_000)).await.0.unwrap().status(), 200);
    // Nobody knows how long this one is.
    let (sender, receiver) = tokio::sync::mpsc::channel::<Bytes>(1);
    let request = http::Request::post("/").header("host", "localhost").body(Receiving(receiver)).unwrap();
    let sending = tokio::spawn(async move { while sender.send(Bytes::from(vec![0; 1000])).await.is_ok() {} });
    let (answer, told) = ask(&swallows, setup(), request).await;
    assert!(refused(answer.map(drop)));
    assert!(ended(told).await.is_none());
    tokio::time::timeout(crate::http::DEADLINE, sending).await.unwrap().unwrap();
}

/// What is sent as long as somebody takes it.
struct Receiving(tokio::sync::mpsc::Receiver<Bytes>);

impl Body for Receiving {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}

#[tokio::test]
async fn nobody_is_asked_from_here_and_that_is_told() {
    let data = r#"(data (i32.const 1024) "169.254.169.254/latest")"#;
    let (_, says) = says("");
    let handle = format!(
        "(local.set $from (call $request (call $fields)))
         (drop (call $authority (local.get $from) (i32.const 1) (i32.const 1024) (i32.const 15)))
         (drop (call $set_path (local.get $from) (i32.const 1) (i32.const 1039) (i32.const 7)))
         (call $ask (local.get $from) (i32.const 0) (i32.const 0) (i32.const 48))
         {says}"
    );
    let (answer, told) = ask(&handler(data, &handle), Setup::default(), get("/")).await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 200);
    answer.into_body().collect().await.unwrap();
    assert_eq!(ended(told).await.unwrap().denied.unwrap(), "https://169.254.169.254/latest");
}
