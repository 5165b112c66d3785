//! Locks and counters that many threads meet at here: a test puts others in their place, which try every order of steps.

pub(super) use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
pub(super) use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard};
