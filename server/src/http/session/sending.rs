//! Counts what one look at the board gives to a connection: frames of one kind that follow one another are added once.

use dev_server_proto::{FrameKind, Run};

use crate::telemetry::Deliveries;

/// What was given and not added yet.
pub(super) struct Sending<'a> {
    deliveries: &'a Deliveries,
    kind: FrameKind,
    frames: u64,
    bytes: u64,
}

impl<'a> Sending<'a> {
    pub(super) fn new(deliveries: &'a Deliveries) -> Self {
        Self { deliveries, kind: FrameKind::Empty, frames: 0, bytes: 0 }
    }

    pub(super) fn note(&mut self, run: &Run) {
        if run.kind() != self.kind {
            self.add();
            self.kind = run.kind();
        }
        self.frames += u64::from(run.frames());
        self.bytes += run.web_socket().len() as u64;
    }

    fn add(&mut self) {
        if self.frames > 0 {
            self.deliveries.sent(self.kind, self.frames, self.bytes);
            (self.frames, self.bytes) = (0, 0);
        }
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        self.add();
    }
}
