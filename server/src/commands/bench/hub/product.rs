//! The product's server with a board that orders change instead of a compiler.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::analyse::PageManifest;
use crate::backplane::{self, About, Announced, BackplaneKey, Nats};
use crate::build::{Artifact, Glue, GlueKind};
use crate::content::{BlobStore, ContentHash};
use crate::diagnostic::{Diagnostic, Origin};
use crate::http::{ClientReport, Http3, HttpOptions, Token, serve};
use crate::publish::{Frames, Journal, Made, Publisher};
use crate::revision::Revision;
use crate::rollout::Rollout;
use crate::telemetry::{Metrics, Telemetry};

use super::super::super::CommandError;
use super::clock::now;
use super::crowd::failed;
use super::dialect::{FLAG, PROGRAM};
use super::door::module;
use super::orders::State;

/// Reports of sessions that wait to be read, as many as the pipeline has room for.
const REPORTS: usize = 1024;

/// A server whose pages are all of one program.
#[derive(Debug)]
pub(super) struct Product {
    publisher: Publisher,
    frames: Arc<Frames>,
    store: BlobStore,
    token: Token,
    number: u64,
    revision: Revision,
    module: u64,
    rollout: Arc<Rollout>,
    changed_at: u64,
}

impl Product {
    /// Starts it in `folder`, where its journal goes on.
    pub(super) fn start(
        folder: &Path,
        listener: TcpListener,
        metrics: Metrics,
        cancel: &CancellationToken,
    ) -> Result<Self, CommandError> {
        let store = BlobStore::open(folder.join("blobs")).map_err(failed)?;
        let token = Token::open(&folder.join("state"), folder).map_err(failed)?;
        let (journal, known) = Journal::open(&folder.join("journal")).map_err(failed)?;
        let number = known.events.last().map_or(0, |(number, _)| *number);
        let publisher = Publisher::resume(known, journal);
        let revision = Revision::FIRST;
        let manifest = Arc::new(PageManifest::new(BTreeMap::new()));
        publisher.set_programs(revision, [(PROGRAM.to_owned(), manifest)]);
        let frames = Arc::new(Frames::new(folder.to_owned(), folder.to_owned()));
        let rollout = Arc::new(Rollout::default());
        rollout.wakes(publisher.feed());
        // On for everybody.
        let flags = format!("[flags.{FLAG}]\ntype = \"bool\"\ndefault = true\noff = false\n");
        rollout.declare(&flags).map_err(failed)?;
        let product = Self {
            publisher,
            frames,
            store: store.clone(),
            token,
            number,
            revision,
            module: 0,
            rollout,
            changed_at: 0,
        };
        product.publish_release();
        let options = HttpOptions {
            rollout: Arc::clone(&product.rollout),
            http3: Http3::Always,
            telemetry: Telemetry { metrics: Arc::new(metrics), ..Telemetry::default() },
            ..HttpOptions::new(product.token.clone(), store, Arc::clone(&product.frames))
        };
        let (reports, receiver) = mpsc::channel(REPORTS);
        tokio::spawn(ignore(receiver));
        tokio::spawn(serve(options, listener, product.publisher.feed(), reports, cancel.clone()));
        Ok(product)
    }

    /// Announces everything to hubs until `cancel`.
    pub(super) async fn announce(
        &self,
        address: &str,
        key: &Path,
        cancel: &CancellationToken,
    ) -> Result<(), CommandError> {
        let key = BackplaneKey::open_or_make(key).map_err(failed)?;
        let broker = Nats::connect(address, key.name()).await.map_err(failed)?;
        let about = About {
            epoch: self.publisher.board().epoch,
            folder: "/".into(),
            root: "/".into(),
            pages: BTreeMap::new(),
            programs: Vec::new(),
        };
        let (_, flags) = watch::channel(self.rollout.now().document().to_json().into());
        let (heard, _) = mpsc::channel(1);
        let (feed, store) = (self.publisher.feed(), self.store.clone());
        let announced = Announced { about, feed, store, flags, heard, replaced: CancellationToken::new() };
        tokio::spawn(backplane::announce(broker, key, announced, cancel.clone()));
        Ok(())
    }

    pub(super) fn token(&self) -> &str {
        self.token.reveal()
    }

    /// Adds an event whose text `make` makes of its number.
    pub(super) fn publish(&mut self, make: impl FnOnce(u64) -> String) -> u64 {
        self.number = self.publisher.events().add(make(self.number + 1));
        self.number
    }

    /// Something else is wrong.
    pub(super) fn diagnose(&mut self) {
        self.revision = self.revision.next();
        let items = vec![Diagnostic::error(Origin::Go, now().to_string())];
        self.publisher.set_diagnostics(PROGRAM, self.revision, items);
    }

    /// Another module.
    pub(super) fn release(&mut self) {
        self.revision = self.revision.next();
        self.module += 1;
        self.publish_release();
    }

    /// Nobody has what the flag turns on any more.
    pub(super) fn kill(&mut self) -> Result<(), CommandError> {
        self.order(&["kill", FLAG])
    }

    /// Everybody has it again.
    pub(super) fn revive(&mut self) -> Result<(), CommandError> {
        self.order(&["revive", FLAG])
    }

    fn order(&mut self, words: &[&str]) -> Result<(), CommandError> {
        self.changed_at = now();
        self.rollout.order(words).map(drop).map_err(failed)
    }

    fn publish_release(&self) {
        // Hubs fetch them. A store that cannot be written to fails the measurements of hubs alone.
        let _ = (self.store.put(&self.module.to_le_bytes()), self.store.put(b"glue"));
        let artifact = Artifact {
            revision: self.revision,
            program: PROGRAM.to_owned(),
            module: module(self.module),
            size: 8,
            glue: Glue { kind: GlueKind::Go, hash: ContentHash::of(b"glue"), size: 1 },
            symbols: None,
            stages: Vec::new(),
            warnings: Vec::new(),
            from_cache: false,
        };
        self.publisher.release(Made::whole(Arc::new(artifact), Vec::new()));
    }

    pub(super) fn state(&self) -> State {
        let board = self.publisher.board();
        let program = &board.programs.get(PROGRAM);
        State {
            number: self.number,
            diagnostics: program.map_or(0, |program| program.reported.sequence),
            release: program
                .and_then(|program| program.release.as_ref())
                .map_or(0, |release| release.sequence),
            made: self.frames.made(),
            changed_at: self.changed_at,
        }
    }
}

async fn ignore(mut reports: mpsc::Receiver<ClientReport>) {
    while reports.recv().await.is_some() {}
}
