//! How a guest's run ended when it did not end well.

use std::time::Duration;

/// An outcome, not an error: the host is as before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The program did something that WebAssembly stops: `unreachable` (a panic), a wild address, a division by zero.
    #[error("{reason}{}", place(.frames))]
    Trap { reason: String, frames: Vec<Frame> },

    #[error("calls are nested too deeply{}", place(.frames))]
    Recursion { frames: Vec<Frame> },

    /// It computed for longer than it may.
    #[error("computed for more than {limit:?}{}", place(.frames))]
    Busy { limit: Duration, frames: Vec<Frame> },

    /// It was not done in time, sleeping included.
    #[error("was not done after {limit:?}")]
    Deadline { limit: Duration },

    #[error("wrote more than {limit} bytes to {stream}")]
    Output { stream: &'static str, limit: usize },

    #[error("called the host more than {limit} times")]
    HostCalls { limit: u64 },

    /// It was refused memory or table space, and did not survive that.
    #[error("ran out of {what} ({limit} {unit}): {reason}")]
    Exhausted { what: &'static str, limit: usize, unit: &'static str, reason: String },

    /// A function of the host said no.
    #[error("`{function}` of the host failed: {detail}")]
    HostFunction { function: String, detail: String },

    /// A handler of HTTP came to its end and has not set a response.
    #[error("came to its end without an answer")]
    NoAnswer,

    /// A handler of HTTP has set an error instead of a response.
    #[error("answered with the error {code}")]
    Declined { code: String },

    /// A handler of HTTP answered with a status that is no final one.
    #[error("answered with the status {status}")]
    Status { status: u16 },

    /// A handler of HTTP made more headers than it may.
    #[error("made headers of more than {limit} bytes")]
    Headers { limit: usize },

    /// A handler of HTTP gave up its body, or wrote less than it had announced.
    #[error("did not finish its answer")]
    Unfinished,

    /// A component ended with an error and no code.
    #[error("ended with an error")]
    Unsuccessful,
}

impl Failure {
    /// What the reader can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Trap { .. } | Self::Unsuccessful => "what it wrote to stderr before says more",
            Self::Recursion { .. } => "look for a recursion without an end",
            Self::Busy { .. } => "look for a loop without an end, or raise the limit of computing time",
            Self::Deadline { .. } => "raise the limit of its lifetime",
            Self::Output { .. } => "write less, or raise the limit of output",
            Self::HostCalls { .. } => "call less often, or raise the limit of host calls",
            Self::Exhausted { .. } => "use less, or raise the limit",
            Self::NoAnswer => "call `response-outparam.set` once in each request",
            Self::Declined { .. } => "set a response, also for what goes wrong",
            Self::Status { .. } => "answer with a status from 200 to 599",
            Self::Headers { .. } => "answer with less in headers and more in the body",
            Self::Unfinished => "write the whole body and call `outgoing-body.finish`",
            Self::HostFunction { .. } => return None,
        })
    }
}

/// One function of the guest that was active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its name, when the module has names.
    pub function: Option<String>,
    /// File and line, when the module has DWARF.
    pub position: Option<String>,
}

impl std::fmt::Display for Frame {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let function = self.function.as_deref().unwrap_or("a function without a name");
        match &self.position {
            Some(position) => write!(formatter, "{function} at {position}"),
            None => write!(formatter, "{function}"),
        }
    }
}

/// The innermost frame of the program's own that has a place in a source file, else any with a place, else any.
fn place(frames: &[Frame]) -> String {
    let has_place = |frame: &&Frame| frame.position.is_some();
    // A panic of Go ends in its runtime.
    let is_own = |frame: &&Frame| {
        has_place(frame) && frame.function.as_ref().is_none_or(|name| !name.starts_with("runtime."))
    };
    let frame = frames.iter().find(is_own).or(frames.iter().find(has_place)).or(frames.first());
    frame.map(|frame| format!(", in {frame}")).unwrap_or_default()
}

/// A limit that was passed, on its way through the engine.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub(crate) enum Exceeded {
    #[error("computing time")]
    Busy,
    #[error("output")]
    Output { stream: &'static str, limit: usize },
    #[error("host calls")]
    HostCalls,
}

/// A function of the host that failed, on its way through the engine.
#[derive(Debug, thiserror::Error)]
#[error("{function}: {detail}")]
pub(crate) struct HostFunctionFailed {
    pub(crate) function: String,
    pub(crate) detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_is_where_the_program_did_it_and_not_where_the_runtime_gave_up() {
        let frame = |function: &str, position: Option<&str>| Frame {
            function: Some(function.to_owned()),
            position: position.map(str::to_owned),
        };
        let abort = frame("runtime.abort", Some("runtime.go:78"));
        let start = frame("_start", None);
        let main = frame("main.main", Some("main.go:10"));
        let all = [start.clone(), abort.clone(), main];
        assert_eq!(place(&all), ", in main.main at main.go:10");
        assert_eq!(place(&[start.clone(), abort]), ", in runtime.abort at runtime.go:78");
        assert_eq!(place(&[start]), ", in _start");
        assert_eq!(place(&[]), "");
    }
}
