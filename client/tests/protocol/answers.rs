//! One update at a time, and answers to it.

use bytes::Bytes;
use dev_server_client::{Client, ClientEvent, Failed, Standing, Status, Update};
use dev_server_proto::v1::{self, Level, client_frame::Body, server_frame};

use crate::server::{Server, next, options, pair};

async fn greeted() -> (Client, Server) {
    let (client, mut server) = pair(options("app"), 64 * 1024);
    server.accept().await;
    assert!(matches!(server.hear().await, Body::Hello(_)));
    server.welcome(1).await;
    (client, server)
}

async fn release(server: &mut Server, sequence: u64) {
    let module = v1::Module { hash: vec![sequence as u8; 32].into(), ..v1::Module::default() };
    let update =
        v1::Update { level: Level::ModuleSwap.into(), module: Some(module), ..v1::Update::default() };
    server
        .say(&v1::ServerFrame {
            program: "app".into(),
            epoch: "e".into(),
            sequence,
            body: Some(server_frame::Body::Update(update)),
            ..v1::ServerFrame::default()
        })
        .await;
}

async fn update(client: &mut Client) -> Update {
    loop {
        if let ClientEvent::Update(update) = next(client).await {
            return *update;
        }
    }
}

#[tokio::test]
async fn updates_are_given_out_one_by_one_and_what_comes_meanwhile_is_one() {
    let (mut client, mut server) = greeted().await;
    release(&mut server, 1).await;
    let first = update(&mut client).await;
    for sequence in 2..=20 {
        release(&mut server, sequence).await;
    }
    // Comes after the updates, so they are there.
    server.say_body(server_frame::Body::Building(v1::Building::default())).await;
    while !matches!(next(&mut client).await, ClientEvent::Building(_)) {}
    let runs = Bytes::new();
    client.speaker().applied(&first, first.done(&runs, 0)).await.unwrap();
    assert!(matches!(server.hear().await, Body::Applied(applied) if applied.sequence == 1));
    let second = update(&mut client).await;
    assert_eq!(second.envelope.sequence, 20);
    // A late answer to the first is none to the second.
    client.speaker().applied(&first, first.done(&runs, 0)).await.unwrap();
    client.speaker().applied(&second, second.done(&runs, 0)).await.unwrap();
    assert!(matches!(server.hear().await, Body::Applied(applied) if applied.sequence == 20));
    assert_eq!(client.speaker().standing().at().sequence, 20);
}

#[tokio::test]
async fn an_update_is_answered_over_the_connection_that_is_open_then() {
    let (mut client, mut server) = greeted().await;
    release(&mut server, 1).await;
    let first = update(&mut client).await;
    server.close(1006).await;
    server.accept().await;
    assert!(matches!(server.hear().await, Body::Hello(hello) if hello.sequence == 0));
    release(&mut server, 1).await;
    client.speaker().applied(&first, first.done(&Bytes::new(), 0)).await.unwrap();
    assert!(matches!(server.hear().await, Body::Applied(applied) if applied.sequence == 1));
    assert!(server.is_left().await, "what comes on this connection presupposes the wrong thing");
    server.accept().await;
    assert!(matches!(server.hear().await, Body::Hello(hello) if hello.sequence == 1));
    release(&mut server, 2).await;
    assert_eq!(update(&mut client).await.envelope.sequence, 2, "the first is not given out twice");
}

#[tokio::test]
async fn what_fails_or_changes_by_itself_is_known_to_the_next_hello() {
    let (mut client, mut server) = greeted().await;
    release(&mut server, 1).await;
    let first = update(&mut client).await;
    let message = "\u{20ac}".repeat(3000);
    let failed = Failed { stage: "link".into(), message, ..Failed::default() };
    client.speaker().failed(&first, failed).await.unwrap();
    let Body::Failed(failed) = server.hear().await else { panic!() };
    assert_eq!((failed.stage.as_str(), failed.message.chars().count()), ("link", 1365));
    let base = Bytes::from(vec![5; 32]);
    let status = Status { base: base.clone(), accepts: true, ..Status::default() };
    client.speaker().status(status).await.unwrap();
    assert!(matches!(server.hear().await, Body::Status(status) if status.base == base));
    assert!(matches!(client.speaker().standing(), Standing::AwaitingFull { at, .. } if at.base == base));
    server.close(1006).await;
    server.accept().await;
    let Body::Hello(hello) = server.hear().await else { panic!() };
    assert_eq!((hello.base, hello.wants_whole, hello.accepts), (base, true, true));
}
