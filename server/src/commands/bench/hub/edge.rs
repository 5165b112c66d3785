//! A hub under test: what another process publishes, through a broker.

use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpListener;
use tokio_util::codec::{FramedRead, FramedWrite};
use tokio_util::sync::CancellationToken;

use crate::backplane::{BackplaneKey, Nats};
use crate::cli::BenchHubServerArgs;
use crate::content::BlobStore;
use crate::exit::ExitStatus;
use crate::http::{HttpOptions, Token};
use crate::pipeline::{Hub, HubOptions, Observer};
use crate::publish::Frames;

use super::super::super::CommandError;
use super::super::super::serve::fatal;
use super::crowd::failed;
use super::orders::{Answer, to_frame};
use super::served::codec;

/// Serves until the standard input ends.
pub(super) async fn serve(
    arguments: &BenchHubServerArgs,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> Result<ExitStatus, CommandError> {
    let (Some(address), Some(key)) = (&arguments.backplane, &arguments.backplane_key) else {
        return Err(failed("a hub needs a broker and a key"));
    };
    let key = BackplaneKey::open(key).map_err(failed)?;
    let broker = Nats::connect(address, key.name()).await.map_err(failed)?;
    let store = BlobStore::open(arguments.folder.join("blobs")).map_err(failed)?;
    let token = Token::of_secret(key.token());
    let ready =
        Answer::Ready { address: listener.local_addr().map_err(failed)?, token: token.reveal().to_owned() };
    FramedWrite::new(tokio::io::stdout(), codec()).send(to_frame(&ready)).await.map_err(failed)?;
    let blobs = store.clone();
    let http = move |frames: Frames| HttpOptions::new(token.clone(), blobs.clone(), frames);
    let cache = arguments.folder.join("cache");
    let options = HubOptions { broker, key, http: Box::new(http), store, spare: 1 << 30, cache };
    let observer: Observer = Arc::new(|_| {});
    let mut orders = FramedRead::new(tokio::io::stdin(), codec());
    let stop = shutdown.child_token();
    let serving = tokio::spawn(Hub::run(options, listener, observer, stop.clone()));
    while let Some(Ok(_)) = orders.next().await {}
    stop.cancel();
    serving.await.map_err(failed)?.map_err(|error| fatal(&error))?;
    Ok(ExitStatus::Success)
}
