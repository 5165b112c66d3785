//! The objects that a base was linked from, read from their files.

use std::path::{Path, PathBuf};

use dev_server_proto::compiler as wire;
use hot_patch::{Library, LibraryObject, Object};

use super::HotError;

/// A file of a library, in the order of linking.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct LibraryFile {
    /// Import path; empty for what belongs to no package.
    package: String,
    path: PathBuf,
    user: bool,
    archive: bool,
}

pub(super) fn library_files(linked: &wire::Linked) -> Vec<LibraryFile> {
    let archive =
        |path: &String| LibraryFile { package: String::new(), path: path.into(), user: false, archive: true };
    linked.objects.iter().map(library_file).chain(linked.archives.iter().map(archive)).collect()
}

pub(super) fn library_file(object: &wire::LibraryObject) -> LibraryFile {
    LibraryFile {
        package: object.package.clone(),
        path: object.file.clone().into(),
        user: object.user,
        archive: false,
    }
}

pub(super) fn library(files: &[LibraryFile]) -> Result<Library, HotError> {
    let mut library = Library::default();
    for file in files {
        add(&mut library, file)?;
    }
    Ok(library)
}

pub(super) fn add(library: &mut Library, file: &LibraryFile) -> Result<(), HotError> {
    let content = read(&file.path)?;
    let path = file.path.to_string_lossy();
    if file.archive {
        return library.add_archive(&path, &content).map_err(|error| unreadable(&error));
    }
    let name = if file.package.is_empty() { path.into_owned() } else { file.package.clone() };
    let object = Object::read(&content).map_err(|error| unreadable(&error))?;
    library.add(LibraryObject { name, user: file.user, object });
    Ok(())
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, HotError> {
    std::fs::read(path).map_err(|source| HotError::File { path: path.to_owned(), source })
}

pub(super) fn unreadable(error: &dyn std::error::Error) -> HotError {
    HotError::Unsupported(error.to_string())
}
