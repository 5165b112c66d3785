//! A server that runs as a child, and is told what to do.

use std::ffi::OsStr;
use std::path::Path;

use crate::cli::HubServerKind;
use crate::environment::Environment;
use crate::process::{Conversation, Program};

use super::super::super::CommandError;
use super::super::memory;
use super::crowd::{PATIENCE, failed};
use super::door::Door;
use super::orders::{Answer, Order, State, from_frame, to_frame};

/// A server. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Child {
    talk: Conversation,
    pub(super) door: Door,
}

impl Child {
    /// Starts one in `folder`, and waits until it listens.
    pub(super) async fn start(
        kind: HubServerKind,
        folder: &Path,
        environment: &Environment,
    ) -> Result<Self, CommandError> {
        Self::start_with(kind, folder, &[], environment).await
    }

    /// The same with more arguments.
    pub(super) async fn start_with(
        kind: HubServerKind,
        folder: &Path,
        arguments: &[&OsStr],
        environment: &Environment,
    ) -> Result<Self, CommandError> {
        let name = match kind {
            HubServerKind::Hub => "hub",
            HubServerKind::Uncounted => "uncounted",
            HubServerKind::Edge => "edge",
            HubServerKind::Raw => "raw",
            HubServerKind::Broadcast => "broadcast",
        };
        let program = std::env::current_exe().map_err(failed)?;
        let program = Program::new(program, folder)
            .args(["bench", "hub-server", "--kind", name, "--folder"])
            .arg(folder)
            .args(arguments)
            .envs(&environment.variables);
        let mut talk = program.converse(u64::MAX).map_err(failed)?;
        match receive(&mut talk).await {
            Ok(Answer::Ready { address, token }) => {
                let door = Door { kind, address, host: address, token };
                Ok(Self { talk, door })
            }
            _ => Err(failed(format!("the server under test did not start: {}", talk.end().await))),
        }
    }

    /// Tells it something.
    pub(super) fn tell(&self, order: Order) -> Result<(), CommandError> {
        self.talk.send(to_frame(&order)).map_err(failed)
    }

    /// What it says next.
    pub(super) async fn hear(&mut self) -> Result<Answer, CommandError> {
        receive(&mut self.talk).await
    }

    /// Publishes events and waits until the last one is published.
    pub(super) async fn publish(
        &mut self,
        count: u64,
        size: usize,
        pause_us: u64,
    ) -> Result<u64, CommandError> {
        self.tell(Order::Publish { count, size, pause_us })?;
        match self.hear().await? {
            Answer::Published { number, .. } => Ok(number),
            other => Err(failed(format!("the server under test answered {other:?}"))),
        }
    }

    /// Gives an order that is answered by what is true then.
    pub(super) async fn state_after(&mut self, order: Order) -> Result<State, CommandError> {
        self.tell(order)?;
        match self.hear().await? {
            Answer::State(state) => Ok(state),
            other => Err(failed(format!("the server under test answered {other:?}"))),
        }
    }

    /// Bytes that it has in memory; `None` where the system does not say.
    pub(super) fn memory(&mut self) -> Option<u64> {
        memory::of_process(self.talk.id()?)
    }

    /// Seconds of processors that it has used; `None` where the system does not say.
    pub(super) fn work(&mut self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.talk.id()?)).ok()?;
        // Behind the name, which may have blanks: the state, then numbers.
        let (_, numbers) = stat.rsplit_once(") ")?;
        let ticks: u64 =
            numbers.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        Some(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
    }

    /// Ends it at once, as by `kill -9`, and returns what it had said and nobody had heard.
    pub(super) async fn kill(mut self) -> Vec<Answer> {
        self.talk.kill().await;
        let mut answers = Vec::new();
        while let Some(answer) = self.talk.receive().await.and_then(|frame| from_frame(&frame)) {
            answers.push(answer);
        }
        answers
    }
}

async fn receive(talk: &mut Conversation) -> Result<Answer, CommandError> {
    let frame = tokio::time::timeout(PATIENCE, talk.receive()).await.map_err(failed)?;
    frame.and_then(|frame| from_frame(&frame)).ok_or_else(|| failed("the server under test has ended"))
}
