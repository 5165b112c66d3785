//! What `profile` takes.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Args;

use super::run::seconds;
use super::{GivenFlags, WasiBuildFlags};

/// Arguments of `profile`.
#[derive(Debug, Args)]
pub struct ProfileArgs {
    /// WebAssembly module or component, or the folder of a Go program, which is built first
    #[arg(value_name = "PROGRAM")]
    pub program: PathBuf,
    /// What the program itself is given
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    pub arguments: Vec<String>,
    /// How a folder of Go is compiled.
    #[command(flatten)]
    pub build: WasiBuildFlags,
    /// What it may see of this machine.
    #[command(flatten)]
    pub given: GivenFlags,
    /// File for the profile, for `go tool pprof`
    #[arg(long, value_name = "FILE", default_value = "profile.pb.gz")]
    pub output: PathBuf,
    /// File for a flame graph: a page that needs no other file
    #[arg(long, value_name = "FILE")]
    pub flame: Option<PathBuf>,
    /// Where it allocates instead of where it computes
    #[arg(long)]
    pub memory: bool,
    /// Looks in a second of computing
    #[arg(long, value_name = "HZ", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=10_000), conflicts_with = "memory")]
    pub rate: u32,
    /// With --memory: bytes for one object that is looked at, in the mean; 1: each object
    #[arg(long, value_name = "BYTES", default_value = "524288", requires = "memory")]
    pub alloc_rate: NonZeroU64,
    /// Seconds after which it is stopped; the profile is of what came before [default: none]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub seconds: Option<f64>,
    /// Mebibytes of memory that it may have
    #[arg(long, value_name = "MIB", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub memory_limit: u32,
    /// Print one line of JSON
    #[arg(long)]
    pub json: bool,
}
