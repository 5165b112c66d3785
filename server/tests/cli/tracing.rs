//! One save as one trace, from the watcher to the page, with real compilers and a collector that listens on a socket.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use dev_server_proto::v1::{self, client_frame};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, crypto};

use crate::machine::{MODULE, Machine};
use crate::page::Page;

/// Longer than a cold build takes on a busy machine.
const DEADLINE: Duration = Duration::from_mins(5);

const PROGRAM: &str = "package main

//go:noinline
func greeting(count int) int {
	return count + 1
}

func main() {
	println(greeting(1))
	select {}
}
";

/// Takes spans over OTLP, as a collector does.
async fn collector() -> (String, mpsc::Receiver<Vec<Span>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (tell, spans) = mpsc::channel(1024);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(collect(stream, tell.clone()));
        }
    });
    (address, spans)
}

async fn collect<S: AsyncRead + AsyncWrite + Unpin>(stream: S, tell: mpsc::Sender<Vec<Span>>) {
    let mut stream = BufReader::new(stream);
    while let Some(body) = request(&mut stream).await {
        let sent = ExportTraceServiceRequest::decode(&body[..]).unwrap().resource_spans;
        let scopes = sent.into_iter().flat_map(|resource| resource.scope_spans);
        let sent = scopes.flat_map(|scope| scope.spans).collect();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        stream.flush().await.unwrap();
        if tell.send(sent).await.is_err() {
            return;
        }
    }
}

/// The same over TLS, and its certificate in DER form.
async fn secure_collector() -> (String, Vec<u8>, mpsc::Receiver<Vec<Span>>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let (tell, spans) = mpsc::channel(1024);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Who does not believe it goes away again.
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            tokio::spawn(collect(stream, tell.clone()));
        }
    });
    (address, made.cert.der().to_vec(), spans)
}

#[tokio::test]
async fn spans_go_over_tls_to_a_collector_that_is_believed() {
    let (address, certificate, mut spans) = secure_collector().await;
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM)]);
    let ran = machine.once(&["--otlp", &address]).await;
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stderr.contains("the trace collector does not answer"), "{ran:?}");
    assert!(spans.try_recv().is_err(), "it is not one of the system's");
    let path = machine.path("collector.crt");
    std::fs::write(&path, certificate).unwrap();
    let machine = machine.variable("OTEL_EXPORTER_OTLP_CERTIFICATE", path);
    let ran = machine.once(&["--otlp", &address]).await;
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(spans.recv().await.unwrap().iter().any(|span| span.name == "build"));
}

async fn request<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> Option<Vec<u8>> {
    let mut head = String::new();
    while stream.read_line(&mut head).await.ok()? > 2 {}
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    assert!(head.starts_with("POST /v1/traces "), "{head}");
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).await.ok()?;
    Some(body)
}

fn stages(names: &[(&str, u64)]) -> Vec<v1::Stage> {
    let stage = |(name, ms): &(&str, u64)| v1::Stage { name: (*name).to_owned(), microseconds: ms * 1000 };
    names.iter().map(stage).collect()
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "it is read while it runs, and ended with the test")]
async fn one_save_is_one_trace_from_the_watcher_to_the_page() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM)]);
    let (address, mut spans) = collector().await;
    let mut server = tokio::process::Command::new(env!("CARGO_BIN_EXE_dev-server"))
        .args(["serve", "--json", "--port", "0", "--compiler", "tinygo", "--otlp", &address])
        .current_dir(machine.project())
        .env("XDG_STATE_HOME", machine.path("state"))
        .env("XDG_CONFIG_HOME", machine.path("config"))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let first = tokio::time::timeout(DEADLINE, lines.next_line()).await.unwrap().unwrap().unwrap();
    let listening: serde_json::Value = serde_json::from_str(&first).unwrap();
    let (url, token) = (listening["url"].as_str().unwrap(), listening["token"].as_str().unwrap());
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });

    let host = url.trim_start_matches("http://").trim_end_matches('/');
    let hello = v1::Hello { program: "project".into(), accepts: true, ..v1::Hello::default() };
    let mut page = Page::open(host, token, hello).await;
    let (frame, update) = page.update().await;
    let base = update.module.unwrap().hash;
    let applied = v1::Applied {
        epoch: frame.epoch,
        sequence: frame.sequence,
        base: base.clone(),
        level: v1::Level::ModuleSwap.into(),
        stages: stages(&[
            ("transfer", 1),
            ("compile", 2),
            ("swap", 1),
            ("program_start", 1),
            ("first_frame", 3),
        ]),
        accepts: true,
        ..v1::Applied::default()
    };
    page.say(client_frame::Body::Applied(applied)).await;

    // A compiler that has just been started may have to be warmed first; what is patched then is this.
    machine.write("project/main.go", &PROGRAM.replace("count + 1", "count * 1000"));
    let (frame, update) = page.update().await;
    assert_eq!(update.level(), v1::Level::HotPatch, "{}", update.reason);
    let applied = v1::Applied {
        epoch: frame.epoch,
        sequence: frame.sequence,
        base,
        patch: update.patches.last().unwrap().number,
        level: v1::Level::HotPatch.into(),
        stages: stages(&[("compile", 0), ("apply", 0), ("first_frame", 0)]),
        accepts: true,
        ..v1::Applied::default()
    };
    page.say(client_frame::Body::Applied(applied)).await;

    let mut traces: BTreeMap<Vec<u8>, Vec<Span>> = BTreeMap::new();
    let is_of_a_save = |spans: &[Span]| {
        let has = |name: &str| spans.iter().any(|span| span.name == name);
        has("save") && has("watch") && has("page")
    };
    let save = loop {
        if let Some(save) = traces.values().find(|spans| is_of_a_save(spans)) {
            break save.clone();
        }
        let sent = tokio::time::timeout(DEADLINE, spans.recv()).await;
        let Ok(Some(sent)) = sent else { panic!("no trace of the save: {traces:#?}") };
        for span in sent {
            assert!(!format!("{span:?}").contains(token));
            traces.entry(span.trace_id.clone()).or_default().push(span);
        }
    };
    let one = |name: &str| {
        let found = save.iter().find(|span| span.name == name);
        found.unwrap_or_else(|| panic!("no span {name} among {save:#?}"))
    };
    let root = one("save");
    assert!(root.parent_span_id.is_empty() && root.trace_id.len() == 16);
    for (name, parent) in [
        ("watch", "save"),
        ("parse", "save"),
        ("diff", "save"),
        ("analyse", "save"),
        ("build", "save"),
        ("check", "build"),
        ("plan", "build"),
        ("codegen", "build"),
        ("link", "build"),
        ("asyncify", "build"),
        ("page", "save"),
        ("transfer", "page"),
        ("compile", "page"),
        ("apply", "page"),
        ("first_frame", "page"),
    ] {
        let span = one(name);
        assert_eq!(span.parent_span_id, one(parent).span_id, "{name}");
        assert!(span.start_time_unix_nano <= span.end_time_unix_nano, "{name}");
        assert!(root.start_time_unix_nano <= span.start_time_unix_nano, "{name}");
        assert!(span.end_time_unix_nano <= root.end_time_unix_nano, "{name}");
    }
    assert!(one("watch").start_time_unix_nano == root.start_time_unix_nano);
    assert!(one("build").start_time_unix_nano >= one("watch").end_time_unix_nano);
    assert!(one("page").end_time_unix_nano == root.end_time_unix_nano);
    assert!(one("codegen").end_time_unix_nano > one("codegen").start_time_unix_nano);
    server.kill().await.unwrap();
}
