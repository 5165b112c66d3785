//! Folders whose names say what is in them: made whole or not at all, by one process at a time.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::error::{ProvisionError, at};
use super::step::{Product, Step};

/// Prefix of unfinished folders.
const UNFINISHED: &str = ".unfinished-";

/// Written last into a finished folder: what one would otherwise have to run the product for.
const LABEL: &str = "dev-server.json";

/// The folder of all folders of one product.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) folder: PathBuf,
    pub(super) product: Product,
}

/// A place on the shelf that is being filled. Dropping it takes away what is in it.
#[derive(Debug)]
pub(super) struct Place {
    unfinished: tempfile::TempDir,
    target: PathBuf,
    /// Held until the place is full or empty again.
    _lock: fs::File,
}

/// What a finished folder says about itself.
pub(super) fn label<T: DeserializeOwned>(folder: &Path) -> Option<T> {
    let bytes = fs::read(folder.join(LABEL)).ok()?;
    serde_json::from_slice(&bytes).ok()
}

impl Shelf {
    /// A place for the folder of this name, unless it is `finished` already. Two processes may want the same one: the
    /// second waits for the first and finds it finished.
    pub(super) async fn reserve(
        &self,
        name: &str,
        finished: fn(&Path) -> bool,
        cancel: &CancellationToken,
        on_step: &(dyn Fn(Step) + Sync),
    ) -> Result<Option<Place>, ProvisionError> {
        let target = self.folder.join(name);
        if finished(&target) {
            return Ok(None);
        }
        fs::create_dir_all(&self.folder).map_err(at(&self.folder))?;
        let lock = self.lock(cancel, on_step).await?;
        if finished(&target) {
            return Ok(None);
        }
        self.sweep(&target);
        let unfinished = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(&self.folder);
        Ok(Some(Place { unfinished: unfinished.map_err(at(&self.folder))?, target, _lock: lock }))
    }

    /// The lock ends with the file that is returned, and with the process whatever happens.
    async fn lock(
        &self,
        cancel: &CancellationToken,
        on_step: &(dyn Fn(Step) + Sync),
    ) -> Result<fs::File, ProvisionError> {
        let path = self.folder.join(".lock");
        let file = fs::File::create(&path).map_err(at(&path))?;
        if file.try_lock().is_ok() {
            return Ok(file);
        }
        on_step(Step::Waiting(self.product));
        let waiting = tokio::task::spawn_blocking(move || file.lock().map(|()| file));
        tokio::select! {
            () = cancel.cancelled() => Err(ProvisionError::Cancelled(self.product)),
            locked = waiting => locked.map_err(io::Error::other).and_then(|locked| locked).map_err(at(&path)),
        }
    }

    /// Takes away what killed processes left behind. Called with the lock held, so that none of it is in use.
    fn sweep(&self, target: &Path) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let unfinished = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
            // A folder without a label has the right name and was damaged later: it would be in the way.
            if unfinished || entry.path() == target {
                if let Err(error) = fs::remove_dir_all(entry.path()) {
                    tracing::warn!(folder = %entry.path().display(), %error, "cannot remove an unfinished folder");
                }
            }
        }
    }
}

impl Place {
    /// Where to put things meanwhile.
    pub(super) fn folder(&self) -> &Path {
        self.unfinished.path()
    }

    /// Gives the folder its label and its name, and returns where it lies.
    pub(super) fn finish(self, label: &impl Serialize) -> Result<PathBuf, ProvisionError> {
        let folder = self.unfinished.path();
        let text = serde_json::to_vec_pretty(label).map_err(io::Error::other).map_err(at(folder))?;
        fs::write(folder.join(LABEL), text).map_err(at(folder))?;
        // Temporary folders are closed to others; this one may serve several users of a machine.
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).map_err(at(folder))?;
        fs::rename(folder, &self.target).map_err(at(&self.target))?;
        Ok(self.target)
    }
}
