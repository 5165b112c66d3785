//! Components that answer HTTP: what is asked and answered, how bodies stream, and what becomes of one whose client goes.

pub(crate) mod guests;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, Empty, Full};
use tokio::sync::oneshot;
use wasm_host::{
    AnswerBody, Clock, Error, Failure, Functions, Handled, Handler, Host, HostOptions, Limits, Outcome,
    Policy, Setup, Swap,
};

use guests::{ECHO, compiled, handler, repeats, says};

pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

pub(crate) fn get(path: &str) -> http::Request<Empty<Bytes>> {
    http::Request::get(path).header("host", "localhost").body(Empty::new()).unwrap()
}

/// What is asked, and where what became of the guest is told.
pub(crate) async fn ask<B: Body<Data = Bytes> + Send + Unpin + 'static>(
    handler: &Handler,
    setup: Setup,
    request: http::Request<B>,
) -> (Result<http::Response<AnswerBody>, Error>, oneshot::Receiver<Handled>) {
    let (sender, receiver) = oneshot::channel();
    let answer = handler.answer(setup, request, move |handled| drop(sender.send(handled)));
    (tokio::time::timeout(DEADLINE, answer).await.unwrap(), receiver)
}

pub(crate) async fn ended(receiver: oneshot::Receiver<Handled>) -> Option<Handled> {
    tokio::time::timeout(DEADLINE, receiver).await.unwrap().ok()
}

/// Pieces of a body whose length nobody knows, and trailers.
struct Pieces(VecDeque<Frame<Bytes>>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }
}

fn pieces(count: usize, length: usize) -> http::Request<Pieces> {
    let piece = |number: usize| Frame::data(Bytes::from(vec![number as u8; length]));
    let body = Pieces((0..count).map(piece).collect());
    http::Request::post("/").header("host", "localhost").body(body).unwrap()
}

#[tokio::test]
async fn a_request_is_answered_with_status_headers_and_body() {
    let data = r#"(data (i32.const 1024) "x-namevalue")"#;
    let handle = r#"
      (local.set $fields (call $fields))
      (call $field (local.get $fields) (i32.const 1024) (i32.const 6) (i32.const 1030) (i32.const 5))
      (local.set $body (call $answer (local.get $out) (i32.const 418) (local.get $fields)))
      (call $path (local.get $request) (i32.const 48))
      (call $say (local.get $body) (i32.load (i32.const 52)) (i32.load (i32.const 56)))"#;
    let handler = handler(data, handle);
    assert!(!handler.module().is_command());
    let (answer, told) = ask(&handler, Setup::default(), get("/a%20b?c=d")).await;
    let answer = answer.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["x-name"]), (418, &"value".parse().unwrap()));
    assert_eq!(answer.body().size_hint().exact(), Some(10), "all of it was there with the head");
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "/a%20b?c=d");
    let handled = ended(told).await.unwrap();
    assert_eq!((handled.outcome, handled.denied), (Outcome::Finished, None));
    assert!(!handled.times.run.is_zero() && !handled.times.instantiate.is_zero());
    // Whom it is for has to be known.
    let nobody = http::Request::get("/").body(Empty::<Bytes>::new()).unwrap();
    assert!(matches!(ask(&handler, Setup::default(), nobody).await.0, Err(Error::Request { .. })));
}

#[tokio::test]
async fn bodies_of_any_length_stream_in_and_out() {
    let handler = handler("", ECHO);
    let (answer, told) = ask(&handler, Setup::default(), pieces(64, 40_000)).await;
    let body = answer.unwrap().into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body.len(), 64 * 40_000);
    assert!(
        body.chunks(40_000).enumerate().all(|(number, piece)| piece.iter().all(|byte| *byte == number as u8))
    );
    assert!(ended(told).await.unwrap().outcome.is_success());
    for text in ["", "short"] {
        let request = http::Request::post("/").header("host", "localhost");
        let request = request.body(Full::new(Bytes::from_static(text.as_bytes()))).unwrap();
        let (answer, _) = ask(&handler, Setup::default(), request).await;
        assert_eq!(answer.unwrap().into_body().collect().await.unwrap().to_bytes(), text);
    }
}

#[tokio::test]
async fn an_answer_that_is_not_read_waits_with_a_mebibyte_and_ends_with_its_guest() {
    let (data, handle) = repeats(&"x".repeat(4096));
    let handler = handler(&data, &handle);
    let limits = Limits { lifetime: Duration::from_millis(200), ..Limits::default() };
    let (answer, told) = ask(&handler, Setup { limits, ..Setup::default() }, get("/")).await;
    let mut body = answer.unwrap().into_body();
    let handled = ended(told).await.unwrap();
    assert!(matches!(handled.outcome, Outcome::Failed(Failure::Deadline { .. })), "{handled:?}");
    assert!(handled.times.busy < Duration::from_millis(100), "waiting is free: {handled:?}");
    // What it had written is still there, and then it is said that it is not all.
    let mut length = 0;
    let error = loop {
        match body.frame().await.unwrap() {
            Ok(frame) => length += frame.into_data().unwrap().len(),
            Err(error) => break error,
        }
    };
    assert_eq!(error.to_string(), "the program failed before its answer was whole");
    assert!((4096..=1 << 20).contains(&length), "{length}");
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn trailers_come_after_the_body_whether_it_streams_or_not() {
    let data = r#"(data (i32.const 1024) "x-sumfortytwo")"#;
    let handle = |sleep: &str| {
        format!(
            r#"(local.set $stream (call $stream_of (local.tee $body
                 (call $answer (local.get $out) (i32.const 200) (call $fields)))))
               {sleep}
               (drop (call $put (local.get $stream) (i32.const 1024) (i32.const 5)))
               (call $drop_output (local.get $stream))
               (local.set $fields (call $fields))
               (call $field (local.get $fields) (i32.const 1024) (i32.const 5) (i32.const 1029) (i32.const 8))
               (call $finish (local.get $body) (i32.const 1) (local.get $fields) (i32.const 48))"#
        )
    };
    for sleep in ["", "(call $sleep (i64.const 1000000))"] {
        let (answer, _) = ask(&handler(data, &handle(sleep)), Setup::default(), get("/")).await;
        let answer = answer.unwrap();
        assert_eq!(answer.body().size_hint().exact().is_some(), sleep.is_empty());
        let collected = answer.into_body().collect().await.unwrap();
        assert_eq!(collected.trailers().unwrap()["x-sum"], "fortytwo");
        assert_eq!(collected.to_bytes(), "x-sum");
    }
}

#[tokio::test]
async fn a_head_alone_has_the_length_of_the_body_that_it_has_not() {
    let data = r#"(data (i32.const 1024) "content-length5hello")"#;
    let announced = |sleep: &str| {
        format!(
            r#"(local.set $fields (call $fields))
               (call $field (local.get $fields) (i32.const 1024) (i32.const 14) (i32.const 1038) (i32.const 1))
               (local.set $body (call $answer (local.get $out) (i32.const 200) (local.get $fields)))
               {sleep}
               (call $say (local.get $body) (i32.const 1039) (i32.const 5))"#
        )
    };
    let (said_data, said) = says("hello");
    for (data, handle) in [
        (data, announced("")),
        (data, announced("(call $sleep (i64.const 1000000000000))")),
        (said_data.as_str(), said),
    ] {
        let request =
            http::Request::head("/").header("host", "localhost").body(Empty::<Bytes>::new()).unwrap();
        let (answer, _) = ask(&handler(data, &handle), Setup::default(), request).await;
        let body = answer.unwrap().into_body();
        assert_eq!(body.size_hint().exact(), Some(5));
        assert!(body.collect().await.unwrap().to_bytes().is_empty());
    }
    let (answer, _) = ask(&handler(data, &announced("")), Setup::default(), get("/")).await;
    assert_eq!(answer.unwrap().into_body().collect().await.unwrap().to_bytes(), "hello");
}

#[tokio::test]
async fn who_goes_away_takes_the_guest_along() {
    let host = Host::new(&HostOptions { guests: 1, ..HostOptions::default() }).unwrap();
    let (data, handle) = says("here");
    let patient = compiled(&host, "", "(call $sleep (i64.const 1000000000000))").handler().unwrap();
    let (repeated, repeating) = repeats("again");
    let repeating = compiled(&host, &repeated, &repeating).handler().unwrap();
    let quick = compiled(&host, &data, &handle).handler().unwrap();

    // Before the head.
    let (sender, told) = oneshot::channel();
    let asked = patient.answer(Setup::default(), get("/"), move |handled| drop(sender.send(handled)));
    assert!(tokio::time::timeout(Duration::from_millis(20), asked).await.is_err());
    assert!(ended(told).await.is_none(), "nobody is told: it was not the guest that failed");
    // Within the body: there is one slot, and it is free when the next word comes.
    let (answer, told) = ask(&repeating, Setup::default(), get("/")).await;
    let busy = ask(&quick, Setup::default(), get("/")).await.0;
    assert!(matches!(busy, Err(Error::Busy { .. })), "{busy:?}");
    let mut body = answer.unwrap().into_body();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "again");
    drop(body);
    assert!(ended(told).await.is_none());
    let (answer, _) = ask(&quick, Setup::default(), get("/")).await;
    assert_eq!(answer.unwrap().into_body().collect().await.unwrap().to_bytes(), "here");
}

#[tokio::test]
async fn an_hour_of_a_virtual_clock_takes_no_time() {
    let (data, handle) = says("late");
    let handler = handler(&data, &format!("(call $sleep (i64.const 3600000000000)) {handle}"));
    let clock = Clock::virtual_from(std::time::SystemTime::UNIX_EPOCH);
    let (answer, _) = ask(&handler, Setup { clock: clock.clone(), ..Setup::default() }, get("/")).await;
    assert_eq!(answer.unwrap().into_body().collect().await.unwrap().to_bytes(), "late");
    assert_eq!(clock.monotonic().as_secs(), 3600);
}

#[tokio::test]
async fn an_answer_on_its_way_ends_on_the_module_that_it_began_on() {
    let host = Host::new(&HostOptions { guests: 8, ..HostOptions::default() }).unwrap();
    let version = |text: &str| {
        let (data, handle) = repeats(text);
        host.module("guest", guests::component(&data, &handle)).unwrap()
    };
    let swap = Swap::new(version("one").compile(&Functions::new()).unwrap(), Policy::default());
    let ticket = swap.ticket();
    let limits = Limits { response_bytes: 1 << 20, ..Limits::default() };
    let setup = || Setup { limits, ..Setup::default() };
    let (answer, told) = ask(&ticket.module().handler().unwrap(), setup(), get("/")).await;
    for text in ["two", "three"] {
        let probe = async |module: &wasm_host::Compiled| {
            let Some(handler) = module.handler() else { panic!("{text} is a handler") };
            ask(&handler, setup(), get("/")).await.0.map(drop)
        };
        swap.replace(version(text), &Functions::new(), probe).await.unwrap();
    }
    let mut body = answer.unwrap().into_body();
    let mut length = 0;
    while let Ok(frame) = body.frame().await.unwrap() {
        let data = frame.into_data().unwrap();
        assert_eq!(data, "one");
        length += data.len();
    }
    assert!(length > 32 * 3, "{length}");
    assert!(!ended(told).await.unwrap().outcome.is_success(), "it never ends");
    assert_eq!(host.live_modules(), 3, "the first one is still held by its ticket");
    drop((ticket, body));
    assert_eq!(host.live_modules(), 2, "the one that serves, and the one before");
}
