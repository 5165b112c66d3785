//! The protocol as far as the load needs it: what a client says first, what the server's frames say, and what is written
//! into events.

use bytes::Bytes;
use dev_server_proto::v1::{self, client_frame, server_frame};
use dev_server_proto::{Encoded, PROTOCOL_VERSION, decode_server, encode_client};

/// Name of the program that is served.
pub(super) const PROGRAM: &str = "app";

/// Name of the flag that is switched; every server has others of its own.
pub(super) const FLAG: &str = "bench";

/// Digits of a number in the text of an event.
const DIGITS: usize = 20;

/// What stands between the two numbers at the end of a text, and after them.
const BETWEEN: &str = "\",\"at\":\"";
const END: &str = "\"}";

/// Bytes of a frame around the text of an event of 128 to 16,383 bytes, but for its number.
const AROUND: usize = 30;

/// What a client has when it comes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Who it is; empty: it does not say, and is told of no flags.
    pub(super) id: Bytes,
    /// Epoch of what it has; empty: nothing.
    pub(super) epoch: Bytes,
    /// Newest sequence.
    pub(super) sequence: u64,
    /// Newest event.
    pub(super) after: u64,
}

/// What a server's frame says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    Welcome {
        recovered: bool,
    },
    Event {
        number: u64,
        mark: u64,
    },
    Skipped {
        first: u64,
        last: u64,
    },
    /// With the time at which they were published.
    Diagnostics {
        sequence: u64,
        at: Option<u64>,
    },
    Update {
        sequence: u64,
    },
    Flags {
        is_on: bool,
    },
    Other,
}

/// The first frames of a client, each to be sent as a message.
pub(super) fn first_frames(place: &Place, module: &[u8]) -> [Bytes; 2] {
    let hello = v1::Hello {
        protocol_version: PROTOCOL_VERSION,
        program: PROGRAM.to_owned(),
        epoch: place.epoch.clone(),
        sequence: place.sequence,
        base: Bytes::copy_from_slice(module),
        client_id: place.id.clone(),
        client: "bench-hub/1".to_owned(),
        ..v1::Hello::default()
    };
    let follow = v1::FollowEvents { after: place.after, epoch: place.epoch.clone() };
    [client_frame::Body::Hello(hello), client_frame::Body::FollowEvents(follow)]
        .map(|body| encode_client(&v1::ClientFrame { body: Some(body) }))
}

/// Length of a message's head, and of the whole message; `None` when its head is not whole.
pub(super) fn length(bytes: &[u8]) -> Option<(usize, usize)> {
    Encoded::lengths(bytes).map(|(head, content)| (head, head + content))
}

/// Reads a message of the server, with its epoch; `None` when it is none.
pub(super) fn hear(payload: &[u8]) -> Option<(Bytes, Heard)> {
    let frame = decode_server(payload).ok()?;
    let sequence = frame.sequence;
    let heard = match frame.body? {
        server_frame::Body::Welcome(welcome) => Heard::Welcome { recovered: welcome.recovered },
        server_frame::Body::Event(event) => {
            Heard::Event { number: event.number, mark: mark(event.json.as_bytes())? }
        }
        server_frame::Body::EventsSkipped(v1::EventsSkipped { first, last }) => {
            Heard::Skipped { first, last }
        }
        server_frame::Body::Diagnostics(list) => {
            let at = list.items.first().and_then(|item| item.message.parse().ok());
            Heard::Diagnostics { sequence, at }
        }
        server_frame::Body::Update(_) => Heard::Update { sequence },
        server_frame::Body::Flags(v1::Flags { flags, .. }) => {
            let on = Some(v1::flag::Value::BoolValue(true));
            let is_on = flags.iter().any(|flag| flag.name == FLAG && flag.value == on);
            Heard::Flags { is_on }
        }
        _ => Heard::Other,
    };
    Some((frame.epoch, heard))
}

/// The text of an event such that the frame of the event `number` has `size` bytes with its head, if that is enough for
/// what is in it.
pub(super) fn text(number: u64, mark: u64, at: u64, size: usize) -> String {
    let around = AROUND + varint(number);
    let start = "{\"event\":\"bench\",\"filler\":\"";
    let numbers = "\",\"mark\":\"".len() + DIGITS + BETWEEN.len() + DIGITS + END.len();
    let filler = size.saturating_sub(around + start.len() + numbers);
    format!("{start}{:x<filler$}\",\"mark\":\"{mark:020}{BETWEEN}{at:020}{END}", "")
}

/// The time in a message that ends with the text of an event; `None` when it does not.
pub(super) fn published_at(payload: &[u8]) -> Option<u64> {
    number(payload.strip_suffix(END.as_bytes())?.last_chunk()?)
}

/// Whether a message ends like the text of an event. For where each nanosecond counts.
pub(super) fn is_event(payload: &[u8]) -> bool {
    payload.ends_with(END.as_bytes())
}

fn mark(text: &[u8]) -> Option<u64> {
    let end = text.len().checked_sub(END.len() + DIGITS + BETWEEN.len())?;
    number(text[..end].last_chunk()?)
}

fn number(digits: &[u8; DIGITS]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        number.checked_mul(10)?.checked_add(digit.into())
    })
}

/// The event as the hub sends it, for servers that it is compared with.
pub(super) fn event(number: u64, json: String) -> Encoded {
    Encoded::new(&v1::ServerFrame {
        epoch: Bytes::from_static(&[7; 16]),
        body: Some(server_frame::Body::Event(v1::Event { number, json })),
        ..v1::ServerFrame::default()
    })
}

const fn varint(number: u64) -> usize {
    (64 - (number | 1).leading_zeros() as usize).div_ceil(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_the_size_and_the_numbers_that_were_asked_for() {
        for (number, size) in [(1, 256), (127, 256), (128, 1024), (70_000, 4096), (u64::MAX, 300)] {
            let encoded = event(number, text(number, 77, 1234, size));
            assert_eq!(encoded.web_socket().len(), size, "{number}");
            let payload = encoded.payload();
            assert!(is_event(&payload));
            assert_eq!(published_at(&payload), Some(1234));
            assert_eq!(hear(&payload).unwrap().1, Heard::Event { number, mark: 77 });
        }
        assert_eq!(published_at(b"12"), None);
    }
}
