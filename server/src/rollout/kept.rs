//! What is in force, on disk: it outlives the server, and so does its number, which only grows.

use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use gray_release::{Document, Format, LONGEST_DOCUMENT};
use serde::Deserialize;

/// A document as the file of the project declares it, and as it was changed since.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) declared: Document,
    pub(super) now: Document,
}

#[derive(Deserialize)]
struct Shape {
    declared: serde_json::Value,
    now: serde_json::Value,
}

/// Reads what an earlier run has kept; nothing when it kept nothing.
pub(super) fn read(path: &Path) -> io::Result<Option<Kept>> {
    let mut text = String::new();
    match std::fs::File::open(path) {
        Ok(file) => file.take(3 * LONGEST_DOCUMENT as u64).read_to_string(&mut text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let shape: Shape = serde_json::from_str(&text)?;
    let document =
        |value: serde_json::Value| Document::read(&value.to_string(), Format::Json).map_err(io::Error::other);
    Ok(Some(Kept { declared: document(shape.declared)?, now: document(shape.now)? }))
}

/// The whole file appears at once, so that a server that is killed leaves the old one or the new one.
pub(super) fn write(path: &Path, kept: &Kept) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(file, "{{\"declared\":{},\"now\":{}}}", kept.declared.to_json(), kept.now.to_json())?;
    file.persist(path)?;
    Ok(())
}
