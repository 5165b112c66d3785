//! What is written in the background of a module, so that whoever reads it soon after waits for its end.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::content::ContentHash;

/// Longer than a full disk or a busy one takes; a reader goes on without then.
const PATIENCE: Duration = Duration::from_secs(10);

/// Modules of which something is being written.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    /// How often each. Held for a map lookup only.
    under_way: Mutex<BTreeMap<ContentHash, usize>>,
    ended: Condvar,
}

/// Until it is dropped something is being written.
#[derive(Debug)]
pub(super) struct Writing {
    keeping: Arc<Keeping>,
    module: ContentHash,
}

impl Keeping {
    pub(super) fn begin(self: &Arc<Self>, module: ContentHash) -> Writing {
        *self.lock().entry(module).or_default() += 1;
        Writing { keeping: Arc::clone(self), module }
    }

    /// Blocks until all is written that has begun: not for async threads.
    pub(super) fn wait(&self, module: ContentHash) {
        // Neither is a poisoned lock a reason to wait, nor the end of patience to fail.
        drop(self.ended.wait_timeout_while(self.lock(), PATIENCE, |known| known.contains_key(&module)));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<ContentHash, usize>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        let mut under_way = self.keeping.lock();
        if let Some(count) = under_way.get_mut(&self.module) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(&self.module);
            }
        }
        drop(under_way);
        self.keeping.ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_reader_waits_for_what_has_begun_and_for_nothing_else() {
        let keeping = Arc::new(Keeping::default());
        let [one, other] = [&b"one"[..], b"other"].map(ContentHash::of);
        let first = keeping.begin(one);
        let second = keeping.begin(one);
        keeping.wait(other);
        let (sender, told) = mpsc::channel();
        let reader = std::thread::spawn({
            let (keeping, sender) = (Arc::clone(&keeping), sender.clone());
            move || {
                keeping.wait(one);
                sender.send("read").unwrap();
            }
        });
        drop(first);
        sender.send("written").unwrap();
        drop(second);
        reader.join().unwrap();
        assert_eq!([told.recv().unwrap(), told.recv().unwrap()], ["written", "read"]);
        assert!(keeping.lock().is_empty());
    }
}
