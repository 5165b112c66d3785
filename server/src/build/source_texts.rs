//! Which texts a module was made from: one small file per module, beside the blobs with the texts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::content::{BlobStore, ContentHash};

/// Files of one module that are remembered; a program of more is shown without the rest.
const MOST_FILES: usize = 10_000;

/// Longest text that is kept.
const LONGEST: u64 = 8 << 20;

const FOLDER: &str = "sources";

/// What stands before the files of a module that is a patch, and of one that is not.
const KINDS: [&str; 2] = ["patch", "whole"];

/// Texts of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SourceTexts {
    /// The module replaces functions of another one.
    pub(super) patch: bool,
    /// What each file contained.
    pub(super) files: BTreeMap<PathBuf, ContentHash>,
}

impl SourceTexts {
    /// Keeps the texts and that `module` is made from them. Files that are other ones by now are left out.
    pub(super) fn keep(mut self, module: ContentHash, cache: &Path, blobs: &BlobStore) -> io::Result<()> {
        self.files.retain(|path, hash| is_go(path) && (blobs.contains(*hash) || put(path, *hash, blobs)));
        let mut text = format!("{}\n", KINDS[usize::from(!self.patch)]);
        for (path, hash) in self.files.iter().take(MOST_FILES) {
            if let Some(path) = path.to_str().filter(|path| !path.contains('\n')) {
                let _ = writeln!(text, "{hash} {path}");
            }
        }
        let folder = cache.join(FOLDER);
        fs::create_dir_all(&folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&folder)?;
        file.write_all(text.as_bytes())?;
        file.persist(folder.join(module.to_string())).map_err(|error| error.error)?;
        Ok(())
    }

    /// Of a module; `None` when they were never kept, or are gone.
    pub(super) fn of(module: ContentHash, cache: &Path) -> Option<Self> {
        let text = fs::read_to_string(cache.join(FOLDER).join(module.to_string())).ok()?;
        let (kind, lines) = text.split_once('\n')?;
        let file = |line: &str| {
            let (hash, path) = line.split_once(' ')?;
            Some((PathBuf::from(path), hash.parse().ok()?))
        };
        Some(Self { patch: kind == KINDS[0], files: lines.lines().filter_map(file).collect() })
    }

    /// Forgets those of which texts are gone.
    pub(super) fn prune(cache: &Path, blobs: &BlobStore) -> io::Result<()> {
        let folder = match fs::read_dir(cache.join(FOLDER)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            folder => folder?,
        };
        for entry in folder.flatten() {
            let named = entry.file_name().to_string_lossy().parse().ok();
            let texts = named.filter(|module| blobs.contains(*module));
            let texts = texts.and_then(|module| Self::of(module, cache));
            if !texts.is_some_and(|texts| texts.files.values().all(|hash| blobs.contains(*hash))) {
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(())
    }
}

/// A text as it is now, when that is what it was.
fn put(path: &Path, wanted: ContentHash, blobs: &BlobStore) -> bool {
    matches!(blobs.put_file(path, LONGEST), Ok(Some(hash)) if hash == wanted)
}

fn is_go(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "go")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_kept_as_they_were_and_forgotten_with_their_blobs() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = BlobStore::open(folder.path().join("blobs")).unwrap();
        let cache = folder.path().join("cache");
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            (path, ContentHash::of(text.as_bytes()))
        };
        let module = blobs.put(b"module").unwrap();
        let kept = [file("a.go", "one"), file("b c.go", "two")];
        let overtaken = (file("d.go", "three").0, ContentHash::of(b"as it was built"));
        let mut files = BTreeMap::from(kept.clone());
        files.extend([overtaken, file("go.mod", "module x")]);
        SourceTexts { patch: true, files }.keep(module, &cache, &blobs).unwrap();
        let found = SourceTexts::of(module, &cache).unwrap();
        assert_eq!(found, SourceTexts { patch: true, files: BTreeMap::from(kept.clone()) });
        // What is in the store already needs no file.
        fs::remove_file(&kept[0].0).unwrap();
        let other = blobs.put(b"other").unwrap();
        SourceTexts { patch: false, files: BTreeMap::from(kept.clone()) }
            .keep(other, &cache, &blobs)
            .unwrap();
        assert_eq!(SourceTexts::of(other, &cache).unwrap().files.len(), 2);
        SourceTexts::prune(&cache, &blobs).unwrap();
        assert!(SourceTexts::of(other, &cache).is_some());
        fs::remove_file(blobs.path(kept[0].1)).unwrap();
        SourceTexts::prune(&cache, &blobs).unwrap();
        assert_eq!((SourceTexts::of(other, &cache), SourceTexts::of(module, &cache)), (None, None));
    }
}
