//! The request that asks for a WebSocket, and its answer (RFC 6455, 4.2).

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

/// Proves that the server has understood the request.
const KEY: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The value of `Sec-WebSocket-Accept`; `None` when the headers do not ask for a WebSocket of version 13.
pub(in crate::http) fn accept(headers: &HeaderMap) -> Option<HeaderValue> {
    let one = |name: header::HeaderName| {
        let mut values = headers.get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(value)
    };
    let upgrades = headers.get_all(header::CONNECTION).iter().any(|value| {
        let mut words = value.to_str().unwrap_or_default().split(',');
        words.any(|word| word.trim().eq_ignore_ascii_case("upgrade"))
    });
    let key = one(header::SEC_WEBSOCKET_KEY)?;
    let is_key = STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == 16);
    let asks = upgrades
        && one(header::UPGRADE)?.eq_ignore_ascii_case("websocket")
        && one(header::SEC_WEBSOCKET_VERSION)? == "13"
        && is_key;
    if !asks {
        return None;
    }
    let mut hash = Sha1::new();
    hash.update(key.as_bytes());
    hash.update(KEY);
    HeaderValue::from_str(&STANDARD.encode(hash.finalize())).ok()
}

/// No extension and no protocol is agreed on.
pub(in crate::http) fn answer(accept: HeaderValue) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = answer.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    const ASKS: [(&str, &str); 4] = [
        ("connection", "keep-alive, Upgrade"),
        ("upgrade", "WebSocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];

    #[test]
    fn the_example_of_the_rfc_is_answered_as_there() {
        assert_eq!(accept(&headers(&ASKS)).unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn what_is_missing_or_wrong_is_refused() {
        for left_out in 0..ASKS.len() {
            let mut lines = ASKS.to_vec();
            lines.remove(left_out);
            assert_eq!(accept(&headers(&lines)), None, "{lines:?}");
        }
        for (index, value) in [(0, "close"), (1, "h2c"), (2, "8"), (3, "c2hvcnQ="), (3, "no base64")] {
            let mut lines = ASKS;
            lines[index].1 = value;
            assert_eq!(accept(&headers(&lines)), None, "{lines:?}");
        }
        let mut twice = ASKS.to_vec();
        twice.push(ASKS[3]);
        assert_eq!(accept(&headers(&twice)), None);
    }
}
