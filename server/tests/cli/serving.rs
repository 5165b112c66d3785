//! A server without a compiler, whose events a test makes.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use dev_server::analyse::PageManifest;
use dev_server::build::{Artifact, Glue, GlueKind};
use dev_server::content::{BlobStore, ContentHash};
use dev_server::http::{HttpOptions, Token, serve};
use dev_server::publish::{Frames, Journal, Made, Publisher};
use dev_server::revision::Revision;
use dev_server::rollout::Rollout;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::machine::Machine;

pub(crate) struct Serving {
    pub(crate) address: SocketAddr,
    pub(crate) token: Token,
    pub(crate) publisher: Publisher,
    pub(crate) rollout: Arc<Rollout>,
    stop: CancellationToken,
    ended: tokio::task::JoinHandle<()>,
}

impl Serving {
    /// Goes on with the log in `machine`, on a port of its own or that of an earlier one.
    pub(crate) async fn start(machine: &Machine, port: u16) -> Self {
        let (journal, known) = Journal::open(&machine.path("log")).unwrap();
        let publisher = Publisher::resume(known, journal);
        let token = Token::open(&machine.path("state"), &machine.project()).unwrap();
        let rollout = Arc::<Rollout>::default();
        let options = HttpOptions {
            rollout: Arc::clone(&rollout),
            ..HttpOptions::new(
                token.clone(),
                BlobStore::open(machine.path("blobs")).unwrap(),
                Frames::new(machine.project(), machine.project()),
            )
        };
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let (reports, mut receiver) = mpsc::channel(64);
        tokio::spawn(async move { while receiver.recv().await.is_some() {} });
        let ended = tokio::spawn(serve(options, listener, publisher.feed(), reports, stop.clone()));
        Self { address, token, publisher, rollout, stop, ended }
    }

    /// As `serve` prints it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/?token={}", self.address, self.token.reveal())
    }

    pub(crate) fn happens(&self, json: &str) {
        self.publisher.events().add(json.to_owned());
    }

    /// Makes a module of the program `app` public.
    pub(crate) fn releases(&self, module: &[u8]) {
        let manifest = Arc::new(PageManifest::new(BTreeMap::new()));
        self.publisher.set_programs(Revision::FIRST, [("app".to_owned(), manifest)]);
        let artifact = Artifact {
            revision: Revision::FIRST,
            program: "app".into(),
            module: ContentHash::of(module),
            size: module.len() as u64,
            glue: Glue { kind: GlueKind::Go, hash: ContentHash::of(b"glue"), size: 4 },
            symbols: None,
            stages: Vec::new(),
            warnings: Vec::new(),
            from_cache: false,
        };
        self.publisher.release(Made::whole(Arc::new(artifact), Vec::new()));
    }

    pub(crate) async fn end(self) {
        self.stop.cancel();
        self.ended.await.unwrap();
    }
}
