//! Guests that compute for long beside others: who has had a turn lets them have theirs.

use std::time::{Duration, Instant};

/// What others get of a thread for the time that a guest has had of it. A runtime hands out turns and not time, so that
/// a guest with turns of a tick would take what others with turns of a tenth of that need.
const OTHERS: u32 = 4;

/// A runtime that comes back as soon had nobody else to run.
const NOBODY: Duration = Duration::from_micros(20);

/// After a turn of so long. Ends at once where nobody waits.
pub(crate) async fn make_way(turn: Duration) {
    let begun = Instant::now();
    let due = turn.saturating_mul(OTHERS);
    while begun.elapsed() < due {
        let since = Instant::now();
        tokio::task::yield_now().await;
        if since.elapsed() < NOBODY {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;

    #[tokio::test]
    async fn nobody_is_not_waited_for() {
        let begun = Instant::now();
        make_way(Duration::from_mins(1)).await;
        assert!(begun.elapsed() < Duration::from_secs(1));
    }

    #[tokio::test]
    async fn others_get_several_times_what_a_guest_has_had() {
        let local = tokio::task::LocalSet::new();
        let (others, ended) = (Rc::new(Cell::new(Duration::ZERO)), Rc::new(Cell::new(false)));
        let (worked, is_over) = (Rc::clone(&others), Rc::clone(&ended));
        local.spawn_local(async move {
            while !is_over.get() {
                let since = Instant::now();
                while since.elapsed() < Duration::from_micros(200) {
                    std::hint::spin_loop();
                }
                worked.set(worked.get() + since.elapsed());
                tokio::task::yield_now().await;
            }
        });
        local
            .run_until(async {
                tokio::task::yield_now().await;
                make_way(Duration::from_millis(5)).await;
                ended.set(true);
            })
            .await;
        assert!(others.get() >= Duration::from_millis(15), "{:?}", others.get());
    }
}
