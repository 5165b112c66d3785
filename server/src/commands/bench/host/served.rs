//! The server under test, a process of its own: a program that answers a route, as `serve --host-module` has it.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::SinkExt as _;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::codec::{FramedWrite, LengthDelimitedCodec};
use tokio_util::sync::CancellationToken;
use wasm_host::{Functions, HostOptions};

use crate::cli::BenchHostServerArgs;
use crate::content::BlobStore;
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::guest::{Answering, Heard, Workshop};
use crate::http::{GuestRoute, HttpOptions, Route, Token};
use crate::process::{Conversation, Program};
use crate::publish::{Frames, Journal, Known, Publisher};

use super::super::super::CommandError;
use super::super::super::wasi::Found;
use super::requests::Asked;
use super::{Ground, failed};

/// Where the program answers.
const ROUTE: &str = "/program";

/// Requests that it answers at once, as `serve` does.
const GUESTS: u32 = 64;

/// A server. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Served {
    _process: Conversation,
    pub(super) asked: Asked,
}

impl Served {
    /// Starts one with a program, which is compiled with `flags` where it is a folder, and waits until it listens.
    pub(super) async fn start(
        ground: &Ground<'_>,
        program: &Path,
        flags: &[&str],
    ) -> Result<Self, CommandError> {
        let folder = ground.scratch.join("served");
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let own = std::env::current_exe().map_err(failed)?;
        let mut process = Program::new(own, &folder)
            .args(["bench", "host-server", "--program"])
            .arg(program)
            .arg("--folder")
            .arg(&folder)
            .args(flags)
            .envs(&ground.environment.variables)
            .converse(u64::MAX)
            .map_err(failed)?;
        let ready = process.receive().await;
        let ready = ready.as_deref().and_then(|frame| std::str::from_utf8(frame).ok());
        let Some((address, token)) = ready.and_then(|text| text.split_once(' ')) else {
            return Err(failed(format!("the server under test did not start: {}", process.end().await)));
        };
        let asked = Asked {
            address: address.parse().map_err(failed)?,
            path: ROUTE.to_owned(),
            token: Some(token.to_owned()),
        };
        Ok(Self { _process: process, asked })
    }
}

/// Serves until the standard input ends. Says its address and its token once the program was made.
pub(in crate::commands) async fn serve(
    arguments: &BenchHostServerArgs,
    environment: &Environment,
    shutdown: CancellationToken,
) -> Result<ExitStatus, CommandError> {
    let found = Found::at(&arguments.program, &arguments.build, environment).await?;
    let host =
        found.host(&HostOptions { guests: GUESTS, module_bytes: 256 << 20, ..HostOptions::default() })?;
    let mut workshop = Workshop::new(host, found.source, Functions::new());
    let made = workshop.make(&shutdown).await.ok_or_else(super::super::serving::ended_early)?;
    let module = made.module.map_err(|reasons| failed(format!("it cannot be built: {reasons:?}")))?;
    let heard: Heard = Arc::new(|words| tracing::warn!(?words, "the program"));
    let answering = Answering::new(workshop.name(), GUESTS as usize, heard);
    answering.install(module);
    let folder = &arguments.folder;
    let token = Token::open(&folder.join("state"), folder).map_err(failed)?;
    let store = BlobStore::open(folder.join("blobs")).map_err(failed)?;
    let publisher = Publisher::resume(Known::nothing().map_err(failed)?, Journal::none());
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
    let ready = format!("{} {}", listener.local_addr().map_err(failed)?, token.reveal());
    let mut http = HttpOptions::new(token, store, Frames::new(folder.clone(), folder.clone()));
    http.guest = Some(GuestRoute::new(Route::new(ROUTE).map_err(failed)?, answering));
    let (reports, _receiver) = mpsc::channel(1);
    let serving = crate::http::serve(http, listener, publisher.feed(), reports, shutdown.clone());
    let codec = LengthDelimitedCodec::builder().little_endian().new_codec();
    let mut answers = FramedWrite::new(tokio::io::stdout(), codec);
    answers.send(Bytes::from(ready)).await.map_err(failed)?;
    let mut rest = Vec::new();
    let mut orders = tokio::io::stdin();
    tokio::select! {
        () = shutdown.cancelled() => {}
        _ = orders.read_to_end(&mut rest) => {}
        () = serving => {}
    }
    Ok(ExitStatus::Success)
}
