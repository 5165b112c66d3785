//! What people do on pages, for the other pages of the same program: passed on once, kept for nobody who was away.

use bytes::Bytes;
use dev_server_proto::v1::{self, server_frame};
use dev_server_proto::{Encoded, Run};

use super::bell::Listener;
use super::log::Log;

/// Bytes that wait for slow pages: some thousand gestures, after which a page that is behind has nothing of them.
const BUDGET: usize = 256 << 10;

/// Gestures in the order in which they came.
#[derive(Debug)]
pub struct Gestures {
    log: Log,
}

impl Gestures {
    /// None yet.
    pub fn new() -> Self {
        Self { log: Log::new(BUDGET, 1) }
    }

    /// Passes one on, an encoded `Gesture`, to the pages of `program`.
    pub fn add(&self, program: &str, gesture: Bytes) {
        self.log.append(|_| frame(program, gesture));
    }

    /// Adds to `out` what came after the gesture `after`, about `most` bytes; returns the number of the last one that the
    /// page knows of then.
    pub fn read(&self, after: u64, most: usize, out: &mut Vec<Run>) -> u64 {
        self.log.read(after, most, |_, _| frame("", Bytes::new()), out)
    }

    /// Number of the newest one; 0 when there never was one.
    pub fn last(&self) -> u64 {
        self.log.last()
    }

    /// Hears of new ones.
    pub fn listen(&self) -> Listener {
        self.log.listen()
    }
}

impl Default for Gestures {
    fn default() -> Self {
        Self::new()
    }
}

fn frame(program: &str, gesture: Bytes) -> Encoded {
    Encoded::new(&v1::ServerFrame {
        program: program.to_owned(),
        body: Some(server_frame::Body::Gesture(gesture)),
        ..v1::ServerFrame::default()
    })
}

#[cfg(test)]
mod tests {
    use dev_server_proto::decode_server;

    use super::*;

    fn said(gestures: &Gestures, after: u64) -> (u64, Vec<(String, Bytes)>) {
        let mut out = Vec::new();
        let last = gestures.read(after, usize::MAX, &mut out);
        let said = |payload: Bytes| {
            let frame = decode_server(&payload).unwrap();
            match frame.body {
                Some(server_frame::Body::Gesture(gesture)) => (frame.program, gesture),
                other => panic!("{other:?}"),
            }
        };
        (last, out.iter().flat_map(Run::payloads).map(said).collect())
    }

    #[test]
    fn a_gesture_is_told_in_order_and_once() {
        let gestures = Gestures::new();
        gestures.add("app", Bytes::from_static(b"one"));
        let after = gestures.last();
        gestures.add("other", Bytes::from_static(b"two"));
        let (last, told) = said(&gestures, after);
        assert_eq!((last, told), (2, vec![("other".to_owned(), Bytes::from_static(b"two"))]));
        assert_eq!(said(&gestures, last), (2, Vec::new()));
    }

    #[test]
    fn a_page_that_is_too_slow_is_told_that_some_are_missing() {
        let gestures = Gestures::new();
        for _ in 0..40 {
            gestures.add("app", vec![b'x'; BUDGET / 20].into());
        }
        let (last, told) = said(&gestures, 0);
        assert_eq!(last, 40);
        assert!(told[0].0.is_empty() && told[0].1.is_empty(), "{told:?}");
        assert!(told.len() < 25, "{}", told.len());
    }
}
