//! What the pipeline tells, with the moment at which it told it, and waiting for some of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::pipeline::Observer;
use crate::printer::Event;

/// Events that wait to be looked at. An edit causes about ten; when the channel is full an event is dropped and the
/// wait for it runs into its deadline, when it is closed the measurement is over and nobody needs events any more.
const EVENTS: usize = 4096;

/// An event and its moment.
#[derive(Debug)]
pub(super) struct Observed {
    pub(super) at: Instant,
    pub(super) event: Event,
}

/// Reads events in their order.
#[derive(Debug)]
pub(super) struct Events {
    receiver: mpsc::Receiver<Observed>,
    /// What was told last that hints at a trouble.
    trouble: Option<String>,
}

/// What was waited for did not come.
#[derive(Debug, thiserror::Error)]
pub(super) enum WaitError {
    #[error("{what} did not come within {seconds} s{trouble}")]
    Deadline { what: &'static str, seconds: u64, trouble: String },
    #[error("the server ended while {what} was waited for")]
    Ended { what: &'static str },
}

impl Events {
    /// The observer for a pipeline, and the reader of what it observes.
    pub(super) fn channel() -> (Observer, Self) {
        let (sender, receiver) = mpsc::channel(EVENTS);
        let observer = move |event: &Event| {
            let _ = sender.try_send(Observed { at: Instant::now(), event: event.clone() });
        };
        (Arc::new(observer), Self { receiver, trouble: None })
    }

    /// Reads until `wanted` makes something of an event; everything before it is passed over.
    pub(super) async fn wait<T>(
        &mut self,
        what: &'static str,
        deadline: Duration,
        mut wanted: impl FnMut(&Observed) -> Option<T>,
    ) -> Result<T, WaitError> {
        let search = async {
            while let Some(observed) = self.receiver.recv().await {
                if let Some(found) = wanted(&observed) {
                    return Some(found);
                }
                self.trouble = trouble(&observed.event).or(self.trouble.take());
            }
            None
        };
        match tokio::time::timeout(deadline, search).await {
            Ok(Some(found)) => {
                self.trouble = None;
                Ok(found)
            }
            Ok(None) => Err(WaitError::Ended { what }),
            Err(_) => {
                let trouble = self.trouble.take().map(|text| format!("; the last trouble was: {text}"));
                let seconds = deadline.as_secs();
                Err(WaitError::Deadline { what, seconds, trouble: trouble.unwrap_or_default() })
            }
        }
    }
}

fn trouble(event: &Event) -> Option<String> {
    match event {
        Event::ClientLog { severity: severity @ ("error" | "panic"), text, .. } => {
            Some(format!("{severity} on the page: {text}"))
        }
        Event::Notice { message, .. } => Some(message.clone()),
        _ => None,
    }
}
