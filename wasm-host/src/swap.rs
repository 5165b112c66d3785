//! The module that serves, and how another takes its place: no call is dropped, none sees two modules.
//!
//! A call holds the module that was current when it began, for as long as it runs. So a swap is one exchange of a
//! pointer, and a module is freed with the last call on it; only the one before the current is kept, to go back to
//! without compiling anything.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::error::Error;
use crate::functions::Functions;
use crate::module::{Compiled, Created};

/// When a new module is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Of its last calls so many are looked at, at most 64.
    pub window: u32,
    /// When so many of them failed, the one before it takes over again.
    pub failures: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self { window: 20, failures: 5 }
    }
}

/// Clones are the same place.
#[derive(Debug, Clone)]
pub struct Swap {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    policy: Policy,
    places: RwLock<Places>,
    /// One replacement at a time: the next one is measured against what this one leaves.
    replacing: tokio::sync::Mutex<()>,
    numbers: AtomicU64,
}

#[derive(Debug)]
struct Places {
    current: Arc<Generation>,
    previous: Option<Arc<Generation>>,
}

#[derive(Debug)]
struct Generation {
    number: u64,
    module: Compiled,
    /// The last calls, the newest in the lowest bit: 1 is one that failed.
    calls: Mutex<u64>,
}

/// A change of the module that serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swapped {
    pub from: u64,
    pub to: u64,
}

/// The right to call the module that was current when it was taken; it stays whole until this is dropped.
#[derive(Debug)]
pub struct Ticket {
    swap: Arc<Inner>,
    generation: Arc<Generation>,
}

impl Swap {
    /// `first` is number 1.
    pub fn new(first: Compiled, policy: Policy) -> Self {
        let current = Arc::new(Generation { number: 1, module: first, calls: Mutex::default() });
        let inner = Inner {
            policy,
            places: RwLock::new(Places { current, previous: None }),
            replacing: tokio::sync::Mutex::default(),
            numbers: AtomicU64::new(1),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Begins a call.
    pub fn ticket(&self) -> Ticket {
        let generation = self.inner.places(|places| Arc::clone(&places.current));
        Ticket { swap: Arc::clone(&self.inner), generation }
    }

    /// The number of the module that serves.
    pub fn number(&self) -> u64 {
        self.inner.places(|places| places.current.number)
    }

    /// Compiles elsewhere, lets `probe` try the new module, and only then lets it serve. Whatever fails, the current
    /// one goes on.
    pub async fn replace(
        &self,
        created: Created,
        functions: &Functions,
        probe: impl AsyncFnOnce(&Compiled) -> Result<(), Error>,
    ) -> Result<Swapped, Error> {
        let _turn = self.inner.replacing.lock().await;
        let module = created.compile_elsewhere(functions).await?;
        probe(&module).await.map_err(|error| match error {
            error @ Error::Probe { .. } => error,
            other => Error::Probe { module: module.name().to_owned(), detail: other.to_string() },
        })?;
        Ok(self.install(module))
    }

    /// Lets a module serve that was compiled before, without a probe.
    pub fn install(&self, module: Compiled) -> Swapped {
        let number = self.inner.numbers.fetch_add(1, Ordering::Relaxed) + 1;
        let new = Arc::new(Generation { number, module, calls: Mutex::default() });
        let (from, freed) = self.inner.change(|places| {
            let from = places.current.number;
            let old = std::mem::replace(&mut places.current, new);
            (from, places.previous.replace(old))
        });
        // Unmapping its code takes a while: not while others wait for the places.
        drop(freed);
        tracing::debug!(from, to = number, "a module took over");
        Swapped { from, to: number }
    }

    /// At once: the one before is still compiled.
    pub fn roll_back(&self) -> Result<Swapped, Error> {
        self.inner.roll_back(None).ok_or(Error::NothingToGoBackTo)
    }
}

impl Inner {
    fn places<R>(&self, look: impl FnOnce(&Places) -> R) -> R {
        look(&self.places.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<R>(&self, change: impl FnOnce(&mut Places) -> R) -> R {
        change(&mut self.places.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Only from this number, if one is given: who saw failures of a module that is gone already changes nothing.
    fn roll_back(&self, from: Option<u64>) -> Option<Swapped> {
        let given_up = self.change(|places| {
            if from.is_some_and(|from| from != places.current.number) {
                return None;
            }
            let older = places.previous.take()?;
            Some(std::mem::replace(&mut places.current, older))
        })?;
        let swapped = Swapped { from: given_up.number, to: self.places(|places| places.current.number) };
        tracing::debug!(from = swapped.from, to = swapped.to, "a module was given up");
        Some(swapped)
    }
}

impl Ticket {
    pub fn module(&self) -> &Compiled {
        &self.generation.module
    }

    pub fn number(&self) -> u64 {
        self.generation.number
    }

    /// Ends the call. When its failure is one too many, the module before takes over, and this says so.
    ///
    /// A ticket that is dropped without it counts as nothing: who went away says nothing about the module.
    pub fn done(self, succeeded: bool) -> Option<Swapped> {
        let Policy { window, failures } = self.swap.policy;
        let mask = u64::MAX >> (64 - window.clamp(1, 64));
        let failed = {
            let mut calls = self.generation.calls.lock().unwrap_or_else(PoisonError::into_inner);
            *calls = (*calls << 1) | u64::from(!succeeded);
            (*calls & mask).count_ones()
        };
        if succeeded || failed < failures {
            return None;
        }
        self.swap.roll_back(Some(self.generation.number))
    }
}
