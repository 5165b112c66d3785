//! The devices that were paired with a project: a name and the hash of a secret each, in a file of the user's.
//!
//! Several processes may use the file: a server, another one of the same project, and the command that forgets a device.
//! Who changes it holds a lock; who asks looks first whether it is still the file that was read.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use crate::private_file::{self, PrivateFileError};

/// Time for which a device stays paired; its cookie lives as long.
pub(in crate::http) const KEPT: Duration = Duration::from_hours(30 * 24);

/// Devices of one project. More are refused, so that a mistake does not push out those that are in use.
const MOST: usize = 64;

/// Letters of a name.
const LONGEST_NAME: usize = 40;

const LONGEST_FILE: u64 = 256 * 1024;

/// A device that may use the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its name; no two of a project are the same.
    pub name: String,
    /// BLAKE3 of its secret.
    hash: String,
    /// Seconds since 1970.
    pub paired: u64,
}

/// The devices of one project.
#[derive(Debug)]
pub struct Devices {
    path: PathBuf,
    /// The lock is held for a look at the file, or a read of it when it is another one, and never over an await.
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    file: Option<Stamp>,
    list: Vec<Device>,
}

/// Which file it is: one that is written anew is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    number: u64,
    seconds: i64,
    nanoseconds: i64,
}

/// The list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DevicesError {
    /// Its file.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// What is in it.
    #[error("{path} does not hold a list of devices")]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// There are too many.
    #[error("{MOST} devices are paired, and more are not kept")]
    TooMany,
    /// The system has no random numbers.
    #[error("no random numbers for a device: {0}")]
    Random(#[from] getrandom::Error),
}

impl DevicesError {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::File(PrivateFileError::Exposed { path, .. }) | Self::Malformed { path } => {
                format!("delete {}: every device has to be paired again then", path.display())
            }
            Self::File(PrivateFileError::Write { path, .. } | PrivateFileError::Read { path, .. }) => {
                format!("make {} readable and writable for this user", path.display())
            }
            Self::TooMany => "forget those that are not used: dev-server pair --forget NAME".to_owned(),
            Self::Random(_) => "check that /dev/urandom exists".to_owned(),
        }
    }
}

impl Devices {
    /// Those of a project, kept in `state_folder` under `project`, the digest of its path.
    pub fn open(state_folder: &Path, project: &str) -> Result<Self, DevicesError> {
        let folder = state_folder.join("devices");
        private_file::make_folder(&folder)?;
        Ok(Self { path: folder.join(project), kept: Mutex::default() })
    }

    /// All that are paired now, the first one first.
    pub fn list(&self) -> Result<Vec<Device>, DevicesError> {
        let now = SystemTime::now();
        Ok(self.read()?.into_iter().filter(|device| device.is_valid(now)).collect())
    }

    /// Takes a device off the list; false when there is none of that name.
    pub fn forget(&self, name: &str) -> Result<bool, DevicesError> {
        let _lock = self.lock()?;
        let mut list = self.read()?;
        let before = list.len();
        list.retain(|device| device.name != name);
        if list.len() == before {
            return Ok(false);
        }
        self.write(&list)?;
        Ok(true)
    }

    /// Takes all off the list.
    pub fn forget_all(&self) -> Result<(), DevicesError> {
        let _lock = self.lock()?;
        self.write(&[])
    }

    /// Puts a device on the list under `wish` or a name like it. Returns its name and its secret, which is kept nowhere.
    pub(super) fn add(&self, wish: &str) -> Result<(String, String), DevicesError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        let secret = URL_SAFE_NO_PAD.encode(bytes);
        let now = SystemTime::now();
        let _lock = self.lock()?;
        let mut list = self.read()?;
        list.retain(|device| device.is_valid(now));
        if list.len() >= MOST {
            return Err(DevicesError::TooMany);
        }
        let name = free_name(wish, &list);
        let hash = blake3::hash(secret.as_bytes()).to_hex().to_string();
        list.push(Device { name: name.clone(), hash, paired: seconds(now) });
        self.write(&list)?;
        Ok((name, secret))
    }

    /// Is it the secret of a device? Takes the same time for every guess: hashes are compared, and all of them.
    pub(in crate::http) fn know(&self, guess: &[u8]) -> bool {
        if guess.len() != 43 {
            return false;
        }
        let now = SystemTime::now();
        let guess = blake3::hash(guess);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = self.stamp();
        if kept.file != stamp {
            kept.list = self.read().unwrap_or_else(|error| {
                tracing::warn!(%error, "no device is let in");
                Vec::new()
            });
            kept.file = stamp;
        }
        kept.list.iter().fold(false, |known, device| {
            let same = blake3::Hash::from_hex(&device.hash).is_ok_and(|hash| hash == guess);
            known | (same && device.is_valid(now))
        })
    }

    fn stamp(&self) -> Option<Stamp> {
        let found = fs::symlink_metadata(&self.path).ok()?;
        Some(Stamp { number: found.ino(), seconds: found.ctime(), nanoseconds: found.ctime_nsec() })
    }

    fn read(&self) -> Result<Vec<Device>, DevicesError> {
        match private_file::read(&self.path, LONGEST_FILE) {
            Ok(text) => {
                serde_json::from_slice(&text).map_err(|_| DevicesError::Malformed { path: self.path.clone() })
            }
            Err(error) if error.is_missing() => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    fn write(&self, list: &[Device]) -> Result<(), DevicesError> {
        let text = serde_json::to_vec(list).unwrap_or_default();
        Ok(private_file::write(&self.path, &text, true)?)
    }

    /// Held until the file is dropped.
    fn lock(&self) -> Result<fs::File, DevicesError> {
        let path = self.path.with_extension("lock");
        let error = |source| PrivateFileError::Write { path: path.clone(), source };
        let file = fs::File::create(&path).map_err(error)?;
        flock(&file, FlockOperation::LockExclusive).map_err(|errno| error(errno.into()))?;
        Ok(file)
    }
}

impl Device {
    fn is_valid(&self, now: SystemTime) -> bool {
        seconds(now).saturating_sub(self.paired) < KEPT.as_secs()
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Letters, digits and a few signs only: names are shown in terminals and typed in commands.
fn free_name(wish: &str, list: &[Device]) -> String {
    let plain: String = wish
        .chars()
        .map(|letter| if letter.is_alphanumeric() || "-_.".contains(letter) { letter } else { ' ' })
        .take(LONGEST_NAME)
        .collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    // What begins like a flag could not be named in a command.
    let plain = plain.trim_start_matches(['-', ' ']);
    let plain = if plain.is_empty() { "device" } else { plain };
    let is_free = |name: &str| list.iter().all(|device| device.name != name);
    let mut numbered = (2..).map(|number| format!("{plain} {number}"));
    std::iter::once(plain.to_owned()).chain(&mut numbered).find(|name| is_free(name)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn devices(state: &tempfile::TempDir) -> Devices {
        Devices::open(state.path(), "project").unwrap()
    }

    #[test]
    fn a_device_is_known_by_its_secret_until_it_is_forgotten() {
        let state = tempfile::tempdir().unwrap();
        let server = devices(&state);
        let (phone, secret) = server.add("iPhone").unwrap();
        let (other, _) = server.add("iPhone").unwrap();
        assert_eq!((phone.as_str(), other.as_str()), ("iPhone", "iPhone 2"));
        assert!(server.know(secret.as_bytes()) && !server.know(&secret.as_bytes()[1..]));
        let text = fs::read_to_string(&server.path).unwrap();
        assert!(!text.contains(&secret), "{text}");
        // By another process.
        let command = devices(&state);
        assert_eq!(command.list().unwrap().len(), 2);
        assert!(command.forget("iPhone").unwrap() && !command.forget("iPhone").unwrap());
        assert!(!server.know(secret.as_bytes()));
        let (_, secret) = command.add("tablet").unwrap();
        assert!(server.know(secret.as_bytes()));
        command.forget_all().unwrap();
        assert!(!server.know(secret.as_bytes()) && server.list().unwrap().is_empty());
    }

    #[test]
    fn after_a_month_a_device_has_to_be_paired_again() {
        let state = tempfile::tempdir().unwrap();
        let devices = devices(&state);
        let (_, secret) = devices.add("old").unwrap();
        let mut list = devices.read().unwrap();
        list[0].paired -= KEPT.as_secs();
        devices.write(&list).unwrap();
        assert!(!devices.know(secret.as_bytes()) && devices.list().unwrap().is_empty());
        assert_eq!(devices.add("old").unwrap().0, "old");
    }

    #[test]
    fn names_do_nothing_to_terminals_and_commands() {
        for (wish, name) in [
            ("Anna's \u{1b}[31mphone\u{202e}", "Anna s 31mphone"),
            ("--list", "list"),
            ("", "device"),
            ("\r\n", "device"),
        ] {
            assert_eq!(free_name(wish, &[]), name, "{wish:?}");
        }
        assert_eq!(free_name(&"x".repeat(1000), &[]).len(), LONGEST_NAME);
    }

    #[test]
    fn a_list_that_is_full_or_broken_lets_nobody_in() {
        let state = tempfile::tempdir().unwrap();
        let devices = devices(&state);
        let (_, secret) = devices.add("first").unwrap();
        for _ in 1..MOST {
            devices.add("more").unwrap();
        }
        assert!(matches!(devices.add("too many"), Err(DevicesError::TooMany)));
        assert!(devices.know(secret.as_bytes()));
        private_file::write(&devices.path, b"[{]", true).unwrap();
        assert!(!devices.know(secret.as_bytes()));
        assert!(devices.list().unwrap_err().hint().contains("delete"));
    }
}
