//! The server under test, a process of its own: the product's server without a compiler, or what it is compared with.

use std::path::Path;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpListener;
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};
use tokio_util::sync::CancellationToken;

use crate::cli::{BenchHubServerArgs, HubServerKind};
use crate::exit::ExitStatus;
use crate::telemetry::Metrics;

use super::super::super::CommandError;
use super::broadcast::Broadcast;
use super::clock::now;
use super::crowd::failed;
use super::dialect;
use super::edge;
use super::limits;
use super::orders::{Answer, Order, State, from_frame, to_frame};
use super::product::Product;
use super::raw::Raw;

/// Events after which everybody else has a turn.
const TURN: u64 = 64;

/// Events of a stream after which there is a pause.
const FEW: u64 = 16;

/// What publishes.
#[derive(Debug)]
pub(super) enum Subject {
    Product(Box<Product>),
    Raw(Raw),
    Broadcast(Broadcast),
}

impl Subject {
    fn start(
        kind: HubServerKind,
        folder: &Path,
        listener: TcpListener,
        cancel: &CancellationToken,
    ) -> Result<(Self, String), CommandError> {
        Ok(match kind {
            // A hub that follows is served by `edge`.
            HubServerKind::Hub | HubServerKind::Uncounted | HubServerKind::Edge => {
                let metrics = match kind {
                    HubServerKind::Uncounted => Metrics::without_deliveries(),
                    _ => Metrics::default(),
                };
                let product = Product::start(folder, listener, metrics, cancel)?;
                let token = product.token().to_owned();
                (Self::Product(Box::new(product)), token)
            }
            HubServerKind::Raw => (Self::Raw(Raw::start(listener)), String::new()),
            HubServerKind::Broadcast => (Self::Broadcast(Broadcast::start(listener)), String::new()),
        })
    }

    /// Publishes one event of `size` bytes, and returns its number.
    fn publish(&mut self, mark: u64, size: usize) -> u64 {
        match self {
            Self::Product(product) => product.publish(|number| dialect::text(number, mark, now(), size)),
            Self::Raw(Raw { number, .. }) | Self::Broadcast(Broadcast { number, .. }) => {
                *number += 1;
                let number = *number;
                let event = dialect::event(number, dialect::text(number, mark, now(), size));
                let bytes = event.web_socket().clone();
                match self {
                    Self::Raw(raw) => raw.publish(bytes),
                    Self::Broadcast(broadcast) => broadcast.publish(event.payload()),
                    Self::Product(_) => {}
                }
                number
            }
        }
    }

    fn state(&self) -> State {
        match self {
            Self::Product(product) => product.state(),
            Self::Raw(Raw { number, .. }) | Self::Broadcast(Broadcast { number, .. }) => {
                State { number: *number, ..State::default() }
            }
        }
    }
}

/// Serves until the standard input ends.
pub(in crate::commands) async fn serve(
    arguments: &BenchHubServerArgs,
    shutdown: CancellationToken,
) -> Result<ExitStatus, CommandError> {
    limits::raise();
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    if arguments.kind == HubServerKind::Edge {
        return edge::serve(arguments, listener, shutdown).await;
    }
    let (subject, token) = Subject::start(arguments.kind, &arguments.folder, listener, &shutdown)?;
    if let (Subject::Product(product), Some(address), Some(key)) =
        (&subject, &arguments.backplane, &arguments.backplane_key)
    {
        product.announce(address, key, &shutdown).await?;
    }
    // As in the product, who publishes is a task beside the sessions.
    let obeying = tokio::spawn(obey(subject, Answer::Ready { address, token }));
    tokio::select! {
        () = shutdown.cancelled() => {}
        ended = obeying => ended.map_err(failed)??,
    }
    Ok(ExitStatus::Success)
}

pub(super) fn codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder().little_endian().new_codec()
}

async fn obey(mut subject: Subject, ready: Answer) -> Result<(), CommandError> {
    let mut orders = FramedRead::new(tokio::io::stdin(), codec());
    let mut answers = FramedWrite::new(tokio::io::stdout(), codec());
    let mut answer = async |answer: Answer| -> Result<(), CommandError> {
        answers.send(to_frame(&answer)).await.map_err(failed)
    };
    answer(ready).await?;
    let mut granted = 0;
    while let Some(Ok(frame)) = orders.next().await {
        match from_frame(&frame) {
            Some(Order::Grant { total, size }) => {
                while granted < total {
                    granted += 1;
                    subject.publish(granted, size);
                    if granted.is_multiple_of(TURN) {
                        tokio::task::yield_now().await;
                    }
                }
            }
            Some(Order::Publish { count, size, pause_us }) => {
                let (mut number, mut mark) = (0, 0);
                for index in 0..count {
                    mark = index + 1;
                    number = subject.publish(mark, size);
                    pause(pause_us, mark).await;
                }
                answer(Answer::Published { number, mark }).await?;
            }
            Some(Order::Stream { first, size, pause_us }) => {
                for mark in first.. {
                    let number = subject.publish(mark, size);
                    answer(Answer::Published { number, mark }).await?;
                    if mark.is_multiple_of(FEW) {
                        pause(pause_us, mark).await;
                    }
                }
            }
            Some(order) => {
                if let Subject::Product(product) = &mut subject {
                    match order {
                        Order::Diagnose => product.diagnose(),
                        Order::Release => product.release(),
                        Order::Kill => product.kill()?,
                        Order::Revive => product.revive()?,
                        _ => {}
                    }
                }
                answer(Answer::State(subject.state())).await?;
            }
            None => return Err(failed("an order that nobody gives")),
        }
    }
    Ok(())
}

/// After the event that is the `count`th.
async fn pause(microseconds: u64, count: u64) {
    if microseconds > 0 {
        tokio::time::sleep(Duration::from_micros(microseconds)).await;
    } else if count.is_multiple_of(TURN) {
        tokio::task::yield_now().await;
    }
}
