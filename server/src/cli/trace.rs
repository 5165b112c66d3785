//! What `trace` takes.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

/// Arguments of `trace`.
#[derive(Debug, Args)]
pub struct TraceArgs {
    /// Address as `serve` prints it [default: the server of the project in this folder]
    pub url: Option<String>,
    /// The project's token, where the address does not have it
    #[arg(long)]
    pub token: Option<String>,
    /// Certificate of the authority that vouches for an https server [default: those of the system and this user's own]
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Only saves that are about one program
    #[arg(long, value_name = "NAME")]
    pub program: Option<String>,
    /// Show the last saves that the server remembers, and end
    #[arg(long, value_name = "NUMBER", conflicts_with = "once")]
    pub last: Option<NonZeroUsize>,
    /// End after the next save
    #[arg(long)]
    pub once: bool,
    /// Print one line of JSON a save
    #[arg(long)]
    pub json: bool,
    /// Write what was shown to a file, as trace events that Perfetto and chrome://tracing open
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
