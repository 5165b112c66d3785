//! Requests and answers of HTTP as messages: what the JSON header has in it. The payload is the body.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use wasm_host::Message;

/// A request for a guest.
#[derive(Debug, Clone, Serialize)]
pub struct GuestRequest {
    /// Such as `GET`.
    pub method: String,
    /// As it was asked, without the route: begins with `/`.
    pub path: String,
    /// Where this program answers.
    pub route: String,
    /// What comes after `?`; empty when there is nothing.
    pub query: String,
    /// Names in lower case and values, in the order in which they came; a name may come several times.
    pub headers: Vec<(String, String)>,
    /// The payload.
    #[serde(skip)]
    pub body: Bytes,
}

/// A guest's answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuestAnswer {
    /// From 200 to 599.
    #[serde(default = "ok")]
    pub status: u16,
    /// Names and values.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The payload.
    #[serde(skip)]
    pub body: Bytes,
}

fn ok() -> u16 {
    200
}

/// What a guest wrote is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum WrongAnswer {
    #[error(transparent)]
    Message(#[from] wasm_host::MessageError),
    #[error("the header of its answer is not right: {0}")]
    Header(#[from] serde_json::Error),
    #[error("its answer has the status {0}")]
    Status(u16),
}

impl WrongAnswer {
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::Message(error) => error.hint(),
            Self::Header(_) => {
                r#"write a header such as {"status":200,"headers":[["content-type","text/plain"]]}"#
            }
            Self::Status(_) => "answer with a status from 200 to 599",
        }
    }
}

impl GuestRequest {
    /// What a guest reads.
    pub fn encode(&self) -> Result<Bytes, wasm_host::MessageError> {
        let header = serde_json::to_vec(self).unwrap_or_default();
        Message::encode(&header, &self.body)
    }
}

impl GuestAnswer {
    pub(super) fn decode(bytes: Bytes) -> Result<Self, WrongAnswer> {
        let Message { header, payload } = Message::decode(bytes)?;
        let answer: Self = serde_json::from_slice(&header)?;
        if !(200..=599).contains(&answer.status) {
            return Err(WrongAnswer::Status(answer.status));
        }
        Ok(Self { body: payload, ..answer })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(header: &str) -> Result<GuestAnswer, String> {
        let bytes = Message::encode(header.as_bytes(), b"body").unwrap();
        GuestAnswer::decode(bytes).map_err(|error| error.to_string())
    }

    #[test]
    fn headers_are_json_with_few_keys() {
        let request = GuestRequest {
            method: "POST".into(),
            path: "/items".into(),
            route: "/api".into(),
            query: "a=1".into(),
            headers: vec![("accept".into(), "*/*".into())],
            body: Bytes::from_static(b"hello"),
        };
        let message = Message::decode(request.encode().unwrap()).unwrap();
        assert_eq!(
            std::str::from_utf8(&message.header).unwrap(),
            r#"{"method":"POST","path":"/items","route":"/api","query":"a=1","headers":[["accept","*/*"]]}"#
        );
        assert_eq!(&message.payload[..], b"hello");
        let answer = decoded(r#"{"status":404,"headers":[["a","b"],["a","c"]]}"#).unwrap();
        assert_eq!((answer.status, answer.headers.len(), &answer.body[..]), (404, 2, &b"body"[..]));
        assert_eq!(decoded("{}").unwrap().status, 200);
        assert!(decoded(r#"{"staus":404}"#).unwrap_err().contains("unknown field `staus`"));
        assert!(decoded(r#"{"status":99}"#).unwrap_err().contains("99"));
        assert!(decoded("hello").unwrap_err().contains("header of its answer"));
    }
}
