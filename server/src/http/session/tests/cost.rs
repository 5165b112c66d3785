//! What counting costs of a delivery, over real sockets.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use dev_server_proto::v1::{self, client_frame::Body};
use dev_server_proto::{Encoded, FrameKind, PROTOCOL_VERSION, Run, encode_client};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::http::session::sending::Sending;
use crate::http::session::{Shared, run};
use crate::http::web_socket::WebSocket;
use crate::publish::{Epoch, Frames, Publisher};

const CLIENTS: usize = 100;

const EVENTS: usize = 2000;

/// A message as a client sends it, masked with zeros.
fn masked(body: Body) -> Vec<u8> {
    let payload = encode_client(&v1::ClientFrame { body: Some(body) });
    assert!(payload.len() < 126);
    [&[0x82, 0x80 | payload.len() as u8, 0, 0, 0, 0], &payload[..]].concat()
}

async fn follower(listener: &TcpListener, shared: Shared) -> TcpStream {
    let connecting = TcpStream::connect(listener.local_addr().unwrap());
    let (client, accepted) = tokio::join!(connecting, listener.accept());
    let (stream, _) = accepted.unwrap();
    stream.set_nodelay(true).unwrap();
    tokio::spawn(run(WebSocket::new(stream, Bytes::new()), shared));
    let mut client = client.unwrap();
    let hello = v1::Hello { protocol_version: PROTOCOL_VERSION, ..v1::Hello::default() };
    client.write_all(&masked(Body::Hello(hello))).await.unwrap();
    client.write_all(&masked(Body::FollowEvents(v1::FollowEvents::default()))).await.unwrap();
    client
}

/// Time of a delivery in a burst to many clients, these included, on all cores of the test.
async fn delivery() -> Duration {
    let publisher = Publisher::new(Epoch::random().unwrap());
    let (reports, mut receiver) = mpsc::channel(64);
    tokio::spawn(async move { while receiver.recv().await.is_some() {} });
    let shared = Shared {
        gestures: None,
        metrics: Arc::default(),
        rollout: Arc::default(),
        feed: publisher.feed(),
        frames: Arc::new(Frames::new("/project".into(), "/project".into())),
        reports,
        cancel: CancellationToken::new(),
        numbers: Arc::default(),
        check_messages: true,
        stands_by: false,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(follower(&listener, shared.clone()).await);
    }
    publisher.events().add("x".repeat(256));
    let mut read = Vec::new();
    publisher.events().read(0, usize::MAX, &mut read);
    let event = read[0].web_socket().len();
    let began = Instant::now();
    let reading: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            tokio::spawn(async move {
                let (mut bytes, mut buffer) = (0, vec![0; 64 * 1024]);
                while bytes < EVENTS * event {
                    let count = client.read(&mut buffer).await.unwrap();
                    assert!(count > 0, "the session has ended");
                    bytes += count;
                }
            })
        })
        .collect();
    for _ in 0..EVENTS {
        publisher.events().add("x".repeat(256));
    }
    for task in reading {
        task.await.unwrap();
    }
    let elapsed = began.elapsed();
    let counted = shared.metrics.deliveries().sum(FrameKind::Event).frames as usize;
    assert!(counted >= CLIENTS * EVENTS, "{counted}");
    elapsed / (CLIENTS * EVENTS) as u32
}

/// Events of the size that is delivered here in a piece of the log.
const RUN: u32 = 50;

/// Time of counting one frame of a run, as sessions get them from the log.
fn counting() -> Duration {
    let deliveries = crate::telemetry::Deliveries::default();
    let body = Some(v1::server_frame::Body::Event(v1::Event { number: 1, json: "x".repeat(256) }));
    let frame = Encoded::new(&v1::ServerFrame { body, ..v1::ServerFrame::default() });
    let run = Run::of(std::iter::repeat_n(&frame, RUN as usize));
    let began = Instant::now();
    for _ in 0..100_000 {
        Sending::new(black_box(&deliveries)).note(black_box(&run));
    }
    began.elapsed() / (100_000 * RUN)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counting_is_a_small_part_of_a_delivery() {
    let mut best = f64::INFINITY;
    // One quiet attempt of several is enough: other programs only make a measurement worse.
    for _ in 0..5 {
        let (counting, delivery) = (counting(), delivery().await);
        let share = counting.as_secs_f64() / delivery.as_secs_f64();
        best = best.min(share);
    }
    // Some 20 ns of a microsecond without optimisation, 5 with it.
    assert!(best < 0.1, "{best}");
}
