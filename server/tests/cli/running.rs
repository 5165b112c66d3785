//! A command that runs, and what it says line by line.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use crate::machine::Machine;

/// Longer than anything here takes on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_mins(3);

pub(crate) async fn within<Answer>(what: &str, answer: impl Future<Output = Answer>) -> Answer {
    tokio::time::timeout(DEADLINE, answer).await.unwrap_or_else(|_| panic!("{what} does not come"))
}

/// A command that runs until it is told to end, or dropped.
pub(crate) struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// Where they are read and not shown.
    notes: Option<Lines<BufReader<ChildStderr>>>,
}

impl Running {
    /// In the project's folder.
    pub(crate) fn start(machine: &Machine, words: &[&str]) -> Self {
        Self::of(machine.command(words))
    }

    /// The same, whose notes are read.
    pub(crate) fn noted(machine: &Machine, words: &[&str]) -> Self {
        let mut command = machine.command(words);
        command.stderr(Stdio::piped());
        Self::of(command)
    }

    /// Where this test runs, with its environment; `said` is where notes go.
    #[expect(clippy::disallowed_methods, reason = "it is read while it runs")]
    pub(crate) fn here(words: &[&str], said: Stdio) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dev-server"));
        command.args(words).arg("--json").env_remove("RUST_LOG").stderr(said);
        Self::of(command)
    }

    fn of(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let notes = child.stderr.take().map(|notes| BufReader::new(notes).lines());
        Self { child, lines, notes }
    }

    pub(crate) async fn line(&mut self) -> String {
        next(&mut self.lines).await
    }

    pub(crate) async fn note(&mut self) -> String {
        next(self.notes.as_mut().unwrap()).await
    }

    /// Skips lines of other events.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        let event = async {
            loop {
                let event: Value = serde_json::from_str(&self.line().await).unwrap();
                if event["event"] == name {
                    return event;
                }
            }
        };
        within(name, event).await
    }

    /// As Ctrl-C does it.
    pub(crate) async fn interrupt(self) -> (i32, String) {
        let id = Pid::from_raw(self.child.id().unwrap().cast_signed()).unwrap();
        kill_process(id, Signal::INT).unwrap();
        self.ends().await
    }

    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// The status, and all that was not read.
    pub(crate) async fn ends(mut self) -> (i32, String) {
        let mut rest = String::new();
        let end = async {
            self.lines.get_mut().read_to_string(&mut rest).await.unwrap();
            if let Some(notes) = &mut self.notes {
                notes.get_mut().read_to_string(&mut rest).await.unwrap();
            }
            self.child.wait().await.unwrap()
        };
        let status = within("the end", end).await;
        (status.code().unwrap_or(-1), rest)
    }
}

async fn next(lines: &mut Lines<BufReader<impl AsyncRead + Unpin>>) -> String {
    within("a line", lines.next_line()).await.unwrap().expect("it has ended")
}
