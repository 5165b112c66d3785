//! How a call to a guest ended, from what the engine says.

use wasmtime::{Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi_http::FieldMapError;

use crate::failure::{Exceeded, Failure, Frame, HostFunctionFailed};
use crate::state::{Refused, State};

/// How a guest's run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It came to its end.
    Finished,
    /// It asked to end with this code; 0 is a success.
    Exited(i32),
    Failed(Failure),
    /// Its caller did not wait for it.
    Abandoned,
}

impl Outcome {
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Finished | Self::Exited(0))
    }

    /// What the reader can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Failed(failure) => failure.hint(),
            Self::Exited(code) if *code != 0 => Some("what it wrote to stderr before says more"),
            Self::Finished | Self::Exited(_) | Self::Abandoned => None,
        }
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Finished => formatter.write_str("came to its end"),
            Self::Exited(code) => write!(formatter, "ended with exit code {code}"),
            Self::Failed(failure) => failure.fmt(formatter),
            Self::Abandoned => formatter.write_str("was abandoned by its caller"),
        }
    }
}

/// `None` is a call that was not done in time.
pub(crate) fn classify(result: Option<wasmtime::Result<()>>, state: &State) -> Outcome {
    let limits = &state.setup.limits;
    let error = match result {
        None => return Outcome::Failed(Failure::Deadline { limit: limits.lifetime }),
        Some(Ok(())) => return Outcome::Finished,
        Some(Err(error)) => error,
    };
    if let Some(I32Exit(code)) = error.downcast_ref() {
        return Outcome::Exited(*code);
    }
    if let Some(HostFunctionFailed { function, detail }) = error.downcast_ref() {
        let (function, detail) = (function.clone(), detail.clone());
        return Outcome::Failed(Failure::HostFunction { function, detail });
    }
    if let Some(FieldMapError::TotalSizeTooBig | FieldMapError::TooManyFields) = error.downcast_ref() {
        return Outcome::Failed(Failure::Headers { limit: limits.header_bytes });
    }
    let frames = frames(&error);
    Outcome::Failed(match (error.downcast_ref::<Exceeded>(), error.downcast_ref::<Trap>()) {
        (Some(Exceeded::Busy), _) => Failure::Busy { limit: limits.busy, frames },
        (Some(Exceeded::HostCalls), _) => Failure::HostCalls { limit: limits.host_calls },
        (Some(Exceeded::Output { stream, limit }), _) => Failure::Output { stream, limit: *limit },
        (None, Some(Trap::StackOverflow)) => Failure::Recursion { frames },
        (None, trap) => {
            let reason = match trap {
                Some(trap) => trap.to_string().trim_start_matches("wasm trap: ").to_owned(),
                None => error.root_cause().to_string(),
            };
            match state.used.refused {
                Some(Refused::Memory) => {
                    Failure::Exhausted { what: "memory", limit: limits.memory, unit: "bytes", reason }
                }
                Some(Refused::Table) => Failure::Exhausted {
                    what: "table",
                    limit: limits.table_elements,
                    unit: "elements",
                    reason,
                },
                None => Failure::Trap { reason, frames },
            }
        }
    })
}

/// The innermost few; a recursion has thousands.
fn frames(error: &wasmtime::Error) -> Vec<Frame> {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else { return Vec::new() };
    let frames = backtrace.frames().iter().take(16).map(|frame| {
        let symbol = frame.symbols().iter().find(|symbol| symbol.file().is_some());
        let position = symbol.and_then(|symbol| {
            let file = symbol.file()?;
            Some(symbol.line().map_or_else(|| file.to_owned(), |line| format!("{file}:{line}")))
        });
        Frame { function: frame.func_name().map(ToOwned::to_owned), position }
    });
    frames.collect()
}
