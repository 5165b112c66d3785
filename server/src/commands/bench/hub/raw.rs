//! What the hub is compared with first: bytes over TCP, a task for each connection that writes what it has not written,
//! many messages at a time. No protocol, no token, nobody who is slow.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::sync::{Arc, PoisonError, RwLock};

use bytes::{Buf as _, Bytes};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Messages that are kept for who is behind.
const KEPT: usize = 1 << 14;

/// Messages that one write hands to the system.
const SLICES: usize = 128;

/// An empty message: from now on nothing is missed.
const GREETING: &[u8] = &[0x82, 0];

/// A server of bytes.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) number: u64,
    kept: Arc<RwLock<Kept>>,
    newest: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Kept {
    /// How many came before those that are kept.
    gone: u64,
    messages: VecDeque<Bytes>,
}

impl Raw {
    pub(super) fn start(listener: TcpListener) -> Self {
        let kept = Arc::<RwLock<Kept>>::default();
        let newest = watch::Sender::new(0);
        let (shared, changes) = (Arc::clone(&kept), newest.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(write(stream, Arc::clone(&shared), changes.subscribe()));
            }
        });
        Self { number: 0, kept, newest }
    }

    /// Sends to everybody.
    pub(super) fn publish(&self, message: Bytes) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        kept.messages.push_back(message);
        if kept.messages.len() > KEPT {
            kept.messages.pop_front();
            kept.gone += 1;
        }
        let newest = kept.gone + kept.messages.len() as u64;
        drop(kept);
        self.newest.send_replace(newest);
    }
}

async fn write(mut stream: TcpStream, kept: Arc<RwLock<Kept>>, mut changes: watch::Receiver<u64>) {
    let _ = stream.set_nodelay(true);
    let mut done = *changes.borrow_and_update();
    if stream.write_all(GREETING).await.is_err() {
        return;
    }
    let mut batch = VecDeque::with_capacity(SLICES);
    while changes.changed().await.is_ok() {
        loop {
            {
                let kept = kept.read().unwrap_or_else(PoisonError::into_inner);
                let Some(from) = done.checked_sub(kept.gone) else { return };
                batch.extend(kept.messages.range(from as usize..).take(SLICES).cloned());
            }
            if batch.is_empty() {
                break;
            }
            done += batch.len() as u64;
            if write_all(&mut stream, &mut batch).await.is_err() {
                return;
            }
        }
    }
}

async fn write_all(stream: &mut TcpStream, batch: &mut VecDeque<Bytes>) -> std::io::Result<()> {
    while !batch.is_empty() {
        let mut slices = [IoSlice::new(&[]); SLICES];
        for (slice, message) in slices.iter_mut().zip(&*batch) {
            *slice = IoSlice::new(message);
        }
        let mut written = stream.write_vectored(&slices[..batch.len()]).await?;
        while let Some(first) = batch.front_mut() {
            if first.len() > written {
                first.advance(written);
                break;
            }
            written -= first.len();
            batch.pop_front();
        }
    }
    Ok(())
}
