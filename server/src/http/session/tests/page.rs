//! A page that is played by a test.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::ws::Message;
use bytes::Bytes;
use dev_server_proto::v1::{self, client_frame::Body, server_frame::Body as Said};
use dev_server_proto::{PROTOCOL_VERSION, decode_server, encode_client};
use futures_util::{Sink, SinkExt as _, Stream};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, PollSendError, PollSender};

use crate::analyse::PageManifest;
use crate::build::{Artifact, Glue, GlueKind};
use crate::content::ContentHash;
use crate::http::report::{ClientReport, ReportKind};
use crate::http::session::{Shared, run};
use crate::publish::{Epoch, Frames, Made, Publisher};
use crate::revision::Revision;

/// The session's end. A page that does not read is a full channel.
struct Socket {
    out: PollSender<Message>,
    incoming: mpsc::Receiver<Message>,
}

impl Stream for Socket {
    type Item = Result<Message, PollSendError<Message>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.incoming.poll_recv(context).map(|message| message.map(Ok))
    }
}

impl Sink<Message> for Socket {
    type Error = PollSendError<Message>;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.out.poll_ready_unpin(context)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), Self::Error> {
        self.out.start_send_unpin(message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.out.poll_flush_unpin(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.out.poll_close_unpin(context)
    }
}

pub(super) struct Page {
    pub(super) to: mpsc::Sender<Message>,
    pub(super) from: mpsc::Receiver<Message>,
    pub(super) reports: Option<mpsc::Receiver<ClientReport>>,
    pub(super) publisher: Publisher,
    pub(super) frames: Arc<Frames>,
    pub(super) cancel: CancellationToken,
}

impl Page {
    /// A connection through which `room` messages fit that the page has not read.
    pub(super) fn connect(room: usize, report_room: usize) -> Self {
        let publisher = Publisher::new(Epoch::random().unwrap());
        publisher.set_programs(Revision::FIRST, [("app".to_owned(), Arc::new(PageManifest::new([].into())))]);
        let (to, incoming) = mpsc::channel(64);
        let (out, from) = mpsc::channel(room);
        let (reports, receiver) = mpsc::channel(report_room);
        let frames = Arc::new(Frames::new("/project".into(), "/project".into()));
        let cancel = CancellationToken::new();
        let shared = Shared {
            board: publisher.subscribe(),
            frames: Arc::clone(&frames),
            reports,
            cancel: cancel.clone(),
            numbers: Arc::default(),
            check_messages: true,
        };
        tokio::spawn(run(Socket { out: PollSender::new(out), incoming }, shared));
        Self { to, from, reports: Some(receiver), publisher, frames, cancel }
    }

    pub(super) async fn greeted() -> Self {
        let mut page = Self::connect(64, 64);
        page.say(hello("app")).await;
        assert!(matches!(page.hear().await, Said::Welcome(_)));
        assert!(matches!(page.hear().await, Said::Diagnostics(list) if list.items.is_empty()));
        assert!(matches!(page.report().await.kind, ReportKind::Connected { .. }));
        page
    }

    pub(super) async fn say(&self, body: Body) {
        let bytes = encode_client(&v1::ClientFrame { body: Some(body) });
        self.to.send(Message::Binary(bytes)).await.unwrap();
    }

    pub(super) async fn message(&mut self) -> Message {
        let message = tokio::time::timeout(Duration::from_mins(2), self.from.recv()).await;
        message.expect("nothing came in two minutes").expect("the session has ended")
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
                return frame.unwrap().code;
            }
        }
    }

    pub(super) async fn report(&mut self) -> ClientReport {
        let reports = self.reports.as_mut().unwrap();
        tokio::time::timeout(Duration::from_mins(2), reports.recv()).await.unwrap().unwrap()
    }

    pub(super) fn release(&self, byte: u8) -> ContentHash {
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
        self.publisher.release(Made::whole(Arc::new(artifact), Vec::new()));
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
