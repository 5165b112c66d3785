//! The files of a new project, as they were when this program was compiled.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::module_path::ModulePath;

/// The project that `new` writes. A file may end in `.template` so that `go` and editors of this repository do not
/// take it for what it becomes.
static COUNTER: Dir = include_dir!("$CARGO_MANIFEST_DIR/templates/counter");

/// The module that keeps state when the code is replaced; every project carries a copy until it is published.
static SDK: Dir = include_dir!("$CARGO_MANIFEST_DIR/../sdk");

/// Where the copy of the SDK lies in a project, as its go.mod says.
const SDK_FOLDER: &str = "third_party/devserver.dev/live";

/// What tests the SDK is of no use in a project.
const SDK_TESTS: [&str; 2] = ["_test.go", "testdata"];

/// A file to write.
#[derive(Debug)]
pub(super) struct SkeletonFile {
    /// Relative to the project.
    pub(super) path: PathBuf,
    pub(super) content: Vec<u8>,
}

/// All files of a new project.
pub(super) fn files(module: &ModulePath) -> Vec<SkeletonFile> {
    let name = module.as_str().rsplit('/').next().unwrap_or_default();
    let filled = |file: &include_dir::File| match file.contents_utf8() {
        Some(text) => text.replace("{{module}}", module.as_str()).replace("{{name}}", name).into_bytes(),
        None => file.contents().to_vec(),
    };
    let project = all(&COUNTER)
        .into_iter()
        .map(|file| SkeletonFile { path: destination(file.path()), content: filled(file) });
    let sdk = all(&SDK).into_iter().filter(|file| !is_test(file.path())).map(|file| SkeletonFile {
        path: Path::new(SDK_FOLDER).join(file.path()),
        content: file.contents().to_vec(),
    });
    project.chain(sdk).collect()
}

fn all<'a>(folder: &'a Dir<'a>) -> Vec<&'a include_dir::File<'a>> {
    let mut found: Vec<_> = folder.files().collect();
    for inner in folder.dirs() {
        found.extend(all(inner));
    }
    found
}

/// A template's name without what hides it here: `go.mod.template`, `gitignore.template`.
fn destination(path: &Path) -> PathBuf {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return path.to_owned() };
    match name.strip_suffix(".template") {
        Some("gitignore") => path.with_file_name(".gitignore"),
        Some(name) => path.with_file_name(name),
        None => path.to_owned(),
    }
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| {
        let name = part.as_os_str().to_string_lossy();
        SDK_TESTS.iter().any(|test| name.ends_with(test))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn written() -> Vec<SkeletonFile> {
        files(&ModulePath::check("example.com/me/clicks").unwrap())
    }

    fn text(path: &str) -> String {
        let found = written().into_iter().find(|file| file.path == Path::new(path));
        String::from_utf8(found.unwrap_or_else(|| panic!("{path} is missing")).content).unwrap()
    }

    #[test]
    fn templates_are_filled_in_and_lose_their_ending() {
        let go_mod = text("go.mod");
        assert!(go_mod.starts_with("module example.com/me/clicks\n"), "{go_mod}");
        assert!(go_mod.contains(&format!("replace devserver.dev/live => ./{SDK_FOLDER}")), "{go_mod}");
        assert!(text("page/index.html").contains("<title>clicks</title>"));
        assert!(text(".gitignore").contains("/dist/"));
        for file in written() {
            let text = String::from_utf8_lossy(&file.content);
            assert!(!text.contains("{{"), "{} has a gap", file.path.display());
            assert!(file.path.extension().is_none_or(|ending| ending != "template"), "{file:?}");
        }
    }

    #[test]
    fn the_sdk_comes_without_its_tests() {
        let go_mod = text(&format!("{SDK_FOLDER}/go.mod"));
        assert!(go_mod.starts_with("module devserver.dev/live\n"), "{go_mod}");
        assert!(written().iter().all(|file| !is_test(&file.path)));
        assert!(is_test(Path::new("livejson/livejson_test.go")) && is_test(Path::new("testdata/x/main.go")));
    }

    /// The settings that the template shows are commented out; each must be one that a project may set.
    #[test]
    fn every_key_that_the_template_shows_is_taken() {
        let shown = text("dev-server.toml");
        let active: Vec<&str> = shown
            .lines()
            .filter_map(|line| line.strip_prefix("# "))
            .filter(|line| line.starts_with('[') || line.contains(" = "))
            .filter(|line| !line.starts_with(char::is_uppercase))
            .collect();
        assert!(active.len() > 3, "{active:?}");
        let active = active.join("\n");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(crate::config::PROJECT_FILE), &active).unwrap();
        let environment = crate::environment::Environment {
            home: folder.path().join("home"),
            ..crate::environment::Environment::default()
        };
        crate::config::load(folder.path(), &environment).unwrap_or_else(|error| panic!("{error}\n{active}"));
    }

    /// The compiler does not see when a file is added to a folder that was embedded; this test does.
    #[test]
    fn what_is_embedded_is_what_lies_in_the_folders() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for (embedded, folder) in [(&COUNTER, root.join("templates/counter")), (&SDK, root.join("../sdk"))] {
            let names: BTreeSet<PathBuf> =
                all(embedded).into_iter().map(|file| file.path().to_owned()).collect();
            let on_disk: BTreeSet<PathBuf> = walkdir::WalkDir::new(&folder)
                .into_iter()
                .map(Result::unwrap)
                .filter(|entry| entry.file_type().is_file())
                .map(|entry| entry.path().strip_prefix(&folder).unwrap().to_owned())
                .collect();
            assert_eq!(names, on_disk, "touch server/src/commands/new/skeleton.rs and compile again");
        }
    }
}
