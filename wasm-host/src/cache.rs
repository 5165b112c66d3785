//! Compiled modules, kept between runs in a folder that is this user's alone.
//!
//! What lies there is machine code that will be run, so nothing is believed: the folder and each file must belong to
//! this user and be closed to others, and each file carries a BLAKE3 hash, keyed with a secret of the folder and the
//! engine's own compatibility, over all of it. Whatever is wrong with a file, it is as if it were not there.

use std::fs::File;
use std::hash::{Hash as _, Hasher};
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;
use wasmtime::Engine;

use crate::error::Error;

/// Bytes of all files together; the ones that were not used for longest go first.
const MOST: u64 = 512 << 20;
/// Of one file.
const LARGEST: u64 = 256 << 20;

const SECRET: &str = "secret";
const SUFFIX: &str = ".compiled";
const HASH: usize = blake3::OUT_LEN;

#[derive(Debug)]
pub(crate) struct Cache {
    folder: OwnedFd,
    path: PathBuf,
    key: [u8; blake3::KEY_LEN],
}

/// What a compiled module is kept under: the hash of the bytes that it was compiled from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key(blake3::Hash);

impl Cache {
    pub(crate) fn open(path: &Path, engine: &Engine) -> Result<Self, Error> {
        let error = |detail: String| Error::Cache { path: path.to_owned(), detail };
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        if let Some(parent) = parent {
            std::fs::create_dir_all(parent).map_err(|source| error(source.to_string()))?;
        }
        match rustix::fs::mkdir(path, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(error(errno.to_string())),
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder =
            rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| error(errno.to_string()))?;
        if !is_private(&folder, FileType::Directory) {
            return Err(error("it belongs to somebody else or is open to others".to_owned()));
        }
        let secret = secret(&folder).map_err(|errno| error(errno.to_string()))?;
        let mut hasher = ToBlake3(blake3::Hasher::new_keyed(&secret));
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Self { folder, path: path.to_owned(), key: *hasher.0.finalize().as_bytes() })
    }

    pub(crate) fn key(&self, bytes: &[u8]) -> Key {
        Key(blake3::keyed_hash(&self.key, bytes))
    }

    /// The artefact as it was put, or nothing.
    pub(crate) fn get(&self, key: Key) -> Option<Vec<u8>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.folder, name(key), flags, Mode::empty()).ok()?;
        if !is_private(&file, FileType::RegularFile) {
            return None;
        }
        let file = File::from(file);
        let mut content = Vec::with_capacity(file.metadata().ok()?.len().min(LARGEST) as usize);
        (&file).take(LARGEST + 1).read_to_end(&mut content).ok()?;
        let artefact = content.get(HASH..)?;
        let told = blake3::Hash::from_slice(&content[..HASH]).ok()?;
        // Compares in constant time.
        if content.len() as u64 > LARGEST || self.seal(key, artefact) != told {
            return None;
        }
        // The newest to be used is the last to go.
        let _ = file.set_modified(SystemTime::now());
        content.drain(..HASH);
        Some(content)
    }

    /// Keeping is a help and no duty: a full disk is told to the log.
    pub(crate) fn put(&self, key: Key, artefact: &[u8]) {
        if (artefact.len() + HASH) as u64 > LARGEST {
            return;
        }
        if let Err(errno) = self.write(key, artefact) {
            tracing::debug!(folder = %self.path.display(), %errno, "a compiled module was not kept");
        }
        self.shrink(MOST);
    }

    fn write(&self, key: Key, artefact: &[u8]) -> Result<(), Errno> {
        let mut content = Vec::with_capacity(HASH + artefact.len());
        content.extend_from_slice(self.seal(key, artefact).as_bytes());
        content.extend_from_slice(artefact);
        write(&self.folder, &name(key), &content)
    }

    /// Over the name too, so that no file can stand for another.
    fn seal(&self, key: Key, artefact: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(key.0.as_bytes());
        hasher.update(artefact);
        hasher.finalize()
    }

    fn shrink(&self, most: u64) {
        let Ok(entries) = Dir::read_from(&self.folder) else { return };
        let mut files = Vec::new();
        for entry in entries.flatten() {
            let name = entry.file_name().to_owned();
            if name.to_str().is_ok_and(|name| name.ends_with(SUFFIX)) {
                if let Ok(about) = rustix::fs::statat(&self.folder, &name, AtFlags::SYMLINK_NOFOLLOW) {
                    files.push((about.st_mtime, name, about.st_size as u64));
                }
            }
        }
        files.sort();
        let mut total = files.iter().map(|(_, _, size)| size).sum::<u64>();
        for (_, name, size) in files {
            if total <= most {
                return;
            }
            if rustix::fs::unlinkat(&self.folder, &name, AtFlags::empty()).is_ok() {
                total -= size;
            }
        }
    }
}

fn name(key: Key) -> String {
    format!("{}{SUFFIX}", key.0.to_hex())
}

/// Made once for each folder.
fn secret(folder: &OwnedFd) -> Result<[u8; blake3::KEY_LEN], Errno> {
    for _ in 0..2 {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        if let Ok(file) = rustix::fs::openat(folder, SECRET, flags, Mode::empty()) {
            let mut secret = Vec::new();
            let whole = is_private(&file, FileType::RegularFile)
                && File::from(file).take(64).read_to_end(&mut secret).is_ok();
            if let (true, Ok(secret)) = (whole, secret.try_into()) {
                return Ok(secret);
            }
        }
        let mut made = [0; blake3::KEY_LEN];
        getrandom::fill(&mut made).map_err(|_| Errno::IO)?;
        // Read again: another process may have been first or last.
        write(folder, SECRET, &made)?;
    }
    Err(Errno::PERM)
}

/// All of it or nothing, under this name.
fn write(folder: &OwnedFd, name: &str, content: &[u8]) -> Result<(), Errno> {
    let mut unique = [0; 8];
    getrandom::fill(&mut unique).map_err(|_| Errno::IO)?;
    let draft = format!("{}.draft", u64::from_le_bytes(unique));
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(folder, &draft, flags, Mode::RUSR | Mode::WUSR)?;
    let written = File::from(file).write_all(content).map_err(|_| Errno::IO);
    let moved = written.and_then(|()| rustix::fs::renameat(folder, &draft, folder, name));
    if moved.is_err() {
        let _ = rustix::fs::unlinkat(folder, &draft, AtFlags::empty());
    }
    moved
}

fn is_private(file: impl AsFd, kind: FileType) -> bool {
    rustix::fs::fstat(file).is_ok_and(|about| {
        FileType::from_raw_mode(about.st_mode) == kind
            && about.st_uid == rustix::process::geteuid().as_raw()
            && Mode::from_raw_mode(about.st_mode).intersection(Mode::RWXG | Mode::RWXO).is_empty()
    })
}

struct ToBlake3(blake3::Hasher);

impl Hasher for ToBlake3 {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let hash = self.0.finalize();
        u64::from_le_bytes(std::array::from_fn(|index| hash.as_bytes()[index]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn file(folder: &Path) -> PathBuf {
        let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        files.find(|path| path.to_str().unwrap().ends_with(SUFFIX)).unwrap()
    }

    #[test]
    fn what_was_put_comes_back_and_nothing_else_does() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a/b");
        let engine = Engine::default();
        let cache = Cache::open(&folder, &engine).unwrap();
        assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        let (key, other) = (cache.key(b"one"), cache.key(b"two"));
        assert!(cache.get(key).is_none());
        cache.put(key, b"artefact");
        assert_eq!(cache.get(key).unwrap(), b"artefact");
        assert_eq!(Cache::open(&folder, &engine).unwrap().get(key).unwrap(), b"artefact", "also later");

        let path = file(&folder);
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            assert!(cache.get(key).is_none(), "byte {at}");
            std::fs::write(&path, &whole[..at]).unwrap();
            assert!(cache.get(key).is_none(), "ends at {at}");
        }
        std::fs::write(&path, &whole).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(cache.get(key).is_none(), "others can read it");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(cache.get(key).is_some());
        std::fs::rename(&path, folder.join(name(other))).unwrap();
        assert!(cache.get(other).is_none(), "under another name");
    }

    #[test]
    fn a_folder_that_is_open_to_others_or_a_link_is_not_used() {
        let root = tempfile::tempdir().unwrap();
        let open = root.path().join("open");
        std::fs::create_dir(&open).unwrap();
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(Cache::open(&open, &Engine::default()), Err(Error::Cache { .. })));
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o700)).unwrap();
        let link = root.path().join("link");
        std::os::unix::fs::symlink(&open, &link).unwrap();
        assert!(matches!(Cache::open(&link, &Engine::default()), Err(Error::Cache { .. })));
        assert!(Cache::open(&open, &Engine::default()).is_ok());
    }

    #[test]
    fn another_secret_or_another_engine_is_another_world() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("cache");
        let cache = Cache::open(&folder, &Engine::default()).unwrap();
        let key = cache.key(b"one");
        let mut config = wasmtime::Config::new();
        config.epoch_interruption(true);
        let other = Cache::open(&folder, &Engine::new(&config).unwrap()).unwrap();
        assert_ne!(other.key(b"one"), key);
        std::fs::remove_file(folder.join(SECRET)).unwrap();
        assert_ne!(Cache::open(&folder, &Engine::default()).unwrap().key(b"one"), key);
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("cache");
        let cache = Cache::open(&folder, &Engine::default()).unwrap();
        let keys = (0..4u8).map(|n| cache.key(&[n])).collect::<Vec<_>>();
        for (age, key) in (1..).zip(&keys) {
            cache.put(*key, &[0; 100]);
            let file = File::open(folder.join(name(*key))).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(age)).unwrap();
        }
        cache.shrink(300);
        let there = keys.iter().map(|key| folder.join(name(*key)).exists()).collect::<Vec<_>>();
        assert_eq!(there, [false, false, true, true]);
    }
}
