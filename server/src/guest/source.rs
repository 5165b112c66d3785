//! Where a module comes from: a file as it is, or a folder of Go that is built.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use wasm_host::{Created, Host};

use crate::analyse::{LoadOptions, LoadOutcome, Program, ProgramGraph, SourceDigest};
use crate::build::{BuildRequest, Mode, WasiBuilder, WasiOutcome};
use crate::diagnostic::{Diagnostic, Origin};
use crate::revision::Revision;
use crate::source_file;
use crate::watch::{Takes, WatchSet};

/// Where a module comes from.
#[derive(Debug, Clone)]
pub enum ModuleSource {
    /// A module or component as it lies there. Absolute.
    File(PathBuf),
    /// Go.
    Folder(Folder),
}

/// A folder of Go, and how it is built.
#[derive(Debug, Clone)]
pub struct Folder {
    /// How its packages are found.
    pub load: LoadOptions,
    /// Compiles them.
    pub builder: WasiBuilder,
    /// What for.
    pub mode: Mode,
}

/// Longest file that is taken.
const FILE_LIMIT: u64 = 256 << 20;

/// A module that is looked at and not run.
#[derive(Debug)]
pub struct Written {
    /// As it lies in the file, or as the compiler wrote it.
    pub bytes: Vec<u8>,
    /// What was said on the way.
    pub warnings: Vec<Diagnostic>,
    /// What was built; `None` for a file.
    pub request: Option<Box<BuildRequest>>,
}

/// What has to be made, and where changes of it show.
pub(super) struct Found {
    pub(super) watch: WatchSet,
    pub(super) what: Result<What, Vec<Diagnostic>>,
    /// Something was written while it was looked at: it may be other things.
    pub(super) is_old: bool,
}

pub(super) enum What {
    File(PathBuf),
    Program(Box<BuildRequest>),
}

impl ModuleSource {
    /// What errors and programs themselves call it.
    pub fn name(&self) -> String {
        let path = match self {
            Self::File(path) => path,
            Self::Folder(folder) => &folder.load.folder,
        };
        path.file_name().map_or_else(|| "module".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    /// The module as it is, for who does not run it, or all that is wrong. `None`: nobody wanted it any more.
    pub async fn written(&self, cancel: &CancellationToken) -> Option<Result<Written, Vec<Diagnostic>>> {
        let request = match (self.find(cancel).await?.what, self) {
            (Err(reasons), _) => return Some(Err(reasons)),
            (Ok(What::File(path)), _) => {
                let read = crate::build::off_thread(move || read(&path)).await?;
                return Some(match read {
                    Ok(bytes) => Ok(Written { bytes, warnings: Vec::new(), request: None }),
                    Err(reason) => Err(vec![reason]),
                });
            }
            (Ok(What::Program(request)), _) => request,
        };
        let Self::Folder(folder) = self else { unreachable!("a file is no program to build") };
        match folder.builder.build(&request, cancel).await {
            WasiOutcome::Cancelled => None,
            WasiOutcome::Failed(reasons) => Some(Err(reasons)),
            WasiOutcome::Built { module, warnings } => {
                Some(Ok(Written { bytes: module, warnings, request: Some(request) }))
            }
        }
    }

    /// `None`: nobody wanted it any more.
    pub(super) async fn find(&self, cancel: &CancellationToken) -> Option<Found> {
        let folder = match self {
            Self::File(path) => {
                let watch = WatchSet { files: [path.clone()].into(), folders: Vec::new() };
                return Some(Found { watch, what: Ok(What::File(path.clone())), is_old: false });
            }
            Self::Folder(folder) => folder,
        };
        let started = std::time::SystemTime::now();
        match ProgramGraph::load(&folder.load, cancel).await {
            LoadOutcome::Cancelled => None,
            LoadOutcome::Failed(failure) => {
                Some(Found { watch: failure.watch_set, what: Err(failure.diagnostics), is_old: false })
            }
            LoadOutcome::Loaded(graph) => {
                let watch = without_pages(&graph);
                let what = chosen(&graph, &folder.load.folder).map(|program| {
                    let digest = SourceDigest::read(&graph, program);
                    What::Program(Box::new(BuildRequest {
                        revision: Revision::FIRST,
                        program: Arc::new(program.clone()),
                        digest,
                        mode: folder.mode,
                        lenient: true,
                    }))
                });
                let is_old = !graph.written_since(started).is_empty();
                Some(Found { watch, what: what.map_err(|reason| vec![reason]), is_old })
            }
        }
    }

    /// Bytes that begin as a module does, and what was said on the way. `None`: nobody wanted it any more.
    pub(super) async fn bytes(
        &self,
        what: What,
        host: &Host,
        cancel: &CancellationToken,
    ) -> Option<Result<(Created, Vec<Diagnostic>), Vec<Diagnostic>>> {
        let created = match (what, self) {
            (What::File(path), _) => {
                let host = host.clone();
                let read = crate::build::off_thread(move || host.module_file(&path)).await?;
                read.map(|created| (created, Vec::new()))
            }
            (What::Program(request), Self::Folder(folder)) => {
                match folder.builder.build(&request, cancel).await {
                    WasiOutcome::Cancelled => return None,
                    WasiOutcome::Failed(reasons) => return Some(Err(reasons)),
                    WasiOutcome::Built { module, warnings } => {
                        host.module(self.name(), module).map(|created| (created, warnings))
                    }
                }
            }
            (What::Program(_), Self::File(_)) => unreachable!("a file is no program to build"),
        };
        Some(created.map_err(|error| vec![diagnostic(&error)]))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Diagnostic> {
    let wrong = |reason: String| {
        Diagnostic::error(Origin::Host, format!("cannot read {}: {reason}", path.display()))
            .hint("name a file with a module of WebAssembly, or the folder of a Go program")
    };
    let file = source_file::open(path).map_err(|error| wrong(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(FILE_LIMIT + 1).read_to_end(&mut bytes).map_err(|error| wrong(error.to_string()))?;
    if bytes.len() as u64 > FILE_LIMIT {
        return Err(wrong(format!("it has more than {} MiB", FILE_LIMIT >> 20)));
    }
    Ok(bytes)
}

/// The program in the folder itself, or the only one below it.
fn chosen<'a>(graph: &'a ProgramGraph, folder: &Path) -> Result<&'a Program, Diagnostic> {
    let here = graph.programs.iter().find(|program| program.package_folder == folder);
    match (here, &graph.programs[..]) {
        (Some(program), _) | (None, [program]) => Ok(program),
        (None, programs) => {
            let names = programs.iter().map(|program| program.package_folder.display().to_string());
            let message = format!("{} has several programs", folder.display());
            Err(Diagnostic::error(Origin::Loader, message)
                .hint(format!("name the folder of one: {}", names.collect::<Vec<_>>().join(", "))))
        }
    }
}

/// Pages are nothing to a program that runs here.
fn without_pages(graph: &ProgramGraph) -> WatchSet {
    let mut set = graph.watch_set();
    set.folders.retain(|folder| folder.takes != Takes::Assets);
    let is_source = |file: &Path| graph.programs.iter().any(|program| program.sources.contains(file));
    let is_page = |file: &Path| file.extension().is_some_and(|extension| extension == "html");
    set.files.retain(|file| is_source(file) || !is_page(file));
    set
}

/// What the host says of a module.
pub(super) fn diagnostic(error: &wasm_host::Error) -> Diagnostic {
    let diagnostic = Diagnostic::error(Origin::Host, error.to_string());
    match error.hint() {
        Some(hint) => diagnostic.hint(hint),
        None => diagnostic,
    }
}
