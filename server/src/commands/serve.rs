//! `serve`: settings to stages, events to the terminal, signals to an orderly end.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::backplane::{BackplaneKey, Nats};
use crate::build::BuildOptions;
use crate::cli::ServeArgs;
use crate::config::{Boot, Http3Choice, Settings};
use crate::content::ContentHash;
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::http::{
    Authority, Http3, HttpOptions, ListenOptions, PageOptions, PageScripts, ProxyRule, Token, listen,
};
use crate::pipeline::{Backplane, Fatal, Observer, Options, Pipeline, WorkOptions};
use crate::printer::{Event, Printer};
use crate::publish::Frames;
use crate::rollout::Rollout;
use crate::telemetry::Endpoint;
use crate::watch;

use super::CommandError;
use super::compose::{Parts, compose};
use super::host_module::host_module;
use super::lan::{self, Lan, open_devices};
use super::running::Running;
use super::warm::{Unavailable, warm_tools};

/// Port when none is set.
const PORT: u16 = 7700;

/// File of flags when none is set.
const FLAGS: &str = "dev-flags.toml";

/// Time between two steps of the progress line.
const TICK: Duration = Duration::from_millis(100);

/// What reads the messages about syntax trees in a page.
pub(super) const RECEIVER: &[u8] = include_bytes!("../../embedded/replica.wasm");

/// Serves until `shutdown`.
pub(super) async fn run(
    arguments: ServeArgs,
    environment: &Environment,
    shutdown: CancellationToken,
) -> Result<ExitStatus, CommandError> {
    let state_folder = environment.state_folder.clone();
    let parts = compose(&arguments.folder, arguments.settings(), environment).await?;
    let printer = Arc::new(Printer::new(arguments.json, environment.variable("NO_COLOR").is_some()));
    let backplane = match &arguments.backplane {
        // Hubs would follow a server that ends at once, and leave the one that goes on.
        Some(address) if !arguments.once => {
            Some(backplane(address, arguments.backplane_key.as_deref(), &parts, environment).await?)
        }
        _ => None,
    };
    let guest = host_module(
        arguments.host_module.as_deref(),
        &arguments.compile,
        &parts.settings,
        &parts.folder,
        environment,
    )
    .await?;
    let served = assemble(parts, arguments.new_token).await?;
    let observer: Observer = {
        let printer = Arc::clone(&printer);
        Arc::new(move |event| printer.print(event))
    };
    for Notice { message, hint } in served.notices {
        observer(&Event::Notice { message, hint });
    }
    let mut options = served.options;
    if let Some((backplane, notice)) = backplane {
        observer(&Event::Notice { message: notice.message, hint: notice.hint });
        options.backplane = Some(backplane);
    }
    options.guest = guest;
    options.work.once = arguments.once;
    options.interactive = !arguments.json && !arguments.once;
    let ticking = shutdown.child_token();
    let ticker = tokio::spawn(tick(Arc::clone(&printer), ticking.clone()));
    // Without the note commands that are started in its folder do not find the server.
    let certificate = options.http.tls.as_ref().map(|tls| tls.certificate().to_owned());
    let noted =
        served.listener.local_addr().ok().map(|address| {
            Running::new(address, certificate).note(&state_folder, options.http.token.project())
        });
    let result = Pipeline::run(options, served.listener, observer, shutdown).await;
    drop(noted);
    ticking.cancel();
    // A panic of the ticker is no reason to fail: it only draws.
    let _ = ticker.await;
    match result {
        Ok(summary) if arguments.once && !summary.good => Ok(ExitStatus::Failure),
        Ok(_) => Ok(ExitStatus::Success),
        Err(error) => Err(fatal(&error)),
    }
}

/// Moves the progress line until `stop`.
pub(super) async fn tick(printer: Arc<Printer>, stop: CancellationToken) {
    let mut interval = tokio::time::interval(TICK);
    while stop.run_until_cancelled(interval.tick()).await.is_some() {
        printer.tick();
    }
}

/// Where hubs are told, and what has to be done for there to be any.
async fn backplane(
    address: &str,
    key: Option<&Path>,
    parts: &Parts,
    environment: &Environment,
) -> Result<(Backplane, Notice), CommandError> {
    let name = ContentHash::of(parts.folder.as_os_str().as_encoded_bytes()).to_string();
    let path = match key {
        Some(path) => path.to_owned(),
        None => environment.state_folder.join("backplane").join(format!("{}.key", &name[..32])),
    };
    let key = BackplaneKey::open_or_make(&path)
        .map_err(|error| CommandError::new(ExitStatus::Environment, &error).with_hint(error.hint()))?;
    let broker = connect(address, &key).await?;
    let message = format!("hubs are told what is new; they need a copy of the key in {}", path.display());
    let hint = "on each machine: dev-server hub --backplane URL --backplane-key FILE".to_owned();
    let pages = pages(&parts.settings).into_iter().map(|(name, page)| (name, (page.worker, page.boots)));
    let backplane = Backplane { broker, key, pages: pages.collect() };
    Ok((backplane, Notice { message, hint: Some(hint) }))
}

/// The broker; the address may have a password in it, and is not repeated.
pub(super) async fn connect(address: &str, key: &BackplaneKey) -> Result<Nats, CommandError> {
    Nats::connect(address, key.name()).await.map_err(|error| {
        CommandError::new(ExitStatus::Usage, &error)
            .with_hint("write the address of a NATS server such as nats://broker:4222".to_owned())
    })
}

/// A failure of the pipeline as one of a command.
pub(super) fn fatal(error: &Fatal) -> CommandError {
    CommandError::new(error.status(), error).with_hint(error.hint())
}

/// A pipeline that is ready to run.
pub(super) struct Served {
    pub(super) options: Options,
    pub(super) listener: TcpListener,
    /// What the user should know before it starts.
    pub(super) notices: Vec<Notice>,
}

/// Something to know, and what can be done about it.
#[derive(Debug)]
pub(super) struct Notice {
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

/// Opens the token and the port and puts the options of all stages together.
pub(super) async fn assemble(parts: Parts, new_token: bool) -> Result<Served, CommandError> {
    let hot = warm_tools(&parts);
    let Parts { settings, folder, environment, load, compiler, compiler_name, build, blobs, .. } = parts;
    let token = if new_token { Token::replace } else { Token::open }(&environment.state_folder, &folder)
        .map_err(|error| CommandError::new(ExitStatus::Environment, &error).with_hint(error.hint()))?;
    let (listener, address) =
        open_port(settings.host, settings.port, settings.strict_port.unwrap_or(false)).await?;
    let traces = Endpoint::find(settings.otlp.as_deref(), &environment)
        .map_err(|error| CommandError::new(ExitStatus::Usage, &error).with_hint(error.hint().to_owned()))?;
    let lan = Lan::of(address);
    let tls = lan::tls(&settings, &environment.state_folder, lan.as_ref())?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}/", shown(address));
    if new_token {
        // They were let in by whoever had the old one.
        open_devices(&environment.state_folder, &token)?
            .forget_all()
            .map_err(|error| CommandError::new(ExitStatus::Environment, &error).with_hint(error.hint()))?;
    }
    let pairing = match &lan {
        Some(lan) => Some(lan.pairing(scheme, &environment.state_folder, &token)?),
        None => None,
    };
    let mut notices = lan::notices(address, tls.as_deref(), &url);
    let revealed = token.reveal().to_owned();
    let flags = flag_file(&settings, &folder)?;
    let kept_flags = environment.state_folder.join("flags").join(format!("{}.json", token.project()));
    let (rollout, lost_flags) = Rollout::open(&kept_flags);
    let log = environment.state_folder.join("logs").join(token.project());
    let http = HttpOptions {
        allowed_hosts: allowed_hosts(
            settings.allowed_hosts.as_deref().unwrap_or_default(),
            address.port(),
            lan.as_ref(),
        )?,
        proxy: proxy(&settings)?,
        pages: pages(&settings),
        scripts: scripts(),
        rollout: Arc::new(rollout),
        gestures: settings.mirror.unwrap_or(false).then(Arc::default),
        http3: http3(settings.http3),
        pairing,
        tls,
        ..HttpOptions::new(
            token,
            blobs.clone(),
            Frames::new(load.folder.clone(), load.project_root()).with_receiver(RECEIVER),
        )
    };
    let watch = watch_options(&settings, &environment.cache_folder);
    let work = WorkOptions {
        url,
        token: revealed,
        load,
        compiler,
        hot: hot.as_ref().ok().cloned(),
        compiler_name,
        build: BuildOptions { source_maps: true, ..build },
        blobs,
        cache: environment.cache_folder.join("build"),
        editor: settings.editor.clone(),
        open: settings.open.unwrap_or(false),
        environment,
        once: false,
    };
    let options = Options {
        watch,
        http,
        work,
        log: Some(log),
        flags: Some(flags),
        backplane: None,
        guest: None,
        traces,
        interactive: false,
    };
    if let Err(Some(Unavailable { reason, hint })) = hot {
        notices.push(Notice { message: reason, hint: Some(hint) });
    }
    notices.extend(lost_flags.map(|message| Notice { message, hint: None }));
    Ok(Served { options, listener, notices })
}

/// Listens where it was told, and says where that is.
pub(super) async fn open_port(
    host: Option<IpAddr>,
    port: Option<u16>,
    strict: bool,
) -> Result<(TcpListener, SocketAddr), CommandError> {
    let (host, port) = (host.unwrap_or(Ipv4Addr::LOCALHOST.into()), port.unwrap_or(PORT));
    let listener = listen(ListenOptions { host, port, strict })
        .await
        .map_err(|error| CommandError::new(ExitStatus::CannotListen, &error).with_hint(error.hint()))?;
    let address = listener.local_addr().map_err(|error| {
        CommandError::new(ExitStatus::CannotListen, format!("no address to listen on: {error}"))
    })?;
    Ok((listener, address))
}

/// Browsers keep `localhost` apart from `127.0.0.1`; the name is what people type, and both are served.
pub(super) fn shown(address: SocketAddr) -> String {
    if address.ip().is_unspecified() { format!("localhost:{}", address.port()) } else { address.to_string() }
}

/// A project names a file of its own, and not one of the machine.
fn flag_file(settings: &Settings, folder: &Path) -> Result<PathBuf, CommandError> {
    let name = settings.flags.as_deref().unwrap_or(Path::new(FLAGS));
    let inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if name.file_name().is_some() && name.components().all(inside) {
        return Ok(folder.join(name));
    }
    Err(CommandError::new(ExitStatus::Usage, format!("`{}` is no file in the project", name.display()))
        .with_hint(format!("name a file below {} for `flags`, such as \"{FLAGS}\"", folder.display())))
}

fn watch_options(settings: &Settings, cache: &Path) -> watch::Options {
    let mut options = watch::Options { ignored: vec![cache.to_owned()], ..watch::Options::default() };
    if let Some(milliseconds) = settings.poll {
        options.polling = true;
        options.timing.poll = Duration::from_millis(milliseconds.get().max(10));
    }
    options
}

/// What pages run.
pub(super) fn scripts() -> PageScripts {
    PageScripts {
        client: Bytes::from_static(include_bytes!("../../embedded/client.js")),
        worker: Bytes::from_static(include_bytes!("../../embedded/worker.js")),
        trees: Bytes::from_static(include_bytes!("../../embedded/trees.js")),
        events: Bytes::from_static(include_bytes!("../../embedded/events.js")),
        digest: Bytes::from_static(include_bytes!("../../embedded/digest.js")),
        mirror: Bytes::from_static(include_bytes!("../../embedded/mirror.js")),
        explain: Bytes::from_static(include_bytes!("../../embedded/explain.js")),
        measures: Bytes::from_static(include_bytes!("../../embedded/measures.js")),
        http3: Bytes::from_static(include_bytes!("../../embedded/http3.js")),
        inspector: Bytes::from_static(include_bytes!("../../embedded/inspector.js")),
        receiver: Bytes::from_static(RECEIVER),
    }
}

pub(super) fn http3(choice: Option<Http3Choice>) -> Http3 {
    match choice {
        Some(Http3Choice::Never) => Http3::Never,
        Some(Http3Choice::Always) => Http3::Always,
        Some(Http3Choice::Away) | None => Http3::Away,
    }
}

pub(super) fn allowed_hosts(
    names: &[String],
    port: u16,
    lan: Option<&Lan>,
) -> Result<Vec<Authority>, CommandError> {
    // An address cannot be rebound to that of somebody else.
    let addresses = lan.iter().flat_map(|lan| &lan.addresses);
    let mut hosts: Vec<Authority> =
        addresses.filter_map(|ip| SocketAddr::new(*ip, port).to_string().parse().ok()).collect();
    for name in names {
        let host = name.parse().map_err(|_| {
            CommandError::new(ExitStatus::Usage, format!("`{name}` is not a host name"))
                .with_hint("write a name such as \"dev.example\", or one with a port".to_owned())
        })?;
        hosts.push(host);
    }
    Ok(hosts)
}

fn proxy(settings: &Settings) -> Result<Vec<ProxyRule>, CommandError> {
    let rules = settings.proxy.iter().flatten().map(|(prefix, target)| {
        ProxyRule::new(prefix, target)
            .map_err(|error| CommandError::new(ExitStatus::Usage, &error).with_hint(error.hint().to_owned()))
    });
    rules.collect()
}

pub(super) fn pages(settings: &Settings) -> BTreeMap<String, PageOptions> {
    let programs = settings.program.iter().flatten();
    let options = programs.map(|(name, program)| {
        let boots = match program.boot {
            Some(Boot::Page) => Some(true),
            Some(Boot::Client) => Some(false),
            Some(Boot::Auto) | None => None,
        };
        (name.clone(), PageOptions { worker: program.worker == Some(true), boots })
    });
    options.collect()
}
