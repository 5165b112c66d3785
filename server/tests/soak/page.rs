//! The other end of the socket: what a page knows.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use dev_server::content::ContentHash;
use dev_server_proto::v1::client_frame::Body as Say;
use dev_server_proto::v1::server_frame::Body;
use dev_server_proto::v1::{self, ClientFrame};
use dev_server_proto::{PROTOCOL_VERSION, decode_server, encode_client};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::project::{Project, Served, Truth, truth};

/// The board must not only come to the truth but stay there: nothing else may follow within this time.
const CALM: Duration = Duration::from_millis(120);

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

pub(crate) struct Page {
    socket: Socket,
    module: Vec<u8>,
    diagnostics: Vec<v1::Diagnostic>,
    building: bool,
}

impl Page {
    pub(crate) async fn open(served: &Served) -> Self {
        let mut request = served.url.as_str().into_client_request().unwrap();
        let origin = served.url.replace("ws://", "http://").replace("/__dev/socket", "");
        request.headers_mut().insert("origin", origin.parse().unwrap());
        request.headers_mut().insert("cookie", served.cookie.parse().unwrap());
        let (socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        let mut page = Self { socket, module: Vec::new(), diagnostics: Vec::new(), building: false };
        let hello = v1::Hello {
            protocol_version: PROTOCOL_VERSION,
            program: "app".into(),
            accepts: true,
            ..v1::Hello::default()
        };
        page.say(Say::Hello(hello)).await;
        page
    }

    async fn say(&mut self, body: Say) {
        let frame = encode_client(&ClientFrame { body: Some(body) });
        self.socket.send(Message::Binary(frame)).await.unwrap();
    }

    async fn hear(&mut self) {
        let Some(Ok(message)) = self.socket.next().await else { panic!("the server closed the socket") };
        let Message::Binary(bytes) = message else { return };
        let frame = decode_server(&bytes).unwrap();
        match frame.body {
            Some(Body::Update(update)) => {
                if let Some(module) = update.module {
                    self.module = module.hash.to_vec();
                }
                let base = self.module.clone().into();
                let level = update.level;
                let applied = v1::Applied {
                    epoch: frame.epoch,
                    sequence: frame.sequence,
                    base,
                    level,
                    accepts: true,
                    ..v1::Applied::default()
                };
                self.say(Say::Applied(applied)).await;
            }
            Some(Body::Diagnostics(diagnostics)) => self.diagnostics = diagnostics.items,
            Some(Body::Building(building)) => self.building = building.running,
            _ => {}
        }
    }

    /// Listens until the page shows what the folder says and goes on to do so.
    pub(crate) async fn settles_at(&mut self, project: &Project, deadline: Duration) -> Result<(), String> {
        let start = Instant::now();
        loop {
            let difference = self.difference(&truth(&project.root));
            let heard = tokio::time::timeout(CALM, self.hear()).await.is_ok();
            match difference {
                None if !heard => return Ok(()),
                Some(difference) if start.elapsed() > deadline => return Err(difference),
                _ => {}
            }
        }
    }

    fn difference(&self, truth: &Truth) -> Option<String> {
        let places: BTreeSet<(String, u32)> = self
            .diagnostics
            .iter()
            .filter_map(|item| item.location.as_ref())
            .map(|location| (location.file.clone(), location.line))
            .collect();
        let is = match truth {
            _ if self.building => Err("still building".to_owned()),
            Truth::Module(bytes) if self.diagnostics.is_empty() => {
                let expected = ContentHash::of(bytes);
                (self.module == expected.as_bytes().as_slice())
                    .then_some(())
                    .ok_or(format!("another module than that of {}", String::from_utf8_lossy(bytes)))
            }
            Truth::Module(_) => Err("diagnostics stand although the sources are right".to_owned()),
            Truth::Mistakes(expected) => {
                (places == *expected).then_some(()).ok_or(format!("mistakes are in {expected:?}"))
            }
            Truth::NoGraph(reason) => {
                let said = !self.diagnostics.is_empty()
                    && self.diagnostics.iter().all(|item| item.message != "broken");
                said.then_some(()).ok_or(format!("there is no graph: {reason}"))
            }
        };
        is.err().map(|problem| format!("{problem}; the page shows {:?}", self.diagnostics))
    }
}
