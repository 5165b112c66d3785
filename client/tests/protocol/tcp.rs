//! Over TCP: the handshake bears the token, and answers of other kinds are understood.

use dev_server_client::{Address, Client, Options, State};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::server::{in_time, options, state};

/// The request of a client to an address with `scheme`, which gets `answer`, and the state that this leads to.
async fn answered(answer: &str) -> (String, State) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/app/?token=s3cret", listener.local_addr().unwrap());
    let address: Address = address.parse().unwrap();
    let mut client = Client::connect(Options { address, ..options("app") });
    let (mut stream, _) = in_time("a connection", listener.accept()).await.unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(in_time("the request", stream.read_u8()).await.unwrap());
    }
    stream.write_all(answer.as_bytes()).await.unwrap();
    drop(stream);
    let end = state(&mut client, |state| !matches!(state, State::Connecting { .. })).await;
    (String::from_utf8(request).unwrap(), end)
}

#[tokio::test]
async fn the_token_is_in_a_header_and_in_nothing_that_is_told() {
    let (request, end) =
        answered("HTTP/1.1 401 Unauthorized\r\nContent-Length: 21\r\n\r\nThe token is not ours").await;
    assert!(request.starts_with("GET /__dev/socket HTTP/1.1\r\n"), "{request}");
    assert!(request.to_lowercase().contains("\r\nauthorization: bearer s3cret\r\n"), "{request}");
    let State::Closed { code, reason } = end else { panic!("{end:?}") };
    assert_eq!((code, reason.as_str()), (401, "the server answered 401: The token is not ours"));
}

#[tokio::test]
async fn a_server_that_cannot_just_now_is_asked_again() {
    let (_, end) = answered("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n").await;
    assert!(matches!(end, State::Waiting { .. }), "{end:?}");
    let (_, end) = answered("").await;
    assert!(matches!(end, State::Waiting { .. }), "{end:?}");
}

#[tokio::test]
async fn whoever_is_no_such_server_is_asked_once() {
    for (answer, status) in [
        ("SSH-2.0-x\r\n", 502),
        ("HTTP/1.0 404 File not found\r\n\r\n", 502),
        ("HTTP/1.1 308 Permanent Redirect\r\nLocation: https://localhost/\r\nContent-Length: 0\r\n\r\n", 308),
    ] {
        let (_, end) = answered(answer).await;
        assert!(matches!(end, State::Closed { code, .. } if code == status), "{answer}: {end:?}");
    }
}

#[tokio::test]
async fn tls_is_refused_and_not_left_out() {
    let address = "https://localhost/".parse().unwrap();
    let mut client = Client::connect(Options { address, ..options("app") });
    let end = state(&mut client, |state| !matches!(state, State::Connecting { .. })).await;
    assert!(matches!(end, State::Closed { code: 1015, .. }), "{end:?}");
}
