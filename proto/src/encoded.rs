//! One frame of the server, encoded once for every client that it is sent to.

use bytes::{BufMut as _, Bytes, BytesMut};
use prost::Message as _;

use crate::frame_kind::FrameKind;
use crate::v1::ServerFrame;

/// Room before the message: the longest head that a server gives to a WebSocket message (RFC 6455, 5.2).
const ROOM: usize = 10;

/// FIN and the opcode of binary data.
const BINARY: u8 = 0x82;

/// A frame with its head for a WebSocket. A server masks nothing, so that these bytes are the same for everybody: a
/// connection writes them as they are, and nothing is copied for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    whole: Bytes,
    head: u8,
    kind: FrameKind,
}

impl Encoded {
    /// Encodes `frame`.
    pub fn new(frame: &ServerFrame) -> Self {
        let mut bytes = BytesMut::with_capacity(ROOM + frame.encoded_len());
        bytes.put_bytes(0, ROOM);
        if frame.encode(&mut bytes).is_err() {
            unreachable!("there is room for the whole frame");
        }
        let length = bytes.len() - ROOM;
        let mut head = [0; ROOM];
        head[0] = BINARY;
        let head_length = if length < 126 {
            head[1] = length as u8;
            2
        } else if let Ok(short) = u16::try_from(length) {
            head[1] = 126;
            head[2..4].copy_from_slice(&short.to_be_bytes());
            4
        } else {
            head[1] = 127;
            head[2..10].copy_from_slice(&(length as u64).to_be_bytes());
            10
        };
        let start = ROOM - head_length;
        bytes[start..ROOM].copy_from_slice(&head[..head_length]);
        Self { whole: bytes.freeze().slice(start..), head: head_length as u8, kind: FrameKind::of(frame) }
    }

    /// What it is about.
    pub fn kind(&self) -> FrameKind {
        self.kind
    }

    /// The message as a WebSocket carries it, head and all.
    pub fn web_socket(&self) -> &Bytes {
        &self.whole
    }

    /// The same, for who keeps nothing else.
    pub fn into_web_socket(self) -> Bytes {
        self.whole
    }

    /// Lengths of the head and of the content of the message that a server's `web_socket` bytes begin with; `None` when the
    /// head is not whole.
    pub fn lengths(web_socket: &[u8]) -> Option<(usize, usize)> {
        Some(match web_socket.get(1)? & 0x7f {
            126 => (4, u16::from_be_bytes(*web_socket.get(2..)?.first_chunk()?).into()),
            127 => (10, usize::try_from(u64::from_be_bytes(*web_socket.get(2..)?.first_chunk()?)).ok()?),
            short => (2, short.into()),
        })
    }

    /// The message alone: a `ServerFrame` in protobuf.
    pub fn payload(&self) -> Bytes {
        self.whole.slice(usize::from(self.head)..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The head as RFC 6455 has it, for a payload of each size of length field.
    #[test]
    fn the_head_says_how_long_the_message_is() {
        for (text, head) in [
            (1, vec![0x82, 3]),
            (200, vec![0x82, 126, 0, 203]),
            (70_000, vec![0x82, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x74]),
        ] {
            let frame = ServerFrame { program: "x".repeat(text), ..ServerFrame::default() };
            let encoded = Encoded::new(&frame);
            assert_eq!(encoded.web_socket()[..head.len()], head, "{text}");
            assert_eq!(encoded.payload(), frame.encode_to_vec());
            assert_eq!(encoded.web_socket().len(), head.len() + encoded.payload().len());
        }
    }
}
