//! Streams of this process and of the program, joined: bytes as they are, but for a terminal without what would do
//! something to it.

use std::io::IsTerminal;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, Stdin};
use wasm_host::{Harmless, InputWriter, OutputReader};

/// Bytes that are read from stdin at once.
const PIECE: usize = 16 << 10;

/// Stdin of this process, for one run of the program after the other: what one has not taken the next one gets.
#[derive(Debug)]
pub(in super::super) struct Source {
    /// One for all runs: a read that is under way when a run ends is finished for the next.
    from: Stdin,
    pending: Option<Bytes>,
    ended: bool,
}

impl Source {
    pub(in super::super) fn new() -> Self {
        Self { from: tokio::io::stdin(), pending: None, ended: false }
    }

    /// Hands over what the program asks for. Never done: the program may end without having read all of it.
    pub(in super::super) async fn feed(&mut self, mut to: InputWriter) {
        loop {
            if let Some(piece) = &self.pending {
                // Kept until it is taken: this may be dropped while it waits.
                if !to.write(piece.clone()).await {
                    break;
                }
                self.pending = None;
            } else if self.ended || !to.asked().await {
                break;
            } else {
                // Nothing is read that the program does not want: it may belong to what runs after it.
                let mut piece = vec![0; PIECE];
                match self.from.read(&mut piece).await {
                    Ok(0) | Err(_) => self.ended = true,
                    Ok(length) => {
                        piece.truncate(length);
                        self.pending = Some(piece.into());
                    }
                }
            }
        }
        drop(to);
        std::future::pending::<()>().await;
    }
}

/// Until both have ended.
pub(super) async fn passed_on(stdout: OutputReader, stderr: OutputReader) {
    let out = pass(stdout, tokio::io::stdout(), std::io::stdout().is_terminal());
    let err = pass(stderr, tokio::io::stderr(), std::io::stderr().is_terminal());
    tokio::join!(out, err);
}

/// When nobody takes it any more, the program is told by the end of `from`.
pub(in super::super) async fn pass(
    mut from: OutputReader,
    mut to: impl AsyncWrite + Unpin,
    is_terminal: bool,
) {
    let mut harmless = Harmless::default();
    while let Some(piece) = from.next().await {
        let written = if is_terminal {
            to.write_all(harmless.pass(&piece).as_bytes()).await
        } else {
            to.write_all(&piece).await
        };
        // A prompt has no line end, and is to be seen.
        if written.is_err() || to.flush().await.is_err() {
            return;
        }
    }
}
