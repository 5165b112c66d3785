//! Requests to the newest module, each in a guest of its own; a module takes over between two requests.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use wasm_host::{Compiled, Input, Limits, Outcome, Output, Permissions, Policy, Setup, Swap};

use super::http_message::{GuestAnswer, GuestRequest};

/// Bytes of an answer.
const MOST_ANSWER: usize = 64 << 20;

/// Bytes of a line that a guest writes for people, and of all of them in one request.
const LONGEST_LINE: usize = 4096;
const MOST_WORDS: usize = 256 << 10;

/// Time that a request waits for the first module: a cold build takes about a minute at most.
const FIRST_MODULE: Duration = Duration::from_mins(2);

/// Sees what guests write for people, line by line, and what is wrong with them. Called while they run: it must not block.
pub type Heard = Arc<dyn Fn(Words) + Send + Sync>;

/// Something that a guest said, or that is to be said about it.
#[derive(Debug, Clone)]
pub enum Words {
    /// A line of its stderr.
    Line(String),
    /// A request failed, and why.
    Failed {
        /// What is wrong.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// It failed too often: the module before it answers again.
    GivenUp,
}

/// Answers requests. Clones are the same.
#[derive(Clone)]
pub struct Answering {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    current: watch::Sender<Option<Swap>>,
    /// As many guests as the host has slots for; what comes then waits.
    slots: Semaphore,
    heard: Heard,
}

/// A request was not answered.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// There is no module yet.
    #[error("the program that answers here was not built yet")]
    NotThere,
    /// The request does not fit into a message.
    #[error("the request's headers are too long: {0}")]
    TooLong(String),
    /// The program failed, or wrote no answer. Why is told to people, and not to who asks.
    #[error("the program that answers here failed")]
    Failed,
}

impl std::fmt::Debug for Answering {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Answering").field("name", &self.inner.name).finish_non_exhaustive()
    }
}

impl Answering {
    /// Nobody answers until a module was installed; `guests` at once.
    pub fn new(name: String, guests: usize, heard: Heard) -> Self {
        let (current, _) = watch::channel(None);
        Self { inner: Arc::new(Inner { name, current, slots: Semaphore::new(guests), heard }) }
    }

    /// Lets a module answer from the next request on; those before end on the module that they began on.
    pub fn install(&self, module: Compiled) {
        self.inner.current.send_modify(|current| match current {
            Some(swap) => {
                swap.install(module);
            }
            None => *current = Some(Swap::new(module, Policy::default())),
        });
    }

    /// The answer of a guest that was made for this request, and the number of its module.
    pub async fn ask(&self, request: &GuestRequest) -> Result<(GuestAnswer, u64), AnswerError> {
        let message = request.encode().map_err(|error| AnswerError::TooLong(error.to_string()))?;
        let swap = self.swap().await?;
        // Never closed.
        let _slot = self.inner.slots.acquire().await.map_err(|_| AnswerError::NotThere)?;
        let ticket = swap.ticket();
        let heard = Arc::clone(&self.inner.heard);
        let setup = Setup {
            permissions: Permissions { arguments: vec![self.inner.name.clone()], ..Permissions::default() },
            limits: Limits::default(),
            stdin: Input::bytes(message),
            stdout: Output::buffer(MOST_ANSWER),
            stderr: Output::lines(MOST_WORDS, LONGEST_LINE, move |line| heard(Words::Line(line.to_owned())))
                .dropping(),
            ..Setup::default()
        };
        let answered = match ticket.module().run(setup).await {
            Ok(done) => match &done.outcome {
                Outcome::Finished | Outcome::Exited(0) => GuestAnswer::decode(done.stdout.bytes.into())
                    .map_err(|wrong| (wrong.to_string(), Some(wrong.hint().to_owned()))),
                outcome => Err((outcome.to_string(), outcome.hint().map(str::to_owned))),
            },
            Err(error) => Err((error.to_string(), error.hint().map(str::to_owned))),
        };
        let number = ticket.number();
        match answered {
            Ok(answer) => {
                ticket.done(true);
                Ok((answer, number))
            }
            Err((message, hint)) => {
                (self.inner.heard)(Words::Failed { message, hint });
                if ticket.done(false).is_some() {
                    (self.inner.heard)(Words::GivenUp);
                }
                Err(AnswerError::Failed)
            }
        }
    }

    async fn swap(&self) -> Result<Swap, AnswerError> {
        let mut current = self.inner.current.subscribe();
        let there = tokio::time::timeout(FIRST_MODULE, current.wait_for(Option::is_some)).await;
        // The sender lives as long as this does.
        let there = there.ok().and_then(Result::ok).ok_or(AnswerError::NotThere)?;
        there.clone().ok_or(AnswerError::NotThere)
    }
}
