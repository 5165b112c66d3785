//! What has to be known after a restart, on disk: the epoch, what each program's sequences stand for, the newest events.
//!
//! Records are written before anybody is told of what they say, so that a server which is killed never gives the same
//! number to something else. They are not forced to the device: what the operating system has taken survives the
//! process. After a power cut the end may be missing, and then the epoch is a new one.

mod record;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::board::Epoch;
use super::ledger::{Ledger, Remembered};
use record::Record;

/// Bytes of a file after which a new one is begun. Two are kept.
const FILE: u64 = 4 << 20;

/// How often a lock is tried, and the pause between.
const LOCK_TRIES: u32 = 20;
const LOCK_AGAIN: Duration = Duration::from_millis(5);

/// Written to while programs run; without a folder nothing is kept.
#[derive(Debug)]
pub struct Journal {
    /// `None`: nothing is kept, or no more.
    file: Mutex<Option<Writer>>,
}

/// What a journal knew.
#[derive(Debug)]
pub struct Known {
    /// The life of the log that goes on.
    pub epoch: Epoch,
    /// What its sequences stand for.
    pub ledger: Ledger,
    /// The newest events with their numbers, in order and without a gap.
    pub events: Vec<(u64, String)>,
}

impl Known {
    /// A new life of the log.
    pub fn nothing() -> Result<Self, getrandom::Error> {
        Ok(Self { epoch: Epoch::random()?, ledger: Ledger::default(), events: Vec::new() })
    }
}

#[derive(Debug)]
struct Writer {
    folder: PathBuf,
    file: File,
    /// Held as long as the process lives.
    _lock: File,
    length: u64,
    epoch: Epoch,
    ledger: Ledger,
}

impl Journal {
    /// Goes on with the journal in `folder`, which is made when it is missing. Where it cannot be used (another server
    /// has it, or the disk is full) nothing is kept, and a restart begins a new epoch.
    pub fn open(folder: &Path) -> Result<(Self, Known), getrandom::Error> {
        match Writer::open(folder) {
            Ok((writer, known)) => Ok((Self { file: Mutex::new(Some(writer)) }, known)),
            Err(Trouble::Random(error)) => Err(error),
            Err(Trouble::Disk(error)) => {
                tracing::warn!(folder = %folder.display(), %error, "the log of this run is not kept for the next one");
                Ok((Self::none(), Known::nothing()?))
            }
        }
    }

    /// Keeps nothing.
    pub fn none() -> Self {
        Self { file: Mutex::new(None) }
    }

    /// What a program's sequences stand for now.
    pub fn remember(&self, program: &str, remembered: &Remembered) {
        self.write(|writer| {
            writer.ledger.insert(program, remembered.clone());
            writer.append(&Record::Program(program.to_owned(), remembered.clone()))
        });
    }

    /// An event that gets the number.
    pub fn event(&self, number: u64, json: &str) {
        self.write(|writer| writer.append(&Record::Event(number, json.to_owned())));
    }

    fn write(&self, write: impl FnOnce(&mut Writer) -> io::Result<()>) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(writer) = file.as_mut() else { return };
        if let Err(error) = write(writer) {
            tracing::warn!(folder = %writer.folder.display(), %error, "the log of this run is no longer kept");
            // A journal that lacks something would give numbers twice.
            let _ = fs::remove_file(writer.folder.join(CURRENT));
            let _ = fs::remove_file(writer.folder.join(PREVIOUS));
            *file = None;
        }
    }
}

const CURRENT: &str = "current";
const PREVIOUS: &str = "previous";
const NEXT: &str = "next";

#[derive(Debug)]
enum Trouble {
    Disk(io::Error),
    Random(getrandom::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

impl Writer {
    fn open(folder: &Path) -> Result<(Self, Known), Trouble> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let lock = private().write(true).create(true).truncate(false).open(folder.join("lock"))?;
        lock_alone(&lock)?;
        let mut epoch = None;
        let mut ledger = Ledger::default();
        let mut events: Vec<(u64, String)> = Vec::new();
        let mut length = 0;
        for name in [PREVIOUS, CURRENT] {
            let bytes = read(&folder.join(name))?;
            let (records, whole) = record::read(&bytes);
            length = whole as u64;
            for record in records {
                match record {
                    Record::Epoch(bytes) => epoch = Some(Epoch::from_bytes(bytes)),
                    Record::Program(name, remembered) => ledger.insert(&name, remembered),
                    Record::Event(number, json) => {
                        if events.last().is_some_and(|(last, _)| *last + 1 != number) {
                            events.clear();
                        }
                        events.push((number, json));
                    }
                }
            }
        }
        let is_new = epoch.is_none();
        let epoch = match epoch {
            Some(epoch) => epoch,
            None => Epoch::random().map_err(Trouble::Random)?,
        };
        let file = private().append(true).create(true).open(folder.join(CURRENT))?;
        // A process that was killed amid a write left half a record.
        file.set_len(length)?;
        let mut writer =
            Self { folder: folder.to_owned(), file, _lock: lock, length, epoch, ledger: ledger.clone() };
        if is_new {
            let _ = fs::remove_file(folder.join(PREVIOUS));
        }
        // Killed between the end of one file and the beginning of the next, it would not be known from this one alone.
        if is_new || length == 0 {
            writer.begin()?;
        }
        Ok((writer, Known { epoch, ledger, events }))
    }

    fn append(&mut self, record: &Record) -> io::Result<()> {
        if self.length > FILE {
            fs::rename(self.folder.join(CURRENT), self.folder.join(PREVIOUS))?;
            self.begin()?;
        }
        self.put(record)
    }

    /// A file that says everything but the events before it. It is there when all that is written.
    fn begin(&mut self) -> io::Result<()> {
        let next = self.folder.join(NEXT);
        self.file = private().append(true).create(true).open(&next)?;
        self.file.set_len(0)?;
        self.length = 0;
        self.put(&Record::Epoch(*self.epoch.as_bytes()))?;
        let programs: Vec<_> =
            self.ledger.programs().map(|(name, known)| (name.to_owned(), known.clone())).collect();
        for (name, remembered) in programs {
            self.put(&Record::Program(name, remembered))?;
        }
        fs::rename(next, self.folder.join(CURRENT))
    }

    fn put(&mut self, record: &Record) -> io::Result<()> {
        let bytes = record.to_bytes();
        self.length += bytes.len() as u64;
        self.file.write_all(&bytes)
    }
}

/// A process that is being started right now has this one's files until it is another program, which takes a moment: a
/// lock that was given back just before seems to be taken then.
fn lock_alone(lock: &File) -> io::Result<()> {
    for _ in 0..LOCK_TRIES {
        if rustix::fs::flock(lock, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_ok() {
            return Ok(());
        }
        std::thread::sleep(LOCK_AGAIN);
    }
    Err(io::Error::other("another server of this project writes there"))
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// Nothing when there is no such file.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    match File::open(path) {
        Ok(file) => {
            let mut bytes = Vec::new();
            file.take(4 * FILE).read_to_end(&mut bytes)?;
            Ok(bytes)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
