//! Keeps a conversation going over many sockets: opens, waits, opens again.

use std::future::poll_fn;
use std::pin::{Pin, pin};

use dev_server_proto::reconnects;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::conversation::{Conversation, Undecodable};
use crate::event::{ClientEvent, State};
use crate::options::Timing;
use crate::pause::random;
use crate::said::Said;
use crate::socket::{Connect, Received, Socket, Turn, poll_turn};
use crate::standing::Standing;

/// Frames that may wait for a server that reads slowly, before no more is taken of what the program says.
const UNWRITTEN: usize = 64;

/// The channels to the program, and what is said.
pub(crate) struct Driver {
    pub(crate) conversation: Conversation,
    pub(crate) events: mpsc::Sender<ClientEvent>,
    pub(crate) said: mpsc::Receiver<Said>,
    pub(crate) standing: watch::Sender<Standing>,
    pub(crate) timing: Timing,
}

/// How a connection ended.
enum End {
    /// Nobody takes events any more.
    Unwanted,
    Closed {
        code: u16,
        reason: String,
    },
    /// The server says what is no frame.
    Senseless,
    /// The next Hello says what is so.
    Outdated,
}

impl Driver {
    pub(crate) async fn run<C: Connect>(mut self, mut connect: C) {
        let mut attempt = 0;
        loop {
            self.tell(State::Connecting { attempt });
            let Some(opened) = self.beside(timeout(self.timing.connect, connect.connect())).await else {
                return;
            };
            let end = match opened {
                Ok(Ok(socket)) => self.converse(socket).await,
                Ok(Err(error)) => {
                    if let Some(code) = error.final_code() {
                        return self.end(code, error.to_string()).await;
                    }
                    End::Closed { code: 1006, reason: error.to_string() }
                }
                Err(_) => End::Closed { code: 1006, reason: "nobody answers".to_owned() },
            };
            let greeted = self.conversation.is_greeted();
            self.conversation.closed();
            attempt = match end {
                End::Unwanted => return,
                End::Closed { code, reason } if !reconnects(code) => return self.end(code, reason).await,
                End::Outdated => 0,
                End::Closed { .. } if greeted => 0,
                End::Closed { .. } => attempt + 1,
                // It may well say the same again.
                End::Senseless => self.timing.pauses.slowest(),
            };
            let pause = self.timing.pauses.before(attempt, random());
            self.tell(State::Waiting { attempt, pause });
            if self.beside(sleep(pause)).await.is_none() {
                return;
            }
        }
    }

    fn tell(&mut self, state: State) {
        self.conversation.told.push_back(ClientEvent::State(state));
    }

    async fn end(mut self, code: u16, reason: String) {
        self.tell(State::Closed { code, reason });
        // Nobody may be left to be told.
        for event in std::mem::take(&mut self.conversation.told) {
            let _ = self.events.send(event).await;
        }
    }

    /// Waits for `future` and until all was told, and does beside it what needs no connection. `None`: nobody takes
    /// events any more.
    async fn beside<F: Future>(&mut self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        let mut output = None;
        loop {
            self.publish();
            let Self { conversation, events, said, .. } = self;
            tokio::select! {
                biased;
                () = events.closed() => return None,
                permit = events.reserve(), if !conversation.told.is_empty() => {
                    permit.ok()?.send(conversation.told.pop_front()?);
                }
                Some(said) = said.recv() => conversation.say(said),
                ready = &mut future, if output.is_none() => output = Some(ready),
            }
            if self.conversation.told.is_empty() && output.is_some() {
                return output;
            }
        }
    }

    async fn converse<S: Socket>(&mut self, mut socket: S) -> End {
        self.conversation.opened();
        let mut unflushed = false;
        let mut silence = pin!(sleep_until(Instant::now() + self.timing.silence));
        let end = loop {
            self.publish();
            let Self { conversation, events, said, timing, .. } = self;
            if conversation.is_outdated() && conversation.frames.is_empty() && !unflushed {
                break End::Outdated;
            }
            let Conversation { told, frames, .. } = conversation;
            // What was not taken yet keeps the socket from being read: a server finds out and sends the newest only.
            let reads = told.is_empty();
            let hears = frames.len() < UNWRITTEN;
            let turn = poll_fn(|context| poll_turn(&mut socket, frames, &mut unflushed, reads, context));
            tokio::select! {
                biased;
                () = events.closed() => break End::Unwanted,
                permit = events.reserve(), if !reads => {
                    if let (Ok(permit), Some(event)) = (permit, told.pop_front()) {
                        permit.send(event);
                    }
                }
                Some(said) = said.recv(), if hears => conversation.say(said),
                turn = turn => match turn {
                    Turn::Written => {}
                    Turn::Received(Received::Closed { code, reason }) => break End::Closed { code, reason },
                    Turn::Received(received) => {
                        silence.as_mut().reset(Instant::now() + timing.silence);
                        if let Received::Frame(bytes) = received {
                            if let Err(Undecodable) = conversation.receive(&bytes) {
                                break End::Senseless;
                            }
                        }
                    }
                },
                // While nothing is read no sign of life can be seen.
                () = &mut silence, if reads => {
                    break End::Closed { code: 1006, reason: "the server is silent".to_owned() };
                }
            }
        };
        // A farewell that cannot be said at once is not said: the server sees the connection go.
        let mut farewell = pin!(poll_fn(|context| Pin::new(&mut socket).poll_close(context)));
        let _ = poll_fn(|context| std::task::Poll::Ready(farewell.as_mut().poll(context))).await;
        end
    }

    fn publish(&mut self) {
        let now = self.conversation.standing();
        self.standing.send_if_modified(|told| {
            let other = told != now;
            if other {
                told.clone_from(now);
            }
            other
        });
    }
}
