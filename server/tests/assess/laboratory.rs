//! A compiler, a host, and what happens to snippets in them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dev_server::analyse::LoadOptions;
use dev_server::build::{BuildFlags, Compiler, GoCompiler, Mode, TinyGoCompiler, WasiBuilder};
use dev_server::diagnostic::Diagnostic;
use dev_server::environment::Environment;
use dev_server::guest::{Folder, ModuleSource, Workshop};
use dev_server::process::{Ending, Limits, Program};
use dev_server::toolchain::{GoTool, Toolchain, WasiTarget};
use migration::{BackEnd, Outcome};
use tokio_util::sync::CancellationToken;
use wasm_host::{Compiled, Functions, Host, HostOptions, Input, Output, Permissions, Setup};

use crate::bundle;
use crate::observed::Observed;
use crate::snippets::Snippet;

/// What never ends is stopped after this.
const STUCK: Duration = Duration::from_secs(3);

/// A bundle of everything on a busy machine.
const BUILD: Limits = Limits { time: Duration::from_mins(30), memory: 6 << 30, output: 1 << 20 };

pub(crate) struct Laboratory {
    compiler: Arc<dyn Compiler>,
    target: WasiTarget,
    host: Host,
    load: LoadOptions,
    go: GoTool,
    folder: tempfile::TempDir,
    /// Somebody who listens on this machine.
    peer: TcpListener,
}

type Refused = BTreeMap<String, Observed>;

impl Laboratory {
    pub(crate) async fn open(back_end: BackEnd) -> Self {
        let environment = Environment::capture().unwrap();
        let toolchain = Toolchain::locate(&environment).await;
        let go = toolchain.go.clone().unwrap();
        let target = match back_end {
            BackEnd::TinyGoPreview2 => WasiTarget::Preview2,
            _ => WasiTarget::Preview1,
        };
        let mut tags: Vec<String> = Vec::new();
        let flags = BuildFlags::default();
        let compiler: Arc<dyn Compiler> = if back_end == BackEnd::GoPreview1 {
            Arc::new(GoCompiler::new(&go, &environment, flags, BUILD, None).for_wasi(target))
        } else {
            let tool = toolchain.tinygo.clone().expect("run `dev-server doctor --fix`");
            tags.extend(tool.build_tags.clone());
            tags.extend(target.build_tags().iter().map(|tag| (*tag).to_owned()));
            let description = tool.wasi(target, &environment).unwrap();
            Arc::new(TinyGoCompiler::new(&tool, &go, &environment, flags, BUILD).for_wasi(&description))
        };
        let mut variables = go.clean_environment(&environment);
        variables.extend(target.variables());
        let folder = tempfile::tempdir().unwrap();
        let load = LoadOptions {
            go_binary: go.binary.clone(),
            go_version: go.version.to_string(),
            environment: variables,
            tags,
            folder: folder.path().to_owned(),
            trusted_folders: Vec::new(),
            exact_positions: false,
            choices: BTreeMap::new(),
        };
        let host =
            Host::new(&HostOptions { guests: 2, module_bytes: 256 << 20, ..HostOptions::default() }).unwrap();
        Self { compiler, target, host, load, go, folder, peer: TcpListener::bind("127.0.0.1:0").unwrap() }
    }

    /// What becomes of each, those that are refused included.
    pub(crate) async fn observe(&self, all: &[Snippet]) -> BTreeMap<String, Observed> {
        let mut left: Vec<&Snippet> = all.iter().collect();
        let mut refused = Refused::new();
        loop {
            match self.build(&left).await {
                Ok(module) => {
                    let mut observed = self.run_all(&module, &left).await;
                    observed.append(&mut refused);
                    return observed;
                }
                Err(reasons) => self.sort_out(&mut left, &reasons, &mut refused).await,
            }
        }
    }

    /// What becomes of those of which it is known that they are compiled.
    pub(crate) async fn outcomes(&self, built: &[&Snippet]) -> BTreeMap<String, Observed> {
        match self.build(built).await {
            Ok(module) => self.run_all(&module, built).await,
            Err(reasons) => panic!("{reasons:#?}"),
        }
    }

    /// Those that no compiler has anything against.
    pub(crate) async fn not_refused(&self, snippets: &[&Snippet]) -> Vec<String> {
        let mut left = snippets.to_vec();
        let mut refused = Refused::new();
        while !left.is_empty() {
            match self.build(&left).await {
                Ok(_) => break,
                Err(reasons) => self.sort_out(&mut left, &reasons, &mut refused).await,
            }
        }
        left.iter().map(|snippet| snippet.name.clone()).collect()
    }

    /// Takes out those that the reasons are about.
    async fn sort_out(&self, left: &mut Vec<&Snippet>, reasons: &[Diagnostic], refused: &mut Refused) {
        let graph = self.imports(left).await;
        let needs = |package: &str, wanted: &str| reaches(&graph, package, wanted);
        let before = left.len();
        let mut words: BTreeMap<usize, String> = BTreeMap::new();
        for reason in reasons {
            for number in bundle::about(reason, left, &needs) {
                words.entry(number).or_insert_with(|| reason.message.clone());
            }
        }
        let mut number = 0;
        left.retain(|snippet| {
            let said = words.remove(&number);
            number += 1;
            match said {
                Some(words) => {
                    refused.insert(snippet.name.clone(), Observed { outcome: Outcome::Refused, words });
                    false
                }
                None => true,
            }
        });
        assert!(left.len() < before, "nobody is to blame: {reasons:#?}");
    }

    async fn build(&self, snippets: &[&Snippet]) -> Result<Compiled, Vec<Diagnostic>> {
        let folder = self.folder.path();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                std::fs::remove_file(path).unwrap();
            }
        }
        bundle::write(folder, snippets);
        let cache = folder.join("cache");
        std::fs::create_dir_all(&cache).unwrap();
        let builder = WasiBuilder::new(Arc::clone(&self.compiler), self.target, &cache).unwrap();
        let source =
            ModuleSource::Folder(Folder { load: self.load.clone(), builder, mode: Mode::Development });
        let mut workshop = Workshop::new(self.host.clone(), source, Functions::new());
        workshop.make(&CancellationToken::new()).await.unwrap().module
    }

    async fn run_all(&self, module: &Compiled, snippets: &[&Snippet]) -> BTreeMap<String, Observed> {
        let mut observed = BTreeMap::new();
        for (number, snippet) in snippets.iter().enumerate() {
            let bare = self.run(module, number, None).await;
            let found = match bare {
                Ok(()) => Observed { outcome: Outcome::Works, words: String::new() },
                Err(bare) => {
                    let data = tempfile::tempdir().unwrap();
                    fill(data.path());
                    match self.run(module, number, Some(data.path())).await {
                        Ok(()) => Observed { outcome: Outcome::Given, words: bare },
                        Err(words) => Observed { outcome: Outcome::Fails, words },
                    }
                }
            };
            observed.insert(snippet.name.clone(), found);
        }
        observed
    }

    /// With nothing, or with a folder, a variable and the address of somebody who listens.
    async fn run(&self, module: &Compiled, number: usize, data: Option<&Path>) -> Result<(), String> {
        let arguments = vec!["uses".to_owned(), number.to_string()];
        let mut permissions = Permissions { arguments, ..Permissions::default() };
        if let Some(data) = data {
            permissions.folders =
                vec![wasm_host::Folder { here: data.to_owned(), there: "/data".to_owned(), may_write: true }];
            let peer = self.peer.local_addr().unwrap().to_string();
            permissions.environment = vec![("NAME".into(), "value".into()), ("PEER".into(), peer)];
        }
        let setup = Setup {
            permissions,
            limits: wasm_host::Limits { busy: STUCK, lifetime: STUCK, ..wasm_host::Limits::default() },
            stdin: Input::empty(),
            stderr: Output::buffer(1 << 20).dropping(),
            ..Setup::default()
        };
        let done = module.run(setup).await.map_err(|error| error.to_string())?;
        let words = done.stderr.text();
        let last = words.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
        if done.outcome.is_success() { Ok(()) } else { Err(format!("{}: {last}", done.outcome)) }
    }

    /// What each package imports, by `go list`.
    async fn imports(&self, snippets: &[&Snippet]) -> BTreeMap<String, Vec<String>> {
        let packages: BTreeSet<&String> = snippets.iter().flat_map(|snippet| &snippet.imports).collect();
        let packages = packages.into_iter().filter(|package| *package != "C");
        let list = Program::new(&self.go.binary, self.folder.path())
            .args(["list", "-e", "-deps", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "--"])
            .args(packages)
            .envs(self.load.environment.iter().map(|(name, value)| (name, value)));
        let Ending::Exited { stdout, .. } = list.run(BUILD, &CancellationToken::new()).await.unwrap() else {
            panic!("go list does not end")
        };
        let lines = stdout.text();
        let lines = lines.lines().map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        lines.filter(|words| !words.is_empty()).map(|words| (words[0].clone(), words[1..].to_vec())).collect()
    }
}

fn reaches(graph: &BTreeMap<String, Vec<String>>, package: &str, wanted: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![package];
    while let Some(package) = open.pop() {
        if package == wanted {
            return true;
        }
        if seen.insert(package) {
            open.extend(graph.get(package).into_iter().flatten().map(String::as_str));
        }
    }
    false
}

/// What the snippets find in the folder.
fn fill(data: &Path) {
    let at = |name: &str| -> PathBuf { data.join(name) };
    std::fs::create_dir(at("folder")).unwrap();
    std::fs::write(at("file"), "content").unwrap();
    std::fs::write(at("folder/inner"), "content").unwrap();
    std::os::unix::fs::symlink("file", at("pointer")).unwrap();
    // The end of an archive that has nothing in it.
    let empty = [&b"PK\x05\x06"[..], &[0; 18]].concat();
    std::fs::write(at("archive.zip"), empty).unwrap();
}
