//! The numbers of events: which one is next, which was there already, which will never come.

use bytes::Bytes;

/// The last event that a client knows of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventPlace {
    /// Epoch that `number` belongs to; empty: none yet.
    pub epoch: Bytes,
    /// Its number; 0: none.
    pub number: u64,
}

/// What a number that came means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Arrival {
    /// Numbers start anew: what the client had belongs to another history.
    pub(crate) anew: bool,
    /// First and last of the numbers before this one that will not come.
    pub(crate) missing: Option<(u64, u64)>,
    /// False: it was there already.
    pub(crate) fresh: bool,
}

/// Follows events over connections.
#[derive(Debug, Clone, Default)]
pub(crate) struct Following {
    place: EventPlace,
    /// Nothing came yet on this connection: the server may not know the place that the client named.
    first: bool,
}

impl Following {
    pub(crate) fn at(place: EventPlace) -> Self {
        Self { place, first: true }
    }

    pub(crate) fn place(&self) -> &EventPlace {
        &self.place
    }

    /// The client says on another connection where it is.
    pub(crate) fn resumed(&mut self) {
        self.first = true;
    }

    /// An event came.
    pub(crate) fn event(&mut self, epoch: &Bytes, number: u64) -> Arrival {
        let anew = self.enter(epoch, number);
        let last = self.place.number;
        if number <= last {
            return Arrival { anew, ..Arrival::default() };
        }
        self.place.number = number;
        Arrival { anew, missing: (number > last + 1).then(|| (last + 1, number - 1)), fresh: true }
    }

    /// The server says that these do not come.
    pub(crate) fn skipped(&mut self, epoch: &Bytes, first: u64, last: u64) -> Arrival {
        let anew = self.enter(epoch, first);
        let from = self.place.number + 1;
        if last < from {
            return Arrival { anew, ..Arrival::default() };
        }
        self.place.number = last;
        Arrival { anew, missing: Some((from, last)), fresh: false }
    }

    /// A server that does not know the place, or that has another epoch, begins with the first that it keeps.
    fn enter(&mut self, epoch: &Bytes, number: u64) -> bool {
        let unknown = *epoch != self.place.epoch || (self.first && number <= self.place.number);
        self.first = false;
        if !unknown {
            return false;
        }
        let had = self.place.number > 0;
        self.place = EventPlace { epoch: epoch.clone(), number: 0 };
        had
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(number: u64) -> EventPlace {
        EventPlace { epoch: "e".into(), number }
    }

    #[test]
    fn each_number_is_told_once_and_none_is_lost_in_silence() {
        let mut following = Following::at(EventPlace::default());
        let epoch = Bytes::from("e");
        let fresh = Arrival { fresh: true, ..Arrival::default() };
        assert_eq!(following.event(&epoch, 1), fresh);
        assert_eq!(following.event(&epoch, 2), fresh);
        assert_eq!(following.event(&epoch, 2), Arrival::default());
        assert_eq!(following.event(&epoch, 5), Arrival { missing: Some((3, 4)), ..fresh });
        assert_eq!(following.skipped(&epoch, 4, 9), Arrival { missing: Some((6, 9)), ..Arrival::default() });
        assert_eq!(following.skipped(&epoch, 7, 9), Arrival::default());
        assert_eq!(following.place(), &place(9));
    }

    #[test]
    fn another_history_is_said_to_be_one() {
        let mut following = Following::at(place(7));
        assert_eq!(following.event(&"e".into(), 8), Arrival { fresh: true, ..Arrival::default() });
        let anew = Arrival { anew: true, missing: None, fresh: true };
        assert_eq!(following.event(&"f".into(), 1), anew);
        following.resumed();
        assert_eq!(following.event(&"f".into(), 1), anew, "the server does not know number 1 any more");
        let mut fresh = Following::at(EventPlace::default());
        assert_eq!(
            fresh.skipped(&"f".into(), 1, 3),
            Arrival { anew: false, missing: Some((1, 3)), fresh: false }
        );
    }
}
