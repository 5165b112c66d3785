//! Records of a journal as bytes: length, the first four bytes of their BLAKE3, content.

use serde::{Deserialize, Serialize};

use crate::publish::ledger::Remembered;

/// Largest content: an event is a line of some hundred bytes; more than this is no record.
const LARGEST: usize = 1 << 20;

const HEAD: usize = 8;

/// One thing to be known after a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Record {
    Epoch([u8; 16]),
    Program(String, Remembered),
    Event(u64, String),
}

impl Record {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let content = postcard::to_stdvec(self).unwrap_or_default();
        let mut bytes = Vec::with_capacity(HEAD + content.len());
        bytes.extend((content.len() as u32).to_le_bytes());
        bytes.extend(check(&content));
        bytes.extend(content);
        bytes
    }
}

/// The records of a file, and how many of its bytes they are: what comes after the first that is not whole counts for
/// nothing.
pub(super) fn read(mut bytes: &[u8]) -> (Vec<Record>, usize) {
    let (mut records, mut whole) = (Vec::new(), 0);
    while let Some((record, length)) = first(bytes) {
        records.push(record);
        whole += length;
        bytes = &bytes[length..];
    }
    (records, whole)
}

fn first(bytes: &[u8]) -> Option<(Record, usize)> {
    let (head, rest) = bytes.split_at_checked(HEAD)?;
    let [a, b, c, d, ..] = *head else { return None };
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    let content = rest.get(..length).filter(|_| length <= LARGEST)?;
    if head[4..] != check(content) {
        return None;
    }
    Some((postcard::from_bytes(content).ok()?, HEAD + length))
}

fn check(content: &[u8]) -> [u8; 4] {
    let hash = blake3::hash(content);
    std::array::from_fn(|index| hash.as_bytes()[index])
}
