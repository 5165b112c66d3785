//! One message on stdin or stdout of a guest: the length of a header (four bytes, little-endian), the header, which is
//! JSON, and a payload that goes to the end of the stream.

use bytes::{BufMut as _, Bytes, BytesMut};

/// What a message is made of. What the header says is between the two ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub header: Bytes,
    pub payload: Bytes,
}

/// Bytes that are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    #[error("there is no message: nothing was written")]
    Nothing,
    #[error("the message ends after {bytes} of the 4 bytes that say how long its header is")]
    NoLength { bytes: usize },
    /// Mostly text instead of a message.
    #[error("the message says that its header has {length} bytes, and {limit} is the most")]
    HeaderTooLong { length: u64, limit: usize },
    #[error("the message ends after {bytes} of the {length} bytes of its header")]
    Truncated { bytes: usize, length: usize },
}

impl MessageError {
    /// What the reader can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Nothing => "write the length of the header, the header and the payload to stdout",
            Self::NoLength { .. } | Self::Truncated { .. } => {
                "write all of the header, and flush what is buffered before the program ends"
            }
            Self::HeaderTooLong { .. } => {
                "write the length first, as four bytes little-endian, and print what is for people to stderr"
            }
        }
    }
}

impl Message {
    /// Bytes of a header, at most.
    pub const MOST_HEADER: usize = 64 << 10;

    /// As it goes through a stream.
    pub fn encode(header: &[u8], payload: &[u8]) -> Result<Bytes, MessageError> {
        let length = header.len();
        let short = u32::try_from(length).ok().filter(|_| length <= Self::MOST_HEADER);
        let Some(short) = short else {
            return Err(MessageError::HeaderTooLong { length: length as u64, limit: Self::MOST_HEADER });
        };
        let mut bytes = BytesMut::with_capacity(4 + length + payload.len());
        bytes.put_u32_le(short);
        bytes.extend_from_slice(header);
        bytes.extend_from_slice(payload);
        Ok(bytes.freeze())
    }

    /// From all that came through a stream; nothing is copied.
    pub fn decode(mut bytes: Bytes) -> Result<Self, MessageError> {
        if bytes.is_empty() {
            return Err(MessageError::Nothing);
        }
        let Some(length) = bytes.first_chunk::<4>() else {
            return Err(MessageError::NoLength { bytes: bytes.len() });
        };
        let length = u32::from_le_bytes(*length);
        if length as usize > Self::MOST_HEADER {
            return Err(MessageError::HeaderTooLong { length: length.into(), limit: Self::MOST_HEADER });
        }
        let length = length as usize;
        let mut rest = bytes.split_off(4);
        if rest.len() < length {
            return Err(MessageError::Truncated { bytes: rest.len(), length });
        }
        let payload = rest.split_off(length);
        Ok(Self { header: rest, payload })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_is_decoded_and_every_shorter_one_is_told() {
        let (header, payload) = (br#"{"frames":3}"#, b"\0\x01\x02");
        let bytes = Message::encode(header, payload).unwrap();
        assert_eq!(&bytes[..5], [12, 0, 0, 0, b'{']);
        let message = Message::decode(bytes.clone()).unwrap();
        assert_eq!((&message.header[..], &message.payload[..]), (&header[..], &payload[..]));
        for length in 0..bytes.len() {
            let decoded = Message::decode(bytes.slice(..length));
            match length {
                0 => assert_eq!(decoded, Err(MessageError::Nothing)),
                1..4 => assert_eq!(decoded, Err(MessageError::NoLength { bytes: length })),
                4..16 => assert_eq!(decoded, Err(MessageError::Truncated { bytes: length - 4, length: 12 })),
                _ => assert_eq!(decoded.unwrap().payload.len(), length - 16),
            }
        }
        assert_eq!(Message::decode(Message::encode(b"", b"").unwrap()).unwrap().header.len(), 0);
    }

    #[test]
    fn a_header_has_a_measure() {
        let most = vec![b' '; Message::MOST_HEADER];
        assert!(Message::encode(&most, b"").is_ok());
        let error = Message::encode(&[&most[..], b" "].concat(), b"").unwrap_err();
        assert_eq!(error, MessageError::HeaderTooLong { length: 65537, limit: 65536 });
        let error = Message::decode(Bytes::from_static(b"Hello, world!")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the message says that its header has 1819043144 bytes, and 65536 is the most"
        );
    }
}
