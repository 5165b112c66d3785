//! One run of another program, from a fixed argument vector to its ending.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::conversation::Conversation;
use super::group::Group;
use super::output::Output;

/// A program to run: absolute path, working directory, arguments, and an environment that starts empty.
#[derive(Debug, Clone)]
pub struct Program {
    path: PathBuf,
    folder: PathBuf,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
}

/// What one run may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Wall-clock time.
    pub time: Duration,
    /// Bytes of writable private memory per process; kept by the kernel on Linux, not on other systems.
    pub memory: u64,
    /// Bytes kept of each output stream.
    pub output: usize,
}

impl Default for Limits {
    /// Two minutes, 6 GiB and 1 MiB: a cold TinyGo build of a large program on a slow machine takes about one
    /// minute and 2 GiB, and nobody reads more than 1 MiB of messages.
    fn default() -> Self {
        Self { time: Duration::from_mins(2), memory: 6 << 30, output: 1 << 20 }
    }
}

/// How a run ended.
#[derive(Debug)]
pub enum Ending {
    /// The program ended by itself, well or not.
    Exited {
        /// Its status.
        status: ExitStatus,
        /// What it printed.
        stdout: Output,
        /// What it printed as errors.
        stderr: Output,
        /// How long it ran.
        elapsed: Duration,
    },
    /// It ran into the time limit and its group was ended.
    TimedOut {
        /// The limit.
        after: Duration,
        /// What it had printed as errors.
        stderr: Output,
    },
    /// The caller did not want the result any more; the group was ended.
    Cancelled,
}

/// A program could not be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot start {path} in {folder}: {source}")]
pub struct RunError {
    /// The program.
    pub path: PathBuf,
    /// The working directory.
    pub folder: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl Program {
    /// `path` must be absolute: a relative name would be looked up in a PATH that the project may influence.
    pub fn new(path: impl Into<PathBuf>, folder: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), folder: folder.into(), arguments: Vec::new(), variables: Vec::new() }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Sets an environment variable; nothing is inherited.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Sets several environment variables.
    #[must_use]
    pub fn envs(
        mut self,
        variables: impl IntoIterator<Item = (impl AsRef<OsStr>, impl AsRef<OsStr>)>,
    ) -> Self {
        for (name, value) in variables {
            self = self.env(name, value);
        }
        self
    }

    /// The program's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs to the end, to a limit, or until `cancel`. Its whole process group is gone when this returns or is dropped.
    pub async fn run(&self, limits: Limits, cancel: &CancellationToken) -> Result<Ending, RunError> {
        let start = Instant::now();
        let mut group = self.spawn(limits)?;
        let stdout = group.child().stdout.take();
        let stderr = group.child().stderr.take();
        let mut stderr_task = tokio::spawn(Output::collect(stderr, limits.output));
        let finished = async {
            let stdout = Output::collect(stdout, limits.output).await;
            (group.child().wait().await, stdout)
        };
        let ended = tokio::select! {
            // Cancellation first: a result that nobody wants must not win a race against its cancellation.
            biased;
            () = cancel.cancelled() => None,
            ended = tokio::time::timeout(limits.time, finished) => Some(ended),
        };
        group.kill();
        match ended {
            Some(Ok((status, stdout))) => {
                let status = status.map_err(|source| self.error(source))?;
                let stderr = (&mut stderr_task).await.unwrap_or_default();
                Ok(Ending::Exited { status, stdout, stderr, elapsed: start.elapsed() })
            }
            ended => {
                let _ = group.child().wait().await;
                let stderr = stderr_task.await.unwrap_or_default();
                Ok(match ended {
                    Some(_) => Ending::TimedOut { after: limits.time, stderr },
                    None => Ending::Cancelled,
                })
            }
        }
    }

    /// Starts it and lets it live on by itself, such as an editor that was asked to show a line.
    pub fn start_detached(&self) -> Result<(), RunError> {
        let mut command = self.command()?;
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map(drop).map_err(|source| self.error(source))
    }

    /// Starts it for a talk in frames. `memory`: bytes of writable private memory.
    pub fn converse(&self, memory: u64) -> Result<Conversation, RunError> {
        let mut command = self.command()?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let group = Group::new(command.spawn().map_err(|source| self.error(source))?);
        limit_memory(&group, memory);
        Conversation::new(group).ok_or_else(|| self.error(io::ErrorKind::BrokenPipe.into()))
    }

    fn spawn(&self, limits: Limits) -> Result<Group, RunError> {
        let mut command = self.command()?;
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let child = command.spawn().map_err(|source| self.error(source))?;
        let group = Group::new(child);
        limit_memory(&group, limits.memory);
        Ok(group)
    }

    fn command(&self) -> Result<tokio::process::Command, RunError> {
        if !self.path.is_absolute() {
            return Err(self.error(io::Error::new(io::ErrorKind::InvalidInput, "the path is not absolute")));
        }
        #[expect(clippy::disallowed_methods, reason = "the one place that starts processes")]
        let mut command = tokio::process::Command::new(&self.path);
        command
            .args(&self.arguments)
            .current_dir(&self.folder)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .process_group(0);
        Ok(command)
    }

    fn error(&self, source: io::Error) -> RunError {
        RunError { path: self.path.clone(), folder: self.folder.clone(), source }
    }
}

/// RLIMIT_DATA and not RLIMIT_AS: the Go runtime reserves far more address space than it writes to.
/// Set from outside right after the start, since doing it in the child before `exec` needs unsafe code;
/// children that are started later inherit it.
#[cfg(target_os = "linux")]
fn limit_memory(group: &Group, bytes: u64) {
    use rustix::process::{Resource, Rlimit, prlimit};
    if let Some(leader) = group.leader() {
        let limit = Rlimit { current: Some(bytes), maximum: Some(bytes) };
        // Fails only when the child has ended already.
        let _ = prlimit(Some(leader), Resource::Data, limit);
    }
}

#[cfg(not(target_os = "linux"))]
fn limit_memory(_group: &Group, _bytes: u64) {}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Program {
        Program::new("/bin/sh", "/").arg("-c").arg(script).env("PATH", "/usr/bin:/bin")
    }

    #[tokio::test]
    async fn output_beyond_the_limit_is_read_and_dropped() {
        let limits = Limits { output: 10, ..Limits::default() };
        let ending = shell("printf 0123456789abcdef; printf e >&2; exit 3")
            .run(limits, &CancellationToken::new())
            .await
            .unwrap();
        let Ending::Exited { status, stdout, stderr, .. } = ending else { panic!("{ending:?}") };
        assert_eq!(
            (status.code(), stdout.bytes.as_slice(), stdout.dropped),
            (Some(3), &b"0123456789"[..], 6)
        );
        assert_eq!(stderr.text(), "e");
    }

    #[tokio::test]
    async fn nothing_of_the_environment_is_inherited() {
        let ending = Program::new("/usr/bin/env", "/")
            .env("ONLY", "this")
            .run(Limits::default(), &CancellationToken::new())
            .await
            .unwrap();
        let Ending::Exited { stdout, .. } = ending else { panic!("{ending:?}") };
        assert_eq!(stdout.text(), "ONLY=this\n");
    }

    #[tokio::test]
    async fn a_timeout_and_a_cancellation_end_grandchildren_too() {
        // The grandchild holds the pipe open: without a kill of the group the run would last a minute.
        let limits = Limits { time: Duration::from_millis(200), ..Limits::default() };
        let ending =
            shell("sleep 60 & sleep 60; echo never").run(limits, &CancellationToken::new()).await.unwrap();
        assert!(matches!(ending, Ending::TimedOut { .. }), "{ending:?}");

        let cancel = CancellationToken::new();
        cancel.cancel();
        let ending = shell("sleep 60 & sleep 60").run(Limits::default(), &cancel).await.unwrap();
        assert!(matches!(ending, Ending::Cancelled), "{ending:?}");
    }

    #[tokio::test]
    async fn a_relative_path_is_refused_and_a_missing_program_named() {
        let none = CancellationToken::new();
        let relative = Program::new("sh", "/").run(Limits::default(), &none).await.unwrap_err();
        assert!(relative.to_string().contains("not absolute"), "{relative}");
        let missing = Program::new("/no/such/program", "/").run(Limits::default(), &none).await.unwrap_err();
        assert!(missing.to_string().contains("/no/such/program"), "{missing}");
    }
}
