//! The bell and the log with each step of each thread in every order (within a number of changes between threads): nobody
//! who waits sleeps on, and nobody who reads misses an entry or gets one twice.
//!
//! The two files of the product are compiled here once more, with the locks and counters of a checker in the place of those
//! of the system.

#![expect(clippy::unwrap_used, reason = "a test")]

mod publish {
    //! As the modules find it around them in the product.

    pub(crate) mod sync {
        //! Locks and counters between whose steps the checker may go on with another thread.

        pub(crate) use loom::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
        pub(crate) use loom::sync::{Mutex, MutexGuard, RwLock, RwLockWriteGuard};
        pub(crate) use std::sync::PoisonError;
    }

    #[expect(dead_code, unreachable_pub, reason = "made for the product")]
    #[path = "../../../src/publish/bell.rs"]
    pub(crate) mod bell;

    #[expect(dead_code, reason = "made for the product")]
    #[path = "../../../src/publish/log.rs"]
    pub(crate) mod log;

    mod tests;
}
