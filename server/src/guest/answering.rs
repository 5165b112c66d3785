//! Requests to the newest module, each in a guest of its own; a module takes over between two requests.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use wasm_host::{Compiled, Policy, Swap};

use super::http_message::{GuestAnswer, GuestRequest};
use super::turn::Turn;

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
    /// It wanted to ask somebody itself, which it may not.
    Denied {
        /// Whom: an address, as long as it is short.
        address: String,
    },
    /// It failed too often: the module before it answers again.
    GivenUp,
}

/// Answers requests. Clones are the same.
#[derive(Clone)]
pub struct Answering {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) name: String,
    current: watch::Sender<Option<Swap>>,
    /// As many guests as the host has slots for; what comes then waits.
    pub(super) slots: Arc<Semaphore>,
    pub(super) heard: Heard,
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
    /// A program that answers HTTP itself cannot be asked so.
    #[error("the request is for nobody: {0}")]
    Wrong(String),
    /// The request's body is longer than a program may read.
    #[error("the request's body is too long")]
    TooMuch,
    /// There is no room for one more program.
    #[error("the program that answers here runs as often as it may")]
    Busy,
    /// The program was not done in time. Why is told to people, and not to who asks.
    #[error("the program that answers here took too long")]
    Late,
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
        Self { inner: Arc::new(Inner { name, current, slots: Arc::new(Semaphore::new(guests)), heard }) }
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

    /// Begins a request: whatever is installed until it is answered, this module answers it.
    pub async fn turn(&self) -> Result<Turn, AnswerError> {
        let swap = self.swap().await?;
        Ok(Turn::new(Arc::clone(&self.inner), swap.ticket()))
    }

    /// The answer to a message, of a guest that was made for it, and the number of its module.
    pub async fn ask(&self, request: &GuestRequest) -> Result<(GuestAnswer, u64), AnswerError> {
        self.turn().await?.ask(request).await
    }

    async fn swap(&self) -> Result<Swap, AnswerError> {
        let mut current = self.inner.current.subscribe();
        let there = tokio::time::timeout(FIRST_MODULE, current.wait_for(Option::is_some)).await;
        // The sender lives as long as this does.
        let there = there.ok().and_then(Result::ok).ok_or(AnswerError::NotThere)?;
        there.clone().ok_or(AnswerError::NotThere)
    }
}
