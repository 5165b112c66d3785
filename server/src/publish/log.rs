//! What happened, in order, for those who ask: events with numbers, as many as fit into a number of bytes.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};

use dev_server_proto::Encoded;

use super::bell::{Bell, Listener};

/// Entries with numbers that grow by one. Readers have a place of their own and hold up nobody: who is slower than
/// entries come is told what it has missed.
#[derive(Debug)]
pub(super) struct Log {
    kept: RwLock<Kept>,
    bell: Arc<Bell>,
    /// Bytes that are kept; the newest entry is kept whatever its size.
    budget: usize,
}

#[derive(Debug)]
struct Kept {
    entries: VecDeque<Encoded>,
    /// Number of the first one that is kept; when there is none, of the next.
    first: u64,
    bytes: usize,
}

/// What a reader finds behind its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing: it has the newest.
    Nothing,
    /// Entries, of which the last one has this number.
    Entries(u64),
    /// These numbers are no longer kept.
    Gap {
        /// The first.
        first: u64,
        /// The last.
        last: u64,
    },
}

impl Log {
    /// An empty log whose first entry will have the number `first`, at least 1.
    pub(super) fn new(budget: usize, first: u64) -> Self {
        let kept = Kept { entries: VecDeque::new(), first: first.max(1), bytes: 0 };
        Self { kept: RwLock::new(kept), bell: Arc::default(), budget }
    }

    /// Adds the entry that `make` makes of its number, and wakes readers.
    pub(super) fn append(&self, make: impl FnOnce(u64) -> Encoded) -> u64 {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        let number = kept.first + kept.entries.len() as u64;
        let entry = make(number);
        kept.bytes += size(&entry);
        kept.entries.push_back(entry);
        while kept.bytes > self.budget && kept.entries.len() > 1 {
            let oldest = kept.entries.pop_front();
            kept.bytes -= oldest.as_ref().map_or(0, size);
            kept.first += 1;
        }
        drop(kept);
        self.bell.ring();
        number
    }

    /// Adds to `out` what comes after the entry `after`, about `most` bytes (more than 0) of whole entries.
    pub(super) fn read(&self, after: u64, most: usize, out: &mut Vec<Encoded>) -> Found {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let last = kept.first + kept.entries.len() as u64 - 1;
        if after >= last {
            return Found::Nothing;
        }
        if after + 1 < kept.first {
            return Found::Gap { first: after + 1, last: kept.first - 1 };
        }
        let mut bytes = 0;
        let mut number = after;
        for entry in kept.entries.range((after + 1 - kept.first) as usize..) {
            if bytes >= most {
                break;
            }
            bytes += size(entry);
            number += 1;
            out.push(entry.clone());
        }
        Found::Entries(number)
    }

    /// Number of the newest entry; 0 when there never was one.
    pub(super) fn last(&self) -> u64 {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.first + kept.entries.len() as u64 - 1
    }

    /// Hears of new entries.
    pub(super) fn listen(&self) -> Listener {
        self.bell.listen()
    }
}

/// With what it takes to keep it, so that a million empty entries are no surprise.
fn size(entry: &Encoded) -> usize {
    entry.web_socket().len() + size_of::<Encoded>()
}

#[cfg(test)]
mod tests {
    use dev_server_proto::v1;
    use prost::Message as _;

    use super::*;

    fn entry(number: u64) -> Encoded {
        Encoded::new(&v1::ServerFrame { sequence: number, ..v1::ServerFrame::default() })
    }

    fn numbers(entries: &[Encoded]) -> Vec<u64> {
        let number = |entry: &Encoded| v1::ServerFrame::decode(entry.payload()).unwrap().sequence;
        entries.iter().map(number).collect()
    }

    #[test]
    fn a_reader_gets_each_entry_once_and_in_order() {
        let log = Log::new(1 << 20, 1);
        assert_eq!(log.last(), 0);
        let mut read = Vec::new();
        assert_eq!(log.read(0, 100, &mut read), Found::Nothing);
        for number in 1..=100 {
            assert_eq!(log.append(entry), number);
        }
        let mut place = 0;
        while let Found::Entries(last) = log.read(place, 200, &mut read) {
            place = last;
        }
        assert_eq!(numbers(&read), (1..=100).collect::<Vec<_>>());
    }

    #[test]
    fn who_is_too_slow_is_told_what_it_missed() {
        let log = Log::new(10 * size(&entry(1)), 1);
        for _ in 0..50 {
            log.append(entry);
        }
        let mut read = Vec::new();
        assert_eq!(log.read(7, 1 << 20, &mut read), Found::Gap { first: 8, last: 40 });
        assert_eq!(log.read(40, 1 << 20, &mut read), Found::Entries(50));
        assert_eq!(numbers(&read), (41..=50).collect::<Vec<_>>());
        assert_eq!(log.read(u64::MAX, 1, &mut read), Found::Nothing);
    }

    #[test]
    fn an_entry_larger_than_the_budget_is_kept_until_the_next() {
        let log = Log::new(1, 5);
        assert_eq!(log.append(entry), 5);
        let mut read = Vec::new();
        assert_eq!(log.read(4, 1, &mut read), Found::Entries(5));
        assert_eq!(log.append(entry), 6);
        assert_eq!(log.read(4, 1, &mut read), Found::Gap { first: 5, last: 5 });
    }
}
