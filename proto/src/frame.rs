//! Encoding and decoding one frame.

use bytes::Bytes;
use prost::Message as _;

use crate::v1::{ClientFrame, Gesture, ServerFrame};

/// Largest message that a server takes from a client, in bytes. The largest legal one is a `Crash` with a full
/// stack, about 24 KiB.
pub const MAX_CLIENT_FRAME: usize = 64 * 1024;

/// The bytes are not a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrameError {
    /// Longer than [`MAX_CLIENT_FRAME`].
    TooLong(usize),
    /// Not protobuf of this message.
    Malformed(String),
    /// A frame whose body is missing or of a kind that this version does not know.
    UnknownMessage,
}

impl std::fmt::Display for FrameError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLong(length) => {
                write!(formatter, "the message has {length} bytes, more than {MAX_CLIENT_FRAME}")
            }
            Self::Malformed(reason) => write!(formatter, "not a frame: {reason}"),
            Self::UnknownMessage => formatter.write_str("a message type that this version does not know"),
        }
    }
}

impl std::error::Error for FrameError {}

/// Bytes of a frame of a client.
pub fn encode_client(frame: &ClientFrame) -> Bytes {
    frame.encode_to_vec().into()
}

/// Reads what a client sent. A frame that decodes has a body.
pub fn decode_client(bytes: &[u8]) -> Result<ClientFrame, FrameError> {
    if bytes.len() > MAX_CLIENT_FRAME {
        return Err(FrameError::TooLong(bytes.len()));
    }
    let frame = ClientFrame::decode(bytes).map_err(|error| FrameError::Malformed(error.to_string()))?;
    if frame.body.is_some() { Ok(frame) } else { Err(FrameError::UnknownMessage) }
}

/// Whether the bytes of a `gesture` are one. Nobody but pages has to know what it says.
pub fn is_gesture(bytes: &[u8]) -> bool {
    Gesture::decode(bytes).is_ok_and(|gesture| gesture.body.is_some())
}

/// Reads what a server sent. A frame that decodes has a body.
pub fn decode_server(bytes: &[u8]) -> Result<ServerFrame, FrameError> {
    let frame = ServerFrame::decode(bytes).map_err(|error| FrameError::Malformed(error.to_string()))?;
    if frame.body.is_some() { Ok(frame) } else { Err(FrameError::UnknownMessage) }
}
