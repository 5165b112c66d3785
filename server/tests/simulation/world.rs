//! What all hosts of one run share.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard};

use dev_server::backplane::BackplaneKey;
use dev_server::content::BlobStore;
use dev_server::http::{Http3, HttpOptions, Token};
use dev_server::publish::Frames;

use crate::broker::{Disk, Remote};
use crate::planted::Planted;
use crate::truth::Truth;
use crate::weather::{Chance, Weather};

/// Where servers and hubs listen.
pub(crate) const PORT: u16 = 7700;

/// One run.
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) planted: Option<Planted>,
    /// Holds the disks of all hosts.
    pub(crate) folder: PathBuf,
    pub(crate) key: BackplaneKey,
    pub(crate) weather: Weather,
    pub(crate) broker: Arc<Disk>,
    /// Names of all that serve clients.
    pub(crate) servers: Vec<String>,
    /// Nothing is edited any more.
    pub(crate) finished: AtomicBool,
    /// A client cannot be brought up to date by patches.
    pub(crate) wants_whole: AtomicBool,
    truth: Mutex<Truth>,
}

impl World {
    pub(crate) fn new(seed: u64, planted: Option<Planted>, folder: PathBuf, servers: Vec<String>) -> Self {
        let weather = Weather::new(seed);
        Self {
            seed,
            planted,
            key: key(&folder),
            broker: Arc::new(Disk::new(seed, &weather)),
            weather,
            folder,
            servers,
            finished: AtomicBool::new(false),
            wants_whole: AtomicBool::new(false),
            truth: Mutex::default(),
        }
    }

    pub(crate) fn has(&self, planted: Planted) -> bool {
        self.planted == Some(planted)
    }

    pub(crate) fn truth(&self) -> MutexGuard<'_, Truth> {
        self.truth.lock().unwrap()
    }

    pub(crate) fn chance(&self, part: u64) -> Chance {
        Chance::new(self.seed, part)
    }

    pub(crate) fn store(&self, host: &str) -> BlobStore {
        BlobStore::open(self.folder.join(host).join("blobs")).unwrap()
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.folder.join("builder").join("log")
    }

    pub(crate) fn connect(&self, conditional: bool) -> Remote {
        Remote::connect(&self.weather, conditional)
    }

    pub(crate) fn token(&self) -> Token {
        Token::of_secret(self.key.token())
    }

    pub(crate) fn serving(&self, host: &str, frames: impl Into<Arc<Frames>>) -> HttpOptions {
        HttpOptions {
            allowed_hosts: vec![host.parse().unwrap()],
            http3: Http3::Never,
            ..HttpOptions::new(self.token(), self.store(host), frames)
        }
    }
}

/// The same key in all runs, or the lengths of subjects would differ.
fn key(folder: &Path) -> BackplaneKey {
    let path = folder.join("key");
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).unwrap();
    file.write_all("A".repeat(43).as_bytes()).unwrap();
    BackplaneKey::open(&path).unwrap()
}
