//! The exporter against a collector that listens on a socket of its own.

use std::sync::Mutex;
use std::time::SystemTime;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span as Sent;
use prost::Message as _;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::*;
use crate::environment::Environment;
use crate::telemetry::Observed;

struct Collector {
    address: String,
    heard: Receiver<(String, Vec<Sent>)>,
}

impl Collector {
    /// Answers each request with the next of these statuses, and with 200 from then on.
    async fn start(statuses: &'static [u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (tell, heard) = channel(64);
        let left = Arc::new(Mutex::new(statuses.iter().copied()));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(converse(BufReader::new(stream), Arc::clone(&left), tell.clone()));
            }
        });
        Self { address, heard }
    }
}

type Statuses = std::iter::Copied<std::slice::Iter<'static, u16>>;

async fn converse(
    mut stream: BufReader<TcpStream>,
    left: Arc<Mutex<Statuses>>,
    tell: Sender<(String, Vec<Sent>)>,
) {
    loop {
        let mut head = String::new();
        while stream.read_line(&mut head).await.unwrap_or_default() > 2 {}
        let Some(length) = head.lines().find_map(|line| line.strip_prefix("content-length: ")) else {
            return;
        };
        let mut body = vec![0; length.parse().unwrap()];
        stream.read_exact(&mut body).await.unwrap();
        let spans = ExportTraceServiceRequest::decode(&body[..]).unwrap().resource_spans;
        let spans = spans.into_iter().flat_map(|resource| resource.scope_spans);
        let spans = spans.flat_map(|scope| scope.spans).collect();
        let status = left.lock().unwrap().next().unwrap_or(200);
        let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 2\r\n\r\nok");
        stream.write_all(answer.as_bytes()).await.unwrap();
        if tell.send((head, spans)).await.is_err() {
            return;
        }
    }
}

struct Exporting {
    tracer: Tracer,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
    ended: tokio::task::JoinHandle<()>,
}

fn export(address: &str) -> Exporting {
    let variables = [("OTEL_EXPORTER_OTLP_HEADERS".into(), "x-key=secret".into())].into();
    let environment = Environment { variables, ..Environment::default() };
    let endpoint = Endpoint::find(Some(address), &environment).unwrap().unwrap();
    let metrics = Arc::new(Metrics::default());
    let (tracer, exporter) = Exporter::new(endpoint, Arc::clone(&metrics)).unwrap();
    let stop = CancellationToken::new();
    let ended = tokio::spawn(exporter.run(stop.clone()));
    Exporting { tracer, metrics, stop, ended }
}

fn span(name: &'static str, seconds: u64) -> Span {
    let end = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    Span::ending(name, end, Duration::from_secs(1))
}

fn counted(metrics: &Metrics, result: &str) -> bool {
    metrics.text(&Observed::default()).contains(&format!("devserver_spans_total{{result=\"{result}\"}} "))
}

#[tokio::test]
async fn spans_of_a_revision_are_one_trace_whose_root_spans_them_all() {
    let mut collector = Collector::start(&[200]).await;
    let exporting = export(&collector.address);
    exporting.tracer.record(
        7,
        vec![span("watch", 100), span("build", 103).made_of([("link", Duration::from_millis(1))])],
    );
    exporting.tracer.record(7, vec![span("page", 110)]);
    exporting.tracer.record(8, vec![span("watch", 200)]);
    exporting.tracer.record(9, vec![span("graph", 200)]);
    // Nothing is lost that was recorded before the end.
    exporting.stop.cancel();
    exporting.ended.await.unwrap();
    let (head, spans) = collector.heard.recv().await.unwrap();
    assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("content-type: application/x-protobuf\r\n") && head.contains("x-key: secret\r\n"));
    let named = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let root =
        spans.iter().find(|span| span.name == "save" && span.trace_id == named("page").trace_id).unwrap();
    assert!(root.parent_span_id.is_empty());
    let seconds = |nanoseconds: u64| nanoseconds / 1_000_000_000;
    assert_eq!((seconds(root.start_time_unix_nano), seconds(root.end_time_unix_nano)), (99, 110));
    assert_eq!(root.attributes[0].key, "devserver.revision");
    for name in ["page", "build"] {
        assert_eq!(named(name).parent_span_id, root.span_id, "{name}");
    }
    assert_eq!(named("link").parent_span_id, named("build").span_id);
    assert_eq!(spans.iter().filter(|span| span.trace_id == root.trace_id).count(), 5);
    assert_eq!(spans.iter().filter(|span| span.name == "save").count(), 2);
    assert_eq!(spans.iter().filter(|span| span.name == "load").count(), 1);
    assert!(counted(&exporting.metrics, "sent"));
}

#[tokio::test]
async fn a_trace_is_closed_and_sent_when_nothing_more_comes() {
    let mut collector = Collector::start(&[200]).await;
    let exporting = export(&collector.address);
    exporting.tracer.record(7, vec![span("watch", 100)]);
    let mut names = Vec::new();
    while !names.contains(&"save".to_owned()) {
        let (_, spans) = collector.heard.recv().await.unwrap();
        names.extend(spans.into_iter().map(|span| span.name));
    }
    assert_eq!(names, ["watch", "save"], "each is sent once");
    exporting.stop.cancel();
    exporting.ended.await.unwrap();
}

#[tokio::test]
async fn a_collector_that_is_busy_is_asked_again_and_one_that_refuses_is_not() {
    let mut collector = Collector::start(&[503, 200, 400]).await;
    let exporting = export(&collector.address);
    exporting.tracer.record(7, vec![span("watch", 100)]);
    let (_, refused) = collector.heard.recv().await.unwrap();
    let (_, again) = collector.heard.recv().await.unwrap();
    assert_eq!(refused[0].span_id, again[0].span_id);
    exporting.tracer.record(8, vec![span("watch", 200)]);
    let (_, last) = collector.heard.recv().await.unwrap();
    assert!(last.iter().all(|span| span.span_id != again[0].span_id), "what was taken is not sent again");
    exporting.stop.cancel();
    exporting.ended.await.unwrap();
    assert!(counted(&exporting.metrics, "sent") && counted(&exporting.metrics, "refused"));
}

#[tokio::test]
async fn without_a_collector_nothing_waits_and_nothing_grows() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let exporting = export(&address);
    for revision in 0..10_000 {
        exporting.tracer.record(revision, vec![span("watch", 100), span("build", 101)]);
    }
    exporting.stop.cancel();
    exporting.ended.await.unwrap();
    assert!(counted(&exporting.metrics, "dropped") && !counted(&exporting.metrics, "sent"));
}
