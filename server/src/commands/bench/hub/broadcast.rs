//! What the hub is compared with next: the chat example of a web framework, WebSockets and a broadcast channel.

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use axum::serve::ListenerExt as _;
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpListener;
use tokio::sync::broadcast;

/// Messages that wait for who is slow; the oldest are dropped.
const KEPT: usize = 1 << 14;

/// A server of that kind.
#[derive(Debug)]
pub(super) struct Broadcast {
    pub(super) number: u64,
    sender: broadcast::Sender<Bytes>,
}

impl Broadcast {
    pub(super) fn start(listener: TcpListener) -> Self {
        let sender = broadcast::Sender::new(KEPT);
        let routes = Router::new().route("/", any(upgrade)).with_state(sender.clone());
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { number: 0, sender }
    }

    /// Sends to everybody.
    pub(super) fn publish(&self, message: Bytes) {
        let _ = self.sender.send(message);
    }
}

async fn upgrade(socket: WebSocketUpgrade, State(sender): State<broadcast::Sender<Bytes>>) -> Response {
    socket.on_upgrade(move |socket| talk(socket, sender.subscribe()))
}

async fn talk(socket: WebSocket, mut messages: broadcast::Receiver<Bytes>) {
    let (mut out, mut incoming) = socket.split();
    let writing = tokio::spawn(async move {
        // An empty message: from now on nothing is missed.
        if out.send(Message::Binary(Bytes::new())).await.is_err() {
            return;
        }
        while let Ok(message) = messages.recv().await {
            if out.send(Message::Binary(message)).await.is_err() {
                return;
            }
        }
    });
    while let Some(Ok(_)) = incoming.next().await {}
    writing.abort();
}
