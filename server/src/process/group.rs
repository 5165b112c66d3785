//! Owning the handle means owning the process group: dropping it ends every process in it.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use tokio::process::Child;

/// Leaders of all groups that live. Global, because a process that is told to end at once has no time to look for
/// whoever owns them; the lock is held for one insertion, removal or signal each.
static LIVING: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// Ends every group. For the end of the process when nothing may hold it up.
pub fn kill_all() {
    for leader in LIVING.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        if let Some(leader) = rustix::process::Pid::from_raw(*leader) {
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}

/// A child and everything it started. TinyGo starts itself again as clang and linker, and `wasm-opt`
/// beside them, so ending the child alone would leave a compiler at work.
#[derive(Debug)]
pub(super) struct Group {
    child: Child,
    /// Process group, equal to the child's id because it was made the leader of a new one.
    leader: Option<rustix::process::Pid>,
}

impl Group {
    pub(super) fn new(child: Child) -> Self {
        let leader =
            child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
        if let Some(leader) = leader {
            LIVING.lock().unwrap_or_else(PoisonError::into_inner).insert(leader.as_raw_nonzero().get());
        }
        Self { child, leader }
    }

    pub(super) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    pub(super) fn leader(&self) -> Option<rustix::process::Pid> {
        self.leader
    }

    /// Ends the group. A group that is gone already is no error.
    pub(super) fn kill(&self) {
        if let Some(leader) = self.leader {
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Also after the leader ended by itself: what it left behind in its group must not live on.
        // The id cannot have been given to a stranger: a group's number is not reused while it has members,
        // and a kill of an empty group fails without harm.
        self.kill();
        if let Some(leader) = self.leader {
            LIVING.lock().unwrap_or_else(PoisonError::into_inner).remove(&leader.as_raw_nonzero().get());
        }
    }
}
