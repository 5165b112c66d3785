//! Which build gave which module: one small file per build, beside the blobs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::FlockOperation;
use serde::{Deserialize, Serialize};

use super::source_texts::SourceTexts;
use super::{Glue, GlueKind};
use crate::content::{BlobStore, ContentHash};
use crate::diagnostic::{Diagnostic, Origin, Position, Severity};

/// Raised when the meaning of an entry changes; entries of another format are not found any more.
pub(super) const FORMAT: u32 = 1;

/// What is remembered of a build.
#[derive(Debug, Clone)]
pub(super) struct Remembered {
    pub(super) module: ContentHash,
    pub(super) size: u64,
    pub(super) glue: Glue,
    pub(super) symbols: Option<ContentHash>,
    pub(super) warnings: Vec<Diagnostic>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    module: String,
    size: u64,
    glue_of_tinygo: bool,
    glue: String,
    glue_size: u64,
    symbols: Option<String>,
    warnings: Vec<SavedWarning>,
}

#[derive(Serialize, Deserialize)]
struct SavedWarning {
    of_tinygo: bool,
    message: String,
    place: Option<(PathBuf, u32, u32)>,
    hint: Option<String>,
}

/// The index of builds in the cache folder, shared by all processes of the user.
#[derive(Debug)]
pub(super) struct BuildCache {
    folder: PathBuf,
    blobs: BlobStore,
    limit: u64,
}

impl BuildCache {
    pub(super) fn open(folder: &Path, blobs: BlobStore, limit: u64) -> io::Result<Self> {
        fs::create_dir_all(folder.join("builds"))?;
        fs::create_dir_all(folder.join("symbols"))?;
        Ok(Self { folder: folder.to_owned(), blobs, limit })
    }

    /// Where it is.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs `work` while nobody prunes: what it finds or writes, and holds, stays.
    pub(super) fn undisturbed<T>(&self, work: impl FnOnce() -> T) -> io::Result<T> {
        let lock = self.lock_file()?;
        rustix::fs::flock(&lock, FlockOperation::LockShared)?;
        Ok(work())
    }

    /// The build `key` when every blob of it is there; it counts as used now.
    pub(super) fn find(&self, key: &str) -> Option<Remembered> {
        let path = self.entry_path(key);
        let found = Self::read(&path)?;
        let all = [Some(found.module), Some(found.glue.hash), found.symbols];
        if !all.into_iter().flatten().all(|hash| self.blobs.contains(hash)) {
            return None;
        }
        // A cache that cannot be written to any more is still good to read from.
        let _ =
            File::options().append(true).open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        Some(found)
    }

    /// Remembers a build whose blobs are stored.
    pub(super) fn remember(&self, key: &str, build: &Remembered) -> io::Result<()> {
        let entry = Entry {
            module: build.module.to_string(),
            size: build.size,
            glue_of_tinygo: build.glue.kind == GlueKind::TinyGo,
            glue: build.glue.hash.to_string(),
            glue_size: build.glue.size,
            symbols: build.symbols.map(|hash| hash.to_string()),
            warnings: build.warnings.iter().map(SavedWarning::from).collect(),
        };
        if let Some(symbols) = build.symbols {
            write(&symbols_path(&self.folder, build.module), symbols.to_string().as_bytes())?;
        }
        write(&self.entry_path(key), &serde_json::to_vec(&entry)?)
    }

    /// Remembers what a patch was made from; for as long as blobs last that no build refers to.
    pub(super) fn remember_symbols(&self, module: ContentHash, symbols: &[ContentHash]) -> io::Result<()> {
        let lines: Vec<String> = symbols.iter().map(ToString::to_string).collect();
        write(&symbols_path(&self.folder, module), lines.join("\n").as_bytes())
    }

    /// Removes the builds that were used longest ago until the rest fits the limit. `held` ones stay. When another
    /// process or thread uses the cache, this waits for it or does nothing.
    pub(super) fn prune(&self, wait: bool, held: impl FnOnce() -> Vec<String>) -> io::Result<()> {
        let lock = self.lock_file()?;
        if wait {
            rustix::fs::flock(&lock, FlockOperation::LockExclusive)?;
        } else if rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Ok(());
        }
        let held: BTreeSet<PathBuf> = held().iter().map(|key| self.entry_path(key)).collect();
        let mut entries = self.entries()?;
        entries.sort_by_key(|(path, used, _)| (held.contains(path), *used));
        let mut kept: BTreeMap<ContentHash, u64> = BTreeMap::new();
        let mut total = 0;
        let mut dropped = Vec::new();
        // From the newest on: once the limit is reached, all older ones go.
        for (path, _, build) in entries.into_iter().rev() {
            let new: Vec<_> = self.blobs_of(&build).filter(|(hash, _)| !kept.contains_key(hash)).collect();
            let size: u64 = new.iter().map(|(_, size)| size).sum();
            if !held.contains(&path) && total + size > self.limit {
                dropped.push((path, build));
                total = total.max(self.limit);
            } else {
                total += size;
                kept.extend(new);
            }
        }
        for (path, build) in dropped {
            // The entry first: after a crash in between, blobs without an entry are harmless, the reverse is checked.
            fs::remove_file(&path)?;
            for (hash, _) in self.blobs_of(&build).filter(|(hash, _)| !kept.contains_key(hash)) {
                let _ = fs::remove_file(self.blobs.path(hash));
            }
            if !kept.contains_key(&build.module) {
                let _ = fs::remove_file(symbols_path(&self.folder, build.module));
            }
        }
        Ok(())
    }

    /// Removes blobs that no build refers to and that were not stored for `age`: files of pages, and modules that were
    /// refused. Does nothing while another process uses the cache.
    pub(super) fn prune_strays(&self, age: Duration) -> io::Result<()> {
        let lock = self.lock_file()?;
        if rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Ok(());
        }
        let builds = self.entries()?;
        let needed = builds.iter().flat_map(|(_, _, build)| self.blobs_of(build)).map(|(hash, _)| hash);
        let removed = self.blobs.prune(age, &needed.collect())?;
        // What the lines of patches named has gone with the blobs.
        for entry in fs::read_dir(self.folder.join("symbols"))?.flatten() {
            let named = entry.file_name().to_string_lossy().parse().ok();
            let known = named.is_some_and(|module| {
                symbols_of(&self.folder, module).iter().all(|blob| self.blobs.contains(*blob))
            });
            if !known {
                let _ = fs::remove_file(entry.path());
            }
        }
        SourceTexts::prune(&self.folder, &self.blobs)?;
        tracing::debug!(removed, "pruned the blobs");
        Ok(())
    }

    fn entries(&self) -> io::Result<Vec<(PathBuf, SystemTime, Remembered)>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(self.folder.join("builds"))? {
            let entry = entry?;
            let used = entry.metadata().and_then(|metadata| metadata.modified());
            if let (Ok(used), Some(build)) = (used, Self::read(&entry.path())) {
                entries.push((entry.path(), used, build));
            } else {
                // Half a file, or one of a format that this version does not know.
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(entries)
    }

    fn blobs_of(&self, build: &Remembered) -> impl Iterator<Item = (ContentHash, u64)> {
        let size = |hash| fs::metadata(self.blobs.path(hash)).map_or(0, |metadata| metadata.len());
        [Some(build.module), Some(build.glue.hash), build.symbols]
            .into_iter()
            .flatten()
            .map(move |hash| (hash, size(hash)))
    }

    fn read(path: &Path) -> Option<Remembered> {
        let entry: Entry = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        let kind = if entry.glue_of_tinygo { GlueKind::TinyGo } else { GlueKind::Go };
        Some(Remembered {
            module: entry.module.parse().ok()?,
            size: entry.size,
            glue: Glue { kind, hash: entry.glue.parse().ok()?, size: entry.glue_size },
            symbols: entry.symbols.map(|text| text.parse()).transpose().ok()?,
            warnings: entry.warnings.into_iter().map(Diagnostic::from).collect(),
        })
    }

    fn entry_path(&self, key: &str) -> PathBuf {
        self.folder.join("builds").join(format!("{key}.json"))
    }

    fn lock_file(&self) -> io::Result<File> {
        File::options().create(true).truncate(false).write(true).open(self.folder.join("builds.lock"))
    }
}

/// The blobs with the DWARF of `module`.
pub(super) fn symbols_of(cache: &Path, module: ContentHash) -> Vec<ContentHash> {
    let text = fs::read_to_string(symbols_path(cache, module)).unwrap_or_default();
    text.lines().filter_map(|line| line.parse().ok()).collect()
}

fn symbols_path(cache: &Path, module: ContentHash) -> PathBuf {
    cache.join("symbols").join(module.to_string())
}

/// Whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

impl From<&Diagnostic> for SavedWarning {
    fn from(diagnostic: &Diagnostic) -> Self {
        let place = diagnostic.position.as_ref();
        Self {
            of_tinygo: diagnostic.origin == Origin::TinyGo,
            message: diagnostic.message.clone(),
            place: place.map(|place| (place.file.clone(), place.line, place.column)),
            hint: diagnostic.hint.clone(),
        }
    }
}

impl From<SavedWarning> for Diagnostic {
    fn from(saved: SavedWarning) -> Self {
        let mut diagnostic =
            Self::error(if saved.of_tinygo { Origin::TinyGo } else { Origin::Go }, saved.message);
        diagnostic.severity = Severity::Warning;
        diagnostic.hint = saved.hint;
        match saved.place {
            Some((file, line, column)) => diagnostic.at(Position { file, line, column }),
            None => diagnostic,
        }
    }
}
