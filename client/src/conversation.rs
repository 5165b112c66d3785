//! What is said on a lasting connection, without the connection: frames come in, events and frames go out. No clock, no
//! socket.

use std::collections::VecDeque;

use bytes::Bytes;
use dev_server_proto::v1::{self, client_frame, server_frame::Body};
use dev_server_proto::{FrameError, PROTOCOL_VERSION, decode_server, encode_client};

use crate::combine::combine;
use crate::event::{ClientEvent, Envelope, Happened, State, Told, Update};
use crate::following::{Arrival, EventPlace, Following};
use crate::newest::Newest;
use crate::options::Options;
use crate::said::{Applied, Failed, Said, Status};
use crate::standing::{Judgement, Position, Standing};

/// Bytes of a text of `Failed` that servers keep.
const LONGEST_MESSAGE: usize = 4096;

pub(crate) struct Conversation {
    hello: v1::Hello,
    standing: Standing,
    /// The update that was given out and waits for its answer, and those that came since on this connection, as one.
    out: Option<Update>,
    waiting: Option<Update>,
    updates: u64,
    /// How many updates had come before this connection was opened.
    updates_before: u64,
    /// Hello said something else than what is so by now: what comes on this connection presupposes it.
    outdated: bool,
    diagnostics: Newest,
    order: Newest,
    trees: bool,
    /// `None`: events are not followed.
    events: Option<Following>,
    open: bool,
    greeted: bool,
    /// To be told. Nothing is read while something is here, so it holds what one frame or one answer makes, and what
    /// the connection goes through meanwhile.
    pub(crate) told: VecDeque<ClientEvent>,
    /// To be written.
    pub(crate) frames: VecDeque<Bytes>,
}

/// What came is no frame: nothing after it can be trusted.
#[derive(Debug)]
pub(crate) struct Undecodable;

impl Conversation {
    pub(crate) fn new(options: Options) -> Self {
        let hello = v1::Hello {
            protocol_version: PROTOCOL_VERSION,
            program: options.program,
            client: options.client,
            client_id: options.client_id,
            device: options.device,
            accepts: options.accepts,
            ..v1::Hello::default()
        };
        Self {
            hello,
            standing: Standing::Following(options.position),
            out: None,
            waiting: None,
            updates: 0,
            updates_before: 0,
            outdated: false,
            diagnostics: Newest::default(),
            order: Newest::default(),
            trees: options.follow_trees,
            events: options.follow_events.map(Following::at),
            open: false,
            greeted: false,
            told: VecDeque::new(),
            frames: VecDeque::new(),
        }
    }

    pub(crate) fn standing(&self) -> &Standing {
        &self.standing
    }

    /// The server has said Welcome on this connection.
    pub(crate) fn is_greeted(&self) -> bool {
        self.greeted
    }

    /// This connection is good for nothing any more than what is still to be written.
    pub(crate) fn is_outdated(&self) -> bool {
        self.outdated
    }

    /// A socket is open.
    pub(crate) fn opened(&mut self) {
        self.frames.clear();
        self.open = true;
        self.greeted = false;
        self.outdated = false;
        self.updates_before = self.updates;
        let Position { epoch, sequence, base, patch, manifest } = self.standing.at().clone();
        let wants_whole = self.standing.wants_whole();
        let hello = v1::Hello { epoch, sequence, base, patch, manifest, wants_whole, ..self.hello.clone() };
        self.send(client_frame::Body::Hello(hello));
        if self.trees {
            self.send(client_frame::Body::FollowTrees(v1::FollowTrees { with_trivia: false }));
        }
        if let Some(following) = &mut self.events {
            following.resumed();
            let place = following.place().clone();
            self.follow(place);
        }
    }

    /// The socket is gone. What was not written is not written later: the next Hello says what counts. What waits to be
    /// given out the server says again, as it is for the next Hello.
    pub(crate) fn closed(&mut self) {
        self.open = false;
        self.waiting = None;
        self.greeted = false;
        self.frames.clear();
    }

    /// Takes a message of the server.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> Result<(), Undecodable> {
        let frame = match decode_server(bytes) {
            Ok(frame) => frame,
            Err(FrameError::UnknownMessage) => {
                self.told.push_back(ClientEvent::Unknown);
                return Ok(());
            }
            Err(FrameError::Malformed(_) | FrameError::TooLong(_)) => return Err(Undecodable),
        };
        let envelope = Envelope::of(&frame);
        if envelope.program.is_empty() || envelope.program == self.hello.program {
            if let Some(body) = frame.body {
                self.hear(envelope, body);
            }
        }
        Ok(())
    }

    fn hear(&mut self, envelope: Envelope, body: Body) {
        let event = match body {
            Body::Welcome(body) => {
                self.greeted = true;
                let v1::Welcome { session, recovered, .. } = body;
                self.told.push_back(ClientEvent::State(State::Open { session, recovered }));
                ClientEvent::Welcome(Told { envelope, body })
            }
            Body::Building(body) => ClientEvent::Building(Told { envelope, body }),
            Body::Update(body) => return self.update(envelope, body),
            Body::Diagnostics(_) if !self.diagnostics.takes(&envelope, true) => return,
            Body::Order(_) if !self.order.takes(&envelope, false) => return,
            Body::Diagnostics(body) => ClientEvent::Diagnostics(Told { envelope, body }),
            Body::ErrorReport(body) => ClientEvent::ErrorReport(Told { envelope, body }),
            Body::ProtocolError(error) => ClientEvent::ProtocolError(error),
            Body::Order(body) => ClientEvent::Order(Told { envelope, body }),
            Body::TreeFiles(body) => ClientEvent::TreeFiles(Told { envelope, body }),
            Body::TreePiece(v1::TreePiece { piece: None, .. }) => ClientEvent::Unknown,
            Body::TreePiece(body) => ClientEvent::TreePiece(Told { envelope, body }),
            Body::Event(event) => return self.event(envelope.epoch, event),
            Body::EventsSkipped(skipped) => {
                if let Some(following) = &mut self.events {
                    let arrival = following.skipped(&envelope.epoch, skipped.first, skipped.last);
                    self.arrived(arrival);
                }
                return;
            }
            Body::Flags(body) => ClientEvent::Flags(Told { envelope, body }),
            Body::Held(body) => ClientEvent::Held(Told { envelope, body }),
            // What people do is for pages.
            Body::Gesture(_) => return,
        };
        self.told.push_back(event);
    }

    fn event(&mut self, epoch: Bytes, v1::Event { number, json }: v1::Event) {
        let Some(following) = &mut self.events else { return };
        let arrival = following.event(&epoch, number);
        self.arrived(arrival);
        if arrival.fresh {
            self.told.push_back(ClientEvent::Event(Happened { epoch, number, json }));
        }
    }

    fn arrived(&mut self, arrival: Arrival) {
        if arrival.anew {
            self.told.push_back(ClientEvent::EventsRestarted);
        }
        if let Some((first, last)) = arrival.missing {
            self.told.push_back(ClientEvent::EventsSkipped { first, last });
        }
    }

    fn update(&mut self, envelope: Envelope, body: v1::Update) {
        if self.outdated {
            return;
        }
        self.updates += 1;
        let newer = Update { envelope, body, number: self.updates };
        self.waiting = Some(match self.waiting.take() {
            Some(waiting) => combine(waiting, newer),
            None => newer,
        });
        self.give_out();
    }

    /// Judged when it is its turn: what was applied before it counts.
    fn give_out(&mut self) {
        if self.out.is_some() {
            return;
        }
        let Some(update) = self.waiting.take() else { return };
        match self.standing.judge(&update.envelope, &update.body) {
            Judgement::Ignore(_) => {}
            Judgement::Take => {
                self.told.push_back(ClientEvent::Update(Box::new(update.clone())));
                self.out = Some(update);
            }
            Judgement::Refuse(refusal) => {
                let Position { base, patch, .. } = self.standing.at().clone();
                let (stage, message) = ("patch".to_owned(), refusal.to_string());
                self.fail(&update.envelope, Failed { base, patch, stage, message });
                self.told.push_back(ClientEvent::Refused(refusal));
            }
        }
    }

    /// Takes what the program that uses the client says.
    pub(crate) fn say(&mut self, said: Said) {
        match said {
            Said::Applied(number, applied) => {
                if let Some(update) = self.answered(number) {
                    self.apply(&update, applied);
                    if self.open && number <= self.updates_before {
                        self.outdated = true;
                        self.waiting = None;
                    }
                    self.give_out();
                }
            }
            Said::Failed(number, failed) => {
                if let Some(update) = self.answered(number) {
                    self.fail(&update.envelope, failed);
                    self.give_out();
                }
            }
            Said::Status(Status { base, patch, accepts, ended }) => {
                self.hello.accepts = accepts;
                self.standing.rebased(base.clone(), patch);
                self.send(client_frame::Body::Status(v1::Status { base, patch, accepts, ended }));
            }
            Said::FollowEvents(place) => {
                if self.events.is_none() {
                    self.events = Some(Following::at(place.clone()));
                    self.follow(place);
                }
            }
            Said::FollowTrees => {
                if !std::mem::replace(&mut self.trees, true) {
                    self.send(client_frame::Body::FollowTrees(v1::FollowTrees { with_trivia: false }));
                }
            }
            Said::WantSnapshot(file) => {
                self.send(client_frame::Body::WantSnapshot(v1::WantSnapshot { file, only_trivia: false }));
            }
        }
    }

    fn follow(&mut self, EventPlace { epoch, number }: EventPlace) {
        self.send(client_frame::Body::FollowEvents(v1::FollowEvents { after: number, epoch }));
    }

    /// The update that this is the answer to, unless it is a late one to another.
    fn answered(&mut self, number: u64) -> Option<Update> {
        self.out.take_if(|update| update.number == number)
    }

    fn apply(&mut self, update: &Update, applied: Applied) {
        let Applied { base, patch, level, reason, stages, first_frame_at_us, accepts } = applied;
        let Envelope { epoch, sequence, .. } = update.envelope.clone();
        let manifest = match &update.body.manifest {
            unknown if unknown.is_empty() => self.standing.at().manifest.clone(),
            manifest => manifest.clone(),
        };
        self.hello.accepts = accepts;
        self.standing.applied(Position {
            epoch: epoch.clone(),
            sequence,
            base: base.clone(),
            patch,
            manifest,
        });
        self.send(client_frame::Body::Applied(v1::Applied {
            epoch,
            sequence,
            base,
            level: level.into(),
            reason,
            stages,
            first_frame_at_us,
            accepts,
            patch,
            memory: None,
        }));
    }

    fn fail(&mut self, envelope: &Envelope, failed: Failed) {
        let Failed { base, patch, stage, mut message } = failed;
        message.truncate(message.floor_char_boundary(LONGEST_MESSAGE));
        self.standing.refused(base.clone(), patch, message.clone());
        let Envelope { epoch, sequence, .. } = envelope.clone();
        self.send(client_frame::Body::Failed(v1::Failed { epoch, sequence, base, stage, message, patch }));
    }

    fn send(&mut self, body: client_frame::Body) {
        if self.open {
            self.frames.push_back(encode_client(&v1::ClientFrame { body: Some(body) }));
        }
    }
}
