//! What `run` takes.

use std::path::PathBuf;

use clap::Args;

use super::CompileFlags;
#[cfg(feature = "nn")]
use super::InferenceFlags;
use crate::config::TargetChoice;

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// WebAssembly module or component, or the folder of a Go program, which is built first
    #[arg(value_name = "PROGRAM")]
    pub program: PathBuf,
    /// What the program itself is given
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    pub arguments: Vec<String>,
    /// Build anew and start again with each save
    #[arg(long)]
    pub watch: bool,
    /// How a folder of Go is compiled.
    #[command(flatten)]
    pub build: WasiBuildFlags,
    /// What it may see of this machine.
    #[command(flatten)]
    pub given: GivenFlags,
    /// Models that it may compute.
    #[cfg(feature = "nn")]
    #[command(flatten)]
    pub inference: InferenceFlags,
    /// Mebibytes of memory
    #[arg(long, value_name = "MIB", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub memory: u32,
    /// Seconds after which it is stopped [default: none]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<f64>,
    /// Seconds that it may compute, waiting left out [default: none]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub busy: Option<f64>,
    /// Mebibytes that it may write to each of stdout and stderr [default: none]
    #[arg(long, value_name = "MIB")]
    pub output: Option<u32>,
    /// Calls of the host, those of WASI included [default: none]
    #[arg(long, value_name = "NUMBER")]
    pub host_calls: Option<u64>,
}

/// What a program of this machine may see of it.
#[derive(Debug, Clone, Default, Args)]
pub struct GivenFlags {
    /// Give a folder, such as data::/data, or data::/data:ro to read only; may be repeated
    #[arg(long = "dir", value_name = "HERE::THERE[:ro]", value_parser = folder)]
    pub folders: Vec<GivenFolder>,
    /// Give a variable of the environment; without a value that of this process; may be repeated
    #[arg(long = "env", value_name = "NAME[=VALUE]", value_parser = variable)]
    pub variables: Vec<(String, Option<String>)>,
}

/// What every command takes that compiles programs of this machine.
#[derive(Debug, Clone, Default, Args)]
pub struct WasiBuildFlags {
    /// What to compile for [default: wasip1]
    #[arg(long, value_enum)]
    pub target: Option<TargetChoice>,
    /// How to compile.
    #[command(flatten)]
    pub how: ProgramFlags,
}

/// How one program is compiled, whatever for.
#[derive(Debug, Clone, Default, Args)]
pub struct ProgramFlags {
    /// How to compile.
    #[command(flatten)]
    pub compile: CompileFlags,
    /// Small instead of quickly built
    #[arg(long)]
    pub release: bool,
    /// What TinyGo optimises for: 0, 1, 2, s or z [default: 0, with --release z]
    #[arg(long, value_name = "LEVEL", value_parser = ["0", "1", "2", "s", "z"])]
    pub opt: Option<String>,
    /// TinyGo's collector; leaking is the quickest for programs that end soon [default: precise]
    #[arg(long, value_name = "NAME", value_parser = ["none", "leaking", "conservative", "precise"])]
    pub gc: Option<String>,
    /// TinyGo's scheduler; none for programs without goroutines [default: asyncify]
    #[arg(long, value_name = "NAME", value_parser = ["none", "asyncify"])]
    pub scheduler: Option<String>,
}

impl ProgramFlags {
    /// What is said to TinyGo alone, as its own flags.
    pub fn of_tinygo(&self) -> Vec<String> {
        let flags = [("opt", &self.opt), ("gc", &self.gc), ("scheduler", &self.scheduler)];
        flags.into_iter().filter_map(|(name, value)| Some(format!("-{name}={}", value.as_ref()?))).collect()
    }
}

/// A folder of this machine for a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenFolder {
    /// Where it is.
    pub here: PathBuf,
    /// How the program calls it.
    pub there: String,
    /// Whether it may write.
    pub may_write: bool,
}

fn folder(text: &str) -> Result<GivenFolder, String> {
    let (text, may_write) = match text.strip_suffix(":ro") {
        Some(rest) => (rest, false),
        None => (text.strip_suffix(":rw").unwrap_or(text), true),
    };
    let (here, there) = text.split_once("::").unwrap_or((text, text));
    if here.is_empty() || there.is_empty() {
        return Err("write it as data::/data, or data::/data:ro".to_owned());
    }
    Ok(GivenFolder { here: here.into(), there: there.to_owned(), may_write })
}

fn variable(text: &str) -> Result<(String, Option<String>), String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    if name.is_empty() || text.contains('\0') {
        return Err("write it as NAME=VALUE, or NAME".to_owned());
    }
    Ok((name.to_owned(), value))
}

pub(super) fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 1e9 => Ok(seconds),
        _ => Err("write a number of seconds, such as 5 or 0.5".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::{Cli, Command};
    use super::*;

    fn parsed(words: &[&str]) -> RunArgs {
        let words = ["dev-server", "run"].iter().chain(words);
        let Command::Run(arguments) = Cli::try_parse_from(words).unwrap().command else { panic!("run") };
        *arguments
    }

    #[test]
    fn what_follows_the_programs_first_argument_is_its_own() {
        let run =
            parsed(&["--watch", "guest", "--memory", "9", "one", "--watch", "--dir=x", "-v", "--", "--"]);
        assert_eq!((run.watch, run.memory, run.given.folders.len()), (true, 9, 0));
        assert_eq!(run.arguments, ["one", "--watch", "--dir=x", "-v", "--", "--"]);
        assert_eq!(parsed(&["guest", "--", "-v", "--env"]).arguments, ["-v", "--env"]);
    }

    #[test]
    fn folders_and_variables_are_given_in_several_ways() {
        let run = parsed(&["guest", "--dir", "a::/b", "--dir", "a::/b:ro", "--dir", "c", "--dir=c:ro"]);
        let folder = |here: &str, there: &str, may_write| GivenFolder {
            here: here.into(),
            there: there.into(),
            may_write,
        };
        let expected = [
            folder("a", "/b", true),
            folder("a", "/b", false),
            folder("c", "c", true),
            folder("c", "c", false),
        ];
        assert_eq!(run.given.folders, expected);
        let run = parsed(&["guest", "--env", "A=1=2", "--env", "B=", "--env", "C"]);
        let expected = [("A", Some("1=2")), ("B", Some("")), ("C", None)];
        assert_eq!(
            run.given.variables,
            expected.map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
        );
        for wrong in [
            ["--dir", "::x"],
            ["--dir", "x::"],
            ["--env", "=x"],
            ["--timeout", "0"],
            ["--timeout", "soon"],
            ["--memory", "0"],
        ] {
            assert!(
                Cli::try_parse_from(["dev-server", "run", "guest"].iter().chain(&wrong)).is_err(),
                "{wrong:?}"
            );
        }
    }
}
