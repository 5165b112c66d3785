//! What `leaks` takes.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Args;

use super::run::seconds;
use super::{GivenFlags, WasiBuildFlags};

/// Arguments of `leaks`.
#[derive(Debug, Args)]
pub struct LeaksArgs {
    /// WebAssembly module, or the folder of a Go program, which is built first
    #[arg(value_name = "PROGRAM", required_unless_present = "url")]
    pub program: Option<PathBuf>,
    /// What the program itself is given
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    pub arguments: Vec<String>,
    /// How a folder of Go is compiled.
    #[command(flatten)]
    pub build: WasiBuildFlags,
    /// What it may see of this machine.
    #[command(flatten)]
    pub given: GivenFlags,
    /// Bytes for one object that is looked at, in the mean; 1: each object
    #[arg(long, value_name = "BYTES", default_value = "4096")]
    pub alloc_rate: NonZeroU64,
    /// Instead of a program of this machine, those of pages of the server at this address, as `serve` prints it
    #[arg(long, value_name = "URL", conflicts_with = "program")]
    pub url: Option<String>,
    /// The project's token, where the address does not have it
    #[arg(long, requires = "url")]
    pub token: Option<String>,
    /// Certificate of the authority that vouches for an https server [default: those of the system and this user's own]
    #[arg(long, value_name = "FILE", requires = "url")]
    pub ca: Option<PathBuf>,
    /// Seconds after which it is stopped, or, of pages, for which it is listened; the verdict is of what came before [default: none, of pages 5]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub seconds: Option<f64>,
    /// Mebibytes of memory that it may have
    #[arg(long, value_name = "MIB", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub memory_limit: u32,
    /// Print one line of JSON
    #[arg(long)]
    pub json: bool,
}
