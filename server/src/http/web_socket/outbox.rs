//! What waits to be written to one client, the most urgent first.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{BufMut as _, Bytes, BytesMut};

use super::super::wire::Urgency;

/// Opcodes of control frames, with FIN.
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;

/// Room for frames that an idle queue keeps: the next burst begins without growing it.
const KEPT: usize = 8;

#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// The rest of a frame whose beginning was written: nothing else may come before its end.
    begun: Option<Bytes>,
    /// Ping and Pong, the newest of each: an older one that still waits is answered by it.
    signs: [Option<Bytes>; 2],
    lanes: [VecDeque<Bytes>; Urgency::ALL.len()],
    /// After everything; nothing is queued behind it.
    close: Option<Bytes>,
    closed: bool,
    /// Bytes in each lane.
    waiting: [usize; Urgency::ALL.len()],
}

impl Outbox {
    pub(super) fn queue(&mut self, frame: Bytes, urgency: Urgency) {
        if !self.closed {
            self.waiting[urgency as usize] += frame.len();
            self.lanes[urgency as usize].push_back(frame);
        }
    }

    pub(super) fn ping(&mut self) {
        self.sign(0, PING, &[]);
    }

    pub(super) fn pong(&mut self, content: &[u8]) {
        self.sign(1, PONG, content);
    }

    /// What waits is given up: somebody who has to go is not told what he would have needed to stay.
    pub(super) fn close(&mut self, code: Option<u16>, reason: &str) {
        if std::mem::replace(&mut self.closed, true) {
            return;
        }
        let mut content = BytesMut::new();
        if let Some(code) = code {
            content.put_u16(code);
            content.put_slice(reason.as_bytes());
        }
        self.lanes = Default::default();
        self.signs = [None, None];
        self.waiting = Default::default();
        self.close = Some(control(CLOSE, &content));
    }

    /// Bytes that wait in a lane.
    pub(super) fn waiting(&self, urgency: Urgency) -> usize {
        self.waiting[urgency as usize]
    }

    pub(super) fn is_empty(&self) -> bool {
        self.frames().next().is_none()
    }

    /// Fills `slices` with the bytes to write next; returns how many it has filled.
    pub(super) fn slices<'bytes>(&'bytes self, slices: &mut [IoSlice<'bytes>]) -> usize {
        let frames = self.frames();
        let mut count = 0;
        for (slice, frame) in slices.iter_mut().zip(frames) {
            *slice = IoSlice::new(frame);
            count += 1;
        }
        count
    }

    fn frames(&self) -> impl Iterator<Item = &Bytes> {
        let signs = self.signs.iter().flatten();
        self.begun.iter().chain(signs).chain(self.lanes.iter().flatten()).chain(&self.close)
    }

    /// `count` bytes of what [`Self::slices`] gave have been written.
    pub(super) fn written(&mut self, mut count: usize) {
        while count > 0 {
            let Some(mut frame) = self.take_next() else { return };
            if frame.len() > count {
                frame = frame.slice(count..);
                self.begun = Some(frame);
                return;
            }
            count -= frame.len();
        }
    }

    fn take_next(&mut self) -> Option<Bytes> {
        if let Some(frame) = self.begun.take() {
            return Some(frame);
        }
        if let Some(frame) = self.signs.iter_mut().find_map(Option::take) {
            return Some(frame);
        }
        for (lane, waiting) in self.lanes.iter_mut().zip(&mut self.waiting) {
            if let Some(frame) = lane.pop_front() {
                *waiting -= frame.len();
                if lane.is_empty() && lane.capacity() > KEPT {
                    *lane = VecDeque::new();
                }
                return Some(frame);
            }
        }
        self.close.take()
    }

    fn sign(&mut self, slot: usize, opcode: u8, content: &[u8]) {
        if self.closed {
            return;
        }
        self.signs[slot] = Some(control(opcode, content));
    }
}

/// RFC 6455, 5.5: at most 125 bytes.
fn control(opcode: u8, content: &[u8]) -> Bytes {
    let content = &content[..content.len().min(125)];
    let mut frame = BytesMut::with_capacity(2 + content.len());
    frame.put_u8(opcode);
    frame.put_u8(content.len() as u8);
    frame.put_slice(content);
    frame.freeze()
}
