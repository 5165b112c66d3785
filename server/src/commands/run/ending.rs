//! How the program ended, as an exit status and in words.

use wasm_host::{Compiled, Done, Error, Failure, Outcome};

use crate::exit::ExitStatus;

/// As of a process that got SIGINT.
pub(in super::super) const INTERRUPTED: ExitStatus = ExitStatus::Guest(130);

/// As of a process that was aborted.
const STOPPED: ExitStatus = ExitStatus::Guest(134);

/// How a run ended.
#[derive(Debug)]
pub(in super::super) enum Ended {
    /// It ran.
    Done(Box<Done>),
    /// It could not.
    NotStarted(Error),
    /// The user did not want it any more.
    Interrupted,
}

/// Something to say, and what can be done about it.
#[derive(Debug)]
pub(in super::super) struct Said {
    pub(super) message: String,
    /// Where it was, the innermost first.
    pub(super) frames: Vec<String>,
    pub(super) hint: Option<String>,
}

impl Ended {
    pub(super) fn status(&self) -> ExitStatus {
        match self {
            Self::Interrupted => INTERRUPTED,
            Self::NotStarted(Error::DidNotStart { .. }) => STOPPED,
            Self::NotStarted(_) => ExitStatus::Failure,
            Self::Done(done) => match &done.outcome {
                Outcome::Finished => ExitStatus::Success,
                // As much of it as a process can say.
                Outcome::Exited(code) => ExitStatus::Guest((code & 0xff) as u8),
                _ => STOPPED,
            },
        }
    }

    /// `None`: the program has said itself what there is to say.
    pub(super) fn said(&self) -> Option<Said> {
        match self {
            Self::Interrupted => None,
            Self::NotStarted(error) => {
                let (failure, hint) = match error {
                    Error::DidNotStart { outcome: Outcome::Failed(failure), .. } => {
                        (Some(failure), remedy(failure))
                    }
                    other => (None, other.hint().map(str::to_owned)),
                };
                Some(Said {
                    message: error.to_string(),
                    frames: failure.map(frames).unwrap_or_default(),
                    hint,
                })
            }
            Self::Done(done) => match &done.outcome {
                Outcome::Failed(failure) => Some(Said {
                    message: format!("the program {}", verb(failure)),
                    frames: frames(failure),
                    hint: remedy(failure),
                }),
                _ => None,
            },
        }
    }
}

/// A module without a beginning.
pub(in super::super) fn no_program(module: &Compiled) -> Said {
    let exports = module.exports();
    let exports = match &exports[..] {
        [] => "nothing".to_owned(),
        some => some.join(", "),
    };
    Said {
        message: format!("{} has no `_start`: it is a library that exports {exports}", module.name()),
        frames: Vec::new(),
        hint: Some("build a main package, and without -buildmode=c-shared".to_owned()),
    }
}

fn verb(failure: &Failure) -> String {
    match failure {
        Failure::Trap { .. } => format!("crashed: {failure}"),
        Failure::Recursion { .. } => format!("crashed: {failure}"),
        other => other.to_string(),
    }
}

fn frames(failure: &Failure) -> Vec<String> {
    match failure {
        Failure::Trap { frames, .. } | Failure::Recursion { frames } | Failure::Busy { frames, .. } => {
            frames.iter().map(ToString::to_string).collect()
        }
        _ => Vec::new(),
    }
}

/// By the flags of the command.
fn remedy(failure: &Failure) -> Option<String> {
    let text = match failure {
        Failure::Busy { .. } => "look for a loop without an end, or raise --busy",
        Failure::Deadline { .. } => "raise --timeout, or leave it out",
        Failure::Output { .. } => "raise --output, or leave it out",
        Failure::HostCalls { .. } => "raise --host-calls, or leave it out",
        Failure::Exhausted { what: "memory", .. } => "use less, or raise --memory",
        other => return other.hint().map(str::to_owned),
    };
    Some(text.to_owned())
}
