//! What `serve` takes. Every flag has a key of the same name in `dev-server.toml`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Args;

use super::CompileFlags;
use crate::config::{HotChoice, Http3Choice, Settings, TargetChoice};

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Folder of the project
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// How to compile.
    #[command(flatten)]
    pub compile: CompileFlags,
    /// Replace functions in running programs [default: on]
    #[arg(long, value_name = "CHOICE")]
    pub hot: Option<HotChoice>,
    /// Address to listen on [default: 127.0.0.1]
    #[arg(long, value_name = "ADDRESS")]
    pub host: Option<IpAddr>,
    /// Port; the next free one is taken when it is busy [default: 7700]
    #[arg(long)]
    pub port: Option<u16>,
    /// A busy port is an error
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub strict_port: Option<bool>,
    /// Build also what only moves lines, so that positions of panics are exact
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub exact_positions: Option<bool>,
    /// Which clients talk over HTTP/3 (WebTransport) where they can [default: away]
    #[arg(long, value_name = "CHOICE")]
    pub http3: Option<Http3Choice>,
    /// Do clicks, keys, text and scrolling of one page on the other pages of its program too
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub mirror: Option<bool>,
    /// Host name, beside the loopback ones, under which the server may be asked; may be repeated
    #[arg(long = "allowed-host", value_name = "NAME")]
    pub allowed_hosts: Option<Vec<String>>,
    /// Encrypt with a certificate that is made for this machine
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub tls: Option<bool>,
    /// Encrypt with this certificate chain (PEM)
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Forward a URL path to a backend, such as /api=http://127.0.0.1:9000; may be repeated
    #[arg(long, value_name = "PATH=URL", value_parser = proxy_rule)]
    pub proxy: Option<Vec<(String, String)>>,
    /// Folder of a Go program, or a WebAssembly file, that runs on this machine and answers a route
    #[arg(long, value_name = "PATH")]
    pub host_module: Option<PathBuf>,
    /// What a folder at --host-module is built for; a component that answers HTTP itself needs wasip2 [default: wasip1]
    #[arg(long, value_enum, value_name = "TARGET")]
    pub host_target: Option<TargetChoice>,
    /// URL path that the host module answers, with all below it [default: /api]
    #[arg(long, value_name = "PATH")]
    pub route: Option<String>,
    /// Open a browser at the start
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub open: Option<bool>,
    /// Editor for click-to-open, such as "code --goto {file}:{line}:{column}" [default: found by itself]
    #[arg(long, value_name = "COMMAND")]
    pub editor: Option<String>,
    /// File of the project that says which clients get what [default: dev-flags.toml]
    #[arg(long, value_name = "FILE")]
    pub flags: Option<PathBuf>,
    /// Look at the files every so many milliseconds instead of waiting for events
    #[arg(long, value_name = "MS")]
    pub poll: Option<NonZeroU64>,
    /// OpenTelemetry collector that gets a trace of each save, such as http://127.0.0.1:4318 [env: OTEL_EXPORTER_OTLP_ENDPOINT]
    #[arg(long, value_name = "URL")]
    pub otlp: Option<String>,
    /// Replace the project's token; open pages have to be opened anew
    #[arg(long)]
    pub new_token: bool,
    /// Print events as NDJSON
    #[arg(long)]
    pub json: bool,
    /// Build, print the events and end; nothing is announced to hubs
    #[arg(long)]
    pub once: bool,
    /// Announce everything to hubs through a NATS server, such as nats://broker:4222
    #[arg(long, value_name = "URL", env = "DEV_SERVER_BACKPLANE", hide_env_values = true)]
    pub backplane: Option<String>,
    /// File with the key that hubs have too [default: one of the project, made when it is missing]
    #[arg(long, value_name = "FILE", requires = "backplane")]
    pub backplane_key: Option<PathBuf>,
}

impl ServeArgs {
    /// As settings.
    pub fn settings(&self) -> Settings {
        Settings {
            hot: self.hot,
            host: self.host,
            port: self.port,
            strict_port: self.strict_port,
            exact_positions: self.exact_positions,
            http3: self.http3,
            mirror: self.mirror,
            allowed_hosts: self.allowed_hosts.clone(),
            tls: self.tls,
            tls_cert: self.tls_cert.clone(),
            tls_key: self.tls_key.clone(),
            open: self.open,
            editor: self.editor.as_ref().map(|line| line.split_whitespace().map(str::to_owned).collect()),
            flags: self.flags.clone(),
            poll: self.poll,
            otlp: self.otlp.clone(),
            host_module: self.host_module.clone(),
            host_target: self.host_target,
            route: self.route.clone(),
            proxy: self.proxy.clone().map(BTreeMap::from_iter),
            ..self.compile.settings()
        }
    }
}

fn proxy_rule(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, url)) if path.starts_with('/') => Ok((path.to_owned(), url.to_owned())),
        _ => Err("write it as /path=http://host:port".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::super::Cli;

    #[test]
    fn every_key_of_the_settings_but_programs_has_a_flag() {
        let Ok(schema) = serde_json::from_str::<serde_json::Value>(&crate::config::schema()) else {
            panic!("the schema is JSON")
        };
        let keys = schema["properties"].as_object().unwrap().keys();
        let command = Cli::command();
        let serve = command.find_subcommand("serve").unwrap();
        let flags: Vec<_> = serve.get_arguments().map(|argument| argument.get_id().as_str()).collect();
        let missing: Vec<_> =
            keys.filter(|key| *key != "program" && !flags.contains(&key.as_str())).collect();
        assert!(missing.is_empty(), "keys without a flag: {missing:?}");
        // And the other way round; what orders one run only is no setting, and the address of a broker may have a password
        // in it, which has no place in a file of settings.
        let once = ["folder", "new_token", "json", "once", "backplane", "backplane_key"];
        for flag in flags.into_iter().filter(|flag| !once.contains(flag)) {
            assert!(schema["properties"].get(flag).is_some(), "--{flag} has no key");
        }
    }
}
