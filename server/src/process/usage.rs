//! Processor time and memory of this process and of the programs that were run.

use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// What all children of this process that have ended, and been waited for, have used in user and system mode together. The
/// difference over a run is that of the run, as long as no other child ends meanwhile. `None` where the system does not say.
pub fn time_of_children() -> Option<Duration> {
    time(UsageWho::RUSAGE_CHILDREN)
}

/// What all threads of this process have used. `None` where the system does not say.
pub fn time_of_this_process() -> Option<Duration> {
    time(UsageWho::RUSAGE_SELF)
}

/// Bytes of memory that this process has now. `None` where the system does not say; only Linux is asked.
pub fn resident_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

fn time(who: UsageWho) -> Option<Duration> {
    let usage = getrusage(who).ok()?;
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

    #[test]
    fn this_process_has_memory_and_uses_time() {
        let before = time_of_this_process().unwrap();
        while time_of_this_process().unwrap() == before {
            std::hint::spin_loop();
        }
        if cfg!(target_os = "linux") {
            assert!(resident_memory().unwrap() > 1 << 20);
        }
    }

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
