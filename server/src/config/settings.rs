//! What can be written down in a settings file or said by flags.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

/// Which compiler builds the programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum CompilerChoice {
    /// TinyGo when it is there, else Go.
    Auto,
    /// TinyGo: small modules.
    #[value(name = "tinygo")]
    TinyGo,
    /// The standard Go compiler: quick builds, large modules.
    Go,
}

/// Which WASI a program is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema, clap::ValueEnum)]
pub enum TargetChoice {
    /// Preview 1, with both compilers
    #[serde(rename = "wasip1")]
    #[value(name = "wasip1")]
    Preview1,
    /// Preview 2, with TinyGo
    #[serde(rename = "wasip2")]
    #[value(name = "wasip2")]
    Preview2,
}

/// Whether functions are replaced in running programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum HotChoice {
    /// Where TinyGo compiles and the warm compiler is there.
    On,
    /// Programs are compiled by `tinygo build`, and swapped as a whole.
    Off,
}

/// Which clients talk over HTTP/3 instead of a WebSocket, where they can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Http3Choice {
    /// None.
    Never,
    /// Those on other machines: packets are lost on the way to them, and none is on the loopback device, where a socket
    /// also tells at once that the server is gone.
    Away,
    /// All.
    Always,
}

/// Who starts the program on its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Boot {
    /// Found out from the page: its own script when it refers to `wasm_exec.js` or `new Go(`.
    Auto,
    /// The page's own script.
    Page,
    /// The client of dev-server.
    Client,
}

/// Settings of one program of the project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgramSettings {
    /// Folder of the main package, relative to the project.
    pub package: Option<PathBuf>,
    /// Folder of the page, relative to the package. Default: the first of web, static, public, page, www that has an
    /// index.html, else the package's folder.
    pub page: Option<PathBuf>,
    /// Who starts the program on its page.
    pub boot: Option<Boot>,
    /// True: the program runs in a Web Worker.
    pub worker: Option<bool>,
    /// Functions that the page's own script gives to the program beside the toolchain's, such as "env.draw".
    pub imports: Option<Vec<String>>,
}

/// Everything that can be set. A field that is missing is left to a weaker source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Address to listen on; loopback unless set. Not in a project's file.
    pub host: Option<std::net::IpAddr>,
    /// Port to listen on; the next free one is taken when it is busy.
    pub port: Option<u16>,
    /// True: a busy port is an error.
    pub strict_port: Option<bool>,
    /// Build also what only moves lines, so that positions of panics are exact. Default: false, an edit of comments and
    /// formatting builds nothing.
    pub exact_positions: Option<bool>,
    /// Which clients talk over HTTP/3 (WebTransport), at the UDP port with the number of the TCP port; those on other machines
    /// unless set.
    pub http3: Option<Http3Choice>,
    /// True: clicks, keys, text and scrolling on one page are done on the other pages of its program too.
    pub mirror: Option<bool>,
    /// Host names, beside the loopback ones, under which the server may be asked. Not in a project's file.
    pub allowed_hosts: Option<Vec<String>>,
    /// True: encrypt with a certificate that is made for this machine; devices have to be told to trust it.
    pub tls: Option<bool>,
    /// File with a certificate chain in PEM form, to encrypt with. Not in a project's file.
    pub tls_cert: Option<PathBuf>,
    /// File with the certificate's private key in PEM form. Not in a project's file.
    pub tls_key: Option<PathBuf>,
    /// Which compiler builds the programs.
    pub compiler: Option<CompilerChoice>,
    /// Whether functions are replaced in running programs; on unless set.
    pub hot: Option<HotChoice>,
    /// Build tags.
    pub tags: Option<Vec<String>>,
    /// Linker flags: `-s`, `-w` and `-X importpath.name=value`.
    pub ldflags: Option<String>,
    /// True: open a browser at the start.
    pub open: Option<bool>,
    /// Words of the editor's command line; `{file}`, `{line}` and `{column}` are filled in. Not in a project's file.
    pub editor: Option<Vec<String>>,
    /// Folder for modules and compilers' caches. Not in a project's file.
    pub cache_dir: Option<PathBuf>,
    /// File of the project that says which clients get what; dev-flags.toml unless set. Relative to the project.
    pub flags: Option<PathBuf>,
    /// Milliseconds between looks at the files; unset: events of the file system.
    pub poll: Option<NonZeroU64>,
    /// Seconds after which a compiler is ended.
    pub build_timeout: Option<NonZeroU64>,
    /// Mebibytes of memory a compiler may use.
    pub build_memory: Option<NonZeroU64>,
    /// Folders outside the project that `replace` and go.work may name. Not in a project's file.
    pub trusted_folders: Option<Vec<PathBuf>>,
    /// Address of an OpenTelemetry collector that takes OTLP over HTTP, such as "http://127.0.0.1:4318": it gets a trace of
    /// each save, to the page's answer. Unset: the environment's OTEL_EXPORTER_OTLP_ENDPOINT; without either nothing is
    /// traced. Not in a project's file.
    pub otlp: Option<String>,
    /// URL paths that are forwarded, each with the address of its backend, such as "/api" = "http://127.0.0.1:9000".
    pub proxy: Option<BTreeMap<String, String>>,
    /// Folder of a Go program, or a WebAssembly file, that runs on this machine and answers `route`. Relative to the project,
    /// and in it.
    pub host_module: Option<PathBuf>,
    /// What a folder at `host_module` is built for; "wasip1" unless set. A component that answers HTTP itself needs "wasip2".
    pub host_target: Option<TargetChoice>,
    /// URL path that `host_module` answers, with all below it; "/api" unless set.
    pub route: Option<String>,
    /// Programs of the project by name; default: every main package.
    pub program: Option<BTreeMap<String, ProgramSettings>>,
}

impl Settings {
    /// These settings, and those of `weaker` where these are silent.
    #[must_use]
    pub fn over(self, weaker: Self) -> Self {
        Self {
            host: self.host.or(weaker.host),
            port: self.port.or(weaker.port),
            strict_port: self.strict_port.or(weaker.strict_port),
            exact_positions: self.exact_positions.or(weaker.exact_positions),
            http3: self.http3.or(weaker.http3),
            mirror: self.mirror.or(weaker.mirror),
            allowed_hosts: self.allowed_hosts.or(weaker.allowed_hosts),
            tls: self.tls.or(weaker.tls),
            tls_cert: self.tls_cert.or(weaker.tls_cert),
            tls_key: self.tls_key.or(weaker.tls_key),
            compiler: self.compiler.or(weaker.compiler),
            hot: self.hot.or(weaker.hot),
            tags: self.tags.or(weaker.tags),
            ldflags: self.ldflags.or(weaker.ldflags),
            open: self.open.or(weaker.open),
            editor: self.editor.or(weaker.editor),
            cache_dir: self.cache_dir.or(weaker.cache_dir),
            flags: self.flags.or(weaker.flags),
            poll: self.poll.or(weaker.poll),
            build_timeout: self.build_timeout.or(weaker.build_timeout),
            build_memory: self.build_memory.or(weaker.build_memory),
            trusted_folders: self.trusted_folders.or(weaker.trusted_folders),
            otlp: self.otlp.or(weaker.otlp),
            proxy: self.proxy.or(weaker.proxy),
            host_module: self.host_module.or(weaker.host_module),
            host_target: self.host_target.or(weaker.host_target),
            route: self.route.or(weaker.route),
            program: self.program.or(weaker.program),
        }
    }

    /// Names of the keys that are set here and that a project's file must not set.
    pub(super) fn user_only(&self) -> Vec<&'static str> {
        [
            ("host", self.host.is_some()),
            ("allowed_hosts", self.allowed_hosts.is_some()),
            ("tls_cert", self.tls_cert.is_some()),
            ("tls_key", self.tls_key.is_some()),
            ("editor", self.editor.is_some()),
            ("cache_dir", self.cache_dir.is_some()),
            ("otlp", self.otlp.is_some()),
            ("trusted_folders", self.trusted_folders.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, set)| set.then_some(name))
        .collect()
    }
}
