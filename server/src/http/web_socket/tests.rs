//! A client that follows the rules, written by others, and bytes that break them.

use std::sync::Arc;

use dev_server_proto::{Encoded, v1};
use futures_util::StreamExt as _;
use proptest::prelude::*;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader, coding};

use super::reader::Violation;
use super::*;

/// A client's frame with a mask, whatever its head says.
fn frame(first: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match content.len() {
        length @ 0..126 => bytes.push(0x80 | length as u8),
        length @ 126..65_536 => {
            bytes.push(0xfe);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(0xff);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    let key = [0x37, 0xfa, 0x21, 0x3d];
    bytes.extend(key);
    bytes.extend(content.iter().enumerate().map(|(at, byte)| byte ^ key[at % 4]));
    bytes
}

fn read(bytes: &[u8]) -> (Vec<Heard>, Option<Violation>) {
    let (mut reader, mut rest) = (Reader::default(), bytes);
    let mut all = Vec::new();
    loop {
        match reader.next(&mut rest) {
            Ok(Some(heard)) => all.push(heard),
            Ok(None) => return (all, None),
            Err(violation) => return (all, Some(violation)),
        }
    }
}

fn code(bytes: &[u8]) -> Option<u16> {
    read(bytes).1.map(Violation::code)
}

#[test]
fn e1_to_e5_what_breaks_the_rules_has_the_code_of_the_rfc() {
    let long = [&[0x82, 0xff][..], &(1_u64 << 40).to_be_bytes(), &[0; 4]].concat();
    let top_bit = [&[0x82, 0xff][..], &[0xff; 8], &[0; 4]].concat();
    let padded = [&[0x82, 0xfe, 0, 5][..], &[0; 4]].concat();
    let fragmented_ping = frame(0x09, b"x");
    let cases: [(&str, &[u8], u16); 14] = [
        ("a length of 2^40", &long, 1009),
        ("a length with its top bit set", &top_bit, 1002),
        ("a length that is longer than it has to be", &padded, 1002),
        ("no mask", &[0x82, 0x01, 0x41], 1002),
        ("RSV1", &frame(0xc2, b"x"), 1002),
        ("opcode 3", &frame(0x83, b"x"), 1002),
        ("opcode 11", &frame(0x8b, b"x"), 1002),
        ("a ping of 126 bytes", &frame(0x89, &[0; 126]), 1002),
        ("a ping in parts", &fragmented_ping, 1002),
        ("half a close code", &frame(0x88, &[3]), 1002),
        ("close code 1005", &frame(0x88, &1005_u16.to_be_bytes()), 1002),
        ("close code 999", &frame(0x88, &999_u16.to_be_bytes()), 1002),
        ("close code 5000", &frame(0x88, &5000_u16.to_be_bytes()), 1002),
        ("a reason that is not UTF-8", &frame(0x88, &[0x03, 0xe8, 0xc3, 0x28]), 1007),
    ];
    for (name, bytes, wanted) in cases {
        assert_eq!(code(bytes), Some(wanted), "{name}");
    }
    assert_eq!(code(&frame(0x80, b"x")), Some(1002), "nothing to continue");
    assert_eq!(code(&[frame(0x02, b"x"), frame(0x82, b"y")].concat()), Some(1002), "a message in a message");
}

#[test]
fn e7_and_e8_parts_without_an_end_are_cut_off() {
    let mut parts = frame(0x02, b"");
    for _ in 0..1000 {
        parts.extend(frame(0x00, b""));
    }
    assert_eq!(code(&parts), Some(1009));
    let part = vec![0; 100 * 1024];
    let large = [frame(0x02, &part), frame(0x00, &part), frame(0x00, &part)].concat();
    assert_eq!(code(&large), Some(1009));
    let most = vec![7; super::super::session::LARGEST_MESSAGE];
    assert_eq!(read(&frame(0x82, &most)), (vec![Heard::Binary(most.into())], None));
}

#[test]
fn nothing_is_read_after_the_end() {
    let bytes = [frame(0x88, &4000_u16.to_be_bytes()), frame(0x82, b"x")].concat();
    assert_eq!(read(&bytes), (vec![Heard::Close(Some(4000))], None));
    assert_eq!(read(&frame(0x88, b"")).0, [Heard::Close(None)]);
}

/// What a client may say: the kind of a message and its content, in parts.
fn messages() -> impl Strategy<Value = Vec<(bool, Vec<Vec<u8>>)>> {
    let part = prop::collection::vec(any::<u8>(), 0..300);
    prop::collection::vec((any::<bool>(), prop::collection::vec(part, 1..4)), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Written by tungstenite, with pings between the parts, and cut anywhere.
    #[test]
    fn messages_are_those_that_were_sent_however_they_are_cut(
        messages in messages(),
        cuts in prop::collection::vec(1_usize..64, 1..40),
    ) {
        let mut bytes = Vec::new();
        let mut wanted = Vec::new();
        for (is_text, parts) in &messages {
            for (index, part) in parts.iter().enumerate() {
                let kind = match (index, is_text) {
                    (0, true) => coding::Data::Text,
                    (0, false) => coding::Data::Binary,
                    _ => coding::Data::Continue,
                };
                let mut frame = Frame::message(part.clone(), coding::OpCode::Data(kind), index + 1 == parts.len());
                let header: &mut FrameHeader = frame.header_mut();
                header.mask = Some([index as u8, 1, 2, 200]);
                frame.format(&mut bytes).unwrap();
                let mut ping = Frame::ping(vec![9; index]);
                ping.header_mut().mask = Some([4; 4]);
                if index + 1 < parts.len() {
                    ping.format(&mut bytes).unwrap();
                    wanted.push(Heard::Ping(vec![9; index].into()));
                }
            }
            wanted.push(if *is_text { Heard::Text } else { Heard::Binary(parts.concat().into()) });
        }
        let mut reader = Reader::default();
        let mut heard = Vec::new();
        let mut rest = &bytes[..];
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (mut piece, later) = rest.split_at(rest.len().min(*cut));
            rest = later;
            while let Some(message) = reader.next(&mut piece).unwrap() {
                heard.push(message);
            }
            prop_assert!(piece.is_empty());
        }
        prop_assert_eq!(heard, wanted);
        prop_assert!(!reader.is_amid());
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let (heard, _) = read(&bytes);
        prop_assert!(heard.len() <= bytes.len());
    }
}

fn message(text: &str) -> Encoded {
    Encoded::new(&v1::ServerFrame { program: text.to_owned(), ..v1::ServerFrame::default() })
}

fn encoded(text: &str) -> Run {
    message(text).into()
}

/// The same messages, each by itself and all in one piece.
fn alone_and_together(messages: &[Encoded]) -> [Vec<Run>; 2] {
    [messages.iter().cloned().map(Run::from).collect(), vec![Run::of(messages.iter())]]
}

/// tungstenite reads what is written through a pipe that is narrower than any message.
#[tokio::test]
async fn what_is_urgent_overtakes_whole_messages_and_never_parts() {
    let bulk = message(&"b".repeat(300));
    // As many bytes as are written of the first messages before anything urgent comes: some of a head, of a message, all of
    // one, and some of the second.
    for begun in [1, 7, 200, bulk.web_socket().len(), bulk.web_socket().len() + 7] {
        for bulk in alone_and_together(&[bulk.clone(), bulk.clone(), bulk.clone()]) {
            overtake(bulk, begun).await;
        }
    }
}

async fn overtake(bulk: Vec<Run>, begun: usize) {
    let (client, server) = tokio::io::duplex(begun);
    let mut wire = WebSocket::new(server, Bytes::new());
    let length = bulk.iter().map(|run| run.web_socket().len()).sum::<usize>() / 3;
    for run in bulk {
        wire.queue(run, Urgency::Third);
    }
    // The beginning of the first one is written.
    let waker = std::task::Waker::from(Arc::new(NoWake));
    assert!(wire.poll_write(&mut Context::from_waker(&waker)).is_pending());
    wire.queue(encoded("middle"), Urgency::Second);
    wire.queue(encoded("urgent"), Urgency::First);
    wire.ping();
    wire.ping();
    assert!(wire.waiting(Urgency::First) > 0 && wire.waiting(Urgency::Third) > 0);
    let mut socket = WebSocketStream::from_raw_socket(client, Role::Client, None).await;
    let reading = async {
        let mut read = Vec::new();
        while read.len() < 6 {
            let message = socket.next().await.unwrap().unwrap();
            read.push(if message.is_ping() {
                "ping".to_owned()
            } else {
                let frame = <v1::ServerFrame as prost::Message>::decode(message.into_data()).unwrap();
                frame.program.chars().take(6).collect()
            });
        }
        read
    };
    let (read, written) = tokio::join!(reading, std::future::poll_fn(|context| wire.poll_write(context)));
    written.unwrap();
    let mut expected = vec!["bbbbbb"; 3];
    expected.splice(begun.div_ceil(length)..begun.div_ceil(length), ["ping", "urgent", "middle"]);
    assert_eq!(read, expected, "{begun}");
    assert_eq!(Urgency::ALL.map(|urgency| wire.waiting(urgency)), [0; 3]);
}

#[tokio::test]
async fn a_close_gives_up_what_waits_and_ends_a_message_that_has_begun() {
    for runs in alone_and_together(&[message(&"begun".repeat(20)), message("given up")]) {
        close(runs).await;
    }
}

async fn close(runs: Vec<Run>) {
    let (client, server) = tokio::io::duplex(10);
    let mut wire = WebSocket::new(server, Bytes::new());
    for run in runs {
        wire.queue(run, Urgency::First);
    }
    let waker = std::task::Waker::from(Arc::new(NoWake));
    assert!(wire.poll_write(&mut Context::from_waker(&waker)).is_pending());
    wire.close(4502, "why");
    wire.queue(encoded("too late"), Urgency::First);
    let mut socket = WebSocketStream::from_raw_socket(client, Role::Client, None).await;
    let reading = async { [socket.next().await.unwrap().unwrap(), socket.next().await.unwrap().unwrap()] };
    let (read, written) = tokio::join!(reading, std::future::poll_fn(|context| wire.poll_write(context)));
    written.unwrap();
    assert!(read[0].is_binary());
    let tokio_tungstenite::tungstenite::Message::Close(Some(close)) = &read[1] else { panic!("{read:?}") };
    assert_eq!((u16::from(close.code), close.reason.as_str()), (4502, "why"));
}

struct NoWake;

impl std::task::Wake for NoWake {
    fn wake(self: Arc<Self>) {}
}
