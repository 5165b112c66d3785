//! The project's file of flags: read when the server starts, and again whenever it is saved.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch as watch_channel};
use tokio_util::sync::CancellationToken;

use crate::printer::Event;
use crate::rollout::{Changed, Refused, Rollout};
use crate::watch::{self, WatchError, WatchEvent, WatchSet, Watcher};

use super::Observer;

/// Saves that wait. While as many do, the watcher merges what comes.
const SAVES: usize = 4;

/// Pause between looks at what trials have counted.
const LOOK: Duration = Duration::from_millis(500);

/// The file, watched by itself: a flag that is killed there must not wait for a build.
pub(super) struct FlagFile {
    path: PathBuf,
    rollout: Arc<Rollout>,
    observer: Observer,
    saves: mpsc::Receiver<WatchEvent>,
    _watcher: Watcher,
}

impl FlagFile {
    /// What the file says is in force when this returns.
    pub(super) fn start(
        path: PathBuf,
        options: watch::Options,
        rollout: Arc<Rollout>,
        observer: Observer,
    ) -> Result<Self, WatchError> {
        let (sender, saves) = mpsc::channel(SAVES);
        let set = WatchSet { files: [path.clone()].into(), folders: Vec::new() };
        let watcher = Watcher::start(options, set, sender)?;
        let file = Self { path, rollout, observer, saves, _watcher: watcher };
        file.read();
        Ok(file)
    }

    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut looks = tokio::time::interval(LOOK);
        loop {
            // A save first: it may be the one that ends a trial.
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some(event) = self.saves.recv() => match event {
                    WatchEvent::Changed { .. } | WatchEvent::Rescan(_) => self.read(),
                    // The project's own watcher says the same of all files.
                    WatchEvent::Notice(_) => {}
                },
                _ = looks.tick() => self.rollout.look(),
            }
        }
    }

    fn read(&self) {
        // What has changed is told by the rollout, whoever has changed it.
        if let Err(refused) = self.rollout.declare_file(&self.path) {
            (self.observer)(&kept_as_they_are(&self.path, &refused));
        }
    }
}

fn kept_as_they_are(path: &Path, refused: &Refused) -> Event {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Event::Notice {
        message: format!("{name}: {refused}; all flags stay as they are"),
        hint: Some(refused.hint()),
    }
}

/// The document in force.
pub(super) fn as_json(rollout: &Rollout) -> Arc<str> {
    rollout.now().document().to_json().into()
}

/// Tells people of each change, and hubs by `in_force`.
pub(super) fn told(
    observer: Observer,
    in_force: watch_channel::Sender<Arc<str>>,
    rollout: &Arc<Rollout>,
) -> impl Fn(&Changed) + use<> {
    // It is the flags that tell: they would keep themselves alive.
    let rollout = Arc::downgrade(rollout);
    move |changed| {
        if let Some(rollout) = rollout.upgrade() {
            in_force.send_replace(as_json(&rollout));
        }
        let Changed { revision, cause, differences, reason, unkept } = changed;
        observer(&Event::Flags {
            revision: *revision,
            cause: cause.name(),
            changes: differences.clone(),
            reason: reason.clone(),
        });
        if let Some(reason) = unkept {
            observer(&Event::Notice {
                message: format!("a restart of the server would lose these flags: {reason}"),
                hint: Some("write them into the project's file of flags too".to_owned()),
            });
        }
    }
}
