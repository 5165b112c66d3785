//! Which paths count.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::glob::{self, embeds};
use super::{Takes, WatchSet, WatchedFolder};

/// Answers whether a path counts, without touching the file system.
#[derive(Debug, Default)]
pub(super) struct Filter {
    files: BTreeSet<PathBuf>,
    folders: BTreeMap<PathBuf, Vec<WatchedFolder>>,
    ignored: Vec<PathBuf>,
}

/// Foreign sources that `go build` would take into a package. They count because a rule refuses them: the
/// refusal has to come, and to go away, when such a file does.
const FOREIGN_SOURCES: [&str; 14] =
    ["s", "S", "sx", "c", "cc", "cpp", "cxx", "m", "f", "F", "for", "syso", "swig", "swigcxx"];

impl Filter {
    pub(super) fn new(set: &WatchSet, ignored: &[PathBuf]) -> Self {
        let mut folders: BTreeMap<PathBuf, Vec<WatchedFolder>> = BTreeMap::new();
        for folder in &set.folders {
            folders.entry(folder.path.clone()).or_default().push(folder.clone());
        }
        Self { files: set.files.clone(), folders, ignored: ignored.to_vec() }
    }

    /// True when a change of this path is to be reported.
    pub(super) fn counts(&self, path: &Path) -> bool {
        !self.is_ignored(path) && (self.files.contains(path) || self.is_taken(path))
    }

    /// True below a folder of our own output.
    pub(super) fn is_ignored(&self, path: &Path) -> bool {
        self.ignored.iter().any(|folder| path.starts_with(folder))
    }

    /// True when what is in this folder may count, so that a new one has to be looked into.
    pub(super) fn descends(&self, folder: &Path) -> bool {
        !self.is_ignored(folder)
            && folder.ancestors().any(|above| {
                self.folders.get(above).is_some_and(|entries| {
                    entries
                        .iter()
                        .any(|entry| entry.path == folder || (entry.recursive && enters(entry, folder)))
                })
            })
    }

    fn is_taken(&self, path: &Path) -> bool {
        let Some(parent) = path.parent() else { return false };
        parent.ancestors().any(|above| {
            self.folders.get(above).is_some_and(|entries| entries.iter().any(|entry| entry.takes_file(path)))
        })
    }
}

/// True when a recursive folder goes down to this one.
fn enters(entry: &WatchedFolder, folder: &Path) -> bool {
    let Ok(relative) = folder.strip_prefix(&entry.path) else { return false };
    if let Takes::Embedded(patterns) = &entry.takes {
        let relative = relative.to_str();
        return relative
            .is_some_and(|relative| patterns.iter().any(|pattern| glob::may_lead_to(pattern, relative)));
    }
    relative.components().all(|component| match &entry.takes {
        Takes::GoSources => is_go_folder(component.as_os_str()),
        Takes::Assets => is_asset_folder(component.as_os_str()),
        Takes::Embedded(_) => true,
        Takes::Everything => component.as_os_str() != ".git",
    })
}

impl WatchedFolder {
    /// True when a file of this path counts because it is in this folder.
    pub fn takes_file(&self, path: &Path) -> bool {
        path.parent().is_some_and(|parent| {
            (parent == self.path || (self.recursive && enters(self, parent))) && takes(self, path)
        })
    }
}

fn takes(entry: &WatchedFolder, path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(OsStr::to_str) else { return false };
    match &entry.takes {
        Takes::GoSources => is_go_source(name),
        Takes::Embedded(patterns) => {
            let relative = path.strip_prefix(&entry.path).ok().and_then(Path::to_str);
            !is_left_by_an_editor(name)
                && relative.is_some_and(|relative| patterns.iter().any(|pattern| embeds(pattern, relative)))
        }
        Takes::Assets => !name.starts_with('.') && !is_left_by_an_editor(name) && !is_go_source(name),
        Takes::Everything => !is_left_by_an_editor(name),
    }
}

/// What `go list ./...` would enter.
fn is_go_folder(name: &OsStr) -> bool {
    !matches!(name.to_str(), Some("node_modules" | "testdata" | "vendor"))
        && !name.as_encoded_bytes().starts_with(b".")
        && !name.as_encoded_bytes().starts_with(b"_")
}

fn is_asset_folder(name: &OsStr) -> bool {
    name != "node_modules" && !name.as_encoded_bytes().starts_with(b".")
}

fn is_go_source(name: &str) -> bool {
    if name.starts_with(['.', '_']) || name.ends_with("_test.go") {
        return false;
    }
    match name.rsplit_once('.') {
        Some((_, "go")) => true,
        Some((_, extension)) => {
            FOREIGN_SOURCES.contains(&extension)
                || matches!(name, "go.mod" | "go.sum" | "go.work" | "go.work.sum")
        }
        None => false,
    }
}

/// Files that editors make beside the one they save.
fn is_left_by_an_editor(name: &str) -> bool {
    name.ends_with('~')
        || name.ends_with("___jb_tmp___")
        || name.ends_with("___jb_old___")
        || name.starts_with(".#")
        || (name.starts_with('#') && name.ends_with('#'))
        || (name.starts_with('.') && matches!(name.rsplit_once('.'), Some((_, "swp" | "swx" | "swo"))))
        // Vim makes a file of this name, or one counted up from it, to see whether it may write here.
        || (name.len() >= 4 && name.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter() -> Filter {
        let folder = |path: &str, recursive, takes| WatchedFolder { path: path.into(), recursive, takes };
        let set = WatchSet {
            files: [PathBuf::from("/p/main.go"), PathBuf::from("/p/.hidden")].into(),
            folders: vec![
                folder("/p", false, Takes::GoSources),
                folder("/p/web", true, Takes::Assets),
                folder("/p/data", true, Takes::Embedded(vec!["*.txt".to_owned(), "sub".to_owned()])),
                folder("/q", true, Takes::GoSources),
            ],
        };
        Filter::new(&set, &[PathBuf::from("/p/web/cache")])
    }

    #[test]
    fn a_path_counts_by_name_or_by_the_folder_it_is_in() {
        for (path, expected) in [
            ("/p/main.go", true),
            ("/p/.hidden", true),
            ("/p/new.go", true),
            ("/p/new_test.go", false),
            ("/p/_old.go", false),
            ("/p/.#main.go", false),
            ("/p/main.go~", false),
            ("/p/4913", false),
            ("/p/x.syso", true),
            ("/p/go.sum", true),
            ("/p/notes.md", false),
            ("/p/sub/new.go", false),
            ("/q/sub/new.go", true),
            ("/q/testdata/new.go", false),
            ("/p/web/a/b/style.css", true),
            ("/p/web/.env", false),
            ("/p/web/node_modules/x/a.js", false),
            ("/p/web/style.css___jb_tmp___", false),
            ("/p/web/4913", false),
            ("/p/web/server.go", false),
            ("/p/web/cache/blob.wasm", false),
            ("/p/data/a.txt", true),
            ("/p/data/a.html", false),
            ("/p/data/sub/deep/a.html", true),
            ("/elsewhere/main.go", false),
        ] {
            assert_eq!(filter().counts(Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn only_folders_that_may_hold_something_are_entered() {
        for (path, expected) in [
            ("/p", true),
            ("/p/sub", false),
            ("/p/web/img", true),
            ("/p/web/.git", false),
            ("/p/web/cache/x", false),
            ("/q/a/b", true),
            ("/q/node_modules", false),
        ] {
            assert_eq!(filter().descends(Path::new(path)), expected, "{path}");
        }
    }
}
