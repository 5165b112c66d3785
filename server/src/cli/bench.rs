//! Arguments of `bench` and what it can measure.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{CompileFlags, WasiBuildFlags};

/// What to measure.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Edit a copy of a program many times, with a real browser when there is one
    Edit(BenchEditArgs),
    /// Hash the syntax trees of Go files with several functions
    Hash(BenchHashArgs),
    /// Compare the semantic diff of Go files with difftastic, diffsitter, a line diff and zstd
    Diff(BenchDiffArgs),
    /// Serve thousands of clients, and cut, kill and stall
    Hub(BenchHubArgs),
    /// Run programs of WebAssembly on this machine, exchange them under load, and compare them with Go handlers
    Host(BenchHostArgs),
    /// The server of `bench host`
    #[command(hide = true)]
    HostServer(Box<BenchHostServerArgs>),
    /// The server of `bench hub`, told what to do by it
    #[command(hide = true)]
    HubServer(BenchHubServerArgs),
}

/// Arguments of `bench diff`.
#[derive(Debug, Args)]
pub struct BenchDiffArgs {
    /// Folder with pairs NAME.a.go and NAME.b.go [default: edits of this project's own sources]
    #[arg(long, value_name = "DIR")]
    pub pairs: Option<PathBuf>,
    /// Print one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `bench host`.
#[derive(Debug, Args)]
pub struct BenchHostArgs {
    /// Measure these rows only, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "ROWS")]
    pub only: Vec<String>,
    /// Folder of the animation, whose handlers and modules are compared
    #[arg(long, value_name = "DIR", default_value = "examples/gif")]
    pub gif: PathBuf,
    /// The wasmtime to compare with [default: the one on PATH]
    #[arg(long, value_name = "PATH")]
    pub wasmtime: Option<PathBuf>,
    /// In a few seconds: the figures say nothing then, but that all works
    #[arg(long)]
    pub quick: bool,
    /// Print one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `bench host-server`.
#[derive(Debug, Args)]
pub struct BenchHostServerArgs {
    /// Module, or folder of the program, that answers
    #[arg(long, value_name = "PROGRAM")]
    pub program: PathBuf,
    /// Folder for its token and modules
    #[arg(long, value_name = "DIR")]
    pub folder: PathBuf,
    /// How the program is compiled.
    #[command(flatten)]
    pub build: WasiBuildFlags,
}

/// Arguments of `bench hub`.
#[derive(Debug, Args)]
pub struct BenchHubArgs {
    /// Measure these rows only, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "ROWS")]
    pub only: Vec<String>,
    /// With few clients, in a few seconds: the figures say nothing then, but that all works
    #[arg(long)]
    pub quick: bool,
    /// Print one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `bench hub-server`.
#[derive(Debug, Args)]
pub struct BenchHubServerArgs {
    /// What serves
    #[arg(long, value_enum)]
    pub kind: HubServerKind,
    /// Folder for token, modules and journal
    #[arg(long, value_name = "DIR")]
    pub folder: PathBuf,
    /// The broker that it announces to, or follows
    #[arg(long, value_name = "URL", requires = "backplane_key")]
    pub backplane: Option<String>,
    /// File with the key
    #[arg(long, value_name = "FILE")]
    pub backplane_key: Option<PathBuf>,
}

/// What `bench hub` measures, and what it compares it with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum HubServerKind {
    /// The server itself
    Hub,
    /// The server without counters on the path of deliveries
    Uncounted,
    /// A hub that follows one through a broker
    Edge,
    /// Bytes over TCP, a task for each connection
    Raw,
    /// WebSockets of a web framework and a broadcast channel
    Broadcast,
}

/// Arguments of `bench hash`.
#[derive(Debug, Args)]
pub struct BenchHashArgs {
    /// Folder with Go files
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// Print one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `bench edit`.
#[derive(Debug, Args)]
pub struct BenchEditArgs {
    /// Folder of the project
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// How to compile.
    #[command(flatten)]
    pub compile: CompileFlags,
    /// How many edits
    #[arg(long, default_value_t = 20)]
    pub edits: u32,
    /// Leave out what takes long: builds with other compilers, and how fast code runs
    #[arg(long)]
    pub quick: bool,
    /// Print one line of JSON
    #[arg(long)]
    pub json: bool,
}
