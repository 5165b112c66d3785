//! A server in the hand of a test: takes the client's sockets one after the other, hears and says.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dev_server_client::{Client, ClientEvent, ConnectError, Options, Pauses, State, Timing, WebSocket};
use dev_server_proto::v1::{self, client_frame, server_frame};
use dev_server_proto::{Encoded, decode_client};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::DuplexStream;
use tokio::sync::{Mutex, OwnedMutexGuard, mpsc};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};

/// Longer than anything takes on a busy machine, and than a silence that is one.
const DEADLINE: Duration = Duration::from_secs(150);

pub(crate) struct Server {
    opened: mpsc::Receiver<DuplexStream>,
    socket: Option<WebSocketStream<DuplexStream>>,
    gate: Arc<Mutex<()>>,
    /// While it is held, sockets are opened later.
    shut: Option<OwnedMutexGuard<()>>,
}

/// Options for tests: pauses that nobody notices.
pub(crate) fn options(program: &str) -> Options {
    let timing = Timing {
        pauses: Pauses { first: Duration::from_millis(1), longest: Duration::from_millis(4) },
        ..Timing::default()
    };
    let address = "http://localhost/".parse().unwrap();
    Options { program: program.into(), timing, ..Options::new(address) }
}

/// A client and its server; `room` bytes that were not read fit into a socket.
pub(crate) fn pair(options: Options, room: usize) -> (Client, Server) {
    let (sender, opened) = mpsc::channel(1);
    let gate = Arc::new(Mutex::new(()));
    let passed = Arc::clone(&gate);
    let client = Client::connect_with(options, move || {
        let (sender, gate) = (sender.clone(), Arc::clone(&passed));
        async move {
            drop(gate.lock().await);
            let (ours, theirs) = tokio::io::duplex(room);
            let gone = |_| ConnectError::Unreachable("the test has ended".into());
            sender.send(theirs).await.map_err(gone)?;
            Ok(WebSocket::from_raw(ours).await)
        }
    });
    (client, Server { opened, socket: None, gate, shut: None })
}

pub(crate) async fn in_time<F: Future>(what: &str, future: F) -> F::Output {
    tokio::time::timeout(DEADLINE, future).await.unwrap_or_else(|_| panic!("{what} does not come"))
}

impl Server {
    /// The client opens no socket before the next one is accepted.
    pub(crate) async fn shut(&mut self) {
        self.shut = Some(Arc::clone(&self.gate).lock_owned().await);
    }

    pub(crate) async fn accept(&mut self) {
        self.shut = None;
        let stream = in_time("a socket", self.opened.recv()).await.unwrap();
        self.socket = Some(WebSocketStream::from_raw_socket(stream, Role::Server, None).await);
    }

    fn socket(&mut self) -> &mut WebSocketStream<DuplexStream> {
        self.socket.as_mut().unwrap()
    }

    pub(crate) async fn hear(&mut self) -> client_frame::Body {
        loop {
            match in_time("a frame", self.socket().next()).await.unwrap().unwrap() {
                Message::Binary(bytes) => return decode_client(&bytes).unwrap().body.unwrap(),
                other => assert!(matches!(other, Message::Pong(_)), "{other:?}"),
            }
        }
    }

    pub(crate) async fn say_bytes(&mut self, bytes: Bytes) {
        self.socket().send(Message::Binary(bytes)).await.unwrap();
    }

    pub(crate) async fn say(&mut self, frame: &v1::ServerFrame) {
        self.say_bytes(Encoded::new(frame).payload()).await;
    }

    pub(crate) async fn say_body(&mut self, body: server_frame::Body) {
        self.say(&v1::ServerFrame { body: Some(body), ..v1::ServerFrame::default() }).await;
    }

    pub(crate) async fn welcome(&mut self, session: u64) {
        self.say_body(server_frame::Body::Welcome(v1::Welcome { session, ..v1::Welcome::default() })).await;
    }

    /// 1006 is the code of an end without a close frame, 1005 of one without a code.
    pub(crate) async fn close(&mut self, code: u16) {
        let mut socket = self.socket.take().unwrap();
        let frame = (code != 1005).then(|| CloseFrame { code: code.into(), reason: "because".into() });
        if code != 1006 {
            socket.send(Message::Close(frame)).await.unwrap();
            // The client may have sent something in between.
            while let Some(Ok(_)) = in_time("the answer to the close frame", socket.next()).await {}
        }
    }

    pub(crate) async fn ping(&mut self) {
        self.socket().send(Message::Ping(Bytes::new())).await.unwrap();
    }

    /// True when the client has ended the connection.
    pub(crate) async fn is_left(&mut self) -> bool {
        loop {
            match in_time("the end", self.socket().next()).await {
                None | Some(Ok(Message::Close(_)) | Err(_)) => return true,
                Some(Ok(Message::Binary(_))) => {}
                Some(Ok(other)) => panic!("{other:?}"),
            }
        }
    }
}

pub(crate) async fn next(client: &mut Client) -> ClientEvent {
    in_time("an event", client.next()).await.unwrap()
}

/// The first state that `fits`; other events are passed over.
pub(crate) async fn state(client: &mut Client, fits: impl Fn(&State) -> bool) -> State {
    loop {
        if let ClientEvent::State(state) = next(client).await {
            if fits(&state) {
                return state;
            }
        }
    }
}
