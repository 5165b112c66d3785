//! Brings spans to a collector, off the path of everything that they are about.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::collector::Connector;
use super::endpoint::Endpoint;
use super::message::{Ready, Run, request};
use super::metrics::Metrics;
use super::span::{Attribute, Span};

/// Batches of spans that wait for the exporter. An edit makes some five; when it is full, as when the collector hangs, what
/// comes is dropped and counted, and nobody waits. When it is closed, the server is ending and spans are dropped.
const BATCHES: usize = 256;

/// Spans that wait for the collector; the oldest are dropped then.
const WAITING: usize = 4096;

/// Spans of one request.
const TOGETHER: usize = 512;

/// Time between requests.
const BEAT: Duration = Duration::from_secs(1);

/// A trace whose spans have come has its end when nothing was added for so long: pages answer within that.
const QUIET: Duration = Duration::from_secs(2);

/// Traces that are open at once; an edit a second makes three.
const OPEN: usize = 64;

/// Time of one request.
const PATIENCE: Duration = Duration::from_secs(10);

/// Time for the last request.
const FAREWELL: Duration = Duration::from_secs(2);

/// The longest pause after the collector did not answer.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Bytes of an answer that are read.
const ANSWER: usize = 64 * 1024;

/// Gives spans to the exporter.
#[derive(Debug, Clone)]
pub struct Tracer {
    sender: mpsc::Sender<Batch>,
    metrics: Arc<Metrics>,
}

#[derive(Debug)]
struct Batch {
    revision: u64,
    spans: Vec<Span>,
}

impl Tracer {
    /// Adds spans to the trace of a revision.
    pub fn record(&self, revision: u64, spans: Vec<Span>) {
        let count = spans.len();
        if self.sender.try_send(Batch { revision, spans }).is_err() {
            self.metrics.spans("dropped", count);
        }
    }
}

/// Collects spans and sends them.
#[derive(Debug)]
pub struct Exporter {
    endpoint: Endpoint,
    metrics: Arc<Metrics>,
    batches: mpsc::Receiver<Batch>,
    client: Client<Connector, Full<Bytes>>,
    run: Run,
    waiting: VecDeque<Ready>,
    open: BTreeMap<u64, Open>,
    /// When to try again, and the pause before that, after a failure.
    pause: Option<(Instant, Duration)>,
}

/// A trace that grows: its root spans all that was added.
#[derive(Debug)]
struct Open {
    root: Span,
    last: Instant,
}

impl Exporter {
    /// For one collector; fails when the system has no random numbers.
    pub fn new(endpoint: Endpoint, metrics: Arc<Metrics>) -> Result<(Tracer, Self), getrandom::Error> {
        let (sender, batches) = mpsc::channel(BATCHES);
        let tracer = Tracer { sender, metrics: Arc::clone(&metrics) };
        let connector = Connector::new(endpoint.authority.as_deref());
        let exporter = Self {
            endpoint,
            metrics,
            batches,
            client: Client::builder(TokioExecutor::new()).build(connector),
            run: Run::new()?,
            waiting: VecDeque::new(),
            open: BTreeMap::new(),
            pause: None,
        };
        Ok((tracer, exporter))
    }

    /// Sends what comes until `stop`, and then the rest.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                batch = self.batches.recv() => match batch {
                    Some(batch) => self.take(batch),
                    None => break,
                },
                _ = beat.tick() => {
                    self.close(Instant::now().checked_sub(QUIET));
                    if stop.run_until_cancelled(self.send()).await.is_none() {
                        break;
                    }
                }
            }
        }
        while let Ok(batch) = self.batches.try_recv() {
            self.take(batch);
        }
        self.close(Some(Instant::now()));
        self.pause = None;
        let _ = tokio::time::timeout(FAREWELL, self.send()).await;
        self.metrics.spans("dropped", self.waiting.len());
    }

    fn take(&mut self, Batch { revision, spans }: Batch) {
        let trace = self.run.trace(revision);
        let now = Instant::now();
        for span in spans {
            let open = self.open.entry(revision).or_insert_with(|| {
                // The start of the server and a key of the terminal load and build without a save.
                let name = if span.name == "watch" { "save" } else { "load" };
                let root = Span { name, attributes: Vec::new(), children: Vec::new(), ..span.clone() };
                let root = root.with("devserver.revision", Attribute::Number(revision));
                Open { root, last: now }
            });
            open.last = now;
            open.root.start = open.root.start.min(span.start);
            open.root.end = open.root.end.max(span.end);
            open.root.failed |= span.failed;
            let mut ready = Vec::new();
            self.run.ready(trace, span, &mut ready);
            self.waiting.extend(ready);
        }
        if self.open.len() > OPEN
            && let Some((revision, open)) = self.open.pop_first()
        {
            self.waiting.push_back(Run::root(self.run.trace(revision), &open.root));
        }
        let surplus = self.waiting.len().saturating_sub(WAITING);
        self.waiting.drain(..surplus);
        self.metrics.spans("dropped", surplus);
    }

    /// Ends traces to which nothing was added since then.
    fn close(&mut self, since: Option<Instant>) {
        let Some(since) = since else { return };
        let (run, waiting) = (&self.run, &mut self.waiting);
        self.open.retain(|revision, open| {
            let grows = open.last > since;
            if !grows {
                waiting.push_back(Run::root(run.trace(*revision), &open.root));
            }
            grows
        });
    }

    async fn send(&mut self) {
        if self.pause.is_some_and(|(until, _)| Instant::now() < until) {
            return;
        }
        while !self.waiting.is_empty() {
            let count = self.waiting.len().min(TOGETHER);
            let body = request(&self.endpoint.service, self.waiting.iter().take(count).cloned());
            match self.post(body).await {
                Ok(status) if status.is_success() => {
                    self.done("sent", count);
                    if self.pause.take().is_some() {
                        tracing::info!("the trace collector answers again");
                    }
                }
                // It does not want these, and asking again would not change that.
                Ok(status) if !is_passing(status) => {
                    self.done("refused", count);
                    tracing::warn!(%status, "the trace collector does not take spans");
                }
                Ok(status) => return self.failed(&status),
                Err(error) => return self.failed(&error),
            }
        }
    }

    fn done(&mut self, result: &'static str, count: usize) {
        self.waiting.drain(..count);
        self.metrics.spans(result, count);
    }

    /// Said once: a collector that is not there is a smaller thing than a screen full of warnings.
    fn failed(&mut self, error: &dyn std::fmt::Display) {
        let pause = self.pause.map_or(BEAT, |(_, pause)| (2 * pause).min(LONGEST_PAUSE));
        if self.pause.is_none() {
            tracing::warn!(%error, "the trace collector does not answer; it is asked again");
        }
        self.pause = Some((Instant::now() + pause, pause));
    }

    async fn post(&self, body: Bytes) -> Result<StatusCode, String> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.uri.clone();
        request.headers_mut().clone_from(&self.endpoint.headers);
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        let asking = async {
            let answer = self.client.request(request).await.map_err(|error| chain(&error))?;
            let status = answer.status();
            // Read to its end, so that the connection can be used again.
            let _ = Limited::new(answer.into_body(), ANSWER).collect().await;
            Ok(status)
        };
        tokio::time::timeout(PATIENCE, asking).await.map_err(|_| "no answer in time".to_owned())?
    }
}

/// RFC of the protocol, "Failures": these are worth another try.
fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

/// The client's own words say only that it failed; why is behind them.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
#[path = "exporter_tests.rs"]
mod tests;
