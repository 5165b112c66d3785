//! Content by its hash: caching, single ranges, streaming. The only place that opens files to serve them.

use std::io::SeekFrom;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use super::answer::{self, Answer};
use crate::content::{BlobStore, ContentHash};

/// How long a browser may keep what it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caching {
    /// The URL has the hash in it.
    Immutable,
    /// The URL stays when the content changes: ask each time, with the ETag. The answer 304 keeps the engine's code
    /// cache, which 200 would throw away.
    Revalidate,
}

impl Caching {
    const fn header(self) -> &'static str {
        match self {
            Self::Immutable => "public, max-age=31536000, immutable",
            Self::Revalidate => "no-cache",
        }
    }
}

/// Bytes read from a file at a time: large enough that a module of some megabytes is not a thousand small writes.
const CHUNK: usize = 64 * 1024;

/// A blob as an answer. `one_range_only` is a guard: without it several ranges are answered with all of the content.
pub(super) async fn serve(
    store: &BlobStore,
    hash: ContentHash,
    media_type: &str,
    caching: Caching,
    request: &HeaderMap,
    one_range_only: bool,
) -> Answer {
    if is_known(request, hash) {
        return not_modified(hash, caching);
    }
    let Ok(mut file) = tokio::fs::File::open(store.path(hash)).await else { return answer::not_found() };
    let Ok(size) = file.metadata().await.map(|metadata| metadata.len()) else { return answer::not_found() };
    let range = match range(request, hash, size) {
        Range::All => None,
        Range::Several if !one_range_only => None,
        Range::Several | Range::Unsatisfiable => return unsatisfiable(size),
        Range::One(first, last) => Some((first, last)),
    };
    let (first, length) = range.map_or((0, size), |(first, last)| (first, last - first + 1));
    if first > 0 && file.seek(SeekFrom::Start(first)).await.is_err() {
        return answer::not_found();
    }
    let body = Body::from_stream(ReaderStream::with_capacity(file.take(length), CHUNK));
    let mut answer = Response::new(body);
    describe(&mut answer, hash, media_type, caching);
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_LENGTH, length.into());
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Some((first, last)) = range {
        if let Ok(value) = HeaderValue::from_str(&format!("bytes {first}-{last}/{size}")) {
            headers.insert(header::CONTENT_RANGE, value);
        }
        *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    answer
}

/// Content that is held in memory, such as a page with its script tag.
pub(super) fn serve_bytes(
    bytes: bytes::Bytes,
    hash: ContentHash,
    media_type: &str,
    caching: Caching,
    request: &HeaderMap,
) -> Answer {
    if is_known(request, hash) {
        return not_modified(hash, caching);
    }
    let mut answer = Response::new(Body::from(bytes));
    describe(&mut answer, hash, media_type, caching);
    answer
}

fn describe(answer: &mut Answer, hash: ContentHash, media_type: &str, caching: Caching) {
    let text = media_type.starts_with("text/")
        || matches!(media_type, "application/javascript" | "application/json" | "image/svg+xml");
    let media_type = if text { format!("{media_type}; charset=utf-8") } else { media_type.to_owned() };
    let media_type = HeaderValue::from_str(&media_type)
        .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"));
    answer.headers_mut().insert(header::CONTENT_TYPE, media_type);
    caching_headers(answer, hash, caching);
}

fn caching_headers(answer: &mut Answer, hash: ContentHash, caching: Caching) {
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching.header()));
    if let Ok(tag) = HeaderValue::from_str(&etag(hash)) {
        headers.insert(header::ETAG, tag);
    }
}

fn etag(hash: ContentHash) -> String {
    format!("\"{hash}\"")
}

fn not_modified(hash: ContentHash, caching: Caching) -> Answer {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::NOT_MODIFIED;
    caching_headers(&mut answer, hash, caching);
    answer
}

fn unsatisfiable(size: u64) -> Answer {
    let mut answer = answer::refused(
        StatusCode::RANGE_NOT_SATISFIABLE,
        "One range within the content is answered at most.",
    );
    if let Ok(value) = HeaderValue::from_str(&format!("bytes */{size}")) {
        answer.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    answer
}

/// The length of the list is bounded by the limit on the request's head.
fn is_known(request: &HeaderMap, hash: ContentHash) -> bool {
    let tag = etag(hash);
    request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|list| {
        list.trim() == "*" || list.split(',').any(|known| known.trim().trim_start_matches("W/") == tag)
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Range {
    All,
    One(u64, u64),
    Several,
    Unsatisfiable,
}

fn range(request: &HeaderMap, hash: ContentHash, size: u64) -> Range {
    let mut headers = request.get_all(header::RANGE).iter();
    let Some(header) = headers.next() else { return Range::All };
    if headers.next().is_some() {
        return Range::Several;
    }
    // A range of a content that the browser has in another version would be glued to the wrong rest.
    if request.get(header::IF_RANGE).is_some_and(|tag| tag.as_bytes() != etag(hash).as_bytes()) {
        return Range::All;
    }
    let Ok(text) = header.to_str() else { return Range::Unsatisfiable };
    // Units that are not known are ignored (RFC 9110, 14.2).
    let Some(list) = text.strip_prefix("bytes=") else { return Range::All };
    if list.contains(',') {
        return Range::Several;
    }
    one_range(list.trim(), size).map_or(Range::Unsatisfiable, |(first, last)| Range::One(first, last))
}

fn one_range(text: &str, size: u64) -> Option<(u64, u64)> {
    let (first, last) = text.split_once('-')?;
    let number = |digits: &str| {
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse::<u64>().ok()).flatten()
    };
    let end = size.checked_sub(1)?;
    match (first, last) {
        ("", suffix) => {
            let length = number(suffix).filter(|length| *length > 0)?;
            Some((size.saturating_sub(length), end))
        }
        (first, "") => number(first).filter(|first| *first <= end).map(|first| (first, end)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last && first <= end).then(|| (first, last.min(end)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_within_the_content_is_taken() {
        let hash = ContentHash::of(b"x");
        let of = |value: &str| {
            let headers = HeaderMap::from_iter([(header::RANGE, value.parse().unwrap())]);
            range(&headers, hash, 10)
        };
        for (value, expected) in [
            ("bytes=0-0", Range::One(0, 0)),
            ("bytes=5-", Range::One(5, 9)),
            ("bytes=-3", Range::One(7, 9)),
            ("bytes=-99", Range::One(0, 9)),
            ("bytes=2-99", Range::One(2, 9)),
            ("bytes=10-", Range::Unsatisfiable),
            ("bytes=9e99-", Range::Unsatisfiable),
            ("bytes=5-4", Range::Unsatisfiable),
            ("bytes=-0", Range::Unsatisfiable),
            ("bytes=99999999999999999999-", Range::Unsatisfiable),
            ("bytes=0-0,-1", Range::Several),
            ("lines=1-2", Range::All),
        ] {
            assert_eq!(of(value), expected, "{value}");
        }
        assert_eq!(one_range("0-", 0), None);
        let stale = HeaderMap::from_iter([
            (header::RANGE, "bytes=0-0".parse().unwrap()),
            (header::IF_RANGE, "\"old\"".parse().unwrap()),
        ]);
        assert_eq!(range(&stale, hash, 10), Range::All);
    }

    #[test]
    fn a_known_tag_is_found_in_a_list() {
        let hash = ContentHash::of(b"x");
        let of = |value: String| {
            is_known(&HeaderMap::from_iter([(header::IF_NONE_MATCH, value.parse().unwrap())]), hash)
        };
        assert!(of(format!("\"a\", W/\"{hash}\"")) && of("*".into()) && !of(hash.to_string()));
    }
}
