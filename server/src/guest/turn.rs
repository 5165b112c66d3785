//! One request to the module that was the newest when it began, in a guest of its own: as a message that the guest reads and
//! answers, or as HTTP, where the guest is a component that answers that itself.

use std::sync::Arc;

use bytes::Bytes;
use hyper::body::Body;
use hyper::{Request, Response};
use tokio::sync::OwnedSemaphorePermit;
use wasm_host::{
    AnswerBody, Done, Error, Failure, Handled, Handler, Input, Limits, Outcome, Output, Permissions, Setup,
    Ticket,
};

use super::answering::{AnswerError, Inner, Words};
use super::http_message::{GuestAnswer, GuestRequest};

/// Bytes of an answer in a message.
const MOST_ANSWER: usize = 64 << 20;

/// Bytes of a line that a guest writes for people, and of all of them in one request.
const LONGEST_LINE: usize = 4096;
const MOST_WORDS: usize = 256 << 10;

/// A request that has begun.
pub struct Turn {
    inner: Arc<Inner>,
    ticket: Ticket,
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Turn").field("module", &self.ticket.number()).finish_non_exhaustive()
    }
}

impl Turn {
    pub(super) fn new(inner: Arc<Inner>, ticket: Ticket) -> Self {
        Self { inner, ticket }
    }

    /// What answers it as HTTP. `None`: the module reads and writes messages.
    pub fn handler(&self) -> Option<Handler> {
        self.ticket.module().handler()
    }

    /// The answer to a message, and the number of the module.
    pub async fn ask(self, request: &GuestRequest) -> Result<(GuestAnswer, u64), AnswerError> {
        let message = request.encode().map_err(|error| AnswerError::TooLong(error.to_string()))?;
        let slot = self.slot().await?;
        let setup = Setup {
            limits: Limits::default(),
            stdin: Input::bytes(message),
            stdout: Output::buffer(MOST_ANSWER),
            ..self.setup()
        };
        let (number, ran) = (self.ticket.number(), self.ticket.module().run(setup).await);
        drop(slot);
        let (error, said) = match ran.map(answer_of) {
            Ok(Ok(answer)) => {
                self.ticket.done(true);
                return Ok((answer, number));
            }
            Ok(Err((error, said))) => (error, said),
            Err(error) => (AnswerError::Failed, said(&error)),
        };
        (self.inner.heard)(said);
        counted(&self.inner, self.ticket, false);
        Err(error)
    }

    /// The answer to a request whose path is as the guest is to see it, and the number of the module. The body comes while
    /// the guest writes it.
    pub async fn handle<B>(
        self,
        handler: Handler,
        request: Request<B>,
    ) -> Result<(Response<AnswerBody>, u64), AnswerError>
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
    {
        let slot = self.slot().await?;
        let heard = Arc::clone(&self.inner.heard);
        let stdout = Output::lines(MOST_WORDS, LONGEST_LINE, move |line| heard(Words::Line(line.to_owned())));
        let setup = Setup { limits: Limits::default(), stdout: stdout.dropping(), ..self.setup() };
        let Self { inner, ticket } = self;
        let (number, heard) = (ticket.number(), Arc::clone(&inner.heard));
        let ended = move |Handled { outcome, denied, .. }: Handled| {
            if let Some(address) = denied {
                (inner.heard)(Words::Denied { address });
            }
            let succeeded = outcome.is_success();
            if !succeeded {
                (inner.heard)(failed(&outcome));
            }
            counted(&inner, ticket, succeeded);
            drop(slot);
        };
        match handler.answer(setup, request, ended).await {
            Ok(answer) => Ok((answer, number)),
            // What became of the guest was told when it ended.
            Err(Error::CallFailed { outcome, .. }) => Err(refusal(&outcome)),
            Err(Error::RequestTooLong { .. }) => Err(AnswerError::TooMuch),
            Err(Error::Request { detail, .. }) => Err(AnswerError::Wrong(detail)),
            Err(Error::Busy { .. }) => Err(AnswerError::Busy),
            Err(error) => {
                heard(said(&error));
                Err(AnswerError::Failed)
            }
        }
    }

    async fn slot(&self) -> Result<OwnedSemaphorePermit, AnswerError> {
        // Never closed.
        Arc::clone(&self.inner.slots).acquire_owned().await.map_err(|_| AnswerError::NotThere)
    }

    /// Its name, and what it says to people.
    fn setup(&self) -> Setup {
        let heard = Arc::clone(&self.inner.heard);
        let stderr = Output::lines(MOST_WORDS, LONGEST_LINE, move |line| heard(Words::Line(line.to_owned())));
        let arguments = vec![self.inner.name.clone()];
        Setup {
            permissions: Permissions { arguments, ..Permissions::default() },
            stderr: stderr.dropping(),
            ..Setup::default()
        }
    }
}

fn answer_of(done: Done) -> Result<GuestAnswer, (AnswerError, Words)> {
    match &done.outcome {
        Outcome::Finished | Outcome::Exited(0) => {
            GuestAnswer::decode(done.stdout.bytes.into()).map_err(|wrong| {
                let (message, hint) = (wrong.to_string(), Some(wrong.hint().to_owned()));
                (AnswerError::Failed, Words::Failed { message, hint })
            })
        }
        outcome => Err((refusal(outcome), failed(outcome))),
    }
}

fn refusal(outcome: &Outcome) -> AnswerError {
    match outcome {
        Outcome::Failed(Failure::Busy { .. } | Failure::Deadline { .. }) => AnswerError::Late,
        _ => AnswerError::Failed,
    }
}

fn failed(outcome: &Outcome) -> Words {
    Words::Failed { message: outcome.to_string(), hint: outcome.hint().map(str::to_owned) }
}

fn said(error: &Error) -> Words {
    Words::Failed { message: error.to_string(), hint: error.hint().map(str::to_owned) }
}

fn counted(inner: &Inner, ticket: Ticket, succeeded: bool) {
    if ticket.done(succeeded).is_some() {
        (inner.heard)(Words::GivenUp);
    }
}
