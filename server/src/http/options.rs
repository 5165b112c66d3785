//! What the edge of the server is told by whoever starts it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::authority::{Authority, Origin};
use super::guard::Guards;
use super::guest_route::GuestRoute;
use super::pairing::Pairing;
use super::proxy_rule::ProxyRule;
use super::standby::Standby;
use super::tls::Tls;
use super::token::Token;
use crate::build::Symbolizer;
use crate::content::BlobStore;
use crate::publish::{Frames, Gestures};
use crate::rollout::Rollout;
use crate::telemetry::Telemetry;

/// How long a request waits for a backend that is not up yet.
const PROXY_WAIT: Duration = Duration::from_secs(30);

/// Everything that stays the same while the server runs.
#[derive(Debug)]
pub struct HttpOptions {
    /// The project's token.
    pub token: Token,
    /// Host names beside the loopback ones under which this server is asked.
    pub allowed_hosts: Vec<Authority>,
    /// Origins of pages beside those served here, such as that of a reverse proxy.
    pub allowed_origins: Vec<Origin>,
    /// Program whose page `/` leads to, when there are several.
    pub default_program: Option<String>,
    /// What is special about pages, by program.
    pub pages: BTreeMap<String, PageOptions>,
    /// Scripts of the page's side.
    pub scripts: PageScripts,
    /// Where modules and files of pages lie.
    pub store: BlobStore,
    /// What makes source maps of modules; `None` where nothing is built.
    pub maps: Option<Arc<Symbolizer>>,
    /// Makes frames; shared with whoever answers reports.
    pub frames: Arc<Frames>,
    /// Which clients get what.
    pub rollout: Arc<Rollout>,
    /// Paths that backends answer, first match first.
    pub proxy: Vec<ProxyRule>,
    /// What people do on a page is done on the others of its program; `None`: it is not.
    pub gestures: Option<Arc<Gestures>>,
    /// What a program of this machine answers; before the backends.
    pub guest: Option<GuestRoute>,
    /// How long a backend that is not up yet is waited for.
    pub proxy_wait: Duration,
    /// Which clients are offered HTTP/3, at the UDP port with the number of the TCP port.
    pub http3: Http3,
    /// Where it is counted what happens.
    pub telemetry: Telemetry,
    /// Where devices of the network are let in; `None` where the server is for this machine alone.
    pub pairing: Option<Arc<Pairing>>,
    /// What the server proves itself with; `None`: nothing is encrypted.
    pub tls: Option<Arc<Tls>>,
    /// There is nothing to serve yet, and why; `None` everywhere but at a hub that waits.
    pub standby: Option<Standby>,
    /// All on; see [`Guards`].
    pub guards: Guards,
}

impl HttpOptions {
    /// A server for this machine alone, whose pages have no scripts, no backends and no flags.
    pub fn new(token: Token, store: BlobStore, frames: impl Into<Arc<Frames>>) -> Self {
        Self {
            token,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            default_program: None,
            pages: BTreeMap::new(),
            scripts: PageScripts::default(),
            store,
            maps: None,
            frames: frames.into(),
            rollout: Arc::default(),
            proxy: Vec::new(),
            gestures: None,
            guest: None,
            proxy_wait: PROXY_WAIT,
            http3: Http3::default(),
            telemetry: Telemetry::default(),
            pairing: None,
            tls: None,
            standby: None,
            guards: Guards::default(),
        }
    }
}

/// Which clients are offered HTTP/3.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Http3 {
    /// None.
    Never,
    /// Those on other machines.
    #[default]
    Away,
    /// All.
    Always,
}

impl Http3 {
    /// How a page is told; `None`: not at all.
    pub(super) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Never => None,
            Self::Away => Some("away"),
            Self::Always => Some("always"),
        }
    }
}

/// How a program is started on its page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PageOptions {
    /// True: in a Web Worker.
    pub worker: bool,
    /// Whether the page's own script does it; `None`: found out from the page.
    pub boots: Option<bool>,
}

/// The client as the browser runs it.
#[derive(Debug, Clone, Default)]
pub struct PageScripts {
    /// `/__dev/client.js`.
    pub client: Bytes,
    /// `/__dev/worker.js`.
    pub worker: Bytes,
    /// `/__dev/trees.js`, which the client imports for pages that follow syntax trees.
    pub trees: Bytes,
    /// `/__dev/events.js`, which the client imports for pages that follow what happens.
    pub events: Bytes,
    /// `/__dev/digest.js`, which the client imports with the first bytes that it checks.
    pub digest: Bytes,
    /// `/__dev/explain.js`, which the client imports when something goes wrong between the page and its program.
    pub explain: Bytes,
    /// `/__dev/measures.js`, which the client imports when a program that runs was updated.
    pub measures: Bytes,
    /// `/__dev/http3.js`: what a page loads when it talks over HTTP/3.
    pub http3: Bytes,
    /// `/__dev/inspector.js`: what the page `/__dev/` is made of.
    pub inspector: Bytes,
    /// `/__dev/mirror.js`, which the client imports where gestures are mirrored.
    pub mirror: Bytes,
    /// The WebAssembly module that reads syntax trees, named by its hash like the modules of programs.
    pub receiver: Bytes,
}
