//! Files named by the hash of what is in them, in the user's cache folder.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::ContentHash;

/// Blobs that one call of `prune` looks at: a store of a hundred thousand takes about half a second.
const PRUNED_AT_ONCE: usize = 100_000;

/// A folder of immutable files named by content hash. Writing is atomic: a reader sees a whole file
/// or none, and two writers of the same bytes do not disturb each other.
#[derive(Debug, Clone)]
pub struct BlobStore {
    folder: PathBuf,
}

/// A file of the store.
struct Found {
    path: PathBuf,
    size: u64,
    used: SystemTime,
}

/// The cache folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Cannot create or write.
    #[error("cannot write to the cache folder {folder}: {source}")]
    Write {
        /// The folder of the store.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file to be taken in cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl StoreError {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Write { folder, .. } => format!(
                "make {} writable, or choose another folder with --cache-dir or the key `cache_dir`",
                folder.display()
            ),
            Self::Read { path, .. } => {
                format!("check that {} exists and can be read by this user", path.display())
            }
        }
    }
}

impl BlobStore {
    /// Opens the store in `folder`, which is made with mode 0700 when it is missing.
    pub fn open(folder: PathBuf) -> Result<Self, StoreError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let store = Self { folder };
        builder.create(&store.folder).map_err(|source| store.write_error(source))?;
        // A folder on a read-only disk opens without complaint: only a written file shows that it can be used.
        tempfile::NamedTempFile::new_in(&store.folder).map_err(|source| store.write_error(source))?;
        Ok(store)
    }

    /// Where the blob lies, whether it is there or not.
    pub fn path(&self, hash: ContentHash) -> PathBuf {
        let name = hash.to_string();
        self.folder.join(&name[..2]).join(&name[2..])
    }

    /// True when the blob is there.
    pub fn contains(&self, hash: ContentHash) -> bool {
        self.path(hash).is_file()
    }

    /// Keeps `bytes` and returns their name. What is there already counts as used now.
    pub fn put(&self, bytes: &[u8]) -> Result<ContentHash, StoreError> {
        let hash = ContentHash::of(bytes);
        if !self.touch(hash) {
            self.write(hash, |file| file.write_all(bytes)).map_err(|source| self.write_error(source))?;
        }
        Ok(hash)
    }

    /// Keeps a copy of a file of at most `limit` bytes; `None` when it is longer.
    pub fn put_file(&self, path: &Path, limit: u64) -> Result<Option<ContentHash>, StoreError> {
        let read_error = |source| StoreError::Read { path: path.to_owned(), source };
        let file = fs::File::open(path).map_err(read_error)?;
        let mut bytes = Vec::new();
        // One byte more than allowed shows that the file is too long, also when it grows while it is read.
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(read_error)?;
        if bytes.len() as u64 > limit {
            return Ok(None);
        }
        self.put(&bytes).map(Some)
    }

    /// True when the blob is there; its time says then that it is in use. On a disk that cannot be written to any
    /// more nothing is pruned either.
    fn touch(&self, hash: ContentHash) -> bool {
        let Ok(file) = fs::File::open(self.path(hash)) else { return false };
        let _ = file.set_modified(SystemTime::now());
        true
    }

    /// Removes blobs that nobody has stored for `age`, except the `needed` ones, and what a crash left half written.
    /// Returns how many. A page whose server runs for longer than that without a restart stores its files anew when it
    /// looks at them next.
    pub fn prune(&self, age: Duration, needed: &BTreeSet<ContentHash>) -> io::Result<usize> {
        let is_old = |used: &SystemTime| used.elapsed().is_ok_and(|since| since > age);
        let old = self.unneeded(needed)?.filter(|found| is_old(&found.used));
        // Another process may be faster.
        Ok(old.filter(|found| fs::remove_file(&found.path).is_ok()).count())
    }

    /// Removes what was used longest ago until no more than `most` bytes are left beside the `needed` blobs. Those count as
    /// used now, so that another process with the same folder removes them last. Returns how many were removed.
    pub fn prune_to(&self, most: u64, needed: &BTreeSet<ContentHash>) -> io::Result<usize> {
        for hash in needed {
            self.touch(*hash);
        }
        let mut spare: Vec<Found> = self.unneeded(needed)?.collect();
        spare.sort_unstable_by_key(|found| std::cmp::Reverse(found.used));
        let mut kept = 0_u64;
        let surplus = spare.iter().skip_while(|found| {
            kept = kept.saturating_add(found.size);
            kept <= most
        });
        Ok(surplus.filter(|found| fs::remove_file(&found.path).is_ok()).count())
    }

    /// Files that are not among the `needed` blobs: others, and what was never written to its end.
    fn unneeded(&self, needed: &BTreeSet<ContentHash>) -> io::Result<impl Iterator<Item = Found>> {
        let folders = fs::read_dir(&self.folder)?.flatten();
        let folders = folders.filter(|folder| folder.file_type().is_ok_and(|kind| kind.is_dir()));
        let blobs = folders.flat_map(|folder| {
            let blobs = fs::read_dir(folder.path()).into_iter().flatten().flatten();
            blobs.map(move |blob| (folder.file_name(), blob))
        });
        Ok(blobs.take(PRUNED_AT_ONCE).filter_map(|(folder, blob)| {
            let name = [folder, blob.file_name()].map(|part| part.to_string_lossy().into_owned()).concat();
            if name.parse().is_ok_and(|hash| needed.contains(&hash)) {
                return None;
            }
            let about = blob.metadata().ok()?;
            Some(Found { path: blob.path(), size: about.len(), used: about.modified().ok()? })
        }))
    }

    fn write(&self, hash: ContentHash, fill: impl FnOnce(&mut fs::File) -> io::Result<()>) -> io::Result<()> {
        let target = self.path(hash);
        let parent = target.parent().unwrap_or(&self.folder);
        fs::create_dir_all(parent)?;
        let mut temporary = tempfile::NamedTempFile::new_in(parent)?;
        fill(temporary.as_file_mut())?;
        temporary.persist(&target).map_err(|error| error.error)?;
        Ok(())
    }

    fn write_error(&self, source: io::Error) -> StoreError {
        StoreError::Write { folder: self.folder.clone(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_is_found_under_the_hash_of_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let store = BlobStore::open(folder.path().join("blobs")).unwrap();
        let hash = store.put(b"hello").unwrap();
        assert_eq!(hash, ContentHash::of(b"hello"));
        assert_eq!(fs::read(store.path(hash)).unwrap(), b"hello");
        assert_eq!(store.put(b"hello").unwrap(), hash);
    }

    #[test]
    fn old_blobs_go_unless_they_are_needed_or_stored_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = BlobStore::open(folder.path().join("blobs")).unwrap();
        let [old, needed, again, new] =
            [&b"old"[..], b"needed", b"again", b"new"].map(|bytes| store.put(bytes).unwrap());
        let month = Duration::from_hours(24 * 30);
        for hash in [old, needed, again] {
            let file = fs::File::open(store.path(hash)).unwrap();
            file.set_modified(SystemTime::now() - month - Duration::from_hours(1)).unwrap();
        }
        store.put(b"again").unwrap();
        assert_eq!(store.prune(month, &BTreeSet::from([needed])).unwrap(), 1);
        assert!(!store.contains(old));
        assert!([needed, again, new].into_iter().all(|hash| store.contains(hash)));
        store.put(b"old").unwrap();
        assert!(store.contains(old));
    }

    #[test]
    fn beside_what_is_needed_so_many_bytes_are_kept_and_the_newest_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let store = BlobStore::open(folder.path().join("blobs")).unwrap();
        let hashes: Vec<_> = (0..5_u8).map(|number| store.put(&[number; 100]).unwrap()).collect();
        for (age, hash) in (1..).zip(hashes.iter().rev()) {
            let file = fs::File::open(store.path(*hash)).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_hours(age)).unwrap();
        }
        let needed = BTreeSet::from([hashes[0]]);
        assert_eq!(store.prune_to(250, &needed).unwrap(), 2);
        let kept: Vec<_> = hashes.iter().map(|hash| store.contains(*hash)).collect();
        assert_eq!(kept, [true, false, false, true, true]);
        // What was needed is used last of all.
        assert_eq!(store.prune_to(200, &BTreeSet::new()).unwrap(), 1);
        assert!(store.contains(hashes[0]) && !store.contains(hashes[3]));
        assert_eq!(store.prune_to(0, &BTreeSet::new()).unwrap(), 2);
    }

    #[test]
    fn a_file_over_the_limit_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let store = BlobStore::open(folder.path().join("blobs")).unwrap();
        let file = folder.path().join("big");
        fs::write(&file, b"12345").unwrap();
        assert_eq!(store.put_file(&file, 4).unwrap(), None);
        assert_eq!(store.put_file(&file, 5).unwrap(), Some(ContentHash::of(b"12345")));
    }
}
