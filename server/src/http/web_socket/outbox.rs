//! What waits to be written to one client, the most urgent first.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{BufMut as _, Bytes, BytesMut};
use dev_server_proto::Run;

use super::super::wire::Urgency;

/// Opcodes of control frames, with FIN.
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;

/// Room for frames that an idle queue keeps: the next burst begins without growing it.
const KEPT: usize = 8;

#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// A beginning of it was written: nothing else may come before the end of the message that this ends in.
    begun: Option<Begun>,
    /// Ping and Pong, the newest of each: an older one that still waits is answered by it.
    signs: [Option<Bytes>; 2],
    lanes: [VecDeque<Bytes>; Urgency::ALL.len()],
    /// After everything; nothing is queued behind it.
    close: Option<Bytes>,
    closed: bool,
    /// Bytes in each lane.
    waiting: [usize; Urgency::ALL.len()],
}

/// Messages of a lane whose first bytes were written.
#[derive(Debug)]
struct Begun {
    messages: Bytes,
    written: usize,
    lane: usize,
}

impl Outbox {
    /// Whole messages, one after another.
    pub(super) fn queue(&mut self, messages: Bytes, urgency: Urgency) {
        if self.closed {
            return;
        }
        let lane = urgency as usize;
        if self.begun.as_ref().is_some_and(|begun| lane < begun.lane) {
            self.put_back();
        }
        self.waiting[lane] += messages.len();
        self.lanes[lane].push_back(messages);
    }

    /// What was begun ends with the message that it is in; those behind it wait as before.
    fn put_back(&mut self) {
        let Some(begun) = &mut self.begun else { return };
        let end = Run::end_of_message(&begun.messages, begun.written);
        let behind = begun.messages.split_off(end);
        if !behind.is_empty() {
            self.waiting[begun.lane] += behind.len();
            self.lanes[begun.lane].push_front(behind);
        }
        if begun.written == end {
            self.begun = None;
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
        self.put_back();
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

    fn frames(&self) -> impl Iterator<Item = &[u8]> {
        let begun = self.begun.iter().map(|begun| &begun.messages[begun.written..]);
        let waiting = self.signs.iter().flatten().chain(self.lanes.iter().flatten()).chain(&self.close);
        begun.chain(waiting.map(|frame| &frame[..]))
    }

    /// `count` bytes of what [`Self::slices`] gave have been written.
    pub(super) fn written(&mut self, mut count: usize) {
        while count > 0 {
            let Some(mut next) = self.take_next() else { return };
            let left = next.messages.len() - next.written;
            if left > count {
                next.written += count;
                self.begun = Some(next);
                return;
            }
            count -= left;
        }
    }

    fn take_next(&mut self) -> Option<Begun> {
        if let Some(begun) = self.begun.take() {
            return Some(begun);
        }
        // Nothing comes before a control frame that was begun, as nothing is in a lane before the first.
        let control = |messages| Begun { messages, written: 0, lane: 0 };
        if let Some(frame) = self.signs.iter_mut().find_map(Option::take) {
            return Some(control(frame));
        }
        for (index, (lane, waiting)) in self.lanes.iter_mut().zip(&mut self.waiting).enumerate() {
            if let Some(messages) = lane.pop_front() {
                *waiting -= messages.len();
                if lane.is_empty() && lane.capacity() > KEPT {
                    *lane = VecDeque::new();
                }
                return Some(Begun { messages, written: 0, lane: index });
            }
        }
        self.close.take().map(control)
    }

    fn sign(&mut self, slot: usize, opcode: u8, content: &[u8]) {
        if self.closed {
            return;
        }
        self.put_back();
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
