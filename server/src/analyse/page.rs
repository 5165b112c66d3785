//! Where a program's page lies.

use std::path::{Path, PathBuf};

use super::media;
use super::verdict::AssetPath;

/// Folders looked into, in this order.
const CANDIDATES: [&str; 5] = ["web", "static", "public", "page", "www"];

/// Folders of a Go project that are no part of a page when the package folder itself is the page folder.
pub(super) const NOT_OF_A_PAGE: [&str; 3] = ["testdata", "vendor", "third_party"];

/// Lies in every folder that `dev-server build` wrote.
pub const BUILD_MARK: &str = ".dev-server-build";

/// A folder with an `index.html`, and the assets that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageFolder {
    /// Absolute path.
    pub path: PathBuf,
    /// True when it is the folder of the Go package as well.
    pub is_package: bool,
}

impl PageFolder {
    /// The first of `web`, `static`, `public`, `page`, `www` below the package folder that has an
    /// `index.html`, else the package folder when it has one.
    pub fn of(package_folder: &Path) -> Option<Self> {
        Self::possible(package_folder).find(|page| is_file(&page.index()))
    }

    /// All places where a page could be.
    pub(super) fn possible(package_folder: &Path) -> impl Iterator<Item = Self> + '_ {
        CANDIDATES
            .iter()
            .map(|name| Self { path: package_folder.join(name), is_package: false })
            .chain([Self { path: package_folder.to_owned(), is_package: true }])
    }

    pub(super) fn index(&self) -> PathBuf {
        self.path.join("index.html")
    }

    /// Whether the folder at this path, relative to the page, is looked into once the folder above it is.
    pub(super) fn enters(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or_default();
        let of_the_package = self.is_package && NOT_OF_A_PAGE.contains(&name);
        // Own output holds a copy of the page.
        let own_output = is_file(&self.path.join(path).join(BUILD_MARK));
        !(name.starts_with('.') || name == "node_modules" || of_the_package || own_output)
    }

    /// The path relative to the page when the file is one that a page may load, by its name.
    pub(super) fn asset(&self, file: &Path) -> Option<AssetPath> {
        let relative = file.strip_prefix(&self.path).ok()?.to_str()?;
        let (folders, name) =
            relative.rsplit_once('/').map_or(("", relative), |(folders, name)| (folders, name));
        let ends = folders.match_indices('/').map(|(end, _)| end).chain([folders.len()]);
        let entered = folders.is_empty() || ends.into_iter().all(|end| self.enters(&folders[..end]));
        (entered && media::type_of(name).is_some()).then(|| AssetPath(relative.to_owned()))
    }
}

/// Not through a link: such a page would not be in its own manifest.
fn is_file(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_folder_with_an_index_is_the_page() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(PageFolder::of(folder.path()), None);
        std::fs::write(folder.path().join("index.html"), "").unwrap();
        assert!(PageFolder::of(folder.path()).unwrap().is_package);
        for name in ["www", "static"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
            std::fs::write(folder.path().join(name).join("index.html"), "").unwrap();
            assert_eq!(PageFolder::of(folder.path()).unwrap().path, folder.path().join(name));
        }
        std::fs::create_dir(folder.path().join("web")).unwrap();
        assert_eq!(PageFolder::of(folder.path()).unwrap().path, folder.path().join("static"));
    }

    #[test]
    fn what_a_build_wrote_is_no_part_of_the_page() {
        let folder = tempfile::tempdir().unwrap();
        let page = PageFolder { path: folder.path().to_owned(), is_package: true };
        let written = folder.path().join("out/site");
        std::fs::create_dir_all(&written).unwrap();
        assert!(page.asset(&written.join("a.css")).is_some());
        std::fs::write(written.join(BUILD_MARK), "").unwrap();
        assert_eq!(page.asset(&written.join("a.css")), None);
        assert_eq!(page.asset(&written.join("img/a.png")), None);
        assert!(page.asset(&folder.path().join("out/a.css")).is_some());
    }

    #[test]
    fn assets_are_told_by_name_and_folder() {
        let page = PageFolder { path: "/p".into(), is_package: true };
        for (file, expected) in [
            ("/p/style.css", Some("style.css")),
            ("/p/img/a.png", Some("img/a.png")),
            ("/p/main.go", None),
            ("/p/.env.json", None),
            ("/p/testdata/a.png", None),
            ("/p/node_modules/a.js", None),
            ("/p-secret/a.png", None),
        ] {
            assert_eq!(
                page.asset(Path::new(file)),
                expected.map(|path| AssetPath(path.to_owned())),
                "{file}"
            );
        }
    }
}
