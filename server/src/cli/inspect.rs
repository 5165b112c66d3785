//! What `size` and `explain` take.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::ProgramFlags;

/// What a program is compiled for that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InspectTarget {
    /// Preview 1, with both compilers
    #[value(name = "wasip1")]
    Preview1,
    /// Preview 2, with TinyGo
    #[value(name = "wasip2")]
    Preview2,
    /// Pages, with both compilers
    #[value(name = "browser")]
    Browser,
}

/// How a folder of Go is compiled that is looked at.
#[derive(Debug, Clone, Default, Args)]
pub struct InspectFlags {
    /// What to compile for [default: wasip1]
    #[arg(long, value_enum)]
    pub target: Option<InspectTarget>,
    /// How to compile.
    #[command(flatten)]
    pub how: ProgramFlags,
}

/// Arguments of `size`.
#[derive(Debug, Args)]
pub struct SizeArgs {
    /// WebAssembly module or component, or the folder of a Go program, which is built first
    #[arg(value_name = "PROGRAM", default_value = ".")]
    pub program: PathBuf,
    /// How a folder of Go is compiled.
    #[command(flatten)]
    pub build: InspectFlags,
    /// Build as for a release with TinyGo and Go, with and without debug information, stripped and optimised, and measure the start of each
    #[arg(long, conflicts_with_all = ["compiler", "release", "top"])]
    pub compare: bool,
    /// Rows of each table; 0 for all
    #[arg(long, value_name = "NUMBER", default_value_t = 15)]
    pub top: usize,
    /// Print one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// WebAssembly module or component, or the folder of a Go program, which is built first
    #[arg(value_name = "PROGRAM")]
    pub program: PathBuf,
    /// The function, or the end of its name, such as main.Add, Add or "(*Board).Step"
    #[arg(value_name = "FUNC")]
    pub function: String,
    /// How a folder of Go is compiled.
    #[command(flatten)]
    pub build: InspectFlags,
    /// With TinyGo and with Go, side by side
    #[arg(long, conflicts_with = "compiler")]
    pub both: bool,
    /// Print one line of JSON
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::Cli;

    #[test]
    fn what_does_not_go_together_is_refused() {
        let parsed = |words: &[&str]| Cli::try_parse_from(["dev-server"].iter().chain(words));
        for right in [
            &["size"][..],
            &["size", "app", "--target", "browser", "--top", "0"],
            &["size", "app.wasm", "--json"],
            &["size", ".", "--compare", "--opt", "2"],
            &["explain", ".", "main.Add", "--both"],
            &["explain", ".", "Add", "--compiler", "go"],
        ] {
            assert!(parsed(right).is_ok(), "{right:?}");
        }
        for wrong in [
            &["size", ".", "--compare", "--compiler", "go"][..],
            &["size", ".", "--compare", "--release"],
            &["size", ".", "--target", "js"],
            &["size", ".", "--top", "many"],
            &["explain", "."],
            &["explain", ".", "Add", "--both", "--compiler", "go"],
        ] {
            assert!(parsed(wrong).is_err(), "{wrong:?}");
        }
    }
}
