//! A copy of a project that can be edited, with the same meaning as the original.

use std::io;
use std::path::{Component, Path, PathBuf};

/// Folders that decide nothing about a Go program and may be large.
const LEFT_OUT: &[&str] = &["node_modules", "target"];

/// Beyond these the folder is hardly the module of one program, and copying it would fill the disk.
const MOST_FILES: usize = 50_000;
const MOST_BYTES: u64 = 1 << 30;

/// A module in a temporary folder, which is removed when this is dropped.
#[derive(Debug)]
pub(super) struct ProjectCopy {
    // Held for its Drop.
    _holder: tempfile::TempDir,
    /// The folder that was asked for, in the copy.
    pub(super) folder: PathBuf,
    /// Folders outside the copy that it refers to.
    pub(super) outside: Vec<PathBuf>,
}

/// The project cannot be copied.
#[derive(Debug, thiserror::Error)]
pub(super) enum CopyError {
    /// No go.mod in the folder or above it.
    #[error("there is no go.mod in {0} or above it")]
    NoModule(PathBuf),
    /// A file cannot be read or written.
    #[error("cannot copy {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Too much.
    #[error("{0} holds more than {MOST_FILES} files or 1 GiB")]
    TooLarge(PathBuf),
}

impl CopyError {
    /// What the user can do about it.
    pub(super) fn hint(&self) -> String {
        match self {
            Self::NoModule(_) => "name the folder of a Go module".to_owned(),
            Self::Io { .. } => {
                "check that the file can be read and that the temporary folder has room".to_owned()
            }
            Self::TooLarge(_) => "name a smaller project".to_owned(),
        }
    }
}

impl ProjectCopy {
    /// Copies the module around `folder`. Paths in go.mod and go.work that lead out of it become absolute.
    pub(super) fn make(folder: &Path) -> Result<Self, CopyError> {
        let fail = |path: &Path| {
            let path = path.to_owned();
            move |source| CopyError::Io { path, source }
        };
        let folder = folder.canonicalize().map_err(fail(folder))?;
        let module = folder
            .ancestors()
            .find(|ancestor| ancestor.join("go.mod").is_file())
            .ok_or_else(|| CopyError::NoModule(folder.clone()))?;
        let holder = tempfile::Builder::new().prefix("dev-server-bench-").tempdir();
        let holder = holder.map_err(fail(&std::env::temp_dir()))?;
        let above = holder.path().canonicalize().map_err(fail(holder.path()))?;
        // A folder of its own, so that a go.work can lie above it as it may above the original.
        let root = above.join("module");
        copy_tree(module, &root)?;
        let mut outside = Vec::new();
        let go_mod = root.join("go.mod");
        rewrite(&go_mod, &go_mod, &|path| leads_out(module, module, path), &mut outside)?;
        if let Some(workspace) = module.ancestors().find(|ancestor| ancestor.join("go.work").is_file()) {
            let place = if workspace == module { &root } else { &above };
            let moved = |path: &str| {
                if normal(&workspace.join(path)) == module {
                    return Some(root.clone());
                }
                leads_out(workspace, module, path)
            };
            rewrite(&workspace.join("go.work"), &place.join("go.work"), &moved, &mut outside)?;
        }
        outside.retain(|path| !path.starts_with(&root));
        let inner = folder.strip_prefix(module).unwrap_or(Path::new("")).to_owned();
        // Joining an empty path would add a slash.
        let folder = if inner.as_os_str().is_empty() { root } else { root.join(inner) };
        Ok(Self { _holder: holder, folder, outside })
    }
}

/// The absolute form of a relative path that leads out of the module; `None` when it is fine as it is.
fn leads_out(base: &Path, module: &Path, path: &str) -> Option<PathBuf> {
    let target = normal(&base.join(path));
    (base != module || !target.starts_with(module)).then_some(target)
}

/// Without `.` and `..`, by the text alone, as `go` reads such paths.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// Copies a go.mod or go.work and puts what `moved` gives in place of relative paths.
fn rewrite(
    from: &Path,
    to: &Path,
    moved: &dyn Fn(&str) -> Option<PathBuf>,
    outside: &mut Vec<PathBuf>,
) -> Result<(), CopyError> {
    let fail = |source| CopyError::Io { path: from.to_owned(), source };
    let text = std::fs::read_to_string(from).map_err(fail)?;
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        out.push_str(&rewrite_line(line, moved, outside));
        out.push('\n');
    }
    std::fs::write(to, out).map_err(fail)
}

/// A path is the last word of its line: `replace a => ../b`, `use ./c`, or `../d` alone in a block.
fn rewrite_line(line: &str, moved: &dyn Fn(&str) -> Option<PathBuf>, outside: &mut Vec<PathBuf>) -> String {
    let (code, comment) = line.find("//").map_or((line, ""), |at| line.split_at(at));
    let trimmed = code.trim_end();
    let start = if let Some(rest) = trimmed.strip_suffix(['"', '`']) {
        rest.rfind(['"', '`'])
    } else {
        Some(trimmed.rfind(char::is_whitespace).map_or(0, |at| at + 1))
    };
    let Some(start) = start else { return line.to_owned() };
    let path = trimmed[start..].trim_matches(['"', '`']);
    let relative = path == "." || path == ".." || path.starts_with("./") || path.starts_with("../");
    let Some(target) = relative.then(|| moved(path)).flatten() else { return line.to_owned() };
    let quoted = format!("{:?}", target.display().to_string());
    outside.push(target);
    format!("{}{quoted} {comment}", &trimmed[..start]).trim_end().to_owned()
}

/// Plain files and folders; links and hidden entries are left out, and so is nothing that a build reads: `go` ignores
/// hidden folders as well.
fn copy_tree(from: &Path, to: &Path) -> Result<(), CopyError> {
    let (mut files, mut bytes) = (0, 0);
    let walk = walkdir::WalkDir::new(from).into_iter().filter_entry(|entry| {
        let name = entry.file_name().to_string_lossy();
        entry.depth() == 0 || !(name.starts_with('.') || LEFT_OUT.contains(&name.as_ref()))
    });
    for entry in walk {
        let entry = entry.map_err(|error| CopyError::Io {
            path: error.path().unwrap_or(from).to_owned(),
            source: error.into(),
        })?;
        let fail = |source| CopyError::Io { path: entry.path().to_owned(), source };
        let target = to.join(entry.path().strip_prefix(from).unwrap_or(Path::new("")));
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(&target).map_err(fail)?;
        } else if entry.file_type().is_file() {
            files += 1;
            bytes += std::fs::copy(entry.path(), &target).map_err(fail)?;
        }
        if files > MOST_FILES || bytes > MOST_BYTES {
            return Err(CopyError::TooLarge(from.to_owned()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn a_copy_has_the_files_and_refers_to_the_same_neighbours() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path().canonicalize().unwrap();
        let module = home.join("work/app");
        write(
            &module.join("go.mod"),
            "module a.test/app\n\ngo 1.24\n\nreplace a.test/sdk => ../../sdk // beside\n\nreplace (\n\
             \ta.test/in v1.0.0 => ./third_party/in\n\ta.test/q => \"../with space\"\n)\n",
        );
        write(&module.join("cmd/web/main.go"), "package main\n");
        write(&module.join("third_party/in/go.mod"), "module a.test/in\n");
        write(&module.join(".git/config"), "secret");
        write(&module.join("node_modules/x/index.js"), "x");
        std::os::unix::fs::symlink("/etc/hostname", module.join("link")).unwrap();

        let copy = ProjectCopy::make(&module.join("cmd/web")).unwrap();
        let root = copy.folder.parent().unwrap().parent().unwrap();
        assert!(copy.folder.join("main.go").is_file());
        assert!(!root.join(".git").exists() && !root.join("node_modules").exists());
        assert!(root.join("link").symlink_metadata().is_err());
        let text = std::fs::read_to_string(root.join("go.mod")).unwrap();
        assert!(text.contains(&format!("=> \"{}\" // beside\n", home.join("sdk").display())), "{text}");
        assert!(text.contains("=> ./third_party/in\n"), "{text}");
        assert_eq!(copy.outside, [home.join("sdk"), home.join("work/with space")]);
        let path = root.to_owned();
        drop(copy);
        assert!(!path.exists());
        let original = std::fs::read_to_string(module.join("go.mod")).unwrap();
        assert!(original.contains("=> ../../sdk"), "the original is as it was");
    }

    #[test]
    fn a_workspace_goes_on_with_the_copy_in_place_of_the_module() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path().canonicalize().unwrap();
        write(&home.join("go.work"), "go 1.24\n\nuse (\n\t./app\n\t./library\n)\n");
        write(&home.join("app/go.mod"), "module a.test/app\n");
        write(&home.join("library/go.mod"), "module a.test/library\n");
        let copy = ProjectCopy::make(&home.join("app")).unwrap();
        let text = std::fs::read_to_string(copy.folder.parent().unwrap().join("go.work")).unwrap();
        assert!(text.contains(&format!("\t\"{}\"\n", copy.folder.display())), "{text}");
        assert!(text.contains(&format!("\t\"{}\"\n", home.join("library").display())), "{text}");
        assert_eq!(copy.outside, [home.join("library")]);
    }

    #[test]
    fn without_a_module_there_is_nothing_to_copy() {
        let home = tempfile::tempdir().unwrap();
        let error = ProjectCopy::make(home.path()).unwrap_err();
        assert!(matches!(error, CopyError::NoModule(_)), "{error}");
    }
}
