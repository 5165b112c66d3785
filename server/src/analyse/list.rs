//! One run of `go list`, and its answer as data. The only file that knows the JSON of the go command.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::LoadOptions;
use crate::process::{Ending, Limits, Program, RunError};

/// One package, as far as anybody here asks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Package {
    pub(super) dir: PathBuf,
    pub(super) import_path: String,
    pub(super) name: String,
    pub(super) standard: bool,
    pub(super) dep_only: bool,
    pub(super) module: Option<Module>,
    pub(super) go_files: Vec<String>,
    pub(super) cgo_files: Vec<String>,
    pub(super) ignored_go_files: Vec<String>,
    #[serde(rename = "CFiles")]
    pub(super) c_files: Vec<String>,
    #[serde(rename = "CXXFiles")]
    pub(super) cxx_files: Vec<String>,
    #[serde(rename = "MFiles")]
    pub(super) m_files: Vec<String>,
    #[serde(rename = "FFiles")]
    pub(super) f_files: Vec<String>,
    #[serde(rename = "SFiles")]
    pub(super) s_files: Vec<String>,
    pub(super) swig_files: Vec<String>,
    #[serde(rename = "SwigCXXFiles")]
    pub(super) swig_cxx_files: Vec<String>,
    pub(super) syso_files: Vec<String>,
    pub(super) embed_patterns: Vec<String>,
    pub(super) embed_files: Vec<String>,
    pub(super) deps: Vec<String>,
    pub(super) error: Option<PackageError>,
    pub(super) deps_errors: Vec<PackageError>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Module {
    pub(super) path: String,
    pub(super) version: String,
    pub(super) main: bool,
    pub(super) go_mod: PathBuf,
    pub(super) replace: Option<Replacement>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Replacement {
    pub(super) version: String,
    pub(super) go_mod: PathBuf,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct PackageError {
    pub(super) import_stack: Vec<String>,
    pub(super) pos: String,
    pub(super) err: String,
}

/// Fields that are asked for: the import graph of the standard library alone is 2 MB with all of them.
const FIELDS: &str = "Dir,ImportPath,Name,Standard,DepOnly,Module,GoFiles,CgoFiles,IgnoredGoFiles,CFiles,\
                      CXXFiles,MFiles,FFiles,SFiles,SwigFiles,SwigCXXFiles,SysoFiles,EmbedPatterns,EmbedFiles,\
                      Deps,Error,DepsErrors";

/// A minute: module downloads happen in here. 64 MiB: a program with a thousand packages prints 20.
const LIMITS: Limits = Limits { time: Duration::from_mins(1), memory: 4 << 30, output: 64 << 20 };

/// How a run ended.
#[derive(Debug)]
pub(super) enum Listed {
    /// Packages in dependency order. Those with errors are among them.
    Packages(Vec<Package>),
    /// The command refused; its words.
    Refused(String),
    /// It took longer than this.
    TimedOut(Duration),
    Cancelled,
    NotStarted(RunError),
}

impl Package {
    /// True when its files are the user's own: neither the standard library nor the module cache.
    pub(super) fn is_own(&self) -> bool {
        !self.standard
            && !self.dir.as_os_str().is_empty()
            && self.module.as_ref().is_none_or(|module| {
                module.main || module.replace.as_ref().is_some_and(|replace| replace.version.is_empty())
            })
    }

    /// The module file that its module is built by.
    pub(super) fn module_file(&self) -> Option<&Path> {
        let module = self.module.as_ref()?;
        let file = module.replace.as_ref().map_or(&module.go_mod, |replace| &replace.go_mod);
        (!file.as_os_str().is_empty()).then_some(file)
    }

    /// Foreign sources that would be compiled or linked in.
    pub(super) fn foreign_files(&self) -> impl Iterator<Item = &String> {
        self.cgo_files
            .iter()
            .chain(&self.c_files)
            .chain(&self.cxx_files)
            .chain(&self.m_files)
            .chain(&self.f_files)
            .chain(&self.s_files)
            .chain(&self.swig_files)
            .chain(&self.swig_cxx_files)
            .chain(&self.syso_files)
    }
}

/// Lists the packages of `pattern` and all they import. `workspace` is the `go.work` to use.
pub(super) async fn list(
    options: &LoadOptions,
    workspace: Option<&Path>,
    pattern: &str,
    cancel: &CancellationToken,
) -> Listed {
    let mut program = Program::new(&options.go_binary, &options.folder)
        .args(["list", "-deps", "-e", &format!("-json={FIELDS}")])
        .env("GOOS", "js")
        .env("GOARCH", "wasm")
        .env("CGO_ENABLED", "0")
        // Of two the later one counts: who lists for another system says so.
        .envs(options.environment.iter().map(|(name, value)| (name, value)))
        // Said aloud, so that no go.work is used that the policy has not seen.
        .env("GOWORK", workspace.map_or("off".as_ref(), Path::as_os_str));
    if !options.tags.is_empty() {
        program = program.arg(format!("-tags={}", options.tags.join(",")));
    }
    match program.arg("--").arg(pattern).run(LIMITS, cancel).await {
        Err(error) => Listed::NotStarted(error),
        Ok(Ending::Cancelled) => Listed::Cancelled,
        Ok(Ending::TimedOut { after, .. }) => Listed::TimedOut(after),
        Ok(Ending::Exited { status, stdout, stderr, .. }) => {
            if !status.success() {
                return Listed::Refused(stderr.text());
            }
            let packages: Result<Vec<Package>, _> =
                serde_json::Deserializer::from_slice(&stdout.bytes).into_iter().collect();
            match packages {
                Ok(packages) if stdout.dropped == 0 => Listed::Packages(packages),
                Ok(_) => Listed::Refused("go list printed more than is read".to_owned()),
                Err(error) => Listed::Refused(format!("go list printed what is no JSON: {error}")),
            }
        }
    }
}
