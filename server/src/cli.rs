//! The command line, as types.

mod serve;
#[cfg(feature = "nn")]
mod inference;
mod run;
mod compare;
mod profile;
mod leaks;
mod inspect;
mod trace;
mod assess;
mod flags;
mod bench;

use std::net::IpAddr;
use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::{CompilerChoice, Http3Choice, Settings};

pub use assess::AssessArgs;
pub use bench::{
    Bench, BenchDiffArgs, BenchEditArgs, BenchHashArgs, BenchHostArgs, BenchHostServerArgs, BenchHubArgs,
    BenchHubServerArgs, HubServerKind,
};
pub use compare::CompareArgs;
pub use flags::{FlagsArgs, FlagsCommand, SetArgs};
#[cfg(feature = "nn")]
pub use inference::{InferenceFlags, NamedModel};
pub use inspect::{ExplainArgs, InspectFlags, InspectTarget, SizeArgs};
pub use leaks::LeaksArgs;
pub use profile::ProfileArgs;
pub use run::{GivenFlags, GivenFolder, ProgramFlags, RunArgs, WasiBuildFlags};
pub use serve::ServeArgs;
pub use trace::TraceArgs;

/// Save a Go file and see it in the browser: compiles with TinyGo or Go, pushes over a WebSocket, keeps the state.
#[derive(Debug, Parser)]
#[command(name = "dev-server", version, propagate_version = true, after_help = AFTER_HELP)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str = "\
Exit status: 0 success, 1 the program cannot be built, 2 wrong usage or settings, 3 a tool is missing,
4 the address cannot be listened on, 5 the machine does not allow what is needed.
`tail`, `trace` and `flags watch` end with 0 when they are interrupted, with 1 when the server sends them away, with 2 when it does
not let them in. `flags` ends with 1 when a change would take from clients what they have, with 2 when there is no such flag or value, or
no server. `compare` ends with 1 when they differ, `leaks` when a program holds more and more, `assess` when no compiler takes the
code as it is. `run` ends as its program does; with 1 when it cannot be built or started, with 134 when it crashed or was stopped at a limit, with 130 when it was interrupted.";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve a project: watch, compile, push to every open page
    Serve(ServeArgs),
    /// Compile a project once
    Build(BuildArgs),
    /// Run a program of WebAssembly on this machine, or one of Go that is built for that
    Run(Box<RunArgs>),
    /// Compare the animation of a handler with that of a program of WebAssembly on this machine
    Compare(Box<CompareArgs>),
    /// Say where a program of this machine computes or allocates
    Profile(Box<ProfileArgs>),
    /// Say whether a program of this machine, or of pages, holds more and more memory, and who does
    Leaks(Box<LeaksArgs>),
    /// Say what a module is made of, by package and function, and what makes it smaller
    Size(Box<SizeArgs>),
    /// Show the lines of a function beside the instructions that they became
    Explain(Box<ExplainArgs>),
    /// Say whether Go code can move to WASI, and what stands in the way
    Assess(Box<AssessArgs>),
    /// Serve what another server builds and announces
    Hub(HubArgs),
    /// Show what happens at a server that runs
    Tail(TailArgs),
    /// Show where the time from save to screen goes, at a server that runs
    Trace(TraceArgs),
    /// Say which clients get what, at a server that runs
    Flags(FlagsArgs),
    /// Let a phone or another machine in at a server that runs
    Pair(PairArgs),
    /// Write a small project that runs at once
    New(NewArgs),
    /// Look at the tools that are needed, and say what to do about those that are missing
    Doctor(DoctorArgs),
    /// Say what an edit of a Go file means
    Diff(DiffArgs),
    /// Make the new text of an old one and a patch
    Apply(ApplyArgs),
    /// Measure
    #[command(subcommand)]
    Bench(Bench),
    /// Print the JSON schema of dev-server.toml
    Schema,
}

/// What every command that compiles takes.
#[derive(Debug, Clone, Default, Args)]
pub struct CompileFlags {
    /// Compiler [default: auto]
    #[arg(long, value_enum)]
    pub compiler: Option<CompilerChoice>,
    /// Build tags, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "TAGS")]
    pub tags: Option<Vec<String>>,
    /// Linker flags: -s, -w and -X importpath.name=value
    #[arg(long, allow_hyphen_values = true, value_name = "FLAGS")]
    pub ldflags: Option<String>,
    /// Folder for modules and compilers' caches
    #[arg(long, value_name = "DIR")]
    pub cache_dir: Option<PathBuf>,
    /// Seconds after which a compiler is ended [default: 120]
    #[arg(long, value_name = "SECONDS")]
    pub build_timeout: Option<NonZeroU64>,
    /// Mebibytes of memory that a compiler may use [default: 6144]
    #[arg(long, value_name = "MIB")]
    pub build_memory: Option<NonZeroU64>,
    /// Folder outside the project that `replace` and go.work may name; may be repeated
    #[arg(long = "trusted-folder", value_name = "DIR")]
    pub trusted_folders: Option<Vec<PathBuf>>,
}

/// Arguments of `hub`.
#[derive(Debug, Args)]
pub struct HubArgs {
    /// The NATS server through which `serve --backplane` announces
    #[arg(long, value_name = "URL", env = "DEV_SERVER_BACKPLANE", hide_env_values = true)]
    pub backplane: String,
    /// File with the key that `serve --backplane` has named
    #[arg(long, value_name = "FILE")]
    pub backplane_key: PathBuf,
    /// Address to listen on [default: 127.0.0.1]
    #[arg(long, value_name = "ADDRESS")]
    pub host: Option<IpAddr>,
    /// Port; the next free one is taken when it is busy [default: 7700]
    #[arg(long)]
    pub port: Option<u16>,
    /// A busy port is an error
    #[arg(long)]
    pub strict_port: bool,
    /// Which clients talk over HTTP/3 (WebTransport) where they can [default: away]
    #[arg(long, value_name = "CHOICE")]
    pub http3: Option<Http3Choice>,
    /// Host name, beside the loopback ones, under which the hub may be asked; may be repeated
    #[arg(long = "allowed-host", value_name = "NAME")]
    pub allowed_hosts: Vec<String>,
    /// Print events as NDJSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `tail`.
#[derive(Debug, Args)]
pub struct TailArgs {
    /// Address as `serve` prints it
    pub url: String,
    /// The project's token, where the address does not have it
    #[arg(long)]
    pub token: Option<String>,
    /// Certificate of the authority that vouches for an https server [default: those of the system and this user's own]
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Only what is about one program, or about none
    #[arg(long, value_name = "NAME")]
    pub program: Option<String>,
    /// Print events as NDJSON, as `serve --json` does
    #[arg(long)]
    pub json: bool,
    /// Leave out events up to this number
    #[arg(long, value_name = "NUMBER")]
    pub after: Option<u64>,
}

/// Arguments of `pair`.
#[derive(Debug, Args)]
pub struct PairArgs {
    /// Folder of the project
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// Show the devices that were paired
    #[arg(long, conflicts_with = "forget")]
    pub list: bool,
    /// Send a device away
    #[arg(long, value_name = "NAME")]
    pub forget: Option<String>,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `build`.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// Folder of the project
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// How to compile.
    #[command(flatten)]
    pub compile: CompileFlags,
    /// Small instead of quick
    #[arg(long)]
    pub release: bool,
    /// Folder for the module, the glue and the page [default: dist in the project]
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// Folder to make; must not exist or be empty
    pub folder: PathBuf,
    /// Module path [default: name of the folder]
    #[arg(long, value_name = "PATH")]
    pub module: Option<String>,
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Make what can be made in the user's cache folder
    #[arg(long)]
    pub fix: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The file before
    pub old: Option<PathBuf>,
    /// The file after
    pub new: Option<PathBuf>,
    /// Compare all pairs NAME.a.go and NAME.b.go of a folder, and sum up
    #[arg(long, value_name = "DIR", conflicts_with_all = ["old", "new", "patch"])]
    pub pairs: Option<PathBuf>,
    /// Write the patch to a file
    #[arg(long, value_name = "FILE")]
    pub patch: Option<PathBuf>,
    /// Print one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `apply`.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// The file before
    pub old: PathBuf,
    /// What `diff --patch` wrote
    pub patch: PathBuf,
    /// Write the text to a file instead of printing it
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

impl CompileFlags {
    /// As settings.
    pub fn settings(&self) -> Settings {
        Settings {
            compiler: self.compiler,
            tags: self.tags.clone(),
            ldflags: self.ldflags.clone(),
            cache_dir: self.cache_dir.clone(),
            build_timeout: self.build_timeout,
            build_memory: self.build_memory,
            trusted_folders: self.trusted_folders.clone(),
            ..Settings::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
