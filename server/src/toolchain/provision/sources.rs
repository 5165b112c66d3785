//! The Go sources of the warm compiler, as they were when this program was compiled.

use std::fs;
use std::path::Path;

use include_dir::{Dir, include_dir};

use super::error::{ProvisionError, at};

static COMPILER: Dir = include_dir!("$CARGO_MANIFEST_DIR/../compiler");

/// Folders that only tests read.
const TESTS: &str = "testdata";

/// Everything that `go build` reads: path in the module, and text. In the order of the paths.
pub(super) fn all() -> Vec<(&'static Path, &'static [u8])> {
    let mut found = Vec::new();
    let mut folders = vec![&COMPILER];
    while let Some(folder) = folders.pop() {
        let files = folder.files().map(|file| (file.path(), file.contents()));
        found.extend(files.filter(|(path, _)| is_source(path)));
        folders.extend(folder.dirs().filter(|inner| !inner.path().ends_with(TESTS)));
    }
    found.sort_unstable();
    found
}

/// Writes the module.
pub(super) fn write(folder: &Path) -> Result<(), ProvisionError> {
    for (path, content) in all() {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(at(parent))?;
        }
        fs::write(&path, content).map_err(at(&path))?;
    }
    Ok(())
}

/// By what it is called: a binary or an editor's file that lies there must not come along.
fn is_source(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let source = [".go", ".mod", ".sum", ".ll"].iter().any(|ending| name.ends_with(ending));
    source && !name.ends_with("_test.go")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::recipe;
    use super::*;

    fn text(name: &str) -> &'static str {
        let found = all().into_iter().find(|(path, _)| *path == Path::new(name));
        std::str::from_utf8(found.unwrap_or_else(|| panic!("{name} is missing")).1).unwrap()
    }

    /// The compiler of this program does not see when a file is added to a folder that was embedded; this test does.
    #[test]
    fn what_is_embedded_is_what_lies_in_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../compiler");
        let on_disk: BTreeMap<_, _> = walkdir::WalkDir::new(&folder)
            .into_iter()
            .filter_entry(|entry| entry.file_name() != TESTS)
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file() && is_source(entry.path()))
            .map(|entry| {
                let name = entry.path().strip_prefix(&folder).unwrap().to_owned();
                (name, fs::read(entry.path()).unwrap())
            })
            .collect();
        let embedded: BTreeMap<_, _> =
            all().into_iter().map(|(path, content)| (path.to_owned(), content.to_vec())).collect();
        let names = |files: &BTreeMap<std::path::PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
        let advice = "touch server/src/toolchain/provision/sources.rs and compile again";
        assert_eq!(names(&embedded), names(&on_disk), "{advice}");
        assert!(embedded == on_disk, "{advice}");
    }

    #[test]
    fn tests_stay_at_home() {
        for (path, _) in all() {
            let path = path.to_string_lossy();
            assert!(!path.contains("testdata") && !path.ends_with("_test.go"), "{path}");
        }
        assert!(!is_source(Path::new("compiler")) && !is_source(Path::new("buf.gen.yaml")));
    }

    /// What the compiler is linked with, and the sources that it reads when it runs, are of one TinyGo.
    #[test]
    fn the_module_is_pinned_to_the_tinygo_that_is_made() {
        let pinned = format!("{} v{}", recipe::PACKAGE, recipe::VERSION);
        assert!(text("go.mod").contains(&pinned) && text("go.sum").contains(&pinned));
        let bindings = |module: &str| {
            let line = module.lines().find(|line| line.contains("tinygo.org/x/go-llvm")).unwrap();
            line.split_whitespace().nth(1).unwrap().to_owned()
        };
        assert_eq!(bindings(text("go.mod")), bindings(recipe::MODULE));
    }

    #[test]
    fn every_go_that_this_program_takes_can_compile_it() {
        let line = text("go.mod").lines().find_map(|line| line.strip_prefix("go ")).unwrap();
        let needed: super::super::super::GoVersion = line.parse().unwrap();
        assert!(needed.language() <= super::super::super::GoVersion::OLDEST, "{line}");
    }
}
