//! A child that stays, and is spoken to in frames: four bytes of length, little endian, and so many bytes, both ways.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};

use super::group::Group;

/// Longest frame that is taken: the objects of a large program are some ten megabytes.
const LONGEST: usize = 256 << 20;

/// Frames that wait until the child reads. One that reads none of so many has stopped working: `send` says no then,
/// and once the child is gone.
const WAITING: usize = 64;

/// Bytes kept of the end of what the child prints as errors: room for the traces of some dozen goroutines.
const TAIL: usize = 64 << 10;

/// How long a child whose pipes are closed may take to be gone.
const FAREWELL: Duration = Duration::from_secs(1);

/// A child that is spoken to. Dropping it ends its whole process group.
#[derive(Debug)]
pub struct Conversation {
    group: Group,
    input: mpsc::Sender<Bytes>,
    output: FramedRead<ChildStdout, LengthDelimitedCodec>,
    errors: JoinHandle<VecDeque<u8>>,
}

/// The child does not read any more.
#[derive(Debug, thiserror::Error)]
#[error("the program does not read what it is told")]
pub struct Deaf;

fn codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder()
        .little_endian()
        .length_field_length(4)
        .max_frame_length(LONGEST)
        .new_codec()
}

impl Conversation {
    /// For a child whose three streams are pipes; `None` when they are not.
    pub(super) fn new(mut group: Group) -> Option<Self> {
        let child = group.child();
        let (stdin, stdout, stderr) = (child.stdin.take()?, child.stdout.take()?, child.stderr.take()?);
        let (input, frames) = mpsc::channel(WAITING);
        // Both end with the pipes, which end with the group.
        tokio::spawn(write(stdin, frames));
        let errors = tokio::spawn(tail(stderr));
        Some(Self { group, input, output: FramedRead::new(stdout, codec()), errors })
    }

    /// Says something. Returns at once.
    pub fn send(&self, frame: Bytes) -> Result<(), Deaf> {
        self.input.try_send(frame).map_err(|_| Deaf)
    }

    /// The next frame; `None` when the child is gone or says what is no frame. May be dropped and called again without
    /// losing anything.
    pub async fn receive(&mut self) -> Option<BytesMut> {
        self.output.next().await?.ok()
    }

    /// Its process id; `None` when it is gone.
    pub fn id(&mut self) -> Option<u32> {
        self.group.child().id()
    }

    /// Ends the child at once, whatever it is at, and waits until it is gone. What it has said can still be received.
    pub async fn kill(&mut self) {
        self.group.kill();
        let _ = self.group.child().wait().await;
    }

    /// Ends the child and says how it went: its status, and the end of what it printed as errors.
    pub async fn end(mut self) -> String {
        // One that went by itself has a status of its own that a kill would hide.
        let status = tokio::time::timeout(FAREWELL, self.group.child().wait()).await;
        self.group.kill();
        let status = match status {
            Ok(Ok(status)) => status.to_string(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it was ended".to_owned(),
        };
        let tail = self.errors.await.unwrap_or_default();
        let tail = tail.into_iter().collect::<Vec<_>>();
        let tail = String::from_utf8_lossy(&tail);
        if tail.trim().is_empty() { status } else { format!("{status}\n{}", tail.trim_end()) }
    }
}

async fn write(stdin: ChildStdin, mut frames: mpsc::Receiver<Bytes>) {
    let mut stdin = FramedWrite::new(stdin, codec());
    while let Some(frame) = frames.recv().await {
        if stdin.send(frame).await.is_err() {
            return;
        }
    }
}

async fn tail(mut stream: impl AsyncRead + Unpin) -> VecDeque<u8> {
    let mut tail = VecDeque::new();
    let mut buffer = vec![0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        tail.extend(&buffer[..count]);
        let beyond = tail.len().saturating_sub(TAIL);
        tail.drain(..beyond);
    }
    tail
}

#[cfg(test)]
mod tests {
    use super::super::Program;
    use super::*;

    const MEMORY: u64 = 1 << 30;

    fn shell(script: &str) -> Conversation {
        let program = Program::new("/bin/sh", "/").arg("-c").arg(script).env("PATH", "/usr/bin:/bin");
        program.converse(MEMORY).unwrap()
    }

    #[tokio::test]
    async fn frames_of_any_size_come_back_in_their_order() {
        let mut echo = shell("exec cat");
        // More than the pipes hold, both ways at once.
        let frames = [0, 1, 70_000, 5, 3 << 20].map(|size| Bytes::from(vec![b'x'; size]));
        for frame in &frames {
            echo.send(frame.clone()).unwrap();
        }
        for frame in &frames {
            assert_eq!(echo.receive().await.unwrap(), frame);
        }
    }

    #[tokio::test]
    async fn a_child_that_goes_says_why() {
        let mut gone = shell("echo out of luck >&2; exit 7");
        assert!(gone.receive().await.is_none());
        let words = gone.end().await;
        assert!(words.contains("exit status: 7") && words.contains("out of luck"), "{words}");
    }

    #[tokio::test]
    async fn a_child_that_was_killed_is_gone() {
        let mut child = shell("printf '\\3\\0\\0\\0yes'; exec sleep 60");
        assert_eq!(&child.receive().await.unwrap()[..], b"yes");
        let folder = std::path::PathBuf::from(format!("/proc/{}", child.id().unwrap()));
        assert!(folder.exists() || !cfg!(target_os = "linux"));
        child.kill().await;
        assert!(!folder.exists() && child.receive().await.is_none());
    }

    #[tokio::test]
    async fn what_is_no_frame_ends_the_talk() {
        let mut babbling = shell("printf 'hello, I am no frame'; exec sleep 60");
        assert!(babbling.receive().await.is_none());
    }

    #[tokio::test]
    async fn a_child_that_does_not_read_is_found_out() {
        let deaf = shell("exec sleep 60");
        let frame = Bytes::from(vec![0; 1 << 20]);
        let told = (0..WAITING + 2).take_while(|_| deaf.send(frame.clone()).is_ok()).count();
        assert!(told <= WAITING + 1, "{told}");
        assert!(deaf.end().await.contains("it was ended"));
    }

    #[tokio::test]
    async fn a_flood_of_complaints_is_kept_to_its_end() {
        let mut flooding = shell("yes complaint | head -c 1000000 >&2; echo the end >&2");
        assert!(flooding.receive().await.is_none());
        let words = flooding.end().await;
        assert!(words.ends_with("the end") && words.len() < TAIL + 100, "{}", words.len());
    }
}
