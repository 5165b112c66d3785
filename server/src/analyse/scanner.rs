//! Lists what a page may load and takes the bytes into the store. Nothing else is ever served for it.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::folder_walk::{Entry, Folder};
use super::{ManifestEntry, PageFolder, PageManifest, media};
use crate::content::{BlobStore, StoreError};
use crate::diagnostic::{Diagnostic, Origin, Position, Severity};

/// How much a page may have.
#[derive(Debug, Clone, Copy)]
pub struct ManifestLimits {
    /// Bytes of one file.
    pub file: u64,
    /// Bytes of all files.
    pub total: u64,
    /// Number of files.
    pub files: usize,
    /// Entries that are looked at, of any kind.
    pub entries: usize,
    /// Levels of folders.
    pub depth: usize,
}

impl Default for ManifestLimits {
    /// 64 MiB a file and 512 MiB in all: what a browser tab loads without trouble. 10,000 files are more than
    /// any page without `node_modules` has.
    fn default() -> Self {
        Self { file: 64 << 20, total: 512 << 20, files: 10_000, entries: 100_000, depth: 32 }
    }
}

/// Scans a page again and again, and reads only what changed.
#[derive(Debug, Default)]
pub struct ManifestScanner {
    known: BTreeMap<PathBuf, (Stamp, ManifestEntry)>,
}

/// Equal stamps mean unchanged bytes. The change time cannot be set by programs that reset the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: (i64, i64),
    changed: (i64, i64),
    size: u64,
    inode: u64,
    device: u64,
}

/// Time stamps advance in steps of up to 10 ms: a file younger than this may change without a new one.
const STAMP_STEP: Duration = Duration::from_millis(50);

impl PageManifest {
    /// Scans once. See [`ManifestScanner::scan`].
    pub fn scan(
        page: &PageFolder,
        store: &BlobStore,
        limits: &ManifestLimits,
    ) -> Result<(Self, Vec<Diagnostic>), StoreError> {
        ManifestScanner::default().scan(page, store, limits)
    }
}

impl ManifestScanner {
    /// Lists the page folder and takes the bytes of new and changed files into the store. What is refused is
    /// told as a warning when somebody could miss it: a link, a file that is too long, a device. The only error
    /// is a store that cannot be written.
    pub fn scan(
        &mut self,
        page: &PageFolder,
        store: &BlobStore,
        limits: &ManifestLimits,
    ) -> Result<(PageManifest, Vec<Diagnostic>), StoreError> {
        let mut scan = Scan {
            page,
            store,
            limits,
            before: std::mem::take(&mut self.known),
            known: BTreeMap::new(),
            entries: BTreeMap::new(),
            looked_at: 0,
            total: 0,
            warnings: Vec::new(),
        };
        let mut result = Ok(());
        match Folder::open(&page.path) {
            Ok(folder) => result = scan.folders(folder),
            Err(error) => scan.warn(&page.path, &format!("cannot be read: {error}"), "check that it exists"),
        }
        self.known = scan.known;
        result.map(|()| (PageManifest::new(scan.entries), scan.warnings))
    }
}

struct Scan<'a> {
    page: &'a PageFolder,
    store: &'a BlobStore,
    limits: &'a ManifestLimits,
    before: BTreeMap<PathBuf, (Stamp, ManifestEntry)>,
    known: BTreeMap<PathBuf, (Stamp, ManifestEntry)>,
    entries: BTreeMap<String, ManifestEntry>,
    looked_at: usize,
    total: u64,
    warnings: Vec<Diagnostic>,
}

impl Scan<'_> {
    fn folders(&mut self, page: Folder) -> Result<(), StoreError> {
        let mut open = vec![(page, String::new(), 0)];
        while let Some((folder, prefix, depth)) = open.pop() {
            let entries = match folder.entries() {
                Ok(entries) => entries,
                Err(error) => {
                    self.warn(
                        &self.page.path.join(&prefix),
                        &format!("cannot be read: {error}"),
                        "check its rights",
                    );
                    continue;
                }
            };
            for entry in entries {
                self.looked_at += 1;
                if self.looked_at > self.limits.entries || self.entries.len() >= self.limits.files {
                    let message = format!(
                        "has more than {} files; the rest is not part of the page",
                        self.limits.files
                    );
                    self.warn(&self.page.path.clone(), &message, "choose a smaller page folder");
                    return Ok(());
                }
                let path = format!("{prefix}{}", entry.name());
                match entry {
                    Entry::Folder(name) if self.page.enters(&path) => {
                        if depth >= self.limits.depth {
                            self.warn(&self.page.path.join(&path), "lies too deep", "move it up");
                        } else if let Ok(inner) = folder.enter(&name) {
                            open.push((inner, format!("{path}/"), depth + 1));
                        }
                    }
                    Entry::Folder(_) => {}
                    Entry::File(name) => {
                        if let Some(media_type) = media::type_of(&name) {
                            self.file(&folder, &name, path, media_type)?;
                        }
                    }
                    Entry::Refused(name, why) => {
                        // Also where a linked folder could be meant: somebody will miss what is in it.
                        let is_missed = !name.contains('.') && self.page.enters(&path);
                        if media::type_of(&name).is_some() || is_missed {
                            self.refuse(&path, why);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn file(
        &mut self,
        folder: &Folder,
        name: &str,
        path: String,
        media_type: &'static str,
    ) -> Result<(), StoreError> {
        let absolute = self.page.path.join(&path);
        let (file, metadata) =
            match folder.file(name).and_then(|file| file.metadata().map(|data| (file, data))) {
                Ok(opened) => opened,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(error) => {
                    self.refuse(&path, &error.to_string());
                    return Ok(());
                }
            };
        if metadata.nlink() > 1 {
            // The other name may be one that no page should read, and nothing tells which.
            self.refuse(&path, "it is a hard link: it has another name elsewhere");
            return Ok(());
        }
        if metadata.len() > self.limits.file {
            let message = format!("is longer than {} MiB and not part of the page", self.limits.file >> 20);
            self.warn(&absolute, &message, "serve big files from another server, through `proxy`");
            return Ok(());
        }
        if self.total + metadata.len() > self.limits.total {
            let message = format!("is left out: the page has more than {} MiB", self.limits.total >> 20);
            self.warn(&absolute, &message, "serve big files from another server, through `proxy`");
            return Ok(());
        }
        let stamp = Stamp::of(&metadata);
        let unchanged = self
            .before
            .get(&absolute)
            .filter(|(before, entry)| *before == stamp && self.store.contains(entry.hash));
        let entry = if let Some((_, entry)) = unchanged {
            entry.clone()
        } else {
            match read(file, self.limits.file) {
                // Left behind by another build: under this name the newest module is served.
                Ok(Some(bytes)) if media_type == "application/wasm" && is_go_module(&bytes) => return Ok(()),
                Ok(Some(bytes)) => ManifestEntry {
                    hash: self.store.put(&bytes)?,
                    media_type: media_type.to_owned(),
                    size: bytes.len() as u64,
                },
                Ok(None) => {
                    self.warn(
                        &absolute,
                        "grows while it is read",
                        "write it beside and rename it into place",
                    );
                    return Ok(());
                }
                Err(error) => {
                    self.refuse(&path, &error.to_string());
                    return Ok(());
                }
            }
        };
        self.total += entry.size;
        if is_old(&metadata) && entry.size == metadata.len() {
            self.known.insert(absolute, (stamp, entry.clone()));
        }
        self.entries.insert(path, entry);
        Ok(())
    }

    fn refuse(&mut self, path: &str, why: &str) {
        let message = format!("is not part of the page: {why}");
        self.warn(&self.page.path.join(path), &message, "put a copy of the file in its place");
    }

    fn warn(&mut self, path: &Path, what: &str, hint: &str) {
        let message = format!("{} {what}", path.display());
        let position = Position { file: path.to_owned(), line: 0, column: 0 };
        let diagnostic = Diagnostic {
            severity: Severity::Warning,
            // Without a frame: the file may be anything, and its bytes are what must not be shown.
            position: Some(position),
            ..Diagnostic::error(Origin::Policy, message)
        };
        self.warnings.push(diagnostic.hint(hint));
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            size: metadata.size(),
            inode: metadata.ino(),
            device: metadata.dev(),
        }
    }
}

fn is_old(metadata: &Metadata) -> bool {
    let age = metadata.modified().ok().and_then(|modified| SystemTime::now().duration_since(modified).ok());
    age.is_some_and(|age| age > STAMP_STEP)
}

/// Both toolchains import their page's functions from a module called `gojs`, near the start of the file.
fn is_go_module(bytes: &[u8]) -> bool {
    const NAME: &[u8] = b"\x04gojs";
    bytes[..bytes.len().min(64 << 10)].windows(NAME.len()).any(|window| window == NAME)
}

/// The bytes, or `None` when there are more than allowed.
fn read(file: File, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

#[cfg(test)]
#[path = "scanner_tests.rs"]
mod tests;
