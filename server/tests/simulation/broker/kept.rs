//! What the broker keeps, and which entries it takes.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use dev_server::content::ContentHash;

use super::message::{Answer, Condition, Message, Request};

/// All of it; without streams before somebody has asked for them.
#[derive(Debug, Default)]
pub(crate) struct Storage {
    streams: Option<[Stream; 3]>,
    blobs: Vec<(ContentHash, Bytes)>,
    /// What was overtaken in the stream of states: somebody has read it and may write it again.
    overtaken: Vec<Message>,
}

#[derive(Debug, Default)]
struct Stream {
    last: u64,
    last_name: Option<String>,
    entries: BTreeMap<u64, Message>,
    /// Numbers of entries that have a name.
    names: HashMap<String, u64>,
}

impl Storage {
    pub(crate) fn answer(&mut self, request: Request) -> Answer {
        match request {
            Request::Prepare => {
                self.streams.get_or_insert_default();
                Answer::Done
            }
            Request::Put(hash, bytes) => {
                self.blobs.retain(|(other, _)| *other != hash);
                self.blobs.push((hash, bytes));
                Answer::Done
            }
            Request::Get(hash) => {
                let found = self.blobs.iter().find(|(other, _)| *other == hash);
                Answer::Blob(found.map(|(_, bytes)| bytes.clone()))
            }
            Request::List => Answer::Blobs(self.blobs.iter().map(|(hash, _)| *hash).collect()),
            Request::Remove(hash) => {
                self.blobs.retain(|(other, _)| *other != hash);
                Answer::Done
            }
            Request::Write { subject, content, condition } => self.write(subject, content, &condition),
            Request::Last(stream, subject) => match self.stream(stream) {
                Some(stream) => {
                    let last = stream.entries.values().rev().find(|message| message.subject == subject);
                    Answer::Entry(last.cloned())
                }
                None => no_stream(),
            },
            Request::Extent(stream) => match self.stream(stream) {
                Some(stream) => Answer::Extent(0, stream.last),
                None => no_stream(),
            },
            Request::Read(..) => Answer::Refused("this connection is not for reading".to_owned()),
        }
    }

    pub(crate) fn has_streams(&self) -> bool {
        self.streams.is_some()
    }

    /// The first entry from the number `from` on.
    pub(crate) fn next(&mut self, stream: u8, from: u64) -> Option<Message> {
        self.stream(stream)?.entries.range(from..).next().map(|(_, message)| message.clone())
    }

    /// Writes once more what was overtaken, as somebody can who may write there.
    pub(crate) fn replay(&mut self, which: u64) {
        let Some(count) = std::num::NonZeroU64::new(self.overtaken.len() as u64) else { return };
        let Message { subject, content, .. } = self.overtaken[(which % count) as usize].clone();
        self.write(subject, content, &Condition::Nothing);
    }

    fn stream(&mut self, number: u8) -> Option<&mut Stream> {
        self.streams.as_mut().map(|streams| &mut streams[usize::from(number)])
    }

    /// A name that is known is answered before anything else is looked at, as JetStream does it.
    fn write(&mut self, subject: String, content: Bytes, condition: &Condition) -> Answer {
        let is_state = subject.contains(".state.");
        let number = if is_state { 0 } else { 1 + u8::from(subject.contains(".report.")) };
        let Some(stream) = self.stream(number) else { return no_stream() };
        let name = match condition {
            Condition::InStream(_, name) | Condition::Anything(name) | Condition::Named(_, name) => {
                Some(name.clone())
            }
            Condition::Nothing | Condition::InSubject(_) => None,
        };
        if let Some(known) = name.as_ref().and_then(|name| stream.names.get(name)) {
            return Answer::Number(*known);
        }
        let last = stream.entries.values().rev().find(|message| message.subject == subject);
        let last = last.map_or(0, |message| message.number);
        let follows = match condition {
            Condition::Nothing | Condition::Anything(_) => true,
            Condition::InSubject(number) => *number == last,
            Condition::InStream(number, _) => *number == stream.last,
            Condition::Named(before, _) => Some(before) == stream.last_name.as_ref(),
        };
        if !follows {
            return Answer::Refused("something else was written last".to_owned());
        }
        stream.last += 1;
        let number = stream.last;
        let overtaken = if is_state { stream.entries.remove(&last) } else { None };
        stream.entries.insert(number, Message { subject, number, content });
        if let Some(name) = &name {
            stream.names.insert(name.clone(), number);
        }
        stream.last_name = name;
        self.overtaken.extend(overtaken);
        Answer::Number(number)
    }
}

fn no_stream() -> Answer {
    Answer::Refused("there is no such stream".to_owned())
}
