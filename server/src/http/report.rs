//! What pages tell the server, as values of the domain: a new fact for the pipeline.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use dev_server_proto::Encoded;
use tokio::sync::mpsc;

use crate::analyse::Following;
use crate::content::ContentHash;
use crate::publish::Level;
use crate::rollout::Subject;
use crate::telemetry::ProgramMemory;

/// What one connected page said.
///
/// Reports travel over a bounded channel. When it is full, text for the log is dropped (a program that prints in a
/// loop must not slow down anything), and every other report waits, which holds up only the connection that sent it.
/// When it is closed, the pipeline is ending: reports are dropped and connections end by themselves soon.
#[derive(Debug)]
pub struct ClientReport {
    /// Number of the connection.
    pub session: u64,
    /// Name of the program that the page shows.
    pub program: String,
    /// What was said.
    pub kind: ReportKind,
}

/// What a page can say.
#[derive(Debug)]
pub enum ReportKind {
    /// A page is there.
    Connected {
        /// Name and version of the client, for logs.
        client: String,
        /// The module that runs there already.
        base: Option<ContentHash>,
        /// Number of the last patch on it.
        patch: u32,
        /// Who it is for flags, if it said so.
        subject: Option<Arc<Subject>>,
    },
    /// An update was applied.
    Applied(Applied),
    /// An update could not be applied; what ran before runs on.
    Failed(Failed),
    /// What runs on the page changed.
    Status {
        /// The module that runs.
        base: Option<ContentHash>,
        /// Number of the last patch on it.
        patch: u32,
        /// It has called accept.
        accepts: bool,
        /// It has ended.
        ended: bool,
    },
    /// Text of the program or the page.
    Log {
        /// How serious.
        severity: LogSeverity,
        /// Plain text.
        text: String,
    },
    /// An uncaught error.
    Crash(Crash),
    /// The developer wants to see a place that this server gave a number.
    OpenLocation {
        /// The number; it was given out and is remembered.
        location: u64,
    },
    /// The program asks for a page reload.
    Invalidate {
        /// Why.
        reason: String,
    },
    /// Its flags give the page none of the patches that there are: it waits for a whole module.
    WantsWhole,
    /// What the page wants of the files of its program from now on; `None`: nothing any more.
    Follows(Option<Following>),
    /// The page is gone.
    Disconnected,
    /// A client that runs nothing and only looks on is there, or is gone.
    LooksOn(bool),
}

/// An update that a page applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Of the update.
    pub sequence: u64,
    /// The module that runs now.
    pub base: Option<ContentHash>,
    /// Number of the last patch on it.
    pub patch: u32,
    /// What was really done.
    pub level: Level,
    /// Why it was more than asked for, or empty.
    pub reason: String,
    /// What each part took on the page.
    pub stages: Vec<(String, Duration)>,
    /// When the first frame after it was drawn.
    pub first_frame_at: Option<SystemTime>,
    /// From when the update was given to the connection to this answer; `None` for one that nobody waits for.
    pub since_sent: Option<Duration>,
    /// Milliseconds from the beginning of a start or swap to its first frame, of a client that sends measurements.
    pub comparable: Option<u32>,
    /// What the program holds now, of a client that says so.
    pub memory: Option<ProgramMemory>,
}

/// An update that a page could not apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// Of the update.
    pub sequence: u64,
    /// Where: "fetch", "compile", "link", "start", "dispose", "patch".
    pub stage: String,
    /// The error in words.
    pub message: String,
}

/// An uncaught error of the page or a panic of the program. All text is plain.
#[derive(Debug, Clone)]
pub struct Crash {
    /// Number that the page gave it; the answer bears it.
    pub number: u64,
    /// Class of the error.
    pub kind: String,
    /// The message.
    pub message: String,
    /// The engine's stack as text.
    pub stack: String,
    /// Its WebAssembly frames, innermost first.
    pub frames: Vec<WasmFrame>,
    /// Takes the encoded answer back to the page. Bounded; an answer for which there is no room may be dropped,
    /// the terminal shows it as well.
    pub answers: mpsc::Sender<Encoded>,
}

/// One frame of a WebAssembly stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WasmFrame {
    /// The module that ran.
    pub module: ContentHash,
    /// Number of the patch on it that the function came with; 0: none.
    pub patch: u32,
    /// Index of the function.
    pub function: u32,
    /// Byte offset in the module.
    pub offset: u64,
}

/// How serious text for the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogSeverity {
    /// console.debug.
    Debug,
    /// console.log, console.info and what a Go program prints.
    Info,
    /// console.warn.
    Warning,
    /// console.error.
    Error,
}
