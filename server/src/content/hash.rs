//! BLAKE3 of some bytes, used as their name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// BLAKE3 of some bytes, 32 bytes wide. Equal hashes mean equal bytes: at 2^128 work for a collision
/// nobody has to compare contents as well.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ContentHash([u8; 32]);

/// The text is not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a content hash is 64 lower-case hexadecimal digits")]
pub struct ParseHashError;

impl ContentHash {
    /// Hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// The 32 bytes, as frames carry them.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Takes the 32 bytes of a frame; `None` when the length is another one.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl From<blake3::Hash> for ContentHash {
    fn from(hash: blake3::Hash) -> Self {
        Self(*hash.as_bytes())
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(blake3::Hash::from_bytes(self.0).to_hex().as_str())
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ContentHash({self})")
    }
}

impl FromStr for ContentHash {
    type Err = ParseHashError;

    fn from_str(text: &str) -> Result<Self, ParseHashError> {
        // Upper case would give one blob two names, and caches would keep both.
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(ParseHashError);
        }
        blake3::Hash::from_hex(text).map(Self::from).map_err(|_| ParseHashError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips_and_has_one_spelling() {
        let hash = ContentHash::of(b"package main");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(hash.to_string().to_uppercase().parse::<ContentHash>(), Err(ParseHashError));
        assert_eq!("../../etc/passwd".parse::<ContentHash>(), Err(ParseHashError));
    }
}
