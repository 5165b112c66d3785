//! The other end of the socket, without a browser.

use std::time::Duration;

use dev_server_proto::v1::server_frame::Body;
use dev_server_proto::v1::{self, ClientFrame, ServerFrame, client_frame};
use dev_server_proto::{PROTOCOL_VERSION, decode_server, encode_client};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// Longer than a cold build takes on a busy machine.
const DEADLINE: Duration = Duration::from_mins(5);

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

pub(crate) struct Page {
    socket: Socket,
}

impl Page {
    /// `address`: host and port.
    pub(crate) async fn open(address: &str, token: &str, hello: v1::Hello) -> Self {
        let mut request = format!("ws://{address}/__dev/socket").into_client_request().unwrap();
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        let (socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        let mut page = Self { socket };
        page.say(client_frame::Body::Hello(v1::Hello { protocol_version: PROTOCOL_VERSION, ..hello })).await;
        page
    }

    pub(crate) async fn say(&mut self, body: client_frame::Body) {
        let frame = encode_client(&ClientFrame { body: Some(body) });
        self.socket.send(Message::Binary(frame)).await.unwrap();
    }

    pub(crate) async fn hear(&mut self) -> ServerFrame {
        // Pings come all the time: the deadline is that of a frame.
        let frame = async {
            loop {
                let message = self.socket.next().await.expect("the socket was closed").unwrap();
                if let Message::Binary(bytes) = message {
                    return decode_server(&bytes).unwrap();
                }
            }
        };
        tokio::time::timeout(DEADLINE, frame).await.expect("nothing comes")
    }

    pub(crate) async fn update(&mut self) -> (ServerFrame, v1::Update) {
        loop {
            let frame = self.hear().await;
            match frame.body.clone() {
                Some(Body::Update(update)) => return (frame, update),
                Some(Body::Diagnostics(list)) if !list.items.is_empty() => panic!("{list:?}"),
                _ => {}
            }
        }
    }

    pub(crate) async fn close(mut self) {
        self.socket.close(None).await.unwrap();
        while let Some(Ok(_)) = self.socket.next().await {}
    }
}

/// The answer of `GET target` with these header lines: its head and its body.
pub(crate) async fn get(address: &str, target: &str, headers: &[&str]) -> (String, String) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let lines = headers.iter().fold(String::new(), |lines, line| lines + line + "\r\n");
    let request = format!("GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{lines}\r\n");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}
