//! How long this thread has computed.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Since the thread began. What others computed on its processor is not in it.
pub(crate) fn of_this_thread() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}
