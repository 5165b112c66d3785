//! Asks a tool something that has the same answer until its file changes, and remembers the answer.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::missing::Missing;
use super::tool::Tool;
use crate::environment::Environment;
use crate::process::{Ending, Limits, Program};

/// A tool that needs longer than this to say its version is of no use for a build either; Chromium needs a
/// second on a busy machine.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Answers are short; a tool that prints more is not the one that was meant.
const OUTPUT_LIMIT: usize = 64 * 1024;

/// Name of the file with the answers, in the cache folder.
const FILE: &str = "tools.json";

/// Asks tools and remembers. Losing the memory costs time only: a file that cannot be read or written is no error.
#[derive(Debug)]
pub(super) struct Prober {
    file: PathBuf,
    /// Shared by the questions that run at the same time; held for single look-ups, never over an await.
    answers: Mutex<BTreeMap<String, Answer>>,
}

/// What a file answered when it had this time and size.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    modified_nanoseconds: u64,
    size: u64,
    text: String,
}

impl Prober {
    pub(super) fn open(environment: &Environment) -> Self {
        let file = environment.cache_folder.join(FILE);
        let answers = std::fs::read(&file)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        Self { file, answers: Mutex::new(answers) }
    }

    /// What `path arguments` prints, from memory when the file has not changed. `context` is what else the
    /// answer depends on. The program starts in `/`, where no project can have a say.
    pub(super) async fn ask(
        &self,
        tool: Tool,
        path: &Path,
        arguments: &[&str],
        variables: &[(OsString, OsString)],
        context: &str,
    ) -> Result<String, Missing> {
        let broken = |reason: String| Missing::Broken { tool, path: path.to_owned(), reason };
        // The link on PATH stays the same when what it points at is replaced.
        let real = path.canonicalize().map_err(|error| broken(error.to_string()))?;
        let metadata = real.metadata().map_err(|error| broken(error.to_string()))?;
        let modified = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .map_or(0, |since| since.as_nanos() as u64);
        let size = metadata.len();
        let key = format!("{} {} {context}", path.display(), arguments.join(" "));
        if let Some(answer) = self.lock().get(&key) {
            if (answer.modified_nanoseconds, answer.size) == (modified, size) {
                return Ok(answer.text.clone());
            }
        }
        let text = run(tool, path, arguments, variables).await?;
        self.lock().insert(key, Answer { modified_nanoseconds: modified, size, text: text.clone() });
        Ok(text)
    }

    /// Keeps the answers for the next process.
    pub(super) fn save(&self) {
        let Ok(bytes) = serde_json::to_vec_pretty(&*self.lock()) else { return };
        if std::fs::read(&self.file).is_ok_and(|old| old == bytes) {
            return;
        }
        let Some(folder) = self.file.parent() else { return };
        let saved = std::fs::create_dir_all(folder)
            .and_then(|()| tempfile::NamedTempFile::new_in(folder))
            .and_then(|mut file| file.write_all(&bytes).map(|()| file))
            .and_then(|file| file.persist(&self.file).map_err(|error| error.error));
        if let Err(error) = saved {
            tracing::debug!(file = %self.file.display(), %error, "the versions of the tools are not remembered");
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Answer>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a tool once, from `/`, and returns what it printed.
pub(super) async fn run(
    tool: Tool,
    path: &Path,
    arguments: &[&str],
    variables: &[(OsString, OsString)],
) -> Result<String, Missing> {
    let broken = |reason: String| Missing::Broken { tool, path: path.to_owned(), reason };
    let limits = Limits { time: TIME_LIMIT, output: OUTPUT_LIMIT, ..Limits::default() };
    let program = Program::new(path, "/")
        .args(arguments.iter().map(OsStr::new))
        .envs(variables.iter().map(|(name, value)| (name, value)));
    match program.run(limits, &CancellationToken::new()).await {
        Ok(Ending::Exited { status, stdout, .. }) if status.success() => Ok(stdout.text()),
        Ok(Ending::Exited { status, stderr, .. }) => {
            let text = crate::diagnostic::plain(&stderr.text());
            let reason = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
            Err(broken(format!("{status} {reason}").trim_end().to_owned()))
        }
        Ok(Ending::TimedOut { after, .. }) => Err(Missing::Silent { tool, path: path.to_owned(), after }),
        Ok(Ending::Cancelled) => Err(broken("it was ended".to_owned())),
        Err(error) => Err(broken(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::locate::fake_tools::{FakeTools, script};
    use super::*;

    #[tokio::test]
    async fn an_answer_is_remembered_until_the_file_changes() {
        let tools = FakeTools::new();
        let log = tools.folder().join("log");
        let tool = tools.add("tool", &script(&format!("echo run >> {}; echo 1.2", log.display())));
        let runs = || std::fs::read_to_string(&log).unwrap().lines().count();

        let prober = Prober::open(tools.environment());
        assert_eq!(prober.ask(Tool::Go, &tool, &[], &[], "").await.unwrap(), "1.2\n");
        prober.save();
        let prober = Prober::open(tools.environment());
        assert_eq!(prober.ask(Tool::Go, &tool, &[], &[], "").await.unwrap(), "1.2\n");
        assert_eq!(runs(), 1, "the second answer comes from the file");

        tools.add("tool", &script(&format!("echo run >> {}; echo 1.2.3", log.display())));
        assert_eq!(prober.ask(Tool::Go, &tool, &[], &[], "").await.unwrap(), "1.2.3\n");
        assert_eq!(prober.ask(Tool::Go, &tool, &[], &[], "other").await.unwrap(), "1.2.3\n");
        assert_eq!(runs(), 3, "another file and another context are asked again");
    }

    #[tokio::test]
    async fn a_failure_is_told_and_not_remembered() {
        let tools = FakeTools::new();
        let tool = tools.add("tool", &script("echo no such thing >&2; exit 3"));
        let prober = Prober::open(tools.environment());
        let error = prober.ask(Tool::Go, &tool, &[], &[], "").await.unwrap_err().to_string();
        assert!(error.contains("no such thing") && error.contains("tool"), "{error}");
        tools.add("tool", &script("echo fine"));
        assert_eq!(prober.ask(Tool::Go, &tool, &[], &[], "").await.unwrap(), "fine\n");
    }

    #[tokio::test]
    async fn a_memory_that_is_no_json_or_cannot_be_written_is_no_error() {
        let tools = FakeTools::new();
        let tool = tools.add("tool", &script("echo 1"));
        std::fs::write(tools.environment().cache_folder.join(FILE), "{not json").unwrap();
        let prober = Prober::open(tools.environment());
        assert_eq!(prober.ask(Tool::Go, &tool, &[], &[], "").await.unwrap(), "1\n");
        let mut elsewhere = tools.environment().clone();
        elsewhere.cache_folder = "/proc/nowhere".into();
        let prober = Prober::open(&elsewhere);
        assert_eq!(prober.ask(Tool::Go, &tool, &[], &[], "").await.unwrap(), "1\n");
        prober.save();
    }
}
