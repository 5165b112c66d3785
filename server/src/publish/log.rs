//! What happened, in order, for those who ask: events with numbers, as many as fit into a number of bytes.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

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

impl Log {
    /// An empty log whose first entry will have the number `first`, at least 1.
    pub(super) fn new(budget: usize, first: u64) -> Self {
        let kept = Kept { entries: VecDeque::new(), first: first.max(1), bytes: 0 };
        Self { kept: RwLock::new(kept), bell: Arc::default(), budget }
    }

    /// Adds the entry that `make` makes of its number, and wakes readers.
    pub(super) fn append(&self, make: impl FnOnce(u64) -> Encoded) -> u64 {
        let kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        let number = kept.first + kept.entries.len() as u64;
        self.add(kept, make(number));
        number
    }

    /// Adds an entry that has its number already. One that was here is left alone; where some are missing before it,
    /// those from it on are kept. Returns whether it is new.
    pub(super) fn follow(&self, number: u64, entry: Encoded) -> bool {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        let next = kept.first + kept.entries.len() as u64;
        if number < next {
            return false;
        }
        if number > next {
            *kept = Kept { entries: VecDeque::new(), first: number, bytes: 0 };
        }
        self.add(kept, entry);
        true
    }

    fn add(&self, mut kept: RwLockWriteGuard<'_, Kept>, entry: Encoded) {
        kept.bytes += size(&entry);
        kept.entries.push_back(entry);
        while kept.bytes > self.budget && kept.entries.len() > 1 {
            let oldest = kept.entries.pop_front();
            kept.bytes -= oldest.as_ref().map_or(0, size);
            kept.first += 1;
        }
        drop(kept);
        self.bell.ring();
    }

    /// Adds to `out` what comes after the entry `after`, about `most` bytes (more than 0) of whole entries, and returns the
    /// number of the last one that is known then. For entries that are no longer kept it adds what `gap` makes of the
    /// first and the last of their numbers, and in the same breath what follows: a reader that is told of a gap alone has
    /// room for the next one, and would hear of as many gaps as there are entries.
    pub(super) fn read(
        &self,
        after: u64,
        most: usize,
        gap: impl FnOnce(u64, u64) -> Encoded,
        out: &mut Vec<Encoded>,
    ) -> u64 {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let newest = kept.first + kept.entries.len() as u64 - 1;
        if after >= newest {
            return after;
        }
        let mut number = after;
        if after + 1 < kept.first {
            number = kept.first - 1;
            out.push(gap(after + 1, number));
        }
        let mut bytes = 0;
        for entry in kept.entries.range((number + 1 - kept.first) as usize..) {
            if bytes >= most {
                break;
            }
            bytes += size(entry);
            number += 1;
            out.push(entry.clone());
        }
        number
    }

    /// Number of the newest entry; 0 when there never was one.
    pub(super) fn last(&self) -> u64 {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.first + kept.entries.len() as u64 - 1
    }

    /// How many entries are kept, and what memory they take.
    pub(super) fn kept(&self) -> (usize, usize) {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        (kept.entries.len(), kept.bytes)
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

    /// Says which numbers are missing in a frame of another kind.
    fn gap(first: u64, last: u64) -> Encoded {
        let skipped = v1::EventsSkipped { first, last };
        Encoded::new(&v1::ServerFrame {
            body: Some(v1::server_frame::Body::EventsSkipped(skipped)),
            ..v1::ServerFrame::default()
        })
    }

    fn no_gap(first: u64, last: u64) -> Encoded {
        panic!("{first} to {last} are missing")
    }

    #[test]
    fn a_reader_gets_each_entry_once_and_in_order() {
        let log = Log::new(1 << 20, 1);
        assert_eq!(log.last(), 0);
        let mut read = Vec::new();
        assert_eq!(log.read(0, 100, no_gap, &mut read), 0);
        for number in 1..=100 {
            assert_eq!(log.append(entry), number);
        }
        let mut place = 0;
        while place < 100 {
            place = log.read(place, 200, no_gap, &mut read);
        }
        assert_eq!(numbers(&read), (1..=100).collect::<Vec<_>>());
    }

    #[test]
    fn who_is_too_slow_is_told_once_what_it_missed_and_given_what_follows() {
        let log = Log::new(10 * size(&entry(1)), 1);
        for _ in 0..50 {
            log.append(entry);
        }
        for (room, entries) in [(1, 1), (3 * size(&entry(1)), 3), (1 << 20, 10)] {
            let mut read = Vec::new();
            assert_eq!(log.read(7, room, gap, &mut read), 40 + entries);
            assert_eq!(read.remove(0), gap(8, 40));
            assert_eq!(numbers(&read), (41..=40 + entries).collect::<Vec<_>>());
        }
        assert_eq!(log.read(u64::MAX, 1, no_gap, &mut Vec::new()), u64::MAX);
    }

    #[test]
    fn entries_with_numbers_are_kept_once_and_a_gap_is_said() {
        let log = Log::new(1 << 20, 1);
        for (number, new) in [(3, true), (4, true), (3, false), (4, false), (5, true), (8, true)] {
            assert_eq!(log.follow(number, entry(number)), new, "{number}");
        }
        let mut read = Vec::new();
        assert_eq!(log.read(5, 1 << 20, gap, &mut read), 8);
        assert_eq!((&read[0], numbers(&read)[1]), (&gap(6, 7), 8));
        assert_eq!(log.read(20, 1, no_gap, &mut read), 20, "who is ahead waits");
        assert!(log.follow(9, entry(9)));
        assert_eq!(log.read(20, 1, no_gap, &mut read), 20);
    }

    #[test]
    fn an_entry_larger_than_the_budget_is_kept_until_the_next() {
        let log = Log::new(1, 5);
        assert_eq!(log.append(entry), 5);
        let mut read = Vec::new();
        assert_eq!(log.read(4, 1, no_gap, &mut read), 5);
        assert_eq!(log.append(entry), 6);
        assert_eq!(log.read(4, 1, gap, &mut read), 6);
        assert_eq!((numbers(&read)[0], &read[1]), (5, &gap(5, 5)));
    }
}
