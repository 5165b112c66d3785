//! What a broker does for a server and its hubs: one stream keeps the newest entry of each subject, one the events, one what
//! hubs report, and a store the blobs.

use std::io;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};

use crate::content::ContentHash;

/// Between a server that builds and its hubs. All that is written under one key is apart from what is under another.
pub trait Broker: Clone + Send + Sync + 'static {
    /// Makes the streams and the store where they are missing.
    fn prepare(&self) -> impl Future<Output = Result<(), BrokerError>> + Send;

    /// Writes, and hands out the promise that it was taken. What is written twice, or comes late over a connection that
    /// was lost, is refused by what it has to follow.
    fn write(
        &self,
        subject: String,
        content: Bytes,
        follows: Follows<'_>,
    ) -> impl Future<Output = Result<Promise, BrokerError>> + Send;

    /// What was written to a subject last.
    fn last(
        &self,
        kept: Kept,
        subject: &str,
    ) -> impl Future<Output = Result<Option<Written>, BrokerError>> + Send;

    /// How far a stream goes.
    fn extent(&self, kept: Kept) -> impl Future<Output = Result<Extent, BrokerError>> + Send;

    /// What is written from the number `first` on.
    fn read(&self, kept: Kept, first: u64) -> impl Future<Output = Result<Reading, BrokerError>> + Send;

    /// Keeps a blob under its hash. It is read where reading may take a while.
    fn put_blob(
        &self,
        hash: ContentHash,
        read: impl FnOnce() -> io::Result<Vec<u8>> + Send + 'static,
    ) -> impl Future<Output = Result<(), BrokerError>> + Send;

    /// A blob that has the hash.
    fn blob(&self, hash: ContentHash) -> impl Future<Output = Result<Bytes, BrokerError>> + Send;

    /// Blobs that are there, the oldest first.
    fn blobs(&self) -> impl Future<Output = Result<Vec<ContentHash>, BrokerError>> + Send;

    /// Away with a blob.
    fn remove_blob(&self, hash: ContentHash) -> impl Future<Output = Result<(), BrokerError>> + Send;
}

/// The broker did not do what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// It answered, and does not have the blob.
    #[error("the broker has no such blob: {0}")]
    NoBlob(String),
    /// It was not even asked: there is nothing to be put there.
    #[error("cannot read what the broker was to be given: {0}")]
    Unread(io::Error),
    /// There is no connection.
    #[error("cannot reach the broker at {place}: {reason}")]
    Away {
        /// Its host and port.
        place: String,
        /// What it or the system said last.
        reason: String,
    },
    /// Anything else.
    #[error("the broker {doing}: {reason}")]
    Failed {
        /// What it did, in words.
        doing: &'static str,
        /// What it or the system said.
        reason: String,
    },
}

/// The kinds of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The newest of each subject.
    State,
    /// All, in their order, as many as there is room for.
    Events,
    /// The same of what hubs have to say.
    Reports,
}

/// What must have been written last before an entry.
#[derive(Debug, Clone, Copy)]
pub enum Follows<'a> {
    /// To its subject, the entry with this number.
    InSubject(u64),
    /// To its stream, the entry with this number. It gets a name.
    InStream(u64, &'a str),
    /// Nothing: several write. It gets a name, and is taken once under it.
    Anything(&'a str),
    /// To its stream, the entry of the first name; it gets the second. Unlike a number that is guessed, a name is not
    /// met by what somebody else has written in between.
    Named(&'a str, &'a str),
}

/// One life of a stream, and how far it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Of a stream that was lost and made anew another one: its numbers have begun anew.
    pub life: i128,
    /// The number of the last entry, of those that are gone too.
    pub last: u64,
}

/// Something that was written.
#[derive(Debug, Clone)]
pub struct Written {
    /// Where.
    pub subject: String,
    /// The number that the broker gave it in its stream.
    pub sequence: u64,
    /// What.
    pub content: Bytes,
}

/// Something is being written.
pub struct Promise(Pin<Box<dyn Future<Output = Result<u64, BrokerError>> + Send>>);

impl Promise {
    /// Of what is ready with the number once it was taken.
    pub fn new(taken: impl Future<Output = Result<u64, BrokerError>> + Send + 'static) -> Self {
        Self(Box::pin(taken))
    }

    /// Waits until it was taken; returns its number.
    pub(super) async fn taken(self) -> Result<u64, BrokerError> {
        self.0.await
    }
}

impl std::fmt::Debug for Promise {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Promise")
    }
}

/// A stream being read.
pub struct Reading(Pin<Box<dyn Stream<Item = Result<Written, BrokerError>> + Send>>);

impl Reading {
    /// Of what comes one after the other, and after an error no more.
    pub fn new(written: impl Stream<Item = Result<Written, BrokerError>> + Send + 'static) -> Self {
        Self(Box::pin(written))
    }

    /// What is next; waits until there is something.
    pub(super) async fn next(&mut self) -> Result<Written, BrokerError> {
        let ended = || BrokerError::Failed { doing: "stopped", reason: "it ended".to_owned() };
        self.0.next().await.unwrap_or_else(|| Err(ended()))
    }
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Reading")
    }
}
