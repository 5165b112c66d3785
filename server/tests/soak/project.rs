//! A Go project on disk, a server for it, and what its bytes say.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dev_server::analyse::LoadOptions;
use dev_server::build::BuildOptions;
use dev_server::content::BlobStore;
use dev_server::environment::Environment;
use dev_server::http::{HttpOptions, Token};
use dev_server::pipeline::{Fatal, Options, Pipeline, Summary, WorkOptions};
use dev_server::publish::Frames;
use dev_server::toolchain::Toolchain;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::compiler::ReadingCompiler;

/// Import path of the module.
const MODULE: &str = "soak.example/app";

pub(crate) const MODULE_FILE: &str = "module soak.example/app\n\ngo 1.23\n";

/// Marks a line that does not compile.
pub(crate) const BROKEN: &str = "BROKEN";

pub(crate) struct Project {
    _folder: tempfile::TempDir,
    outside: tempfile::TempDir,
    pub(crate) root: PathBuf,
}

pub(crate) struct Served {
    pub(crate) url: String,
    pub(crate) cookie: String,
    pub(crate) stop: CancellationToken,
}

/// What a compiler makes of some bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Truth {
    Module(Vec<u8>),
    /// File relative to the root, line.
    Mistakes(BTreeSet<(String, u32)>),
    /// It does not even come to compiling, and the words are those of the go command.
    NoGraph(String),
}

impl Project {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("app");
        let project = Self { _folder: folder, outside: tempfile::tempdir().unwrap(), root };
        for (path, text) in [
            ("go.mod", MODULE_FILE),
            ("main.go", &main_file(&["alpha", "beta"], 0)),
            ("alpha/alpha.go", "package alpha\n\nvar V = 0\n"),
            ("beta/beta.go", "package beta\n\nimport _ \"soak.example/app/gamma\"\n\nvar V = 0\n"),
            ("gamma/gamma.go", "package gamma\n\nvar V = 0\n"),
            ("delta/delta.go", "package delta\n\nvar V = 0\n"),
            ("web/index.html", "<!doctype html>\n"),
            ("web/style.css", "a {}\n"),
        ] {
            let path = project.root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        project
    }

    /// A `go` that finds `file` gone for an instant, as often as [`Self::trip_wire`] has lines. The real one is too slow
    /// for that: the watcher would see the file gone as well.
    pub(crate) fn tripping_go(&self, go: &Path, file: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let (wrapper, wire) = (self.outside.path().join("go"), self.trip_wire());
        let (path, aside) = (self.root.join(file), self.root.join("aside"));
        let [go, wire, path, aside] = [go, &wire, &path, &aside].map(|path| path.display().to_string());
        let script = format!(
            "#!/bin/sh\n[ -s {wire} ] || exec {go} \"$@\"\n/bin/sed -i 1d {wire}\n/bin/cp {path} {aside}\n/bin/mv {aside} {path}\n\
             echo 'open {path}: no such file or directory' >&2\nexit 1\n"
        );
        std::fs::write(&wrapper, script).unwrap();
        std::fs::set_permissions(&wrapper, std::fs::Permissions::from_mode(0o755)).unwrap();
        wrapper
    }

    /// Has a line for each time that is left to [`Self::tripping_go`].
    pub(crate) fn trip_wire(&self) -> PathBuf {
        self.outside.path().join("trip")
    }

    pub(crate) async fn serve(&self) -> (Served, JoinHandle<Result<Summary, Fatal>>) {
        self.serve_with(Path::to_owned).await
    }

    /// `choose` says which program takes the place of the real `go` where packages are listed.
    pub(crate) async fn serve_with(
        &self,
        choose: impl FnOnce(&Path) -> PathBuf,
    ) -> (Served, JoinHandle<Result<Summary, Fatal>>) {
        let environment = Environment::capture().unwrap();
        let go = Toolchain::locate(&environment).await.go.unwrap_or_else(|missing| panic!("{missing}"));
        let load = LoadOptions {
            go_binary: choose(&go.binary),
            go_version: go.version.to_string(),
            environment: go.clean_environment(&environment),
            tags: Vec::new(),
            folder: self.root.clone(),
            exact_positions: false,
            choices: BTreeMap::new(),
            trusted_folders: Vec::new(),
        };
        let glue = self.outside.path().join("wasm_exec.js");
        std::fs::write(&glue, "// offers nothing\n").unwrap();
        let blobs = BlobStore::open(self.outside.path().join("blobs")).unwrap();
        let token = Token::open(&self.outside.path().join("state"), &self.root).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let served = Served {
            url: format!("ws://{address}/__dev/socket"),
            cookie: format!("{}={}", token.cookie_name(), token.reveal()),
            stop: CancellationToken::new(),
        };
        let http = HttpOptions::new(token, blobs.clone(), Frames::new(self.root.clone(), self.root.clone()));
        let work = WorkOptions {
            url: format!("http://{address}/"),
            token: String::new(),
            load,
            compiler: Arc::new(ReadingCompiler::new(glue, self.root.clone())),
            hot: None,
            compiler_name: "reading".into(),
            build: BuildOptions::default(),
            blobs,
            cache: self.outside.path().join("build"),
            editor: None,
            environment,
            once: false,
            open: false,
        };
        let options = Options {
            watch: dev_server::watch::Options::default(),
            http,
            work,
            log: None,
            backplane: None,
            traces: None,
            flags: None,
            guest: None,
            interactive: false,
        };
        let stop = served.stop.clone();
        let observer: dev_server::pipeline::Observer = Arc::new(|_| {});
        (served, tokio::spawn(Pipeline::run(options, listener, observer, stop)))
    }
}

pub(crate) fn main_file(packages: &[&str], value: u64) -> String {
    let imports: Vec<_> = packages.iter().map(|name| format!("import _ \"{MODULE}/{name}\"\n")).collect();
    let imports = imports.concat();
    format!("package main\n\n{imports}\nvar V = {value}\n\nfunc main() {{}}\n")
}

/// What the folder says now, following imports from the main package as a compiler does.
pub(crate) fn truth(root: &Path) -> Truth {
    let mut state = String::new();
    let mut mistakes = BTreeSet::new();
    let module = std::fs::read_to_string(root.join("go.mod")).unwrap_or_default();
    if module != MODULE_FILE && !module.starts_with(&format!("{MODULE_FILE}//")) {
        return Truth::NoGraph("go.mod is broken".into());
    }
    state.push_str(&module);
    let mut seen = BTreeSet::new();
    let mut waiting = vec![String::new()];
    while let Some(package) = waiting.pop() {
        if !seen.insert(package.clone()) {
            continue;
        }
        let files = go_files(&root.join(&package));
        if files.is_empty() {
            return Truth::NoGraph(format!("package {package:?} has no files"));
        }
        let name = if package.is_empty() { "main" } else { &package };
        for (path, text) in files {
            let shown = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            if !text.starts_with(&format!("package {name}\n")) {
                return Truth::NoGraph(format!("{shown} has no package clause"));
            }
            for (line, content) in text.lines().enumerate() {
                if let Some(rest) = content.strip_prefix(&format!("import _ \"{MODULE}/")) {
                    waiting.push(rest.trim_end_matches('"').to_owned());
                }
                if content.contains(BROKEN) {
                    mistakes.insert((shown.clone(), line as u32 + 1));
                }
            }
            state.extend([shown.as_str(), "\n", text.as_str(), "\n"]);
        }
    }
    if mistakes.is_empty() { Truth::Module(wasm(&state)) } else { Truth::Mistakes(mistakes) }
}

fn go_files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return BTreeMap::new() };
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "go"))
        .filter_map(|path| Some((path.clone(), std::fs::read_to_string(path).ok()?)))
        .collect()
}

/// An empty module that carries the state in a custom section.
fn wasm(state: &str) -> Vec<u8> {
    let mut module = wasm_encoder::Module::new();
    module.section(&wasm_encoder::CustomSection { name: "state".into(), data: state.as_bytes().into() });
    module.finish()
}
