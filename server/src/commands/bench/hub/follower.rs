//! What one client has heard over all its connections, and what is wrong with it.

use std::sync::{Mutex, PoisonError};

use super::dialect::{Heard, Place};

/// What must never happen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Wrongs {
    /// Events that were left out, or that the server said it leaves out, and resumptions that it did not grant.
    pub(super) lost: u64,
    /// Events that came again or after later ones.
    pub(super) repeated: u64,
    /// Numbers that stood for one event and then for another.
    pub(super) changed: u64,
}

impl Wrongs {
    pub(super) fn sum(self) -> u64 {
        self.lost + self.repeated + self.changed
    }

    pub(super) fn add(&mut self, other: Self) {
        self.lost += other.lost;
        self.repeated += other.repeated;
        self.changed += other.changed;
    }
}

/// Which event each number stands for, as all clients and the server say.
#[derive(Debug, Default)]
pub(super) struct Marks(Mutex<Vec<Option<u64>>>);

impl Marks {
    /// False when somebody said otherwise.
    pub(super) fn agree(&self, number: u64, mark: u64) -> bool {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let index = number as usize;
        if marks.len() <= index {
            marks.resize(index + 1, None);
        }
        *marks[index].get_or_insert(mark) == mark
    }
}

/// A client's memory.
#[derive(Debug, Default)]
pub(super) struct Follower {
    /// Where it goes on.
    pub(super) place: Place,
    /// Sequences of what it was told last.
    pub(super) diagnostics: u64,
    pub(super) update: u64,
    /// Times that the server said it leaves something out.
    pub(super) skips: u64,
    pub(super) wrongs: Wrongs,
}

impl Follower {
    /// Hears one message of a connection on which the server's epoch is that of `place`.
    pub(super) fn hear(&mut self, heard: &Heard, marks: &Marks) {
        match *heard {
            Heard::Event { number, mark } => {
                if number <= self.place.after {
                    self.wrongs.repeated += 1;
                    return;
                }
                self.wrongs.lost += number - self.place.after - 1;
                self.wrongs.changed += u64::from(!marks.agree(number, mark));
                self.place.after = number;
            }
            Heard::Skipped { first, last } => {
                self.skips += 1;
                self.wrongs.lost += (last + 1).saturating_sub(first);
                self.wrongs.repeated += u64::from(first != self.place.after + 1);
                self.place.after = last;
            }
            Heard::Welcome { recovered } => {
                self.wrongs.lost += u64::from(!recovered && !self.place.epoch.is_empty());
            }
            Heard::Diagnostics { sequence, .. } => {
                self.wrongs.repeated += u64::from(sequence < self.diagnostics);
                self.diagnostics = sequence;
                self.place.sequence = self.place.sequence.max(sequence);
            }
            Heard::Update { sequence } => {
                self.update = sequence;
                self.place.sequence = self.place.sequence.max(sequence);
            }
            Heard::Flags { .. } | Heard::Other => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_repetitions_and_changes_are_found() {
        let marks = Marks::default();
        let mut follower = Follower::default();
        let event = |number, mark| Heard::Event { number, mark };
        for heard in [event(1, 1), event(2, 2), event(2, 2), event(5, 5), event(4, 4)] {
            follower.hear(&heard, &marks);
        }
        assert_eq!(follower.wrongs, Wrongs { lost: 2, repeated: 2, changed: 0 });
        let mut other = Follower::default();
        other.hear(&event(1, 1), &marks);
        other.hear(&event(2, 3), &marks);
        assert_eq!(other.wrongs, Wrongs { lost: 0, repeated: 0, changed: 1 });
        other.hear(&Heard::Skipped { first: 3, last: 7 }, &marks);
        assert_eq!((other.wrongs.lost, other.place.after, other.skips), (5, 7, 1));
    }

    #[test]
    fn a_resumption_that_is_not_granted_is_a_loss() {
        let mut follower = Follower::default();
        follower.hear(&Heard::Welcome { recovered: false }, &Marks::default());
        assert_eq!(follower.wrongs.sum(), 0, "it had nothing");
        follower.place.epoch = bytes::Bytes::from_static(b"epoch");
        follower.hear(&Heard::Welcome { recovered: true }, &Marks::default());
        follower.hear(&Heard::Welcome { recovered: false }, &Marks::default());
        assert_eq!(follower.wrongs.sum(), 1);
    }
}
