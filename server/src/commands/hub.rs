//! `hub`: serves what another server builds.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::backplane::BackplaneKey;
use crate::cli::HubArgs;
use crate::content::BlobStore;
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::http::{HttpOptions, Token};
use crate::pipeline::{Hub, HubOptions, Observer};
use crate::printer::{Event, Printer};
use crate::publish::Frames;
use crate::telemetry::Telemetry;

use super::CommandError;
use super::lan::Lan;
use super::serve::{RECEIVER, allowed_hosts, connect, fatal, http3, open_port, scripts, shown};

/// Bytes of modules and files that no newest page needs: pages that were told of one just before it was replaced may still
/// fetch it, and what is built again need not be fetched again.
const SPARE: u64 = 1 << 30;

/// Serves until `shutdown`.
pub(super) async fn run(
    arguments: HubArgs,
    environment: &Environment,
    shutdown: CancellationToken,
) -> Result<ExitStatus, CommandError> {
    let key = BackplaneKey::open(&arguments.backplane_key)
        .map_err(|error| CommandError::new(ExitStatus::Usage, &error).with_hint(error.hint()))?;
    let store = BlobStore::open(environment.cache_folder.join("hubs").join(key.name()))
        .map_err(|error| CommandError::new(ExitStatus::Environment, &error).with_hint(error.hint()))?;
    let broker = connect(&arguments.backplane, &key).await?;
    let (listener, address) = open_port(arguments.host, arguments.port, arguments.strict_port).await?;
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
        allowed_hosts: hosts.clone(),
        scripts: scripts(),
        http3,
        telemetry: telemetry.clone(),
        ..HttpOptions::new(token.clone(), blobs.clone(), frames.with_receiver(RECEIVER))
    };
    let options = HubOptions {
        broker,
        key,
        http: Box::new(http),
        store,
        spare: SPARE,
        cache: environment.cache_folder.join("build"),
    };
    Hub::run(options, listener, observer, shutdown).await.map_err(|error| fatal(&error))?;
    Ok(ExitStatus::Success)
}
