//! Spans as the OpenTelemetry protocol carries them.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{self as wire, ResourceSpans, ScopeSpans, Status};
use prost::Message as _;

use super::span::{Attribute, Span};

/// A span of a trace, ready to be sent.
#[derive(Debug, Clone)]
pub(super) struct Ready(wire::Span);

/// One run of the server: traces and spans of different runs never have the same numbers.
#[derive(Debug, Clone)]
pub(super) struct Run {
    key: [u8; 32],
    spans: u64,
}

/// Of one revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trace {
    id: [u8; 16],
    root: [u8; 8],
}

impl Run {
    pub(super) fn new() -> Result<Self, getrandom::Error> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        Ok(Self { key, spans: 0 })
    }

    /// The trace of a revision; the same whenever it is asked for, so that a page may answer late.
    pub(super) fn trace(&self, revision: u64) -> Trace {
        Trace { id: self.hash("trace", revision), root: self.hash("root", revision) }
    }

    /// A span and its parts, below the root of a trace.
    pub(super) fn ready(&mut self, trace: Trace, span: Span, into: &mut Vec<Ready>) {
        self.below(trace, trace.root, span, into);
    }

    /// The root of a trace itself.
    pub(super) fn root(trace: Trace, span: &Span) -> Ready {
        ready(trace, trace.root, Vec::new(), span)
    }

    fn below(&mut self, trace: Trace, parent: [u8; 8], mut span: Span, into: &mut Vec<Ready>) {
        self.spans += 1;
        let id = self.hash("span", self.spans);
        let children = std::mem::take(&mut span.children);
        into.push(ready(trace, id, parent.to_vec(), &span));
        // Two levels at most: stages, and what they are part of.
        for child in children {
            self.below(trace, id, child, into);
        }
    }

    fn hash<const LENGTH: usize>(&self, what: &str, number: u64) -> [u8; LENGTH] {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(what.as_bytes()).update(&number.to_le_bytes());
        let mut id = [0; LENGTH];
        hasher.finalize_xof().fill(&mut id);
        id
    }
}

fn ready(trace: Trace, id: [u8; 8], parent: Vec<u8>, span: &Span) -> Ready {
    Ready(wire::Span {
        trace_id: trace.id.to_vec(),
        span_id: id.to_vec(),
        parent_span_id: parent,
        name: span.name.to_owned(),
        kind: wire::span::SpanKind::Internal.into(),
        start_time_unix_nano: nanoseconds(span.start),
        end_time_unix_nano: nanoseconds(span.end),
        attributes: span.attributes.iter().map(|(key, value)| attribute(key, value)).collect(),
        status: span.failed.then(|| Status { code: StatusCode::Error.into(), ..Status::default() }),
        ..wire::Span::default()
    })
}

/// A request to a collector: these spans, of a service with this name.
pub(super) fn request(service: &str, spans: impl Iterator<Item = Ready>) -> Bytes {
    let text = |text: &str| Attribute::Text(text.to_owned());
    let attributes = vec![
        attribute("service.name", &text(service)),
        attribute("service.version", &text(env!("CARGO_PKG_VERSION"))),
        attribute("process.pid", &Attribute::Number(std::process::id().into())),
    ];
    let scope = InstrumentationScope {
        name: "dev-server".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    };
    let spans = spans.map(|Ready(span)| span).collect();
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource { attributes, ..Resource::default() }),
            scope_spans: vec![ScopeSpans { scope: Some(scope), spans, ..ScopeSpans::default() }],
            ..ResourceSpans::default()
        }],
    };
    request.encode_to_vec().into()
}

fn attribute(key: &str, value: &Attribute) -> KeyValue {
    let value = match value {
        Attribute::Number(number) => any_value::Value::IntValue(number.cast_signed()),
        Attribute::Text(text) => any_value::Value::StringValue(text.clone()),
    };
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

fn nanoseconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_has_one_trace_and_each_span_a_number_of_its_own() {
        let mut run = Run::new().unwrap();
        assert_eq!(run.trace(3), run.trace(3));
        assert_ne!(run.trace(3), run.trace(4));
        assert_ne!(run.trace(3), Run::new().unwrap().trace(3));
        let mut ready = Vec::new();
        let ms = std::time::Duration::from_millis(1);
        let build =
            Span::ending("build", SystemTime::now(), 5 * ms).made_of([("link", ms), ("asyncify", ms)]);
        run.ready(run.trace(3), build.clone(), &mut ready);
        run.ready(run.trace(3), build, &mut ready);
        let mut ids: Vec<_> = ready.iter().map(|Ready(span)| span.span_id.clone()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 6);
        assert!(ready.iter().all(|Ready(span)| span.trace_id == run.trace(3).id && span.span_id.len() == 8));
        assert_eq!(ready[1].0.parent_span_id, ready[0].0.span_id);
        assert_eq!(ready[0].0.parent_span_id, run.trace(3).root);
    }
}
