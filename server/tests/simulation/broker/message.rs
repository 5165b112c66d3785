//! What the broker and its clients say to each other.

use bytes::Bytes;
use dev_server::backplane::{Follows, Kept, Written};
use dev_server::content::ContentHash;
use serde::{Deserialize, Serialize};
use tokio_util::codec::LengthDelimitedCodec;

/// A request of a client, or what it waits for.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Request {
    Prepare,
    Write {
        subject: String,
        content: Bytes,
        condition: Condition,
    },
    Last(u8, String),
    Extent(u8),
    /// From then on this connection is for reading.
    Read(u8, u64),
    Put(ContentHash, Bytes),
    Get(ContentHash),
    List,
    Remove(ContentHash),
}

/// What must have been written last.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Condition {
    Nothing,
    InSubject(u64),
    InStream(u64, String),
    Anything(String),
    Named(String, String),
}

impl From<Follows<'_>> for Condition {
    fn from(follows: Follows<'_>) -> Self {
        match follows {
            Follows::InSubject(number) => Self::InSubject(number),
            Follows::InStream(number, name) => Self::InStream(number, name.to_owned()),
            Follows::Anything(name) => Self::Anything(name.to_owned()),
            Follows::Named(before, name) => Self::Named(before.to_owned(), name.to_owned()),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    Done,
    Number(u64),
    Extent(u64, u64),
    Entry(Option<Message>),
    Blob(Option<Bytes>),
    Blobs(Vec<ContentHash>),
    Refused(String),
}

/// Something that was written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) subject: String,
    pub(crate) number: u64,
    pub(crate) content: Bytes,
}

impl From<Message> for Written {
    fn from(message: Message) -> Self {
        let Message { subject, number, content } = message;
        Self { subject, sequence: number, content }
    }
}

/// Number of a stream: the kinds of entries have no form on the wire.
pub(crate) fn stream(kept: Kept) -> u8 {
    match kept {
        Kept::State => 0,
        Kept::Events => 1,
        Kept::Reports => 2,
    }
}

pub(crate) fn codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder().max_frame_length(16 << 20).new_codec()
}

pub(crate) fn encode<T: Serialize>(message: &T) -> Bytes {
    postcard::to_stdvec(message).unwrap().into()
}

pub(crate) fn decode<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> T {
    postcard::from_bytes(bytes).unwrap()
}
