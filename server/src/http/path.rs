//! The path of a request, decoded once; whatever has a second spelling is refused.

/// Longest request target that is looked at.
pub(super) const LONGEST: usize = 8 * 1024;

/// Decoded segments of a path. It is only ever compared with names in a closed list; it never becomes a file path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestPath {
    segments: Vec<String>,
}

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathError {
    /// Over [`LONGEST`].
    TooLong,
    /// Anything that one server reads in another way than the next.
    Malformed,
}

impl RequestPath {
    /// Decodes percent-encoding exactly once, then refuses what could be taken for something else: empty and dot
    /// segments, slashes and backslashes that were hidden, control characters, bytes that are not UTF-8.
    pub(super) fn parse(raw: &str) -> Result<Self, PathError> {
        if raw.len() > LONGEST {
            return Err(PathError::TooLong);
        }
        let rest = raw.strip_prefix('/').ok_or(PathError::Malformed)?;
        let segments: Vec<String> =
            rest.split('/').map(decode).collect::<Option<_>>().ok_or(PathError::Malformed)?;
        let (last, inner) = segments.split_last().ok_or(PathError::Malformed)?;
        // Only the last segment may be empty: a folder's path ends with a slash.
        let whole = inner.iter().all(|segment| !segment.is_empty()) && last != "." && last != "..";
        let plain = segments.iter().all(|segment| {
            !matches!(segment.as_str(), "." | "..")
                && !segment.chars().any(|character| character.is_control() || matches!(character, '/' | '\\'))
        });
        if whole && plain { Ok(Self { segments }) } else { Err(PathError::Malformed) }
    }

    /// Without any of the checks, for the test that proves them to be needed.
    pub(super) fn parse_leniently(raw: &str) -> Self {
        Self { segments: raw.trim_start_matches('/').split('/').map(str::to_owned).collect() }
    }

    /// First segment, and what follows it: `None` when there is no slash after it.
    pub(super) fn split_first(&self) -> (&str, Option<String>) {
        let first = self.segments.first().map_or("", String::as_str);
        (first, (self.segments.len() > 1).then(|| self.segments[1..].join("/")))
    }

    /// All segments.
    pub(super) fn whole(&self) -> String {
        self.segments.join("/")
    }
}

fn decode(segment: &str) -> Option<String> {
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next()?, bytes.next()?];
            if !digits.iter().all(u8::is_ascii_hexdigit) {
                return None;
            }
        }
    }
    let decoded = percent_encoding::percent_decode_str(segment).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths_are_decoded_once() {
        for (raw, first, rest) in [
            ("/", "", None),
            ("/app", "app", None),
            ("/app/", "app", Some("")),
            ("/app/img/a%20b.png", "app", Some("img/a b.png")),
            ("/app/%252e%252e", "app", Some("%2e%2e")),
        ] {
            let path = RequestPath::parse(raw).unwrap();
            assert_eq!(path.split_first(), (first, rest.map(str::to_owned)), "{raw}");
        }
    }

    #[test]
    fn second_spellings_are_refused() {
        for raw in [
            "",
            "*",
            "app",
            "//",
            "//etc/passwd",
            "/a//b",
            "/a//",
            "/..",
            "/../x",
            "/a/..",
            "/./a",
            "/a/.",
            "/%2e%2e/x",
            "/..%2fx",
            "/a%2Fb",
            "/a%5cb",
            "/a\\b",
            "/a%00.png",
            "/a%0d%0aSet-Cookie:%20a=b",
            "/a%",
            "/a%2",
            "/a%zz",
            "/..%c0%af",
            "/%ed%a0%80",
            "/a%7f",
        ] {
            assert_eq!(RequestPath::parse(raw), Err(PathError::Malformed), "{raw}");
        }
        assert_eq!(RequestPath::parse(&format!("/{}", "a".repeat(LONGEST))), Err(PathError::TooLong));
    }
}
