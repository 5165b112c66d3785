//! Opening, losing and giving up connections, and what happens when somebody is slow.

use std::time::Duration;

use dev_server_client::{Client, ClientEvent, ConnectError, Options, State, Timing, WebSocket};
use dev_server_proto::v1::{self, client_frame::Body, server_frame};
use tokio::io::DuplexStream;

use crate::server::{next, options, pair, state};

/// A client whose attempts all end in `error`.
fn without_server(error: ConnectError) -> Client {
    Client::connect_with(Options { timing: Timing::default(), ..options("app") }, move || {
        let error = error.clone();
        async { Err::<WebSocket<DuplexStream>, _>(error) }
    })
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_while_nobody_answers() {
    let mut client = without_server(ConnectError::Unreachable("refused".into()));
    let mut longest = Vec::new();
    for attempt in 1..=8 {
        let waiting = state(&mut client, |state| matches!(state, State::Waiting { .. })).await;
        let State::Waiting { attempt: told, pause } = waiting else { unreachable!() };
        assert_eq!(told, attempt);
        let whole = Duration::from_millis((100 << attempt).min(5000));
        assert!(pause >= whole / 2 && pause <= whole, "{attempt}: {pause:?}");
        longest.push(whole);
        assert_eq!(next(&mut client).await, ClientEvent::State(State::Connecting { attempt }));
    }
    assert_eq!(longest.last(), Some(&Duration::from_secs(5)));
}

#[tokio::test(start_paused = true)]
async fn a_refused_handshake_is_final_and_a_busy_server_is_not() {
    for (status, is_final) in [(401, true), (403, true), (404, true), (429, false), (503, false)] {
        let mut client = without_server(ConnectError::Refused { status, reason: "no".into() });
        let end = state(&mut client, |state| !matches!(state, State::Connecting { .. })).await;
        assert_eq!(
            matches!(end, State::Closed { code, .. } if code == status),
            is_final,
            "{status}: {end:?}"
        );
        if is_final {
            assert_eq!(client.next().await, None);
            assert!(client.speaker().follow_trees().await.is_err());
        }
    }
}

#[tokio::test]
async fn a_connection_counts_from_welcome_on() {
    let (mut client, mut server) = pair(options("app"), 4096);
    for attempt in 0..3 {
        assert_eq!(next(&mut client).await, ClientEvent::State(State::Connecting { attempt }));
        server.accept().await;
        server.close(1006).await;
        assert!(matches!(next(&mut client).await, ClientEvent::State(State::Waiting { .. })));
    }
    server.accept().await;
    server.welcome(9).await;
    let open = state(&mut client, |state| matches!(state, State::Open { .. })).await;
    assert_eq!(open, State::Open { session: 9, recovered: false });
    server.close(1012).await;
    let waiting = state(&mut client, |state| matches!(state, State::Waiting { .. })).await;
    assert!(matches!(waiting, State::Waiting { attempt: 0, .. }), "{waiting:?}");
}

#[tokio::test]
async fn what_is_followed_is_said_on_every_connection() {
    let (client, mut server) = pair(Options { follow_trees: true, ..options("app") }, 4096);
    for _ in 0..2 {
        server.accept().await;
        assert!(matches!(server.hear().await, Body::Hello(hello) if hello.program == "app"));
        assert_eq!(server.hear().await, Body::FollowTrees(v1::FollowTrees { with_trivia: false }));
        server.close(1006).await;
    }
    drop(client);
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_left_and_one_that_pings_is_not() {
    let (mut client, mut server) = pair(options("app"), 4096);
    server.accept().await;
    server.welcome(1).await;
    state(&mut client, |state| matches!(state, State::Open { .. })).await;
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_secs(20)).await;
        server.ping().await;
    }
    let left = tokio::time::Instant::now();
    state(&mut client, |state| matches!(state, State::Waiting { .. })).await;
    assert!(left.elapsed() >= Duration::from_secs(59), "{:?}", left.elapsed());
}

#[tokio::test]
async fn the_connection_ends_with_the_client() {
    let (client, mut server) = pair(options("app"), 4096);
    server.accept().await;
    server.hear().await;
    drop(client);
    assert!(server.is_left().await);
}

/// The policy of the channel of events: what is not taken stays in the socket.
#[tokio::test]
async fn a_program_that_takes_no_events_slows_the_server_and_can_still_speak() {
    let (mut client, mut server) = pair(options("app"), 1024);
    server.accept().await;
    server.hear().await;
    server.welcome(1).await;
    let told = v1::Building { running: true, expected_ms: 5 };
    let flood = async {
        for _ in 0..2000 {
            server.say_body(server_frame::Body::Building(told)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_millis(300), flood).await.is_err(), "all of it was taken");
    client.speaker().follow_trees().await.unwrap();
    client.speaker().want_snapshot("main.go").await.unwrap();
    assert_eq!(server.hear().await, Body::FollowTrees(v1::FollowTrees { with_trivia: false }));
    assert!(matches!(server.hear().await, Body::WantSnapshot(_)));
    let mut told = 0;
    while tokio::time::timeout(Duration::from_millis(300), client.next()).await.is_ok() {
        told += 1;
    }
    assert!(told > 256, "{told}");
}
