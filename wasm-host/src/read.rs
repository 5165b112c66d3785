//! Reading a module's file, whatever it is.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use crate::error::Error;

/// Opened without waiting (a pipe would wait for its writer), looked at when it is open, and never read beyond
/// `limit`, also when it grows meanwhile.
pub(crate) fn module(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let error = |source: std::io::Error| Error::Read { path: path.to_owned(), source };
    let opened = rustix::fs::open(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty());
    let file = File::from(opened.map_err(|errno| error(errno.into()))?);
    let about = file.metadata().map_err(error)?;
    if !about.is_file() {
        return Err(Error::NotAFile { path: path.to_owned() });
    }
    let too_large = |bytes| Error::TooLarge { module: path.display().to_string(), bytes, limit };
    if about.len() > limit {
        return Err(too_large(about.len()));
    }
    let mut bytes = Vec::with_capacity(about.len() as usize);
    file.take(limit + 1).read_to_end(&mut bytes).map_err(error)?;
    if bytes.len() as u64 > limit {
        return Err(too_large(bytes.len() as u64));
    }
    Ok(bytes)
}
