//! Processor time of the programs that were run.

use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// What all children of this process that have ended, and been waited for, have used in user and system mode together. The
/// difference over a run is that of the run, as long as no other child ends meanwhile. `None` where the system does not say.
pub fn time_of_children() -> Option<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
    let duration = |time: TimeVal| {
        Duration::from_secs(time.tv_sec().unsigned_abs())
            + Duration::from_micros(time.tv_usec().unsigned_abs())
    };
    Some(duration(usage.user_time()) + duration(usage.system_time()))
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::process::{Limits, Program};

    #[tokio::test]
    async fn a_busy_child_is_counted_when_it_has_ended() {
        let before = time_of_children().unwrap();
        let script = "i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done";
        let child = Program::new("/bin/sh", "/").arg("-c").arg(script);
        child.run(Limits::default(), &CancellationToken::new()).await.unwrap();
        let spent = time_of_children().unwrap().checked_sub(before).unwrap();
        assert!(spent > Duration::from_millis(5), "{spent:?}");
    }
}
