//! Why a module cannot be used: said with its name and what to do about it.

use std::path::PathBuf;

use crate::outcome::Outcome;
use crate::signature::Signature;

/// Nothing of it stops the host: each is about one module, one guest or one folder.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The host itself cannot be made.
    #[error("the WebAssembly host cannot start: {detail}")]
    Host { detail: String },

    #[error("{}: cannot be read: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },

    #[error("{}: is no regular file", path.display())]
    NotAFile { path: PathBuf },

    #[error("{module}: {bytes} bytes are more than the {limit} that a module may have")]
    TooLarge { module: String, bytes: u64, limit: u64 },

    /// The first bytes are those of something else.
    #[error("{module}: is no WebAssembly (it begins with {start})")]
    NotWasm { module: String, start: String },

    /// It ends within a section.
    #[error("{module}: ends at byte {at}, in the middle of {part}")]
    Truncated { module: String, at: usize, part: String },

    #[error("{module}: is not valid at byte {at}: {detail}")]
    Invalid { module: String, at: usize, detail: String },

    /// It would be valid with a proposal that this host does not run.
    #[error("{module}: needs {feature}, which this host does not run: {detail}")]
    Unsupported { module: String, feature: &'static str, detail: String },

    #[error("{module}: imports {}{}", .unknown[0], more(.unknown.len(), *.total))]
    UnknownImport {
        module: String,
        /// The first few of them.
        unknown: Vec<UnknownImport>,
        total: usize,
    },

    #[error("{module}: cannot be compiled: {detail}")]
    Compile { module: String, detail: String },

    /// A core module that is no program of preview 2.
    #[error("{module}: cannot be made a component: {detail}")]
    NoComponent { module: String, detail: String },

    /// It cannot be made to tell what it does with its memory.
    #[error("{module}: what it does with its memory cannot be seen: {detail}")]
    NotObserved { module: String, detail: String },

    /// It asks for more memories, tables or data than a slot of the pool has.
    #[error("{module}: {detail}")]
    TooDemanding { module: String, detail: String },

    /// All slots of the pool are taken.
    #[error("{module}: as many guests run as this host may run at once")]
    Busy { module: String },

    /// Its start function or `_initialize` failed.
    #[error("{module}: did not start: {outcome}")]
    DidNotStart { module: String, outcome: Outcome },

    /// A call that did not come back with results.
    #[error("{module}: `{export}` {outcome}")]
    CallFailed { module: String, export: String, outcome: Outcome },

    #[error("{module}: has no `{export}`{}", listed(.offered))]
    MissingExport { module: String, export: String, offered: Vec<String> },

    #[error("{module}: `{export}` is {found}, and was called as {wanted}")]
    WrongCall { module: String, export: String, found: String, wanted: String },

    /// A call on the caller's stack of what may wait.
    #[error("{module}: imports what may wait, and cannot be called at once")]
    Waits { module: String },

    /// A body that a handler may not read.
    #[error("{module}: a request's body of more than {limit} bytes is not taken")]
    RequestTooLong { module: String, limit: u64 },

    /// A request that says nothing of whom it is for.
    #[error("{module}: is not asked with such a request: {detail}")]
    Request { module: String, detail: String },

    /// A call after one that failed: nobody knows what state the guest is in.
    #[error("{module}: has failed before and cannot be called again")]
    Ended { module: String },

    #[error("{module}: cannot be given the folder {}: {detail}", path.display())]
    Folder { module: String, path: PathBuf, detail: String },

    #[error("{module}: arguments and environment of {bytes} bytes are more than {limit}")]
    Arguments { module: String, bytes: usize, limit: usize },

    /// A function that was to be offered cannot be: twice the same name, or a type that has no place there.
    #[error("the function `{function}` cannot be offered: {detail}")]
    Function { function: String, detail: String },

    /// The library that computes models.
    #[cfg(feature = "nn")]
    #[error("ONNX Runtime cannot be used from {}: {detail}", path.display())]
    InferenceLibrary { path: PathBuf, detail: String },

    /// A model that guests were to be given.
    #[cfg(feature = "nn")]
    #[error("the model {} cannot be given: {detail}", path.display())]
    Model { path: PathBuf, detail: String },

    #[error("compiled modules cannot be kept in {}: {detail}", path.display())]
    Cache { path: PathBuf, detail: String },

    /// The new module did not answer the probe as it should; the old one still serves.
    #[error("{module}: does not take over: {detail}")]
    Probe { module: String, detail: String },

    #[error("there is no older module to go back to")]
    NothingToGoBackTo,
}

impl Error {
    /// What the reader can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Host { .. } => "look at the limits of address space and threads: `ulimit -a`",
            Self::Read { .. } | Self::NotAFile { .. } => "give the path of a built module",
            Self::TooLarge { .. } => "build without debug information, or raise the limit of module bytes",
            Self::NotWasm { .. } => {
                "build it with `GOOS=wasip1 GOARCH=wasm go build` or `tinygo build -target wasip1`"
            }
            Self::Truncated { .. } | Self::Invalid { .. } => "build the module again",
            Self::Unsupported { .. } => "build it without that feature",
            Self::UnknownImport { unknown, .. }
                if unknown.iter().any(|one| one.from == "wasi_ephemeral_nn") =>
            {
                "give it a model: `run --nn MODEL.onnx`, of a dev-server with the feature `nn`, which is on by default"
            }
            Self::UnknownImport { .. } => {
                "offer the function under that name and signature, or build for wasip1 or wasip2 instead of js"
            }
            Self::Compile { .. } => "build the module again, and report it if it stays so",
            Self::NoComponent { .. } => "build a main package with `-target wasip2`, or build for wasip1",
            Self::NotObserved { .. } => "build it for wasip1",
            Self::TooDemanding { .. } => "build with less initial memory, or make the host's slots larger",
            Self::Busy { .. } => "wait for one to end, or start the host with more slots",
            Self::DidNotStart { outcome, .. } | Self::CallFailed { outcome, .. } => return outcome.hint(),
            Self::MissingExport { .. } => "export it with //go:wasmexport, or call one that is there",
            Self::WrongCall { .. } => "call it with the values that it takes",
            Self::Waits { .. } => "call it as a future: `Compiled::call`",
            Self::RequestTooLong { .. } => "send less, or raise the limit of request bytes",
            Self::Request { .. } => "name the host in the address or in the header `host`",
            Self::Ended { .. } => "instantiate the module again",
            Self::Folder { .. } => "give a folder that exists and may be read",
            Self::Arguments { .. } => "hand large data over by stdin or in a file",
            Self::Function { .. } => "choose another name or other types",
            #[cfg(feature = "nn")]
            Self::InferenceLibrary { .. } => {
                "name the file libonnxruntime of ONNX Runtime 1.22 or newer; scripts/onnxruntime fetches one"
            }
            #[cfg(feature = "nn")]
            Self::Model { .. } => "give models of ONNX by different names, at most 64",
            Self::Cache { .. } => "give a folder of your own with mode 0700, or none",
            Self::Probe { .. } => "mend the new module; the old one goes on serving",
            Self::NothingToGoBackTo => return None,
        })
    }
}

/// An import that nobody offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownImport {
    /// What comes before the dot: `env`, or an interface of a component.
    pub from: String,
    pub name: String,
    /// What the module wants it to be.
    pub wanted: String,
    /// What is offered under this name, when it is only the signature that differs.
    pub offered: Option<Signature>,
    /// Where the program calls it, when the module has DWARF.
    pub used_at: Option<String>,
}

impl std::fmt::Display for UnknownImport {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { from, name, wanted, offered, used_at } = self;
        write!(formatter, "`{from}.{name}` as {wanted}, which ")?;
        match offered {
            Some(offered) => write!(formatter, "is offered as {offered}")?,
            None => write!(formatter, "nobody offers")?,
        }
        match used_at {
            Some(place) => write!(formatter, " (used at {place})"),
            None => Ok(()),
        }
    }
}

fn more(shown: usize, total: usize) -> String {
    debug_assert!(shown > 0, "an error of no imports");
    if total > 1 { format!(", and {} more", total - 1) } else { String::new() }
}

fn listed(names: &[String]) -> String {
    match names {
        [] => ", and exports no functions".to_owned(),
        names => format!("; it exports {}", names.join(", ")),
    }
}
