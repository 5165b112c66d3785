//! A user's folders, and runs of the command in them.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dev_server::environment::Environment;
use dev_server::process::{Ending, Limits, Program};
use tokio_util::sync::CancellationToken;

/// Longer than anything here takes on a busy machine.
const DEADLINE: Duration = Duration::from_mins(3);

/// A smallest program that compiles.
pub(crate) const PROGRAM: &str = "package main\n\nfunc main() { println(\"hello\") }\n";

/// A module file for it.
pub(crate) const MODULE: &str = "module example\n\ngo 1.24\n";

/// A folder with a project, a home, a cache and a folder of programs that come first on PATH.
pub(crate) struct Machine {
    folder: tempfile::TempDir,
    variables: Vec<(OsString, OsString)>,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Machine {
    /// With the files of a project; compilers' own caches are those of the user, as they cost minutes to fill.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let machine = Self { folder, variables: Vec::new() };
        for name in ["project", "bin", "state", "config"] {
            std::fs::create_dir(machine.path(name)).unwrap();
        }
        for (name, text) in files {
            machine.write(&format!("project/{name}"), text);
        }
        let mut variables = Environment::capture().unwrap().variables;
        let path = variables.get(std::ffi::OsStr::new("PATH")).cloned().unwrap_or_default();
        let folders = [machine.path("bin")].into_iter().chain(std::env::split_paths(&path));
        variables.insert("PATH".into(), std::env::join_paths(folders).unwrap());
        variables.insert("XDG_STATE_HOME".into(), machine.path("state").into());
        variables.insert("XDG_CONFIG_HOME".into(), machine.path("config").into());
        variables.remove(std::ffi::OsStr::new("RUST_LOG"));
        Self { variables: variables.into_iter().collect(), ..machine }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn project(&self) -> PathBuf {
        self.path("project")
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// A shell script that is found before the real program of that name.
    pub(crate) fn script(&self, name: &str, body: &str) {
        self.write(&format!("bin/{name}"), &format!("#!/bin/sh\n{body}\n"));
        std::fs::set_permissions(self.path(&format!("bin/{name}")), std::fs::Permissions::from_mode(0o755))
            .unwrap();
    }

    /// A `go` that does `build` in its own way and everything else in the real one's.
    pub(crate) fn go_that_builds_with(&self, body: &str) {
        let real = Environment::capture().unwrap().find("go").unwrap();
        let script = format!("if [ \"$1\" = build ]; then\n{body}\nfi\nexec '{}' \"$@\"", real.display());
        self.script("go", &script);
    }

    #[must_use]
    pub(crate) fn variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// The command with these words, in the project's folder.
    pub(crate) async fn run<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> Ran {
        let program = Program::new(env!("CARGO_BIN_EXE_dev-server"), self.project())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .args(words);
        let limits = Limits { time: DEADLINE, ..Limits::default() };
        match program.run(limits, &CancellationToken::new()).await.unwrap() {
            Ending::Exited { status, stdout, stderr, .. } => {
                Ran { status: status.code().unwrap_or(-1), stdout: stdout.text(), stderr: stderr.text() }
            }
            other => panic!("the command did not end by itself: {other:?}"),
        }
    }

    /// The same, for who reads it while it runs.
    #[expect(clippy::disallowed_methods, reason = "it is read while it runs, and ended by a signal")]
    pub(crate) fn command(&self, words: &[&str]) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_dev-server"));
        let variables = self.variables.iter().map(|(name, value)| (name, value));
        command.args(words).current_dir(self.project()).env_clear().envs(variables).env("NO_COLOR", "1");
        command
    }

    /// `serve --once --json` with the standard compiler and a cache of its own.
    pub(crate) async fn once(&self, more: &[&str]) -> Ran {
        let cache = self.path("cache").display().to_string();
        let mut words = vec!["serve", "--once", "--json", "--compiler", "go", "--cache-dir", &cache];
        if !more.contains(&"--port") {
            words.extend(["--port", "0"]);
        }
        self.run(words.into_iter().chain(more.iter().copied())).await
    }
}

impl Ran {
    /// Lines of the standard output, each of which must be an event.
    pub(crate) fn events(&self) -> Vec<serde_json::Value> {
        self.stdout
            .lines()
            .map(|line| {
                let event: serde_json::Value =
                    serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}\n{self:?}"));
                assert!(event["event"].is_string(), "{line}");
                event
            })
            .collect()
    }

    /// Everything that is wrong according to the builds that failed.
    pub(crate) fn diagnostics(&self) -> Vec<serde_json::Value> {
        self.events()
            .into_iter()
            .filter(|event| event["event"] == "build" && event["status"] == "failed")
            .flat_map(|event| event["diagnostics"].as_array().cloned().unwrap_or_default())
            .collect()
    }

    /// The status, a line `error:` and a line `hint:` with these words, and nothing that looks like a crash.
    #[track_caller]
    pub(crate) fn refuses(&self, status: i32, error: &str, hint: &str) {
        assert_eq!(self.status, status, "{self:?}");
        let line = |start: &str| {
            let found = self.stderr.lines().find(|line| line.starts_with(start));
            found.unwrap_or_else(|| panic!("no line `{start}`: {self:?}"))
        };
        assert!(line("error: ").contains(error), "{self:?}");
        assert!(line("hint: ").contains(hint), "{self:?}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
    }

    /// A failed build with exactly one diagnostic that has these words.
    #[track_caller]
    pub(crate) fn fails(&self, message: &str, hint: &str) {
        assert_eq!(self.status, 1, "{self:?}");
        let all = self.diagnostics();
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let found = all.iter().find(|item| text(&item["message"]).contains(message));
        let found = found.unwrap_or_else(|| panic!("nothing says `{message}`: {self:?}"));
        assert!(text(&found["hint"]).contains(hint), "{found}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
    }
}

/// True while the process whose id is in this file runs. One that has ended and that nobody has asked about runs no more.
pub(crate) fn lives(file: &Path) -> bool {
    let id = std::fs::read_to_string(file).unwrap();
    let stat = std::fs::read_to_string(Path::new("/proc").join(id.trim()).join("stat"));
    stat.is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().starts_with(" Z"))
}
