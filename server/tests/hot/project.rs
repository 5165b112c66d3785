//! A scratch program with a warm compiler of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dev_server::analyse::{Program, SourceDigest};
use dev_server::build::{Artifact, BuildOptions, BuildRequest, Builder, Mode};
use dev_server::content::{BlobStore, ContentHash};
use dev_server::hot::{HotBuilder, HotOutcome, HotRequest, Patch, Purpose};
use dev_server::revision::Revision;
use tokio_util::sync::CancellationToken;

use crate::tools::{NoCompiler, Tools};

pub(crate) const MODULE: &str = "module example.test/app\n\ngo 1.24\n";

pub(crate) struct Project {
    pub(crate) folder: tempfile::TempDir,
    cache: tempfile::TempDir,
    pub(crate) hot: HotBuilder,
    /// What pages run.
    running: Option<ContentHash>,
    revision: Revision,
}

impl Project {
    /// Files by relative path; go.mod is added when it is not among them.
    pub(crate) fn with_files(tools: &Tools, files: &[(&str, &str)]) -> Self {
        let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let blobs = BlobStore::open(cache.path().join("blobs")).unwrap();
        let builder =
            Builder::new(Arc::new(NoCompiler), blobs, cache.path().join("build"), BuildOptions::default());
        let hot = HotBuilder::new(builder.unwrap(), tools.warm(), folder.path().to_owned(), Vec::new());
        let project = Self { folder, cache, hot, running: None, revision: Revision::FIRST };
        project.write("go.mod", MODULE);
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Where a module lies.
    pub(crate) fn module(&self, hash: ContentHash) -> PathBuf {
        BlobStore::open(self.cache.path().join("blobs")).unwrap().path(hash)
    }

    /// What it takes for pages to have the text as it is on the disk now. What that says is public.
    pub(crate) async fn bring(&mut self) -> HotOutcome {
        let request = self.request();
        self.revision = self.revision.next();
        let outcome = self.hot.bring(&request, &CancellationToken::new()).await;
        if let HotOutcome::Followed { artifact, .. } | HotOutcome::Fresh { artifact, .. } = &outcome {
            self.running = Some(artifact.module);
            self.hot.commit();
        }
        outcome
    }

    /// The same, but newer text comes before it is public.
    pub(crate) async fn bring_in_vain(&mut self) -> HotOutcome {
        let request = self.request();
        self.revision = self.revision.next();
        self.hot.bring(&request, &CancellationToken::new()).await
    }

    fn request(&self) -> HotRequest {
        let contents = contents(self.folder.path());
        let lines = contents.iter().map(|(path, hash)| format!("{} {hash}\n", path.display()));
        let digest: String = lines.collect();
        let program = Program {
            name: "app".to_owned(),
            package_folder: self.folder.path().to_owned(),
            import_path: "example.test/app".to_owned(),
            sources: contents.keys().cloned().collect(),
            page: None,
        };
        let build = BuildRequest {
            revision: self.revision,
            program: Arc::new(program),
            digest: SourceDigest(ContentHash::of(digest.as_bytes())),
            mode: Mode::Development,
            lenient: false,
        };
        HotRequest {
            build: Arc::new(build),
            contents,
            running: self.running.into_iter().collect(),
            connected: self.running.into_iter().collect(),
            purpose: Purpose::Edit,
        }
    }
}

fn contents(folder: &Path) -> BTreeMap<PathBuf, ContentHash> {
    let entries = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
    files.map(|path| (path.clone(), ContentHash::of(&std::fs::read(&path).unwrap()))).collect()
}

/// The module to start.
pub(crate) fn fresh(outcome: HotOutcome) -> Artifact {
    match outcome {
        HotOutcome::Fresh { artifact, .. } => artifact,
        other => panic!("no fresh base: {other:#?}"),
    }
}

/// The patch for what runs.
pub(crate) fn patch(outcome: HotOutcome) -> Patch {
    match outcome {
        HotOutcome::Followed { patch: Some(patch), .. } => patch,
        other => panic!("no patch: {other:#?}"),
    }
}
