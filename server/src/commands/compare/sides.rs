//! The two that are compared: what a handler answers, and what a program does.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Uri};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use wasm_host::{Functions, HostOptions, Input, Limits, Message, Outcome, Output, Permissions, Setup};

use crate::cli::CompareArgs;
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::guest::{GuestRequest, Workshop};

use super::super::CommandError;
use super::super::ask::ask;
use super::super::reach::Reach;
use super::super::wasi::Found;

/// Bytes of an answer.
const MOST: usize = 256 << 20;

/// A status of HTTP and what came with it.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Bytes,
}

/// The members of an answer's header that count here.
#[derive(Deserialize)]
struct Header {
    #[serde(default = "ok")]
    status: u16,
    /// Length of the payload, where a program says it.
    payload: Option<usize>,
}

const fn ok() -> u16 {
    200
}

fn failed(error: impl std::fmt::Display) -> CommandError {
    CommandError::new(ExitStatus::Failure, error)
}

/// The address as one of HTTP.
pub(super) fn address(url: &str) -> Result<Uri, CommandError> {
    let wrong = |why: String| {
        CommandError::new(ExitStatus::Usage, format!("{url} is not the address of a handler: {why}"))
            .with_hint("write one such as http://127.0.0.1:8080/plain?frames=16".to_owned())
    };
    let uri: Uri = url.parse().map_err(|error: hyper::http::uri::InvalidUri| wrong(error.to_string()))?;
    match (uri.scheme_str(), uri.authority()) {
        (Some("http" | "https"), Some(_)) => Ok(uri),
        _ => Err(wrong("it must start with http:// or https://".to_owned())),
    }
}

/// What the handler answers.
pub(super) async fn handler(uri: &Uri, environment: &Environment) -> Result<Answer, CommandError> {
    let place = format!(
        "{}://{}/",
        uri.scheme_str().unwrap_or("http"),
        uri.authority().map_or("", |host| host.as_str())
    );
    let server = place.parse().map_err(|error| {
        CommandError::new(ExitStatus::Usage, format!("{place} is not the address of a server: {error}"))
    })?;
    let reach = Reach::to(server, None, environment)?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::get(path).body(Full::default()).map_err(failed)?;
    let answered = ask(&reach, request, MOST).await.map_err(|error| {
        failed(format!("{uri} does not answer: {error}")).with_hint("start the handler first".to_owned())
    })?;
    Ok(Answer { status: answered.0.as_u16(), body: answered.1 })
}

/// What the program answers.
pub(super) async fn program(
    uri: &Uri,
    arguments: &CompareArgs,
    environment: &Environment,
    shutdown: &CancellationToken,
) -> Result<Answer, CommandError> {
    let message = if arguments.http { request(uri)? } else { message(uri, arguments.header.as_deref())? };
    let found = Found::at(&arguments.program, &arguments.build, environment).await?;
    let host = found.host(&HostOptions { module_bytes: 256 << 20, ..HostOptions::default() })?;
    let mut workshop = Workshop::new(host, found.source, Functions::new());
    let interrupted = || CommandError::new(ExitStatus::Failure, "interrupted");
    let made = workshop.make(shutdown).await.ok_or_else(interrupted)?;
    let module = made.module.map_err(|reasons| {
        let first = reasons.first().map(|reason| reason.message.clone()).unwrap_or_default();
        failed(format!("{} cannot be built: {first}", arguments.program.display()))
            .with_hint(format!("`dev-server run {}` says all", arguments.program.display()))
    })?;
    let setup = Setup {
        permissions: Permissions { arguments: vec![workshop.name()], ..Permissions::default() },
        limits: Limits::default(),
        stdin: Input::bytes(message),
        stdout: Output::buffer(MOST),
        stderr: Output::buffer(1 << 20).dropping(),
        ..Setup::default()
    };
    let running = shutdown.run_until_cancelled(module.run(setup)).await.ok_or_else(interrupted)?;
    let done = running.map_err(|error| failed(&error).with_hint(error.hint().map(str::to_owned)))?;
    if !matches!(done.outcome, Outcome::Finished | Outcome::Exited(0)) {
        let words = String::from_utf8_lossy(&done.stderr.bytes).trim().to_owned();
        let words = if words.is_empty() { words } else { format!(": {words}") };
        return Err(failed(format!("the program {}{words}", done.outcome)));
    }
    answer(done.stdout.bytes.into())
}

fn answer(bytes: Bytes) -> Result<Answer, CommandError> {
    let Message { header, payload } = Message::decode(bytes)
        .map_err(|error| failed(format!("the program: {error}")).with_hint(error.hint().to_owned()))?;
    let Header { status, payload: length } = serde_json::from_slice(&header)
        .map_err(|error| failed(format!("the header of the program's answer is not right: {error}")))?;
    match length {
        Some(length) if length != payload.len() => Err(failed(format!(
            "the program's answer has {} bytes of payload, and says that there are {length}",
            payload.len()
        ))),
        _ => Ok(Answer { status, body: payload }),
    }
}

/// The members of the query, or what was said in their place.
fn message(uri: &Uri, header: Option<&str>) -> Result<Bytes, CommandError> {
    let header = match header {
        Some(header) => {
            serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(header).map_err(|error| {
                CommandError::new(ExitStatus::Usage, format!("--header is no JSON object: {error}"))
                    .with_hint(r#"write one such as '{"frames":16}'"#.to_owned())
            })?
        }
        None => of_query(uri.query().unwrap_or_default()),
    };
    Message::encode(&serde_json::to_vec(&header).map_err(failed)?, &[]).map_err(failed)
}

fn of_query(query: &str) -> serde_json::Map<String, serde_json::Value> {
    let plain = |text: &str| {
        percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
    };
    let members = query.split('&').filter(|part| !part.is_empty()).map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = plain(value);
        let value = value.parse::<i64>().map_or_else(|_| value.into(), serde_json::Value::from);
        (plain(name), value)
    });
    members.collect()
}

fn request(uri: &Uri) -> Result<Bytes, CommandError> {
    let request = GuestRequest {
        method: "GET".to_owned(),
        path: "/".to_owned(),
        route: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers: Vec::new(),
        body: Bytes::new(),
    };
    request.encode().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_becomes_a_header() {
        let header = |query| serde_json::Value::from(of_query(query)).to_string();
        assert_eq!(header("frames=16&delay=-5&name=a+b%26"), r#"{"delay":-5,"frames":16,"name":"a b&"}"#);
        assert_eq!(header("&x&y=1.5"), r#"{"x":"","y":"1.5"}"#);
        assert_eq!(header(""), "{}");
    }

    #[test]
    fn an_answer_has_a_status_and_all_of_its_payload() {
        let encoded = |header: &str| Message::encode(header.as_bytes(), b"four").unwrap();
        let read = answer(encoded(r#"{"status":404,"error":"x","payload":4}"#)).unwrap();
        assert_eq!((read.status, &read.body[..]), (404, &b"four"[..]));
        assert_eq!(answer(encoded("{}")).unwrap().status, 200);
        let short = answer(encoded(r#"{"payload":5}"#)).unwrap_err().to_string();
        assert!(short.contains("4 bytes of payload, and says that there are 5"), "{short}");
        assert!(answer(Bytes::from_static(b"GIF89a")).is_err());
    }

    #[test]
    fn only_addresses_of_http_are_asked() {
        assert!(address("http://127.0.0.1:8080/plain?frames=16").is_ok());
        for wrong in ["ftp://host/", "/plain", "127.0.0.1:80", "http//x", ""] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
