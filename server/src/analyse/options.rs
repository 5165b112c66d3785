//! What loading a package graph needs to know.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::graph::Places;

/// How to load the packages of a project.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// The `go` command, absolute.
    pub go_binary: PathBuf,
    /// Its version, such as `1.26.8`: part of every source digest.
    pub go_version: String,
    /// The whole environment of the run; nothing else is inherited.
    pub environment: Vec<(OsString, OsString)>,
    /// Build tags: the user's, and those of `TinyGo` when it compiles.
    pub tags: Vec<String>,
    /// The project's folder, absolute.
    pub folder: PathBuf,
    /// Folders outside the project that `go.work` and `replace` may name.
    pub trusted_folders: Vec<PathBuf>,
    /// Positions of panics are to be exact: an edit that only moves lines is one.
    pub exact_positions: bool,
    /// What the project says about its programs, by name.
    pub choices: BTreeMap<String, ProgramChoice>,
}

/// What a project says about one of its programs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProgramChoice {
    /// Folder of the main package that bears the name, relative to the project's folder; `None`: the one whose
    /// folder is called so.
    pub package: Option<PathBuf>,
    /// Folder of the page, relative to the package; `None`: looked for.
    pub page: Option<PathBuf>,
}

impl LoadOptions {
    /// Root of the project: the nearest folder upwards with a `.git`, else that of go.work, else that of go.mod.
    pub fn project_root(&self) -> PathBuf {
        Places::find(&self.folder).root
    }
}
