//! Rules about what a project may ask a build to do. They are checked before and after `go list`, and by
//! reading only: nothing that a project names is ever run.

use std::path::{Component, Path, PathBuf};

use super::LoadOptions;
use super::graph::Places;
use super::header::{self, Header};
use super::list::Package;
use super::module_file::{ReferenceKind, references};
use crate::diagnostic::{Diagnostic, Origin, Position, Severity};

/// What may be built: the project's root and what the user trusts.
pub(super) struct Fence<'a> {
    options: &'a LoadOptions,
    root: PathBuf,
    trusted: Vec<PathBuf>,
}

impl<'a> Fence<'a> {
    pub(super) fn new(options: &'a LoadOptions, places: &Places) -> Self {
        let trusted = options.trusted_folders.iter().map(|folder| real(folder)).collect();
        Self { options, root: real(&places.root), trusted }
    }

    fn holds(&self, path: &Path) -> bool {
        let path = real(path);
        path.starts_with(&self.root) || self.trusted.iter().any(|folder| path.starts_with(folder))
    }

    /// Looks at the module files before the go command does.
    pub(super) fn check_module_files(&self, places: &Places) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let mut modules = vec![places.module_root.join("go.mod")];
        if let Some(workspace) = &places.workspace {
            if !self.holds(workspace) {
                let message = format!("{} lies outside the project root", workspace.display());
                found.push(self.outside(message, workspace.parent().unwrap_or(workspace)));
                return found;
            }
            self.check_module_file(workspace, &mut found, &mut modules);
        }
        modules.sort();
        modules.dedup();
        for module in modules {
            self.check_module_file(&module, &mut found, &mut Vec::new());
        }
        found
    }

    fn check_module_file(&self, file: &Path, found: &mut Vec<Diagnostic>, modules: &mut Vec<PathBuf>) {
        // A file that is missing or unreadable is the go command's to complain about.
        let Ok(text) = std::fs::read_to_string(file) else { return };
        let parent = file.parent().unwrap_or(file);
        for reference in references(&text) {
            let position = Position { file: file.to_owned(), line: reference.line, column: 0 };
            match reference.kind {
                ReferenceKind::Replace(target) | ReferenceKind::Use(target)
                    if !self.holds(&parent.join(&target)) =>
                {
                    let message = format!("{} leads out of the project root", target.display());
                    found.push(self.outside(message, &lexical(&parent.join(&target))).at(position));
                }
                ReferenceKind::Use(target) => modules.push(lexical(&parent.join(target)).join("go.mod")),
                ReferenceKind::Replace(_) => {}
                ReferenceKind::Toolchain(name) => found.extend(self.newer_toolchain(&name, position)),
            }
        }
    }

    fn outside(&self, message: String, folder: &Path) -> Diagnostic {
        Diagnostic::error(Origin::Policy, message).hint(format!(
            "the project root is {}; add {} to the key `trusted_folders` if it may be built",
            self.root.display(),
            folder.display()
        ))
    }

    /// Go with `GOTOOLCHAIN=local` neither downloads nor runs the named toolchain; that is worth a word.
    fn newer_toolchain(&self, name: &str, position: Position) -> Option<Diagnostic> {
        let wanted = version(name.strip_prefix("go")?)?;
        (wanted > version(&self.options.go_version)?).then(|| {
            let message = format!(
                "the toolchain {name} is not used: programs are built by go{}",
                self.options.go_version
            );
            Diagnostic { severity: Severity::Warning, ..Diagnostic::error(Origin::Policy, message) }
                .at(position)
                .hint("install that version of Go if the program needs it")
        })
    }

    /// Looks at the user's packages.
    pub(super) fn check_packages(&self, packages: &[Package]) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for package in packages.iter().filter(|package| package.is_own()) {
            if !self.holds(&package.dir) {
                let message = format!("package {} lies outside the project root", package.import_path);
                found.push(self.outside(message, &package.dir));
                continue;
            }
            found.extend(package.foreign_files().map(|name| foreign(&package.dir.join(name))));
            found.extend(foreign_beside(package));
            for name in &package.go_files {
                found.extend(directives(&package.dir.join(name)));
            }
            for name in &package.ignored_go_files {
                found.extend(cgo_import(&package.dir.join(name)));
            }
            for name in &package.embed_files {
                let file = package.dir.join(name);
                if !real(&file).starts_with(real(&package.dir)) {
                    let message = format!("the embedded file {} leads out of its package", file.display());
                    found.push(
                        Diagnostic::error(Origin::Policy, message).hint("copy the file into the package"),
                    );
                }
            }
        }
        found
    }
}

fn foreign(file: &Path) -> Diagnostic {
    let position = Position { file: file.to_owned(), line: 0, column: 0 };
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    Diagnostic::error(
        Origin::Policy,
        format!("cgo is off: {name} is not Go and would be compiled or linked in"),
    )
    .at(position)
    .hint("remove the file, or keep it out with a build constraint such as `//go:build !js`")
}

/// C and SWIG files that the go command does not even list while cgo is off.
fn foreign_beside(package: &Package) -> Vec<Diagnostic> {
    const EXTENSIONS: [&str; 10] = ["c", "cc", "cpp", "cxx", "m", "f", "F", "for", "swig", "swigcxx"];
    let listed: Vec<&String> = package.foreign_files().collect();
    let Ok(entries) = std::fs::read_dir(&package.dir) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension().is_some_and(|extension| EXTENSIONS.iter().any(|known| extension == *known))
        })
        .filter(|path| !listed.iter().any(|name| path.ends_with(name)))
        .filter(|path| !is_constrained(path))
        .collect();
    files.sort();
    files.iter().map(|file| foreign(file)).collect()
}

/// Directives that only the cgo tool may write; `//line` makes the compiler believe that it did.
fn directives(file: &Path) -> Option<Diagnostic> {
    let source = std::fs::read(file).ok()?;
    let line = source
        .split(|byte| *byte == b'\n')
        .position(|line| line.trim_ascii_start().starts_with(b"//go:cgo_"))?;
    let position = Position { file: file.to_owned(), line: line as u32 + 1, column: 1 };
    Some(
        Diagnostic::error(Origin::Policy, "cgo is off: directives of cgo are not allowed in a source")
            .at(position)
            .hint("remove the //go:cgo_ line"),
    )
}

/// With cgo off the go command leaves out files that import "C" without a word, and the program that it then
/// builds lacks half of what was written. A file that says by constraint when it counts is left out on purpose.
fn cgo_import(file: &Path) -> Option<Diagnostic> {
    let source = std::fs::read(file).ok()?;
    let line = header::line_of_cgo_import(&source)?;
    if Header::of(&source).is_constrained() || is_for_another_system(file) {
        return None;
    }
    let position = Position { file: file.to_owned(), line, column: 8 };
    Some(
        Diagnostic::error(
            Origin::Policy,
            "cgo is off: import \"C\" cannot be used in a program for WebAssembly",
        )
        .at(position)
        .hint("add `//go:build cgo` to the file and offer the same functions in Go beside it"),
    )
}

fn is_constrained(file: &Path) -> bool {
    is_for_another_system(file)
        || std::fs::read(file).is_ok_and(|source| {
            source
                .split(|byte| *byte == b'\n')
                .take(50)
                .any(|line| line.trim_ascii_start().starts_with(b"//go:build"))
        })
}

/// Names such as `x_linux.c` or `x_amd64.s`.
pub(super) fn is_for_another_system(file: &Path) -> bool {
    const SYSTEMS: [&str; 22] = [
        "linux",
        "darwin",
        "windows",
        "freebsd",
        "netbsd",
        "openbsd",
        "dragonfly",
        "solaris",
        "android",
        "ios",
        "plan9",
        "aix",
        "wasip1",
        "amd64",
        "arm64",
        "arm",
        "386",
        "riscv64",
        "ppc64le",
        "s390x",
        "loong64",
        "mips64",
    ];
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    stem.rsplit('_').next().is_some_and(|last| stem.contains('_') && SYSTEMS.contains(&last))
}

/// The path with all links resolved, as far as it exists.
fn real(path: &Path) -> PathBuf {
    let path = lexical(path);
    for ancestor in path.ancestors() {
        if let Ok(resolved) = ancestor.canonicalize() {
            return match path.strip_prefix(ancestor) {
                Ok(rest) if !rest.as_os_str().is_empty() => resolved.join(rest),
                _ => resolved,
            };
        }
    }
    path
}

/// The path without `.` and `..`.
pub(super) fn lexical(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            component => out.push(component),
        }
    }
    out
}

fn version(text: &str) -> Option<Vec<u32>> {
    let text = text.trim_start_matches("go");
    let end =
        text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    text[..end].split('.').map(|part| part.parse().ok()).collect()
}
