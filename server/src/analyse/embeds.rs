//! Which folders have to be watched so that new files for `//go:embed` are seen.

use std::path::{Component, Path};

use crate::watch::{Takes, WatchedFolder};

/// The folder and the rest of each pattern of a package.
pub(super) fn folders(package_folder: &Path, patterns: &[String]) -> Vec<WatchedFolder> {
    patterns.iter().filter_map(|pattern| folder(package_folder, pattern)).collect()
}

fn folder(package_folder: &Path, pattern: &str) -> Option<WatchedFolder> {
    let (prefix, plain) = match pattern.strip_prefix("all:") {
        Some(plain) => ("all:", plain),
        None => ("", pattern),
    };
    // A pattern that leads out of the package is refused elsewhere, and must not be watched either.
    Path::new(plain)
        .components()
        .all(|component| matches!(component, Component::Normal(_) | Component::CurDir))
        .then_some(())?;
    let parts: Vec<&str> = plain.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let literal = parts.iter().take_while(|part| !part.contains(['*', '?', '[', '\\'])).count();
    let whole = package_folder.join(parts.join("/"));
    if literal == parts.len() && whole.is_dir() {
        let takes = Takes::Embedded(vec![format!("{prefix}*")]);
        return Some(WatchedFolder { path: whole, recursive: true, takes });
    }
    // The last part is kept as a pattern: a file that is missing now is one that is waited for.
    let fixed = literal.min(parts.len().saturating_sub(1));
    let (path, rest) = parts.split_at(fixed);
    Some(WatchedFolder {
        path: package_folder.join(path.join("/")),
        recursive: true,
        takes: Takes::Embedded(vec![format!("{prefix}{}", rest.join("/"))]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_split_into_a_folder_and_what_it_takes() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("static")).unwrap();
        for (pattern, path, rest) in [
            ("static", "static", "*"),
            ("all:static", "static", "all:*"),
            ("a.txt", "", "a.txt"),
            ("data/*.txt", "data", "*.txt"),
            ("data/x/a.txt", "data/x", "a.txt"),
            ("*/b/c", "", "*/b/c"),
        ] {
            let found = super::folder(folder.path(), pattern).unwrap();
            assert_eq!(found.path, folder.path().join(path), "{pattern}");
            assert_eq!(found.takes, Takes::Embedded(vec![rest.to_owned()]), "{pattern}");
        }
        assert_eq!(super::folder(folder.path(), "../../etc/passwd"), None);
        assert_eq!(super::folder(folder.path(), "/etc/passwd"), None);
    }
}
