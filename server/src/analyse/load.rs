//! Loading the package graph: places, rules, `go list`, rules again.

use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::graph::Places;
use super::list::{Listed, Package, list};
use super::policy::Fence;
use super::{LoadOptions, ProgramGraph, failures};
use crate::diagnostic::{Diagnostic, Origin, Severity};
use crate::watch::WatchSet;

/// How loading ended.
#[derive(Debug)]
pub enum LoadOutcome {
    /// There is at least one program and nothing forbids to build it.
    Loaded(ProgramGraph),
    /// There is none, or it cannot or may not be built.
    Failed(LoadFailure),
    /// The caller did not want the result any more.
    Cancelled,
}

/// Why there is no graph, and what to watch until there is one.
#[derive(Debug)]
pub struct LoadFailure {
    /// At least one error.
    pub diagnostics: Vec<Diagnostic>,
    /// Where the mend will be seen.
    pub watch_set: WatchSet,
}

impl ProgramGraph {
    /// Asks `go list` for the packages of the project.
    pub async fn load(options: &LoadOptions, cancel: &CancellationToken) -> LoadOutcome {
        let places = Places::find(&options.folder);
        let fail = |diagnostics: Vec<Diagnostic>, packages: &[Package]| {
            let watch_set = places.watch_set(&options.folder, packages);
            LoadOutcome::Failed(LoadFailure { diagnostics, watch_set })
        };
        let fence = Fence::new(options, &places);
        let (warnings, errors): (Vec<_>, Vec<_>) = fence
            .check_module_files(&places)
            .into_iter()
            .partition(|diagnostic| diagnostic.severity == Severity::Warning);
        if !errors.is_empty() {
            return fail(errors, &[]);
        }
        // The folder itself first: what else lies below it may be broken without harm.
        let mut packages = match list(options, places.workspace.as_deref(), ".", cancel).await {
            Listed::Packages(packages) => packages,
            other => return end(other, options, fail),
        };
        let mut nursery = None;
        if !packages.iter().any(|package| !package.dep_only && package.is_here(&options.folder)) {
            nursery = Some(options.folder.clone());
            packages = match list(options, places.workspace.as_deref(), "./...", cancel).await {
                Listed::Packages(packages) => packages,
                other => return end(other, options, fail),
            };
        }
        let mains: Vec<&Package> =
            packages.iter().filter(|package| !package.dep_only && package.name == "main").collect();
        let mut errors = fence.check_packages(&packages);
        // Where no program was found any error may be the reason.
        let broken = if mains.is_empty() {
            failures::of_packages(&options.folder, &packages)
        } else {
            failures::of_packages(&options.folder, mains.iter().copied())
        };
        // What a rule says about a place is said better than by the go command.
        errors.extend(broken);
        if mains.is_empty() && errors.is_empty() {
            errors.push(no_program(options, &packages));
        }
        if !errors.is_empty() {
            return fail(errors, &packages);
        }
        let mains: Vec<String> = mains.into_iter().map(|main| main.import_path.clone()).collect();
        LoadOutcome::Loaded(ProgramGraph::new(options, &places, &packages, &mains, nursery, warnings))
    }
}

fn end(
    listed: Listed,
    options: &LoadOptions,
    fail: impl Fn(Vec<Diagnostic>, &[Package]) -> LoadOutcome,
) -> LoadOutcome {
    let diagnostic = match listed {
        Listed::Cancelled => return LoadOutcome::Cancelled,
        Listed::Refused(words) => return fail(failures::refused(&options.folder, &words), &[]),
        Listed::TimedOut(after) => {
            Diagnostic::error(Origin::Loader, format!("go list did not end within {} s", after.as_secs()))
                .hint("fetch the modules once by hand: go mod download")
        }
        Listed::NotStarted(error) => Diagnostic::error(Origin::Loader, error.to_string())
            .hint("check that Go is installed: dev-server doctor"),
        // Callers have taken the packages out already.
        Listed::Packages(_) => Diagnostic::error(Origin::Loader, "go list gave no answer"),
    };
    fail(vec![diagnostic], &[])
}

fn no_program(options: &LoadOptions, packages: &[Package]) -> Diagnostic {
    let folder = options.folder.display();
    let libraries = packages.iter().filter(|package| !package.dep_only).count();
    let message = if libraries == 0 {
        format!("there is no Go package in {folder} or below that can be built for WebAssembly")
    } else {
        format!("there is no main package in {folder} or below, only {libraries} others")
    };
    Diagnostic::error(Origin::Loader, message).hint(
        "a program is a folder with a file that begins with `package main`; `dev-server new DIR` makes one",
    )
}

impl Package {
    /// True for the package in the project's folder when it makes `./...` needless: it is a program, or broken.
    fn is_here(&self, folder: &Path) -> bool {
        let here = self.dir.as_os_str().is_empty() || self.dir == folder;
        let nothing = self.error.as_ref().is_some_and(|error| {
            error.err.starts_with("no Go files in")
                || error.err.contains("build constraints exclude all Go files")
        });
        here && (self.name == "main" || (self.error.is_some() && !nothing))
    }
}

impl Places {
    /// Looks upwards from the project's folder.
    pub(super) fn find(folder: &Path) -> Self {
        let module_root = upwards(folder, "go.mod");
        let workspace = upwards(folder, "go.work");
        let root = upwards(folder, ".git").or_else(|| workspace.clone()).or_else(|| module_root.clone());
        Self {
            root: root.unwrap_or_else(|| folder.to_owned()),
            module_root: module_root.unwrap_or_else(|| folder.to_owned()),
            workspace: workspace.map(|folder| folder.join("go.work")),
        }
    }
}

fn upwards(folder: &Path, name: &str) -> Option<PathBuf> {
    folder.ancestors().find(|above| above.join(name).exists()).map(Path::to_owned)
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
