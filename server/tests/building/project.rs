//! A scratch project with a cache of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dev_server::analyse::Program;
use dev_server::build::{
    Artifact, BuildOptions, BuildOutcome, BuildRequest, Builder, Compiler, Mode, Symbolizer,
};
use dev_server::content::{BlobStore, ContentHash};
use dev_server::diagnostic::Diagnostic;
use dev_server::revision::Revision;
use tokio_util::sync::CancellationToken;

use crate::tools;

pub(crate) struct Project {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) cache: tempfile::TempDir,
}

impl Project {
    /// Files by relative path; go.mod is added when it is not among them.
    pub(crate) fn with_files(files: &[(&str, &str)]) -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap(), cache: tempfile::tempdir().unwrap() };
        project.write("go.mod", "module example.test/app\n\ngo 1.24\n");
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

    pub(crate) fn blobs(&self) -> BlobStore {
        BlobStore::open(self.cache.path().join("blobs")).unwrap()
    }

    pub(crate) fn symbolizer(&self) -> Symbolizer {
        Symbolizer::new(self.blobs(), self.cache.path().to_owned())
    }

    pub(crate) fn builder(&self, compiler: Arc<dyn Compiler>) -> Builder {
        self.builder_with(compiler, BuildOptions::default())
    }

    pub(crate) fn builder_with(&self, compiler: Arc<dyn Compiler>, options: BuildOptions) -> Builder {
        Builder::new(compiler, self.blobs(), self.cache.path().to_owned(), options).unwrap()
    }

    pub(crate) fn request(&self, mode: Mode) -> BuildRequest {
        let sources: std::collections::BTreeSet<PathBuf> = files(self.folder.path());
        let mut digest = String::new();
        for source in &sources {
            digest.push_str(&ContentHash::of(&std::fs::read(source).unwrap_or_default()).to_string());
        }
        let program = Program {
            name: "app".to_owned(),
            package_folder: self.folder.path().to_owned(),
            import_path: "example.test/app".to_owned(),
            sources,
            page: None,
        };
        BuildRequest {
            revision: Revision::FIRST,
            program: Arc::new(program),
            digest: tools::digest(ContentHash::of(digest.as_bytes())),
            mode,
            lenient: false,
        }
    }

    pub(crate) async fn build(&self, compiler: Arc<dyn Compiler>) -> BuildOutcome {
        self.builder(compiler).build(self.request(Mode::Development), &CancellationToken::new()).await
    }

    /// Bytes of a blob.
    pub(crate) fn blob(&self, hash: ContentHash) -> Vec<u8> {
        std::fs::read(self.blobs().path(hash)).unwrap()
    }
}

pub(crate) fn built(outcome: BuildOutcome) -> Artifact {
    match outcome {
        BuildOutcome::Built(artifact) => artifact,
        other => panic!("not built: {other:#?}"),
    }
}

pub(crate) fn failed(outcome: BuildOutcome) -> Vec<Diagnostic> {
    match outcome {
        BuildOutcome::Failed(reasons) => {
            assert!(!reasons.is_empty());
            reasons
        }
        other => panic!("not failed: {other:#?}"),
    }
}

/// All regular files below a folder.
pub(crate) fn files(folder: &Path) -> std::collections::BTreeSet<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap);
    entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path).collect()
}
