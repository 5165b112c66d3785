//! A page that is played by a test.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dev_server_proto::v1::{self, client_frame::Body, server_frame::Body as Said};
use dev_server_proto::{PROTOCOL_VERSION, decode_server, encode_client};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_util::sync::CancellationToken;

use crate::analyse::PageManifest;
use crate::build::{Artifact, Glue, GlueKind};
use crate::content::ContentHash;
use crate::hot::Lineage;
use crate::http::report::{ClientReport, ReportKind};
use crate::http::session::{Shared, run};
use crate::http::web_socket::WebSocket;
use crate::publish::{Epoch, Frames, Gestures, Made, Publisher};
use crate::revision::Revision;
use crate::rollout::Rollout;

pub(super) use tokio_tungstenite::tungstenite::Message;

/// More than any test leaves unread.
pub(super) const ROOM: usize = 64 * 1024;

pub(super) struct Page {
    /// Both ends of the protocol are others' code: here tungstenite's, there the one that is tested.
    socket: WebSocketStream<DuplexStream>,
    pub(super) reports: Option<mpsc::Receiver<ClientReport>>,
    pub(super) publisher: Arc<Publisher>,
    pub(super) frames: Arc<Frames>,
    pub(super) rollout: Arc<Rollout>,
    cancel: CancellationToken,
    shared: Shared,
}

impl Page {
    /// A connection through which `room` bytes fit that the page has not read.
    pub(super) async fn connect(room: usize, report_room: usize) -> Self {
        Self::connect_to(room, report_room, None).await
    }

    /// One that has said Hello, at a server that mirrors.
    pub(super) async fn mirrored(room: usize) -> Self {
        Self::connect_to(room, 64, Some(Arc::default())).await.introduced(hello("app")).await
    }

    async fn connect_to(room: usize, report_room: usize, gestures: Option<Arc<Gestures>>) -> Self {
        let publisher = Arc::new(Publisher::new(Epoch::random().unwrap()));
        publisher.set_programs(Revision::FIRST, [("app".to_owned(), Arc::new(PageManifest::new([].into())))]);
        let (client, server) = tokio::io::duplex(room);
        let (reports, receiver) = mpsc::channel(report_room);
        let frames = Arc::new(Frames::new("/project".into(), "/project".into()));
        let cancel = CancellationToken::new();
        let rollout = Arc::new(Rollout::default());
        rollout.wakes(publisher.feed());
        let shared = Shared {
            metrics: Arc::default(),
            feed: publisher.feed(),
            frames: Arc::clone(&frames),
            rollout: Arc::clone(&rollout),
            reports,
            cancel: cancel.clone(),
            numbers: Arc::default(),
            check_messages: true,
            stands_by: false,
            gestures,
        };
        tokio::spawn(run(WebSocket::new(server, Bytes::new()), shared.clone()));
        let socket = WebSocketStream::from_raw_socket(client, Role::Client, None).await;
        Self { socket, reports: Some(receiver), publisher, frames, rollout, cancel, shared }
    }

    /// Another page of the same server, which has said Hello; its reports are the first one's.
    pub(super) async fn beside(&self, hello: Body) -> Self {
        self.beside_with(ROOM).await.introduced(hello).await
    }

    /// The same, through which `room` bytes fit; it has said nothing yet.
    pub(super) async fn beside_with(&self, room: usize) -> Self {
        let (client, server) = tokio::io::duplex(room);
        tokio::spawn(run(WebSocket::new(server, Bytes::new()), self.shared.clone()));
        Self {
            socket: WebSocketStream::from_raw_socket(client, Role::Client, None).await,
            reports: None,
            publisher: Arc::clone(&self.publisher),
            frames: Arc::clone(&self.frames),
            rollout: Arc::clone(&self.rollout),
            cancel: self.cancel.clone(),
            shared: self.shared.clone(),
        }
    }

    async fn introduced(mut self, hello: Body) -> Self {
        self.say(hello).await;
        assert!(matches!(self.hear().await, Said::Welcome(_)));
        assert!(matches!(self.hear().await, Said::Diagnostics(_)));
        self
    }

    pub(super) async fn greeted() -> Self {
        let mut page = Self::connect(ROOM, 64).await;
        page.say(hello("app")).await;
        assert!(matches!(page.hear().await, Said::Welcome(_)));
        assert!(matches!(page.hear().await, Said::Diagnostics(list) if list.items.is_empty()));
        assert!(matches!(page.report().await.kind, ReportKind::Connected { .. }));
        page
    }

    pub(super) async fn say(&mut self, body: Body) {
        let bytes = encode_client(&v1::ClientFrame { body: Some(body) });
        self.send(Message::Binary(bytes)).await;
    }

    pub(super) async fn send(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// As the server does it when it ends.
    pub(super) fn end_server(&self) {
        self.cancel.cancel();
        self.publisher.feed().ring();
    }

    pub(super) async fn message(&mut self) -> Message {
        let message = tokio::time::timeout(Duration::from_mins(3), self.socket.next()).await;
        message.expect("nothing came in three minutes").expect("the session has ended").unwrap()
    }

    pub(super) async fn hear(&mut self) -> Said {
        loop {
            match self.message().await {
                Message::Binary(bytes) => return decode_server(&bytes).unwrap().body.unwrap(),
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    pub(super) async fn closed(&mut self) -> u16 {
        loop {
            if let Message::Close(frame) = self.message().await {
                return frame.unwrap().code.into();
            }
        }
    }

    pub(super) async fn report(&mut self) -> ClientReport {
        let reports = self.reports.as_mut().unwrap();
        tokio::time::timeout(Duration::from_mins(2), reports.recv()).await.unwrap().unwrap()
    }

    pub(super) fn release(&self, byte: u8) -> ContentHash {
        self.release_with(byte, Vec::new())
    }

    /// The same, and modules that become it by patches.
    pub(super) fn release_with(&self, byte: u8, lineages: Vec<Arc<Lineage>>) -> ContentHash {
        let module = ContentHash::of(&[byte]);
        let artifact = Artifact {
            revision: Revision::FIRST,
            program: "app".into(),
            module,
            size: 1,
            glue: Glue { kind: GlueKind::Go, hash: ContentHash::of(b"glue"), size: 4 },
            symbols: None,
            stages: Vec::new(),
            warnings: Vec::new(),
            from_cache: false,
        };
        self.publisher.release(Made { lineages, ..Made::whole(Arc::new(artifact), Vec::new()) });
        module
    }
}

pub(super) fn hello(program: &str) -> Body {
    Body::Hello(v1::Hello {
        protocol_version: PROTOCOL_VERSION,
        program: program.into(),
        client: "test".into(),
        ..v1::Hello::default()
    })
}

pub(super) fn applied(update: &v1::ServerFrame, module: ContentHash) -> Body {
    Body::Applied(v1::Applied {
        epoch: update.epoch.clone(),
        sequence: update.sequence,
        base: Bytes::copy_from_slice(module.as_bytes()),
        level: v1::Level::ModuleSwap.into(),
        accepts: true,
        ..v1::Applied::default()
    })
}
