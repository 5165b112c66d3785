//! What the files of a program contain as the warm compiler has them, and what differs from it now.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::HotError;
use crate::content::ContentHash;

/// What each file contains, by hash.
pub(super) type Contents = BTreeMap<PathBuf, ContentHash>;

/// Texts that the compiler lacks.
#[derive(Debug, Default)]
pub(super) struct Difference {
    /// Go files with their texts now.
    pub(super) changed: Vec<(PathBuf, Vec<u8>)>,
    /// Files came or went, or one changed that is no Go file: the packages have to be listed anew.
    pub(super) list: bool,
}

/// Reads what differs between two states. A file that does not say what it should was written in between.
pub(super) fn difference(known: &Contents, wanted: &Contents) -> Result<Difference, HotError> {
    let mut difference = Difference { list: !known.keys().eq(wanted.keys()), ..Difference::default() };
    for (path, hash) in wanted {
        if known.get(path) == Some(hash) {
            continue;
        }
        if is_go(path) {
            let text = std::fs::read(path).map_err(|_| HotError::Overtaken)?;
            if ContentHash::of(&text) != *hash {
                return Err(HotError::Overtaken);
            }
            difference.changed.push((path.clone(), text));
        } else {
            difference.list = true;
        }
    }
    Ok(difference)
}

fn is_go(path: &Path) -> bool {
    path.extension() == Some(OsStr::new("go"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_read_and_what_was_written_meanwhile_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            (path, ContentHash::of(text.as_bytes()))
        };
        let known = Contents::from([file("a.go", "one"), file("b.go", "one"), file("go.mod", "one")]);
        let mut wanted = known.clone();
        wanted.extend([file("b.go", "two")]);
        let found = difference(&known, &wanted).unwrap();
        assert_eq!(found.changed, [(folder.path().join("b.go"), b"two".to_vec())]);
        assert!(!found.list);

        wanted.extend([file("c.go", "new")]);
        assert!(difference(&known, &wanted).unwrap().list, "a file came");
        wanted.remove(&folder.path().join("c.go"));
        wanted.extend([file("go.mod", "two")]);
        assert!(difference(&known, &wanted).unwrap().list, "another module file");

        file("b.go", "three");
        assert!(matches!(difference(&known, &wanted), Err(HotError::Overtaken)));
    }
}
