//! Some thousand of anything: bytes, and words that mean something to the reader with a few bytes of another kind in them.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Pieces that readers look for, in any order, with bytes between them.
fn made_of(words: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let word = proptest::sample::select(words).prop_map(|word| word.as_bytes().to_vec());
    let piece = prop_oneof![4 => word, 1 => vec(any::<u8>(), 0..4)];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

const HEADS: &[&str] = &[
    "localhost",
    "127.0.0.1",
    "[::1]",
    "a.localhost",
    "evil.example",
    ":7700",
    ":80",
    ".",
    "@",
    "http://",
    "https://",
    "null",
    "\n",
    "/",
    "/app/",
    "same-origin",
    "cross-site",
    "none",
    "%6c",
    "#",
    "LOCALHOST",
    "..",
];

const PATHS: &[&str] = &[
    "/", "//", ".", "..", "%2e", "%2f", "%5c", "\\", "%", "%25", "a", "app", "%00", "%c3%a9", "%ff", "?", "#",
];

const REQUESTS: &[&str] = &[
    "GET /",
    "#",
    " HTTP/1.1",
    "\r\n",
    "\n",
    "Host: localhost",
    "Content-Length: 3",
    "Transfer-Encoding: chunked",
    "Upgrade: websocket",
    ":",
    "\r\n\r\n",
    "POST /a#b HTTP/1.1\r\n",
    " ",
];

/// Heads of frames with a mask of nothing, contents that are messages, and their parts.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let content = prop_oneof![
        vec(any::<u8>(), 0..130),
        made_of(&["\u{a}\u{2}", "\u{8}\u{1}", "\u{12}\u{3}app", "\u{1a}"])
    ];
    let frame = (any::<u8>(), content, any::<bool>()).prop_map(|(first, content, usual)| {
        let first = if usual { [0x82, 0x02, 0x80, 0x88, 0x89][usize::from(first) % 5] } else { first };
        let mut bytes = vec![first];
        match content.len() {
            short @ 0..126 => bytes.push(0x80 | short as u8),
            length => {
                bytes.push(0xfe);
                bytes.extend((length as u16).to_be_bytes());
            }
        }
        bytes.extend([0; 4]);
        bytes.extend(content);
        bytes
    });
    vec(frame, 0..6).prop_map(|frames| frames.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn of_a_socket(size in any::<u8>(), bytes in prop_oneof![frames(), vec(any::<u8>(), 0..400)]) {
        socket(&[vec![size], bytes].concat());
    }

    #[test]
    fn of_a_frame(bytes in vec(any::<u8>(), 0..300)) {
        frame(&bytes);
        hello(&bytes);
    }

    #[test]
    fn of_a_head(bytes in made_of(HEADS)) {
        head(&bytes);
        bytes.split(|byte| *byte == b'\n').for_each(authority);
    }

    #[test]
    fn of_a_path(bytes in made_of(PATHS)) {
        path(&bytes);
        path(&[b"/", bytes.as_slice()].concat());
    }

    #[test]
    fn of_a_request_line(size in any::<u8>(), bytes in made_of(REQUESTS)) {
        request_line(&[vec![size], bytes].concat());
    }
}
