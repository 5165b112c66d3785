//! `hub`: serves what another server builds.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::backplane::BackplaneKey;
use crate::cli::HubArgs;
use crate::content::BlobStore;
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::http::{Guards, HttpOptions, ListenOptions, Token, listen};
use crate::pipeline::{Hub, HubOptions, Observer};
use crate::printer::{Event, Printer};
use crate::publish::Frames;
use crate::telemetry::Telemetry;

use super::CommandError;
use super::lan::Lan;
use super::serve::{PORT, PROXY_WAIT, RECEIVER, allowed_hosts, connect, fatal, http3, scripts, shown};

/// Serves until `shutdown`.
pub(super) async fn run(
    arguments: HubArgs,
    environment: &Environment,
    shutdown: CancellationToken,
) -> Result<ExitStatus, CommandError> {
    let key = BackplaneKey::open(&arguments.backplane_key)
        .map_err(|error| CommandError::new(ExitStatus::Usage, &error).with_hint(error.hint()))?;
    let store = BlobStore::open(environment.cache_folder.join("blobs"))
        .map_err(|error| CommandError::new(ExitStatus::Environment, &error).with_hint(error.hint()))?;
    let broker = connect(&arguments.backplane, &key).await?;
    let listener = listen(ListenOptions {
        host: arguments.host.unwrap_or(Ipv4Addr::LOCALHOST.into()),
        port: arguments.port.unwrap_or(PORT),
        strict: arguments.strict_port,
    })
    .await
    .map_err(|error| CommandError::new(ExitStatus::CannotListen, &error).with_hint(error.hint()))?;
    let address = listener.local_addr().map_err(|error| {
        CommandError::new(ExitStatus::CannotListen, format!("no address to listen on: {error}"))
    })?;
    let printer = Printer::new(arguments.json, environment.variable("NO_COLOR").is_some());
    let observer: Observer = Arc::new(move |event| printer.print(event));
    let lan = Lan::of(address);
    if lan.is_some() {
        let message = format!(
            "every machine that reaches {address} can ask this hub; it answers those that have the token, and what they \
             say can be read on the way"
        );
        let hint = Some("put a proxy that speaks TLS before it, or use networks that you trust".to_owned());
        observer(&Event::Notice { message, hint });
    }
    let token = Token::of_secret(key.token());
    observer(&Event::Following {
        url: format!("http://{}/", shown(address)),
        token: token.reveal().to_owned(),
        backplane: key.name().to_owned(),
    });
    let hosts = allowed_hosts(&arguments.allowed_hosts, address.port(), lan.as_ref())?;
    let telemetry = Telemetry::default();
    let (http3, blobs) = (http3(arguments.http3), store.clone());
    let http = move |frames: Frames| HttpOptions {
        token: token.clone(),
        allowed_hosts: hosts.clone(),
        allowed_origins: Vec::new(),
        default_program: None,
        pages: BTreeMap::new(),
        scripts: scripts(),
        store: blobs.clone(),
        frames: Arc::new(frames.with_receiver(RECEIVER)),
        proxy: Vec::new(),
        proxy_wait: PROXY_WAIT,
        http3,
        telemetry: telemetry.clone(),
        rollout: Arc::default(),
        pairing: None,
        tls: None,
        guards: Guards::default(),
    };
    let options = HubOptions {
        broker,
        key,
        http: Box::new(http),
        store,
        cache: environment.cache_folder.join("build"),
    };
    Hub::run(options, listener, observer, shutdown).await.map_err(|error| fatal(&error))?;
    Ok(ExitStatus::Success)
}
