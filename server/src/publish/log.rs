//! What happened, in order, for those who ask: events with numbers, as many as fit into a number of bytes.

use std::collections::VecDeque;
use std::sync::Arc;

use dev_server_proto::{Encoded, Run};

use super::bell::{Bell, Listener};
use super::sync::{PoisonError, RwLock, RwLockWriteGuard};

/// Bytes after which entries are put into one piece of memory: as many as the system takes at a time for a client that is
/// slower than they come.
pub(super) const PIECE: usize = 16 << 10;

/// Entries with numbers that grow by one. Readers have a place of their own and hold up nobody: who is slower than
/// entries come is told what it has missed.
#[derive(Debug)]
pub(super) struct Log {
    kept: RwLock<Kept>,
    bell: Arc<Bell>,
    /// Bytes that are kept; the newest entry is kept whatever its size. Memory of a piece is given back with its last entry.
    budget: usize,
}

#[derive(Debug)]
struct Kept {
    pieces: VecDeque<Piece>,
    /// Entries after all pieces.
    open: VecDeque<Encoded>,
    /// Bytes of them.
    open_bytes: usize,
    /// Number of the first one that is kept; when there is none, of the next.
    first: u64,
    /// Number of the next.
    next: u64,
    bytes: usize,
}

/// Entries in one piece of memory.
#[derive(Debug)]
struct Piece {
    run: Run,
    /// Number of its first entry, which is kept or was.
    first: u64,
    /// Where each entry ends.
    ends: Box<[u32]>,
}

impl Piece {
    /// Number after its last entry.
    fn next(&self) -> u64 {
        self.first + self.ends.len() as u64
    }

    /// Where the entry `number` begins.
    fn start(&self, number: u64) -> usize {
        let index = (number - self.first) as usize;
        index.checked_sub(1).map_or(0, |before| self.ends[before] as usize)
    }

    /// Entries from `number` on, about `most` bytes.
    fn read(&self, number: u64, most: usize) -> Run {
        let (index, start) = ((number - self.first) as usize, self.start(number));
        let whole = self.ends[index..].partition_point(|end| (*end as usize) < start.saturating_add(most));
        let count = (whole + 1).min(self.ends.len() - index);
        self.run.part(start, self.ends[index + count - 1] as usize, count as u32)
    }
}

impl Kept {
    fn new(first: u64) -> Self {
        let (pieces, open) = (VecDeque::new(), VecDeque::new());
        Self { pieces, open, open_bytes: 0, first, next: first, bytes: 0 }
    }

    /// Number of the first entry after all pieces.
    fn first_open(&self) -> u64 {
        self.next - self.open.len() as u64
    }

    fn add(&mut self, entry: Encoded) {
        let length = entry.web_socket().len();
        self.bytes += cost(length);
        self.open_bytes += length;
        self.open.push_back(entry);
        self.next += 1;
        if self.open_bytes >= PIECE {
            self.close();
        }
    }

    /// Makes a piece of what is open. One large entry is left where it is.
    fn close(&mut self) {
        let first = self.first_open();
        let mut end = 0;
        let ends = self.open.iter().map(|entry| {
            end += entry.web_socket().len() as u32;
            end
        });
        let ends = ends.collect();
        let run = match self.open.pop_front() {
            Some(only) if self.open.is_empty() => Run::from(only),
            Some(first) => Run::of(std::iter::once(&first).chain(&self.open)),
            None => return,
        };
        self.open.clear();
        self.open_bytes = 0;
        self.pieces.push_back(Piece { run, first, ends });
    }

    fn forget_oldest(&mut self) {
        let length = if let Some(oldest) = self.pieces.front() {
            let length = oldest.start(self.first + 1) - oldest.start(self.first);
            if self.first + 1 == oldest.next() {
                self.pieces.pop_front();
            }
            length
        } else {
            let length = self.open.pop_front().map_or(0, |oldest| oldest.web_socket().len());
            self.open_bytes -= length;
            length
        };
        self.bytes -= cost(length);
        self.first += 1;
    }

    /// Adds to `out` entries from `number` on, about `most` bytes; returns the number after them.
    fn read(&self, mut number: u64, most: usize, out: &mut Vec<Run>) -> u64 {
        let mut bytes = 0;
        let behind = self.pieces.partition_point(|piece| piece.next() <= number);
        for piece in self.pieces.range(behind..) {
            if bytes >= most {
                return number;
            }
            let run = piece.read(number, most - bytes);
            bytes += run.web_socket().len();
            number += u64::from(run.frames());
            out.push(run);
        }
        let open = number.saturating_sub(self.first_open()) as usize;
        for entry in self.open.range(open..) {
            if bytes >= most {
                break;
            }
            bytes += entry.web_socket().len();
            number += 1;
            out.push(entry.clone().into());
        }
        number
    }
}

impl Log {
    /// An empty log whose first entry will have the number `first`, at least 1.
    pub(super) fn new(budget: usize, first: u64) -> Self {
        Self { kept: RwLock::new(Kept::new(first.max(1))), bell: Arc::default(), budget }
    }

    /// Adds the entry that `make` makes of its number, and wakes readers. All entries are of one kind.
    pub(super) fn append(&self, make: impl FnOnce(u64) -> Encoded) -> u64 {
        let kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        let number = kept.next;
        self.add(kept, make(number));
        number
    }

    /// Adds an entry that has its number already. One that was here is left alone; where some are missing before it,
    /// those from it on are kept. Returns whether it is new.
    pub(super) fn follow(&self, number: u64, entry: Encoded) -> bool {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if number < kept.next {
            return false;
        }
        if number > kept.next {
            *kept = Kept::new(number);
        }
        self.add(kept, entry);
        true
    }

    fn add(&self, mut kept: RwLockWriteGuard<'_, Kept>, entry: Encoded) {
        kept.add(entry);
        while kept.bytes > self.budget && kept.next - kept.first > 1 {
            kept.forget_oldest();
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
        out: &mut Vec<Run>,
    ) -> u64 {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        if after >= kept.next - 1 {
            return after;
        }
        let mut number = after + 1;
        if number < kept.first {
            out.push(gap(number, kept.first - 1).into());
            number = kept.first;
        }
        kept.read(number, most, out) - 1
    }

    /// Number of the newest entry; 0 when there never was one.
    pub(super) fn last(&self) -> u64 {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).next - 1
    }

    /// How many entries are kept, and what memory they take.
    pub(super) fn kept(&self) -> (usize, usize) {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        ((kept.next - kept.first) as usize, kept.bytes)
    }

    /// Hears of new entries.
    pub(super) fn listen(&self) -> Listener {
        self.bell.listen()
    }
}

/// Bytes of an entry with what it takes to keep it, so that a million empty entries are no surprise.
pub(super) fn cost(length: usize) -> usize {
    length + size_of::<Encoded>()
}
