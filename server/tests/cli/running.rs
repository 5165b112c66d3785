//! A command that runs, and what it says line by line.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout};

use crate::machine::Machine;

/// Longer than anything here takes on a busy machine.
const DEADLINE: Duration = Duration::from_mins(3);

pub(crate) async fn within<Answer>(what: &str, answer: impl Future<Output = Answer>) -> Answer {
    tokio::time::timeout(DEADLINE, answer).await.unwrap_or_else(|_| panic!("{what} does not come"))
}

/// A command that runs until it is told to end, or dropped.
pub(crate) struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    pub(crate) fn start(machine: &Machine, words: &[&str]) -> Self {
        let mut command = machine.command(words);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    pub(crate) async fn line(&mut self) -> String {
        within("a line", self.lines.next_line()).await.unwrap().expect("it has ended")
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

    pub(crate) async fn interrupt(mut self) {
        let id = Pid::from_raw(self.child.id().unwrap().cast_signed()).unwrap();
        kill_process(id, Signal::INT).unwrap();
        assert!(within("the end", self.child.wait()).await.unwrap().success());
    }
}
