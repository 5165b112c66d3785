//! Which of the messages of one kind came last. A server that is behind the one before says again what was overtaken.

use bytes::Bytes;

use crate::event::Envelope;

/// The last message of a kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Newest {
    epoch: Bytes,
    sequence: u64,
}

impl Newest {
    /// False for what was overtaken by what came before it, and without `again` also for the same once more. What has no
    /// sequence is of now.
    pub(crate) fn takes(&mut self, envelope: &Envelope, again: bool) -> bool {
        let Envelope { epoch, sequence, .. } = envelope;
        let least = if again { self.sequence } else { self.sequence + 1 };
        if *sequence > 0 && *epoch == self.epoch && *sequence < least {
            return false;
        }
        *self = Self { epoch: epoch.clone(), sequence: *sequence };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_overtaken_is_left_out_unless_its_epoch_is_another_one() {
        let mut newest = Newest::default();
        let mut takes = |epoch: &'static str, sequence, again| {
            let envelope = Envelope { epoch: epoch.into(), sequence, ..Envelope::default() };
            newest.takes(&envelope, again)
        };
        assert!(takes("e", 5, false) && takes("e", 5, true) && !takes("e", 5, false));
        assert!(!takes("e", 4, true) && takes("e", 6, false));
        assert!(takes("f", 1, false), "sequences of two epochs cannot be compared");
        assert!(takes("f", 0, true), "a server that has just begun");
        assert!(takes("f", 1, true));
    }
}
