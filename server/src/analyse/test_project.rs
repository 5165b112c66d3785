//! Small Go projects in temporary folders, loaded by the real `go list`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::{LoadFailure, LoadOptions, LoadOutcome, ProgramGraph};
use crate::diagnostic::Diagnostic;
use crate::environment::Environment;

/// A project, in a folder below a temporary one so that something can lie beside it.
pub(super) struct TestProject {
    _folder: tempfile::TempDir,
    pub(super) root: PathBuf,
}

pub(super) const MODULE: &str = "module example.test/p\n\ngo 1.22\n";
pub(super) const MAIN: &str = "package main\n\nfunc main() {}\n";

impl TestProject {
    /// Files by path relative to the project's root. A `.git` marks the root.
    pub(super) fn with_files(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("project");
        fs::create_dir_all(root.join(".git")).unwrap();
        let project = Self { _folder: folder, root };
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        super::policy::lexical(&self.root.join(name))
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(super) fn options(&self, folder: &str) -> LoadOptions {
        let environment = Environment::capture().unwrap();
        let go_binary = environment.find("go").expect("the tests need Go on PATH");
        // The user's own build cache: an empty one costs a second for each project.
        let home = environment.home.clone().into_os_string();
        let pairs: [(&str, OsString); 6] = [
            ("HOME", home),
            ("GOENV", "off".into()),
            ("GOFLAGS", "-mod=readonly -buildvcs=false".into()),
            ("GOTOOLCHAIN", "local".into()),
            ("GOPROXY", "off".into()),
            ("GOVCS", "*:off".into()),
        ];
        LoadOptions {
            go_binary,
            exact_positions: false,
            choices: std::collections::BTreeMap::new(),
            go_version: "1.26.8".to_owned(),
            environment: pairs.into_iter().map(|(name, value)| (name.into(), value)).collect(),
            tags: Vec::new(),
            folder: self.path(folder),
            trusted_folders: Vec::new(),
        }
    }

    pub(super) async fn load(&self, folder: &str) -> ProgramGraph {
        loaded(ProgramGraph::load(&self.options(folder), &CancellationToken::new()).await)
    }

    pub(super) async fn failure(&self, folder: &str) -> LoadFailure {
        match ProgramGraph::load(&self.options(folder), &CancellationToken::new()).await {
            LoadOutcome::Failed(failure) => failure,
            other => panic!("loading was to fail: {other:?}"),
        }
    }

    /// Names relative to the root.
    pub(super) fn names<'a>(&self, paths: impl IntoIterator<Item = &'a PathBuf>) -> Vec<String> {
        let relative =
            |path: &Path| path.strip_prefix(&self.root).unwrap_or(path).to_str().unwrap().to_owned();
        paths.into_iter().map(|path| relative(path)).collect()
    }

    /// `file:line:column message` of each diagnostic, with files relative to the root.
    pub(super) fn lines(&self, diagnostics: &[Diagnostic]) -> Vec<String> {
        diagnostics
            .iter()
            .map(|diagnostic| match &diagnostic.position {
                Some(position) => {
                    let name = self.names([&position.file]).remove(0);
                    format!("{name}:{}:{} {}", position.line, position.column, diagnostic.message)
                }
                None => diagnostic.message.clone(),
            })
            .collect()
    }
}

pub(super) fn loaded(outcome: LoadOutcome) -> ProgramGraph {
    match outcome {
        LoadOutcome::Loaded(graph) => graph,
        other => panic!("loading was to go well: {other:?}"),
    }
}
