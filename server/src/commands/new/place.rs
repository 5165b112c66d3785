//! Puts all files of a project in their place, or none.

use std::io;
use std::path::{Path, PathBuf};

use super::skeleton::SkeletonFile;

/// The project was not written; nothing is left of it.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlaceError {
    /// Something lies there.
    #[error("{0} is not empty")]
    NotEmpty(PathBuf),
    /// It is a file or something else.
    #[error("{0} exists and is no folder")]
    NoFolder(PathBuf),
    /// The system does not allow it.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Writes the files into `folder`, an absolute path, which must not exist or be empty.
pub(super) fn put(folder: &Path, files: &[SkeletonFile]) -> Result<(), PlaceError> {
    let fail = |source| PlaceError::Write { path: folder.to_owned(), source };
    match std::fs::read_dir(folder) {
        // An empty folder may be the working directory of a shell or a mount: it has to stay, so it is filled.
        Ok(mut entries) => match entries.next() {
            Some(_) => Err(PlaceError::NotEmpty(folder.to_owned())),
            None => fill(folder, files),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let parent = folder.parent().unwrap_or(Path::new("/"));
            std::fs::create_dir_all(parent).map_err(fail)?;
            let beside = temporary(parent)?;
            write_all(&beside.path().join("project"), files)?;
            std::fs::rename(beside.path().join("project"), folder).map_err(fail)
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(PlaceError::NoFolder(folder.to_owned()))
        }
        Err(source) => Err(fail(source)),
    }
}

/// Writes within the folder and moves the entries up; what was moved is taken back when one cannot be.
fn fill(folder: &Path, files: &[SkeletonFile]) -> Result<(), PlaceError> {
    let fail = |source| PlaceError::Write { path: folder.to_owned(), source };
    let inside = temporary(folder)?;
    let project = inside.path().join("project");
    write_all(&project, files)?;
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&project).map_err(fail)? {
        names.push(entry.map_err(fail)?.file_name());
    }
    // The last one makes it a module: until then nothing takes the folder for a project.
    names.sort_by_key(|name| name == "go.mod");
    for (count, name) in names.iter().enumerate() {
        if let Err(source) = std::fs::rename(project.join(name), folder.join(name)) {
            for moved in &names[..count] {
                // Into the temporary folder, which is removed with all that it holds.
                let _ = std::fs::rename(folder.join(moved), project.join(moved));
            }
            return Err(fail(source));
        }
    }
    Ok(())
}

/// On the same file system as its neighbours, so that a rename works.
fn temporary(parent: &Path) -> Result<tempfile::TempDir, PlaceError> {
    tempfile::Builder::new()
        .prefix(".dev-server-new-")
        .tempdir_in(parent)
        .map_err(|source| PlaceError::Write { path: parent.to_owned(), source })
}

fn write_all(root: &Path, files: &[SkeletonFile]) -> Result<(), PlaceError> {
    for file in files {
        let path = root.join(&file.path);
        let written = std::fs::create_dir_all(path.parent().unwrap_or(root))
            .and_then(|()| std::fs::write(&path, &file.content));
        written.map_err(|source| PlaceError::Write { path, source })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> SkeletonFile {
        SkeletonFile { path: path.into(), content: path.as_bytes().to_vec() }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_folder_and_an_empty_one_are_filled_without_a_rest() {
        let home = tempfile::tempdir().unwrap();
        for folder in ["new/deep", "there"] {
            let folder = home.path().join(folder);
            if folder.ends_with("there") {
                std::fs::create_dir(&folder).unwrap();
            }
            put(&folder, &[file("go.mod"), file("page/index.html")]).unwrap();
            assert_eq!(names(&folder), ["go.mod", "page"]);
            assert_eq!(std::fs::read(folder.join("page/index.html")).unwrap(), b"page/index.html");
        }
        assert_eq!(names(home.path()), ["new", "there"]);
        assert_eq!(names(&home.path().join("new")), ["deep"]);
    }

    #[test]
    fn what_is_there_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("mine"), "text").unwrap();
        let error = put(home.path(), &[file("go.mod")]).unwrap_err();
        assert!(matches!(error, PlaceError::NotEmpty(_)), "{error}");
        let error = put(&home.path().join("mine"), &[file("go.mod")]).unwrap_err();
        assert!(matches!(error, PlaceError::NoFolder(_)), "{error}");
        assert_eq!(names(home.path()), ["mine"]);
    }

    #[test]
    fn a_failure_leaves_nothing_behind() {
        let home = tempfile::tempdir().unwrap();
        // The second file cannot be written where the first one is.
        let impossible = [file("a"), file("a/b")];
        let error = put(&home.path().join("new"), &impossible).unwrap_err();
        assert!(matches!(error, PlaceError::Write { .. }), "{error}");
        std::fs::create_dir(home.path().join("there")).unwrap();
        put(&home.path().join("there"), &impossible).unwrap_err();
        assert_eq!(names(home.path()), ["there"]);
        assert!(names(&home.path().join("there")).is_empty());
    }
}
