//! The warm compiler's process: one request, one reply.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dev_server_proto::compiler::{self as wire, Reply, Request, reply, request};
use prost::Message as _;

use super::HotError;
use super::facts::problem;
use crate::build::StageTime;
use crate::process::{Conversation, Program};

/// What the warm compiler runs with. All paths are absolute.
#[derive(Debug, Clone)]
pub struct WarmTools {
    /// The compiler's program.
    pub worker: PathBuf,
    /// Its whole environment.
    pub variables: Vec<(OsString, OsString)>,
    /// Description of the target.
    pub target: PathBuf,
    /// Build tags beyond those of the target.
    pub build_tags: Vec<String>,
    /// clang, for the runtime's assembler files.
    pub clang: PathBuf,
    /// wasm-ld.
    pub linker: PathBuf,
    /// The `wasm_exec.js` that goes with its modules.
    pub glue: PathBuf,
    /// Folder for objects.
    pub cache: PathBuf,
}

/// How long an answer may take; what takes longer is stuck. Some hundred times of what it takes on a warm machine, or
/// ten times where packages may have to be fetched, listed or compiled that nobody has compiled before.
fn patience(request: &request::Body) -> Duration {
    match request {
        request::Body::Measure(_) => Duration::from_secs(5),
        request::Body::Revise(revise) if !revise.list => Duration::from_secs(20),
        request::Body::Compile(compile) if compile.new_packages.is_empty() => Duration::from_secs(30),
        request::Body::Open(_) => Duration::from_mins(1),
        request::Body::Revise(_) | request::Body::Compile(_) => Duration::from_mins(2),
        request::Body::Link(_) => Duration::from_mins(3),
    }
}

/// Ten times of what a large program takes.
const MEMORY: u64 = 4 << 30;

/// A running compiler with an open program.
#[derive(Debug)]
pub(super) struct Worker {
    conversation: Conversation,
    last: u64,
}

impl Worker {
    /// Starts it and opens the program in `folder`.
    pub(super) async fn start(tools: &WarmTools, folder: &Path) -> Result<Self, HotError> {
        let program = Program::new(&tools.worker, folder)
            .envs(tools.variables.iter().map(|(name, value)| (name, value)));
        let mut worker = Self { conversation: program.converse(MEMORY)?, last: 0 };
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let open = wire::Open {
            package_folder: text(folder),
            target: text(&tools.target),
            build_tags: tools.build_tags.clone(),
            cache_folder: text(&tools.cache),
            clang: text(&tools.clang),
            linker: text(&tools.linker),
        };
        match worker.ask(request::Body::Open(open)).await? {
            (reply::Body::Opened(_), _) => Ok(worker),
            (other, _) => Err(unexpected(&other)),
        }
    }

    /// The answer, and how long each stage of it took; after any error but `Sources` and `Unsupported` the worker is of no use any more.
    pub(super) async fn ask(
        &mut self,
        body: request::Body,
    ) -> Result<(reply::Body, Vec<StageTime>), HotError> {
        self.last += 1;
        let longest = patience(&body);
        let request = Request { id: self.last, body: Some(body) };
        let stopped = |words: &str| HotError::Stopped(words.to_owned());
        self.conversation.send(request.encode_to_vec().into()).map_err(|deaf| stopped(&deaf.to_string()))?;
        let frame = tokio::time::timeout(longest, self.conversation.receive())
            .await
            .map_err(|_| stopped(&format!("it did not answer for {} seconds", longest.as_secs())))?
            .ok_or_else(|| stopped("its process has ended"))?;
        let reply = Reply::decode(frame).map_err(|error| stopped(&error.to_string()))?;
        let stages = reply.stages.iter().filter_map(stage).collect();
        match reply.body {
            Some(reply::Body::Failed(failed)) if failed.problems.is_empty() => {
                Err(HotError::Unsupported(failed.reason))
            }
            Some(reply::Body::Failed(failed)) => {
                Err(HotError::Sources(failed.problems.iter().map(problem).collect()))
            }
            Some(body) if reply.id == self.last => Ok((body, stages)),
            _ => Err(stopped("it answered another question")),
        }
    }

    /// Ends it, and says what it printed last.
    pub(super) async fn end(self) -> String {
        self.conversation.end().await
    }
}

/// Names of stages are fixed; the compiler's own are left out when they are not known here.
fn stage(stage: &wire::Stage) -> Option<StageTime> {
    let name = match stage.name.as_str() {
        "check" => "front end",
        "list" => "packages",
        "new packages" => "new packages",
        "codegen" => "codegen",
        "base" => "base objects",
        _ => return None,
    };
    Some(StageTime { name, elapsed: Duration::from_micros(stage.microseconds) })
}

pub(super) fn unexpected(body: &reply::Body) -> HotError {
    HotError::Stopped(format!("it answered {}", name(body)))
}

fn name(body: &reply::Body) -> &'static str {
    match body {
        reply::Body::Opened(_) => "Opened",
        reply::Body::Revised(_) => "Revised",
        reply::Body::Compiled(_) => "Compiled",
        reply::Body::Linked(_) => "Linked",
        reply::Body::Measured(_) => "Measured",
        reply::Body::Failed(_) => "Failed",
    }
}
