//! Programs that are run for a comparison, with the processor time that each run takes.

use std::path::PathBuf;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::process::{Ending, Limits, Program, time_of_children};

use super::answer::Answer;

/// Nobody waits longer for a diff of one file. What is marked in a large one can be some mebibytes of JSON.
const LIMITS: Limits = Limits { time: Duration::from_mins(1), memory: 4 << 30, output: 64 << 20 };

/// A program that was found.
#[derive(Debug, Clone)]
pub(super) struct Outside {
    program: Program,
    cancel: CancellationToken,
}

/// A run that came to its end.
#[derive(Debug)]
pub(super) struct Ran {
    /// Processor time in microseconds.
    pub(super) spent: f64,
    pub(super) code: Option<i32>,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: String,
}

impl Ran {
    /// This run is no comparison: why, with what the program printed as an error.
    pub(super) fn refused(&self) -> Answer {
        let mut lines = self.stderr.lines().filter(|line| !line.trim().is_empty());
        let said = match lines.next() {
            // Where that was is of no use to anybody else, and differs from machine to machine.
            Some(line) if line.contains(" panicked at ") => lines.next().unwrap_or("a panic"),
            Some(line) => line,
            None => "nothing was said",
        };
        let code = self.code.map_or("a signal".to_owned(), |code| format!("status {code}"));
        Answer::failed(Some(self.spent), format!("it ended with {code}: {said}"))
    }
}

impl Outside {
    pub(super) fn new(path: PathBuf, cancel: &CancellationToken) -> Self {
        Self { program: Program::new(path, "/"), cancel: cancel.clone() }
    }

    /// With what every run has.
    pub(super) fn with(self, change: impl FnOnce(Program) -> Program) -> Self {
        Self { program: change(self.program), ..self }
    }

    /// Runs it to its end. An answer instead of a run says why there is none.
    pub(super) async fn run(&self, change: impl FnOnce(Program) -> Program) -> Result<Ran, Answer> {
        let before = time_of_children().unwrap_or_default();
        let ending = change(self.program.clone()).run(LIMITS, &self.cancel).await;
        let spent = time_of_children().unwrap_or_default().saturating_sub(before).as_secs_f64() * 1e6;
        match ending {
            Ok(Ending::Exited { stdout, .. }) if stdout.dropped > 0 => {
                Err(Answer::failed(Some(spent), "it prints more than 64 MiB"))
            }
            Ok(Ending::Exited { status, stdout, stderr, .. }) => {
                Ok(Ran { spent, code: status.code(), stdout: stdout.bytes, stderr: stderr.text() })
            }
            Ok(Ending::TimedOut { after, .. }) => {
                Err(Answer::failed(Some(spent), format!("it takes more than {} s", after.as_secs())))
            }
            Ok(Ending::Cancelled) => Err(Answer::failed(None, "ended early")),
            Err(error) => Err(Answer::failed(None, error.source.to_string())),
        }
    }

    /// What it says about itself, on its first line.
    pub(super) async fn version(&self) -> Option<String> {
        let ran = self.run(|program| program.arg("--version")).await.ok()?;
        let text = String::from_utf8_lossy(&ran.stdout).into_owned();
        version_in(text.lines().next()?).map(str::to_owned)
    }
}

/// The first word that begins like a number, or like `v` and a number.
fn version_in(line: &str) -> Option<&str> {
    line.split([' ', ','])
        .map(|word| word.strip_prefix('v').unwrap_or(word))
        .find(|word| word.starts_with(|letter: char| letter.is_ascii_digit()) && word.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell() -> Outside {
        Outside::new("/bin/sh".into(), &CancellationToken::new()).with(|program| program.arg("-c"))
    }

    #[test]
    fn versions_are_found() {
        assert_eq!(version_in("Difftastic 0.72.0"), Some("0.72.0"));
        assert_eq!(version_in("*** Zstandard CLI (64-bit) v1.5.4, by Yann Collet ***"), Some("1.5.4"));
        assert_eq!(version_in("no number"), None);
    }

    #[tokio::test]
    async fn a_run_is_timed_and_a_failure_named() {
        let script = "i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done; echo; echo why >&2; exit 3";
        let ran = shell().run(|program| program.arg(script)).await.unwrap();
        assert!(ran.spent > 5000.0, "{ran:?}");
        let answer = ran.refused();
        assert_eq!(answer.found, Err("it ended with status 3: why".to_owned()));
        assert_eq!(answer.spent, Some(ran.spent));
        let panic = "thread 'main' (7) panicked at some/file.rs:1:2:\nindex out of bounds\nnote: more";
        let answer = Ran { stderr: panic.to_owned(), ..ran }.refused();
        assert_eq!(answer.found, Err("it ended with status 3: index out of bounds".to_owned()));
    }

    #[tokio::test]
    async fn what_does_not_start_is_no_run() {
        let missing = Outside::new("/no/such/program".into(), &CancellationToken::new());
        assert!(missing.run(|program| program).await.unwrap_err().found.is_err());
        assert_eq!(missing.version().await, None);
    }
}
