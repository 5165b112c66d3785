//! Which packages and files a build for some system would take, whether it may be built or not.

use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::graph::Places;
use super::header::{self, Header};
use super::list::{Listed, Package, list};
use super::policy::{Fence, is_for_another_system};
use super::{LoadOptions, failures};
use crate::diagnostic::{Diagnostic, Origin, Severity};

/// Packages of a folder and below it, and all that they import.
#[derive(Debug, Clone)]
pub struct Survey {
    /// In dependency order, without the standard library.
    pub packages: Vec<SurveyedPackage>,
    /// What is wrong with some of them.
    pub problems: Vec<Diagnostic>,
}

/// A package that is not of the standard library.
#[derive(Debug, Clone)]
pub struct SurveyedPackage {
    /// Its import path.
    pub import_path: String,
    /// Where it lies.
    pub folder: PathBuf,
    /// The module that it is a part of, with its version unless it is the user's own.
    pub module: String,
    /// Its files are the user's own.
    pub is_own: bool,
    /// It lies in the folder or below, and is a program.
    pub is_program: bool,
    /// Go files that are taken.
    pub go_files: Vec<PathBuf>,
    /// Files in other languages that are taken.
    pub foreign_files: Vec<PathBuf>,
    /// Go files that are left out for nothing but their `import "C"`.
    pub without_cgo: Vec<PathBuf>,
}

/// There is nothing to survey.
#[derive(Debug)]
pub enum SurveyError {
    /// Why; never empty.
    Failed(Vec<Diagnostic>),
    /// Nobody wanted it any more.
    Cancelled,
}

impl Survey {
    /// Asks `go list`, for the system that the environment of `options` names. Nothing is read that lies outside of the
    /// project and is not trusted.
    pub async fn of(options: &LoadOptions, cancel: &CancellationToken) -> Result<Self, SurveyError> {
        let places = Places::find(&options.folder);
        let errors: Vec<_> = Fence::new(options, &places)
            .check_module_files(&places)
            .into_iter()
            .filter(|diagnostic| diagnostic.severity == Severity::Error)
            .collect();
        if !errors.is_empty() {
            return Err(SurveyError::Failed(errors));
        }
        let failed = |message: String, hint: &str| {
            Err(SurveyError::Failed(vec![Diagnostic::error(Origin::Loader, message).hint(hint)]))
        };
        let packages = match list(options, places.workspace.as_deref(), "./...", cancel).await {
            Listed::Packages(packages) => packages,
            Listed::Cancelled => return Err(SurveyError::Cancelled),
            Listed::Refused(words) => {
                return Err(SurveyError::Failed(failures::refused(&options.folder, &words)));
            }
            Listed::TimedOut(after) => {
                let message = format!("go list did not end within {} s", after.as_secs());
                return failed(message, "fetch the modules once by hand: go mod download");
            }
            Listed::NotStarted(error) => {
                return failed(error.to_string(), "check that Go is installed: dev-server doctor");
            }
        };
        let problems =
            failures::of_packages(&options.folder, packages.iter().filter(|one| !one.is_left_out()));
        let packages =
            packages.iter().filter(|package| !package.standard && !package.dir.as_os_str().is_empty());
        Ok(Self { packages: packages.map(SurveyedPackage::of).collect(), problems })
    }
}

impl Package {
    /// That build constraints leave nothing of it is no mistake here.
    fn is_left_out(&self) -> bool {
        let only = self
            .error
            .as_ref()
            .is_some_and(|error| error.err.contains("build constraints exclude all Go files"));
        only && self.deps_errors.len() <= 1
    }
}

impl SurveyedPackage {
    fn of(package: &Package) -> Self {
        let paths = |names: &[String]| names.iter().map(|name| package.dir.join(name)).collect::<Vec<_>>();
        let module = package.module.as_ref();
        let mut go_files = paths(&package.go_files);
        go_files.extend(paths(&package.cgo_files));
        let foreign = package.foreign_files().filter(|name| !package.cgo_files.contains(name));
        let without_cgo = package.ignored_go_files.iter().filter(|name| !name.ends_with("_test.go"));
        Self {
            import_path: package.import_path.clone(),
            folder: package.dir.clone(),
            module: module.map_or_else(String::new, |module| {
                if module.version.is_empty() {
                    module.path.clone()
                } else {
                    format!("{}@{}", module.path, module.version)
                }
            }),
            is_own: package.is_own(),
            is_program: !package.dep_only && package.name == "main",
            go_files,
            foreign_files: foreign.map(|name| package.dir.join(name)).collect(),
            without_cgo: without_cgo
                .map(|name| package.dir.join(name))
                .filter(|file| wants_cgo(file))
                .collect(),
        }
    }
}

/// Is there nothing but `import "C"` that could leave the file out?
pub fn wants_cgo(file: &Path) -> bool {
    std::fs::read(file).is_ok_and(|source| {
        header::line_of_cgo_import(&source).is_some()
            && !Header::of(&source).is_constrained()
            && !is_for_another_system(file)
    })
}

#[cfg(test)]
mod tests {
    use super::super::test_project::{MAIN, MODULE, TestProject};
    use super::*;

    async fn survey(project: &TestProject, system: (&str, &str)) -> Survey {
        let mut options = project.options(".");
        options.environment.extend([("GOOS".into(), system.0.into()), ("GOARCH".into(), system.1.into())]);
        Survey::of(&options, &CancellationToken::new()).await.unwrap_or_else(|error| panic!("{error:?}"))
    }

    fn names(files: &[PathBuf]) -> Vec<&str> {
        files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect()
    }

    #[tokio::test]
    async fn a_system_takes_what_its_constraints_say() {
        let project = TestProject::with_files(&[
            ("go.mod", MODULE),
            ("main.go", MAIN),
            ("wasi.go", "//go:build wasip1\n\npackage main\n"),
            ("x_linux.go", "package main\n"),
            ("c.go", "package main\n\nimport \"C\"\n"),
            ("d.go", "//go:build cgo\n\npackage main\n\nimport \"C\"\n"),
            ("add.s", ""),
            ("lib/only_linux.go", "package lib\n"),
            ("main_test.go", "package main\n"),
        ]);
        let wasi = survey(&project, ("wasip1", "wasm")).await;
        let main = wasi.packages.iter().find(|package| package.is_program).unwrap();
        assert_eq!(names(&main.go_files), ["main.go", "wasi.go"]);
        assert_eq!((names(&main.foreign_files), names(&main.without_cgo)), (vec!["add.s"], vec!["c.go"]));
        assert_eq!(main.module, "example.test/p");
        assert!(wasi.problems.is_empty(), "{:?}", wasi.problems);
        let linux = survey(&project, ("linux", "amd64")).await;
        let all: Vec<_> = linux.packages.iter().map(|package| names(&package.go_files)).collect();
        assert_eq!(all, [vec!["main.go", "x_linux.go"], vec!["only_linux.go"]]);
    }

    #[tokio::test]
    async fn a_mistake_is_told_and_hides_nothing() {
        let project = TestProject::with_files(&[
            ("go.mod", MODULE),
            ("main.go", "package main\n\nimport \"example.test/missing\"\n\nfunc main( {\n"),
        ]);
        let found = survey(&project, ("wasip1", "wasm")).await;
        assert_eq!(names(&found.packages[0].go_files), ["main.go"]);
        assert!(!found.problems.is_empty());
    }

    #[tokio::test]
    async fn nothing_is_listed_outside_of_the_project() {
        let module = format!("{MODULE}\nreplace example.test/x => ../../outside\n");
        let project = TestProject::with_files(&[("go.mod", &module), ("main.go", MAIN)]);
        let outcome = Survey::of(&project.options("."), &CancellationToken::new()).await;
        assert!(matches!(outcome, Err(SurveyError::Failed(_))), "{outcome:?}");
    }
}
