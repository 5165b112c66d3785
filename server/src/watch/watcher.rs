//! The handle: starting, changing what is watched, stopping.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use tokio::sync::mpsc::Sender;

use super::native::NativeSource;
use super::outbox::Outbox;
use super::source::{EventSource, Message, QUEUE, Sink, SourceError};
use super::worker::Worker;
use super::{Options, PollReason, WatchEvent, WatchSet};

/// Watches until it is dropped.
#[derive(Debug)]
pub struct Watcher {
    messages: SyncSender<Message>,
    thread: Option<JoinHandle<()>>,
}

/// Watching could not begin.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// No thread.
    #[error("cannot start the thread that watches files: {0}")]
    Thread(#[from] std::io::Error),
}

impl WatchError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Thread(_) => "end some programs, or raise the limit of processes (ulimit -u)",
        }
    }
}

impl Watcher {
    /// Starts to watch with the events of the operating system, or by polling where they cannot be had.
    ///
    /// When this returns every later change of the set will be reported. A caller that reads contents reads
    /// them afterwards. `events` is bounded: while it is full changes are merged, when it is closed the
    /// watcher ends.
    pub fn start(options: Options, set: WatchSet, events: Sender<WatchEvent>) -> Result<Self, WatchError> {
        Self::start_with(options, set, events, |sink| {
            NativeSource::start(sink).map(|source| Box::new(source) as Box<dyn EventSource>)
        })
    }

    /// The same with another source of events.
    pub fn start_with(
        options: Options,
        set: WatchSet,
        events: Sender<WatchEvent>,
        source: impl FnOnce(Sink) -> Result<Box<dyn EventSource>, SourceError> + Send + 'static,
    ) -> Result<Self, WatchError> {
        let (messages, inbox) = sync_channel(QUEUE);
        let (ready, started) = sync_channel(1);
        let lost = Arc::new(AtomicBool::new(false));
        let sink = Sink::new(messages.clone(), Arc::clone(&lost));
        let thread = std::thread::Builder::new().name("watch".to_owned()).spawn(move || {
            let source = if options.polling {
                Err(PollReason::Asked)
            } else {
                source(sink).map_err(|error| match error {
                    SourceError::Limit => PollReason::WatchLimit,
                    other => PollReason::SourceFailed(other.to_string()),
                })
            };
            let mut worker = Worker::new(options, source, lost, Outbox::new(events));
            worker.watch(set);
            // The starter waits for this; it cannot have gone away.
            let _ = ready.send(());
            worker.run(&inbox);
        })?;
        // Fails only when the thread has ended, and then the closed channel says so.
        let _ = started.recv();
        Ok(Self { messages, thread: Some(thread) })
    }

    /// Watches another set from now on. When this returns every later change of it will be reported.
    pub fn rewatch(&self, set: WatchSet) {
        let (done, finished) = sync_channel(1);
        if self.messages.send(Message::Rewatch(set, done)).is_ok() {
            // Fails when the watcher has ended because the receiver of its events is gone.
            let _ = finished.recv();
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // First the word, then the join. The word fails when the thread has ended already.
        let _ = self.messages.send(Message::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
