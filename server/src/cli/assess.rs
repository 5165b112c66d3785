//! What `assess` takes.

use std::path::PathBuf;

use clap::Args;

use super::CompileFlags;

/// Arguments of `assess`.
#[derive(Debug, Args)]
pub struct AssessArgs {
    /// Folder of Go packages; those below it count too
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// How programs are compiled; with a compiler only for what that compiles for.
    #[command(flatten)]
    pub compile: CompileFlags,
    /// Read only, and compile nothing
    #[arg(long)]
    pub no_prove: bool,
    /// Run each program that was compiled, with nothing allowed, for ten seconds at most
    #[arg(long, conflicts_with = "no_prove")]
    pub run: bool,
    /// Print one line of JSON
    #[arg(long)]
    pub json: bool,
}
