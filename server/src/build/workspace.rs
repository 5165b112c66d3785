//! Private folders for running builds, and what a process holds in the cache that others share.
//!
//! Each process locks a file of its own for as long as it lives. The lock ends with the process, however
//! that ends, so whoever starts next can tell the folders of a crashed process from those of a living one.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::fs::{FlockOperation, Mode, OFlags};

/// Builds of one program whose blobs must stay: the newest is on the pages, the one before is being left.
const HELD_BUILDS: usize = 2;

/// A lock file that was made but not locked yet is that young; older ones were left by a crash.
const LOCKING_TIME: Duration = Duration::from_hours(1);

/// The folder `work` of the cache, seen from one process.
#[derive(Debug)]
pub(super) struct Workspace {
    work: PathBuf,
    own: PathBuf,
    next: AtomicU64,
    held: Mutex<BTreeMap<String, Vec<String>>>,
    /// Locked while the process lives.
    _lock: File,
}

impl Workspace {
    /// Cleans up after crashed processes and makes the folder of this one.
    pub(super) fn open(cache: &Path) -> io::Result<Self> {
        let work = cache.join("work");
        fs::create_dir_all(&work)?;
        clean(&work);
        // Locked before it gets its name: nobody ever sees it unlocked and takes it for stale.
        let lock = tempfile::Builder::new().prefix("process-").suffix(".new").tempfile_in(&work)?;
        rustix::fs::flock(lock.as_file(), FlockOperation::NonBlockingLockExclusive)?;
        let name = lock.path().with_extension("lock");
        let own = lock.path().with_extension("builds");
        let lock = lock.persist_noclobber(&name).map_err(|error| error.error)?;
        private_directory(&own)?;
        Ok(Self { work, own, next: AtomicU64::new(0), held: Mutex::default(), _lock: lock })
    }

    /// A new empty folder that goes when the value goes.
    pub(super) fn private_folder(&self) -> io::Result<PrivateFolder> {
        let path = self.own.join(self.next.fetch_add(1, Ordering::Relaxed).to_string());
        private_directory(&path)?;
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let handle = rustix::fs::open(&path, flags, Mode::empty())?;
        Ok(PrivateFolder { path, handle })
    }

    /// Notes that `program` needs the build `key`, also against other processes that prune.
    pub(super) fn hold(&self, program: &str, key: &str) -> io::Result<()> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = held.entry(program.to_owned()).or_default();
        keys.retain(|other| other != key);
        keys.push(key.to_owned());
        if keys.len() > HELD_BUILDS {
            keys.remove(0);
        }
        let all = held.values().flatten().map(String::as_str).collect::<Vec<_>>().join("\n");
        let mut file = tempfile::NamedTempFile::new_in(&self.own)?;
        file.write_all(all.as_bytes())?;
        file.persist(self.own.with_extension("keys")).map_err(|error| error.error)?;
        Ok(())
    }

    /// What living processes hold.
    pub(super) fn held_by_all(&self) -> Vec<String> {
        let files = names(&self.work).into_iter().filter(|path| has_extension(path, "keys"));
        files.filter_map(|path| fs::read_to_string(path).ok()).flat_map(|text| lines(&text)).collect()
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // The lock file last: what it covers must not look abandoned before it is gone. What cannot be removed
        // now is removed by the next start.
        let _ = fs::remove_dir_all(&self.own);
        let _ = fs::remove_file(self.own.with_extension("keys"));
        let _ = fs::remove_file(self.own.with_extension("lock"));
    }
}

/// A folder of one build, known by its handle: a path can be made to lead elsewhere while a compiler runs.
#[derive(Debug)]
pub(super) struct PrivateFolder {
    path: PathBuf,
    handle: OwnedFd,
}

impl PrivateFolder {
    /// Where it was made.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads a file of at most `limit` bytes; `Err(Ok(size))` is a longer one, which is not read.
    pub(super) fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>, Result<u64, io::Error>> {
        self.check_place().map_err(Err)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.handle, name, flags, Mode::empty());
        let file = File::from(file.map_err(|error| Err(error.into()))?);
        let metadata = file.metadata().map_err(Err)?;
        if !metadata.is_file() {
            return Err(Err(io::Error::new(io::ErrorKind::InvalidData, "the output is not a regular file")));
        }
        if metadata.len() > limit {
            return Err(Ok(metadata.len()));
        }
        let mut bytes = Vec::with_capacity(metadata.len() as usize);
        file.take(limit).read_to_end(&mut bytes).map_err(Err)?;
        Ok(bytes)
    }

    fn check_place(&self) -> io::Result<()> {
        let (made, now) = (rustix::fs::fstat(&self.handle)?, rustix::fs::lstat(&self.path)?);
        if (made.st_dev, made.st_ino) == (now.st_dev, now.st_ino) {
            return Ok(());
        }
        Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the build folder was replaced while the compiler ran",
        ))
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        // Follows no link: when the folder was replaced by one, the link is removed and its target stays.
        let _ = fs::remove_dir_all(&self.path).or_else(|_| fs::remove_file(&self.path));
    }
}

/// Removes what processes left behind that are gone.
fn clean(work: &Path) {
    for path in names(work) {
        let lock = path.with_extension("lock");
        if has_extension(&path, "new") {
            let modified = fs::metadata(&path).and_then(|metadata| metadata.modified());
            if modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > LOCKING_TIME)) {
                let _ = fs::remove_file(&path);
            }
        } else if path != lock && !is_alive(&lock) {
            let _ = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path));
        }
    }
    for lock in names(work).into_iter().filter(|path| has_extension(path, "lock")) {
        // Only once its folder is really gone; otherwise the next start tries again.
        if !is_alive(&lock) && !lock.with_extension("builds").exists() {
            let _ = fs::remove_file(&lock);
        }
    }
}

fn is_alive(lock: &Path) -> bool {
    File::open(lock)
        .is_ok_and(|file| rustix::fs::flock(&file, FlockOperation::NonBlockingLockShared).is_err())
}

fn private_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn names(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.filter_map(Result::ok).map(|entry| entry.path()).collect()
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_crashed_processes_go_and_those_of_living_ones_stay() {
        let cache = tempfile::tempdir().unwrap();
        let living = Workspace::open(cache.path()).unwrap();
        let folder = living.private_folder().unwrap();
        living.hold("app", "key").unwrap();
        let work = cache.path().join("work");
        // What a crash leaves: everything but the lock on the file.
        fs::create_dir_all(work.join("process-dead.builds/0/temporary")).unwrap();
        fs::write(work.join("process-dead.builds/0/main.wasm"), "half").unwrap();
        fs::write(work.join("process-dead.lock"), "").unwrap();
        fs::write(work.join("process-dead.keys"), "old").unwrap();
        let second = Workspace::open(cache.path()).unwrap();
        assert!(!work.join("process-dead.builds").exists() && !work.join("process-dead.lock").exists());
        assert!(folder.path().is_dir());
        assert_eq!(second.held_by_all(), ["key"]);
        let path = folder.path().to_owned();
        drop(folder);
        assert!(!path.exists());
        drop((living, second));
        assert_eq!(names(&work), Vec::<PathBuf>::new());
    }

    #[test]
    fn only_the_newest_builds_of_a_program_are_held() {
        let cache = tempfile::tempdir().unwrap();
        let workspace = Workspace::open(cache.path()).unwrap();
        for (program, key) in [("a", "1"), ("a", "2"), ("b", "9"), ("a", "1"), ("a", "3")] {
            workspace.hold(program, key).unwrap();
        }
        assert_eq!(workspace.held_by_all(), ["1", "3", "9"]);
    }

    #[test]
    fn row_h20_a_replaced_folder_is_noticed_and_its_target_left_alone() {
        let cache = tempfile::tempdir().unwrap();
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("main.wasm"), "precious").unwrap();
        let workspace = Workspace::open(cache.path()).unwrap();
        let folder = workspace.private_folder().unwrap();
        let path = folder.path().to_owned();
        fs::remove_dir(&path).unwrap();
        std::os::unix::fs::symlink(home.path(), &path).unwrap();
        let error = folder.read("main.wasm", 100).unwrap_err().unwrap_err();
        assert!(error.to_string().contains("replaced"), "{error}");
        drop(folder);
        assert!(!path.exists());
        assert_eq!(fs::read_to_string(home.path().join("main.wasm")).unwrap(), "precious");
    }

    #[test]
    fn an_output_that_is_a_link_or_too_long_is_not_read() {
        let cache = tempfile::tempdir().unwrap();
        let workspace = Workspace::open(cache.path()).unwrap();
        let folder = workspace.private_folder().unwrap();
        fs::write(folder.path().join("long"), "12345").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link")).unwrap();
        assert!(matches!(folder.read("long", 4), Err(Ok(5))));
        assert_eq!(folder.read("long", 5).unwrap(), b"12345");
        assert!(matches!(folder.read("link", 100_000), Err(Err(_))));
        assert!(matches!(folder.read("missing", 100), Err(Err(_))));
    }
}
