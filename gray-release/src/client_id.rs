//! Who a client is, for buckets only.

use std::fmt;

/// Most bytes that an id has. Random ids have 16; there is room for names that people give to test machines.
pub const LONGEST_CLIENT_ID: usize = 64;

/// Bytes that a client made and keeps. They choose its buckets and nothing else: a client can send any it likes, so that
/// no right may follow from an id. An empty one is as good as any; clients without one share their buckets.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(Box<[u8]>);

/// An id is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the client id has {length} bytes, more than {LONGEST_CLIENT_ID}")]
pub struct ClientIdError {
    /// How many bytes were sent.
    pub length: usize,
}

impl ClientIdError {
    /// What the client's author can do about it.
    pub fn hint(self) -> &'static str {
        "make an id of 16 random bytes and keep it"
    }
}

impl ClientId {
    /// Takes what a client sent. One that is too long is refused before it is copied.
    pub fn new(bytes: &[u8]) -> Result<Self, ClientIdError> {
        if bytes.len() > LONGEST_CLIENT_ID {
            return Err(ClientIdError { length: bytes.len() });
        }
        Ok(Self(bytes.into()))
    }

    /// The bytes as they were sent.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ClientId({})", self.0.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_up_to_a_length() {
        assert_eq!(ClientId::new(b"").unwrap().bytes(), b"");
        assert_eq!(ClientId::new(&[255; LONGEST_CLIENT_ID]).unwrap().bytes(), [255; LONGEST_CLIENT_ID]);
        assert_eq!(ClientId::new(&[0; LONGEST_CLIENT_ID + 1]).unwrap_err().length, LONGEST_CLIENT_ID + 1);
    }
}
