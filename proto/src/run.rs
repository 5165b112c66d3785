//! Frames of one kind that follow one another, in one piece of memory.

use bytes::{Bytes, BytesMut};

use crate::encoded::Encoded;
use crate::frame_kind::FrameKind;

/// One frame or more, as a WebSocket carries them. Many small frames cost a connection as much as one: one count of those
/// who hold the memory, one place in its queue, one slice for the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    bytes: Bytes,
    frames: u32,
    kind: FrameKind,
}

impl Run {
    /// Copies `frames` into one piece. They are all of the kind of the first one; of none it makes an empty run.
    pub fn of<'frames>(frames: impl Iterator<Item = &'frames Encoded> + Clone) -> Self {
        let length = frames.clone().map(|frame| frame.web_socket().len()).sum();
        let mut bytes = BytesMut::with_capacity(length);
        let (mut count, mut kind) = (0, FrameKind::Empty);
        for frame in frames {
            bytes.extend_from_slice(frame.web_socket());
            kind = if count == 0 { frame.kind() } else { kind };
            debug_assert_eq!(kind, frame.kind(), "frames of a run are of one kind");
            count += 1;
        }
        Self { bytes: bytes.freeze(), frames: count, kind }
    }

    /// A part: `frames` whole frames, which are the bytes `from..to`.
    #[must_use]
    pub fn part(&self, from: usize, to: usize, frames: u32) -> Self {
        Self { bytes: self.bytes.slice(from..to), frames, kind: self.kind }
    }

    /// How many frames.
    pub fn frames(&self) -> u32 {
        self.frames
    }

    /// What each is about.
    pub fn kind(&self) -> FrameKind {
        self.kind
    }

    /// Messages as a WebSocket carries them, head and all.
    pub fn web_socket(&self) -> &Bytes {
        &self.bytes
    }

    /// The same, for who keeps nothing else.
    pub fn into_web_socket(self) -> Bytes {
        self.bytes
    }

    /// Where in such bytes, from their beginning, the first message ends that does so at `at` or behind it.
    pub fn end_of_message(web_socket: &[u8], at: usize) -> usize {
        let mut end = 0;
        while end < at
            && let Some((head, length)) = Encoded::lengths(&web_socket[end..])
        {
            end = (end + head + length).min(web_socket.len());
        }
        end
    }

    /// Each message alone: a `ServerFrame` in protobuf.
    pub fn payloads(&self) -> impl Iterator<Item = Bytes> {
        let mut rest = self.bytes.clone();
        std::iter::from_fn(move || {
            let (head, length) = Encoded::lengths(&rest)?;
            let whole = rest.split_to((head + length).min(rest.len()));
            Some(whole.slice(head..))
        })
    }
}

impl From<Encoded> for Run {
    fn from(frame: Encoded) -> Self {
        let kind = frame.kind();
        Self { bytes: frame.into_web_socket(), frames: 1, kind }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1::ServerFrame;

    fn frames() -> Vec<Encoded> {
        // Of each size of length field.
        [0, 1, 200, 70_000, 3]
            .map(|text| ServerFrame { program: "x".repeat(text), ..ServerFrame::default() })
            .iter()
            .map(Encoded::new)
            .collect()
    }

    #[test]
    fn a_run_is_its_frames_one_after_another() {
        let frames = frames();
        let run = Run::of(frames.iter());
        assert_eq!(run.frames(), 5);
        let bytes: Vec<_> = frames.iter().flat_map(|frame| frame.web_socket().to_vec()).collect();
        assert_eq!(run.web_socket(), &bytes);
        let payloads: Vec<_> = frames.iter().map(Encoded::payload).collect();
        assert_eq!(run.payloads().collect::<Vec<_>>(), payloads);
        for frame in frames {
            let alone = Run::from(frame.clone());
            assert_eq!(alone.payloads().collect::<Vec<_>>(), [frame.payload()]);
            assert_eq!((alone.frames(), alone.kind()), (1, frame.kind()));
        }
    }

    #[test]
    fn a_part_shares_the_memory() {
        let frames = frames();
        let run = Run::of(frames.iter());
        let from = frames[0].web_socket().len();
        let to = from + frames[1].web_socket().len() + frames[2].web_socket().len();
        let part = run.part(from, to, 2);
        assert_eq!(part.web_socket().as_ptr(), run.web_socket()[from..].as_ptr());
        assert_eq!(part.payloads().collect::<Vec<_>>(), [frames[1].payload(), frames[2].payload()]);
        assert_eq!(Run::of([].iter()).payloads().count(), 0);
    }

    #[test]
    fn messages_end_where_the_next_one_begins() {
        let frames = frames();
        let run = Run::of(frames.iter());
        let mut begin = 0;
        for frame in &frames {
            let end = begin + frame.web_socket().len();
            for at in [begin + 1, begin.midpoint(end) + 1, end] {
                assert_eq!(Run::end_of_message(run.web_socket(), at), end, "{at}");
            }
            begin = end;
        }
        assert_eq!(Run::end_of_message(run.web_socket(), 0), 0);
    }
}
