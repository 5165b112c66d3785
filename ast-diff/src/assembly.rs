//! Messages that come in parts, in any order: what is there of each.

use std::collections::BTreeMap;

use crate::part::{Head, Part};
use crate::reason::Reason;

/// What a part takes beside its bytes, so that many empty ones are not free.
const OVERHEAD: usize = 128;

/// Messages by number, none of them used yet.
#[derive(Debug)]
pub(crate) struct Assemblies {
    held: BTreeMap<u64, Assembly>,
    /// How much is in them, and may be.
    size: usize,
    longest: usize,
}

/// What became of a part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Taken {
    /// It was known, or is nothing that makes sense.
    Repeated,
    /// Its message is not whole yet.
    Incomplete,
    /// Its message is.
    Whole,
    /// All that came is forgotten.
    Refused(Reason),
}

/// A message some of whose parts are there.
#[derive(Debug, Default)]
struct Assembly {
    parts: BTreeMap<u32, Part>,
    /// How many parts there are, once the last one is known.
    count: Option<u32>,
}

impl Assembly {
    fn is_whole(&self) -> bool {
        self.count.is_some_and(|count| self.parts.len() == count as usize)
    }

    fn head(&self) -> Option<Head> {
        self.parts.get(&0)?.head
    }
}

impl Assemblies {
    pub(crate) fn new(longest: usize) -> Self {
        Self { held: BTreeMap::new(), size: 0, longest }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    pub(crate) fn take(&mut self, part: Part) -> Taken {
        let (message, number) = (part.message, part.number);
        // The last number has none after it.
        if message == u64::MAX || (number == 0) != part.head.is_some() {
            return Taken::Repeated;
        }
        let size = part.bytes.len() + OVERHEAD;
        let assembly = self.held.entry(message).or_default();
        if let Some(known) = assembly.parts.get(&number) {
            return if *known == part { Taken::Repeated } else { self.give_up(Reason::Contradiction) };
        }
        if part.is_last {
            if assembly.count.is_some() || assembly.parts.range(number..).next().is_some() {
                return self.give_up(Reason::Contradiction);
            }
            assembly.count = number.checked_add(1);
        } else if assembly.count.is_some_and(|count| number >= count) {
            return self.give_up(Reason::Contradiction);
        }
        assembly.parts.insert(number, part);
        let is_whole = assembly.is_whole();
        self.size += size;
        if self.size > self.longest {
            return self.give_up(Reason::TooMuch);
        }
        if is_whole { Taken::Whole } else { Taken::Incomplete }
    }

    /// What a message is, once its first part is there.
    pub(crate) fn head(&self, message: u64) -> Option<Head> {
        self.held.get(&message)?.head()
    }

    /// Messages that are whole, in order.
    pub(crate) fn whole(&self) -> impl DoubleEndedIterator<Item = (u64, Head)> {
        let whole = self.held.iter().filter(|(_, assembly)| assembly.is_whole());
        whole.filter_map(|(number, assembly)| Some((*number, assembly.head()?)))
    }

    /// Takes a message out if it is whole; what it is, and all of its bytes.
    pub(crate) fn remove(&mut self, message: u64) -> Option<(Head, Vec<u8>)> {
        let assembly = self.held.get(&message).filter(|assembly| assembly.is_whole())?;
        let head = assembly.head()?;
        let bytes = assembly.parts.values().flat_map(|part| &part.bytes).copied().collect();
        self.forget(message);
        Some((head, bytes))
    }

    /// Forgets the messages before that one.
    pub(crate) fn forget_before(&mut self, message: u64) {
        while let Some(first) = self.held.first_key_value().map(|(first, _)| *first)
            && first < message
        {
            self.forget(first);
        }
    }

    pub(crate) fn forget(&mut self, message: u64) {
        let assembly = self.held.remove(&message).unwrap_or_default();
        self.size -= assembly.parts.values().map(|part| part.bytes.len() + OVERHEAD).sum::<usize>();
    }

    fn give_up(&mut self, reason: Reason) -> Taken {
        self.held.clear();
        self.size = 0;
        Taken::Refused(reason)
    }
}
