//! What can be said about the work, as data. The field `event` of the JSON form names the kind.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};

use crate::build::StageTime;
use crate::diagnostic::{Diagnostic, Severity};
use crate::telemetry::ProgramMemory;

/// One of a few words, which the fields say.
pub type Word = &'static str;

/// All of them, for those who read what another server has said.
const WORDS: &[Word] = &[
    "nothing",
    "asset",
    "graph",
    "whole",
    "body",
    "contract",
    "type layout",
    "global init",
    "imports",
    "started",
    "built",
    "failed",
    "cancelled",
    "nothing to do",
    "asset swap",
    "hot patch",
    "module swap",
    "page reload",
    "debug",
    "info",
    "warning",
    "error",
    "panic",
    "go list",
    "tinygo",
    "go",
    "preflight",
    "policy",
    "host",
    "file",
    "command",
    "trial",
];

/// Something worth a line. Times are milliseconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The server takes connections.
    Listening {
        /// Address of the page without the token.
        url: String,
        /// The project's token; `url/?token=` opens the page the first time.
        token: String,
        /// The compiler with its version.
        compiler: String,
    },
    /// A hub takes connections.
    Following {
        /// Address without the token.
        url: String,
        /// The token of all hubs of the backplane.
        token: String,
        /// Name of the backplane at the broker.
        backplane: String,
    },
    /// A code with which one device of the network is let in.
    Pairing {
        /// Address of the page where the code is typed.
        page: String,
        /// The code.
        code: String,
        /// Address with a longer form of the code in it, to be scanned.
        link: String,
        /// How long the code is good.
        seconds: u64,
    },
    /// Files changed.
    Change {
        /// Number of the new state.
        revision: u64,
        /// Paths relative to the project, at most ten.
        files: Vec<String>,
        /// How many files changed.
        count: usize,
        /// When the first of it was seen, in microseconds since the Unix epoch; null when that was not said.
        #[serde(default)]
        at_us: Option<u64>,
    },
    /// What a change means for a program.
    Verdict {
        /// The state.
        revision: u64,
        /// Name of the program.
        program: String,
        /// "nothing", "asset", "graph" or "whole".
        #[serde(deserialize_with = "word")]
        verdict: Word,
        /// In words.
        reason: String,
    },
    /// A build starts or ends.
    Build {
        /// The state.
        revision: u64,
        /// Name of the program.
        program: String,
        /// "started", "built", "failed" or "cancelled".
        #[serde(deserialize_with = "word")]
        status: Word,
        /// The compiler with its version.
        compiler: String,
        /// How long it took; for "started" what the last one took.
        ms: f64,
        /// True when the result was kept from an earlier build.
        from_cache: bool,
        /// All that is wrong.
        diagnostics: Vec<DiagnosticRow>,
    },
    /// A module was made public.
    Release {
        /// The state.
        revision: u64,
        /// Name of the program.
        program: String,
        /// Position in the program's log.
        sequence: u64,
        /// BLAKE3 of the module.
        module: String,
        /// Bytes of the module.
        size: u64,
        /// Functions that are replaced in programs that run.
        functions: Vec<String>,
        /// BLAKE3 of the patch for the newest module; null when there is none.
        patch: Option<String>,
        /// Bytes of that patch, with all that is written to the memory of the program; 0 when there is none.
        patch_bytes: u64,
        /// Why programs that run could not be patched.
        refusals: Vec<String>,
        /// What stays as it was in programs that run, although the text has changed.
        notes: Vec<String>,
        /// Time of each stage.
        stages: Vec<StageRow>,
        /// Of the module that has the least room left for patches; null when none can be patched.
        #[serde(default)]
        room: Option<RoomRow>,
        /// Where in memory the heap of the module begins; null when that is not known.
        #[serde(default)]
        heap_start: Option<u32>,
    },
    /// A page is at the newest state.
    Applied {
        /// The state.
        revision: u64,
        /// Name of the program.
        program: String,
        /// Number of the connection.
        session: u64,
        /// 0 to 4.
        level: u8,
        /// Its name.
        #[serde(deserialize_with = "word")]
        level_name: Word,
        /// Why this level and not a lower one.
        reason: String,
        /// Time from the first event of the file system to the first frame; 0 when no edit caused it.
        ms: f64,
        /// Time of each stage, the page's included.
        stages: Vec<StageRow>,
        /// What the program holds now, of a page that says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        memory: Option<ProgramMemory>,
    },
    /// A page could not apply an update and runs on with what it has.
    ApplyFailed {
        /// Name of the program.
        program: String,
        /// Number of the connection.
        session: u64,
        /// Where it failed.
        stage: String,
        /// The error.
        message: String,
    },
    /// What a program or its page printed.
    ClientLog {
        /// Name of the program.
        program: String,
        /// Number of the connection.
        session: u64,
        /// "debug", "info", "warning", "error" or "panic".
        #[serde(deserialize_with = "word")]
        severity: Word,
        /// Class of an uncaught error, such as "RuntimeError"; `None`: it was printed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<String>,
        /// The text.
        text: String,
        /// Go stack of a panic or error, innermost first.
        frames: Vec<FrameRow>,
    },
    /// A page came or went.
    Client {
        /// Name of the program.
        program: String,
        /// Number of the connection.
        session: u64,
        /// True when it came.
        connected: bool,
    },
    /// Flags are others now.
    Flags {
        /// Number of what is in force; it only grows, over restarts too.
        revision: u64,
        /// "file", "command" or "trial".
        #[serde(deserialize_with = "word")]
        cause: Word,
        /// What differs, each in words.
        changes: Vec<String>,
        /// Why, when a rule was on trial.
        reason: Option<String>,
    },
    /// Something that the user should know.
    Notice {
        /// What.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
}

/// Time of one stage.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StageRow {
    /// Its name.
    pub name: String,
    /// Milliseconds.
    pub ms: f64,
}

/// What there is for patches in a module, and what of it they have taken.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RoomRow {
    /// Bytes that are taken for their data.
    pub bytes_used: u32,
    /// All of them.
    pub bytes: u32,
    /// Slots that are taken for functions that they brought.
    pub slots_used: u32,
    /// All of them.
    pub slots: u32,
}

/// One thing that is wrong.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DiagnosticRow {
    /// "error" or "warning".
    #[serde(deserialize_with = "word")]
    pub severity: Word,
    /// Who found it.
    #[serde(deserialize_with = "word")]
    pub source: Word,
    /// Path, or empty.
    pub file: String,
    /// From 1; 0 when unknown.
    pub line: u32,
    /// From 1; 0 when unknown.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Number of the first line of `code`.
    #[serde(skip)]
    pub first_line: u32,
    /// Lines around the place.
    #[serde(skip)]
    pub code: Vec<String>,
}

/// One Go function on a stack.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FrameRow {
    /// Its name.
    pub function: String,
    /// Path, or empty.
    pub file: String,
    /// From 1; 0 when unknown.
    pub line: u32,
}

/// A word of a later version is none of ours, and no reason to leave out the rest.
fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Word, D::Error> {
    let said = String::deserialize(deserializer)?;
    Ok(WORDS.iter().find(|word| **word == said).copied().unwrap_or("unknown"))
}

/// With a resolution of a microsecond, as JSON readers like it.
pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}

impl From<&StageTime> for StageRow {
    fn from(stage: &StageTime) -> Self {
        Self { name: stage.name.to_owned(), ms: milliseconds(stage.elapsed) }
    }
}

impl From<&Diagnostic> for DiagnosticRow {
    fn from(item: &Diagnostic) -> Self {
        let place = item.position.as_ref();
        let frame = item.frame.as_ref();
        Self {
            severity: match item.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            source: item.origin.name(),
            file: place.map(|place| place.file.display().to_string()).unwrap_or_default(),
            line: place.map_or(0, |place| place.line),
            column: place.map_or(0, |place| place.column),
            message: item.message.clone(),
            hint: item.hint.clone(),
            first_line: frame.map_or(0, |frame| frame.first_line),
            code: frame.map(|frame| frame.lines.clone()).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Word {
        word(serde_json::Value::from(text)).unwrap()
    }

    /// What another server says in words is understood, so a new word has to be added here.
    #[test]
    fn every_word_of_this_version_is_known() {
        use crate::diagnostic::Origin;
        for origin in
            [Origin::Loader, Origin::TinyGo, Origin::Go, Origin::Preflight, Origin::Policy, Origin::Host]
        {
            assert_eq!(read(origin.name()), origin.name());
        }
        for said in ["nothing", "type layout", "cancelled", "page reload", "panic"] {
            assert_eq!(read(said), said);
        }
        assert_eq!(read("of a later version"), "unknown");
    }
}
