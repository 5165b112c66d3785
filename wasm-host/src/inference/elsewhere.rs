//! Work of a guest on a thread that may block: it counts as the guest's computing, and ends with it.

use std::time::{Duration, Instant};

use super::runtime::Stop;
use crate::failure::Exceeded;
use crate::meter;

/// What came of it.
#[derive(Debug)]
pub(crate) enum Computing<T> {
    Done(T),
    /// It panicked.
    Lost,
}

/// Within what is left of `busy`. When it takes longer, or this future is dropped, it is told to stop.
pub(crate) async fn elsewhere<T: Send + 'static>(
    busy: Duration,
    work: impl FnOnce(&Stop) -> T + Send + 'static,
) -> Result<Computing<T>, Exceeded> {
    let left = busy.saturating_sub(meter::busy());
    let stop = Stop::default();
    let _stops = Stops(stop.clone());
    let working = tokio::task::spawn_blocking(move || {
        let since = Instant::now();
        let result = work(&stop);
        (result, since.elapsed())
    });
    match tokio::time::timeout(left, working).await {
        Ok(Ok((result, took))) => {
            meter::add(took);
            if meter::busy() >= busy { Err(Exceeded::Busy) } else { Ok(Computing::Done(result)) }
        }
        Ok(Err(_)) => Ok(Computing::Lost),
        Err(_) => Err(Exceeded::Busy),
    }
}

/// Nobody waits any more.
struct Stops(Stop);

impl Drop for Stops {
    fn drop(&mut self) {
        self.0.stop();
    }
}
