//! Makes the newest module of a source, and again when it has changed: what a save has overtaken is given up.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use wasm_host::{Compiled, Created, Functions, Host};

use super::source::{Found, ModuleSource, diagnostic};
use crate::diagnostic::Diagnostic;
use crate::watch::{self, WatchError, WatchEvent, WatchSet, Watcher};

/// Bursts of changes that wait. While as many do, the watcher merges what comes.
const BURSTS: usize = 4;

/// Looks at sources that are written again and again while they are looked at.
const LOOKS: usize = 5;

/// Makes modules of one source.
#[derive(Debug)]
pub struct Workshop {
    host: Host,
    source: ModuleSource,
    functions: Functions,
    watching: Option<Watching>,
}

/// What became of a source.
#[derive(Debug)]
pub struct Made {
    /// The module, or all that is wrong.
    pub module: Result<Compiled, Vec<Diagnostic>>,
    /// What was said although it went well.
    pub warnings: Vec<Diagnostic>,
    /// How long it took, from the sources on.
    pub took: Duration,
}

#[derive(Debug)]
struct Watching {
    watcher: Watcher,
    events: mpsc::Receiver<WatchEvent>,
}

impl Workshop {
    /// Makes modules for `host`, which may import `functions`.
    pub fn new(host: Host, source: ModuleSource, functions: Functions) -> Self {
        Self { host, source, functions, watching: None }
    }

    /// From now on changes are seen.
    pub fn watch(&mut self, options: watch::Options) -> Result<(), WatchError> {
        let (sender, events) = mpsc::channel(BURSTS);
        let watcher = Watcher::start(options, WatchSet::default(), sender)?;
        self.watching = Some(Watching { watcher, events });
        Ok(())
    }

    /// What programs themselves are told that they are called.
    pub fn name(&self) -> String {
        self.source.name()
    }

    /// What it is made of, before it is compiled, and what was said on the way. `None`: `cancel` was quicker.
    pub async fn create(
        &self,
        cancel: &CancellationToken,
    ) -> Option<Result<(Created, Vec<Diagnostic>), Vec<Diagnostic>>> {
        match self.source.find(cancel).await?.what {
            Ok(what) => self.source.bytes(what, &self.host, cancel).await,
            Err(reasons) => Some(Err(reasons)),
        }
    }

    /// The module of what the source says now. `None`: `cancel` was quicker.
    pub async fn make(&mut self, cancel: &CancellationToken) -> Option<Made> {
        loop {
            let overtaken = cancel.child_token();
            let Self { host, source, functions, watching } = self;
            let Some(Watching { watcher, events }) = watching else {
                return make(host, source, functions, None, &overtaken).await;
            };
            tokio::select! {
                // A change first: what it has overtaken is not worth anybody's look.
                biased;
                () = changed(events) => overtaken.cancel(),
                made = make(host, source, functions, Some(watcher), &overtaken) => return made,
            }
        }
    }

    /// The same, after the next change. For ever pending without [`Self::watch`].
    pub async fn make_again(&mut self, cancel: &CancellationToken) -> Option<Made> {
        match &mut self.watching {
            Some(watching) => cancel.run_until_cancelled(changed(&mut watching.events)).await?,
            None => std::future::pending().await,
        }
        self.make(cancel).await
    }
}

async fn make(
    host: &Host,
    source: &ModuleSource,
    functions: &Functions,
    watcher: Option<&Watcher>,
    cancel: &CancellationToken,
) -> Option<Made> {
    let started = Instant::now();
    let failed = |reasons| Made { module: Err(reasons), warnings: Vec::new(), took: started.elapsed() };
    let mut looks = 0;
    let what = loop {
        let Found { watch, what, is_old } = source.find(cancel).await?;
        // Contents are read after this: what is written from here on is in the module, or seen as a change.
        if let Some(watcher) = watcher {
            watcher.rewatch(watch);
        }
        looks += 1;
        if !is_old || watcher.is_none() || looks == LOOKS {
            break what;
        }
    };
    let what = match what {
        Ok(what) => what,
        Err(reasons) => return Some(failed(reasons)),
    };
    let (created, warnings) = match source.bytes(what, host, cancel).await? {
        Ok(made) => made,
        Err(reasons) => return Some(failed(reasons)),
    };
    let compiled = cancel.run_until_cancelled(created.compile_elsewhere(functions)).await?;
    let module = compiled.map_err(|error| vec![diagnostic(&error)]);
    Some(Made { module, warnings, took: started.elapsed() })
}

/// Until something has changed. For ever pending when the watcher has ended: nothing more will be seen.
async fn changed(events: &mut mpsc::Receiver<WatchEvent>) {
    loop {
        match events.recv().await {
            Some(WatchEvent::Changed { .. } | WatchEvent::Rescan(_)) => return,
            Some(WatchEvent::Notice(notice)) => tracing::warn!(%notice, "watching a program's sources"),
            None => return std::future::pending().await,
        }
    }
}
