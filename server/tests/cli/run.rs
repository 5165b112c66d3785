//! Runs the binary, and tools, and keeps what they printed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use dev_server::environment::Environment;
use dev_server::process::{Ending, Limits, Program};
use tokio_util::sync::CancellationToken;

/// Generous: the compilers of several tests work at the same time, on any machine.
const LIMITS: Limits = Limits { time: Duration::from_mins(8), memory: u64::MAX, output: 1 << 20 };

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Its only line, as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.stdout.lines().count(), 1, "{self:?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Itself, after a check of the exit status.
    pub(crate) fn ended_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }
}

/// `dev-server` with the user's environment.
pub(crate) async fn dev_server(folder: &Path, arguments: &[&str]) -> Run {
    let environment = Environment::capture().unwrap();
    run(Program::new(env!("CARGO_BIN_EXE_dev-server"), folder).args(arguments).envs(&environment.variables))
        .await
}

/// `dev-server` with these variables only.
pub(crate) async fn dev_server_with(folder: &Path, variables: &[(&str, &Path)], arguments: &[&str]) -> Run {
    let program = Program::new(env!("CARGO_BIN_EXE_dev-server"), folder).args(arguments);
    run(program.envs(variables.iter().copied())).await
}

/// Runs a program to its end.
pub(crate) async fn run(program: Program) -> Run {
    match program.run(LIMITS, &CancellationToken::new()).await.unwrap() {
        Ending::Exited { status, stdout, stderr, .. } => {
            Run { code: status.code(), stdout: stdout.text(), stderr: stderr.text() }
        }
        other => panic!("{other:?}"),
    }
}

/// A small Go program without imports of its own, in a folder of that name.
pub(crate) fn program(home: &Path, name: &str) -> PathBuf {
    let folder = home.join(name);
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("go.mod"), format!("module example.test/{name}\n\ngo 1.24\n")).unwrap();
    write_main(&folder, "println(\"hello there\")");
    folder
}

/// Writes the program's only function.
pub(crate) fn write_main(folder: &Path, body: &str) {
    std::fs::write(folder.join("main.go"), format!("package main\n\nfunc main() {{\n\t{body}\n}}\n"))
        .unwrap();
}

/// Names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
