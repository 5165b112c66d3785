//! `trace`: where the time from save to screen goes, at a server that runs.

mod waterfall;
mod saves;
mod drawing;
mod trace_events;
mod trace_file;

use std::io::{self, IsTerminal as _, Write as _};
use std::num::NonZeroUsize;
use std::time::Instant;

use bytes::Bytes;
use dev_server_client::{Client, ClientEvent, EventPlace, Options, State};
use http_body_util::Full;
use hyper::Request;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::cli::TraceArgs;
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::printer::Event;

use super::ask::ask;
use super::reach::Reach;
use super::{CommandError, project_server, tail};
use saves::{Save, Saves};
use trace_file::TraceFile;

/// Bytes of `/__dev/status` that are read; a session takes some hundred, and some hundred sessions are named.
const LONGEST_STATUS: usize = 4 << 20;

/// Shows saves until `shutdown`, or until as many were shown as were asked for.
pub(super) async fn run(
    arguments: TraceArgs,
    environment: &Environment,
    shutdown: CancellationToken,
) -> Result<ExitStatus, CommandError> {
    let reach = match &arguments.url {
        Some(url) => {
            let address = tail::address(url, arguments.token.as_deref())?;
            Reach::to(address, arguments.ca.as_deref(), environment)?
        }
        None => project_server::of_folder(environment, arguments.token.as_deref(), "`dev-server trace URL`")?,
    };
    let file = arguments.output.as_deref().map(TraceFile::new).transpose()?;
    let colour = io::stdout().is_terminal() && environment.variable("NO_COLOR").is_none();
    let mut trace = Trace {
        saves: Saves::of(arguments.program.clone()),
        last: arguments.last,
        once: arguments.once,
        shown: Shown { json: arguments.json, colour, file },
        connection: tail::Connection::new(reach.address().clone()),
        reach: reach.clone(),
        past: Past::Unknown,
        kept: Vec::new(),
    };
    let client = concat!("dev-server-trace/", env!("CARGO_PKG_VERSION")).to_owned();
    let options = Options { client, ..Options::new(reach.address().clone()) };
    let mut client = Client::connect_with(options, reach);
    let ended = trace.follow(&mut client, &shutdown).await;
    // What was seen until then is written also when the server has gone.
    let written = trace.shown.end();
    ended.and_then(|status| written.map(|()| status))
}

/// What happened before this command began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Past {
    /// Nobody has said yet where it ends.
    Unknown,
    /// Up to the event with this number.
    Until(u64),
    /// It has been heard.
    Heard,
}

struct Trace {
    saves: Saves,
    last: Option<NonZeroUsize>,
    once: bool,
    shown: Shown,
    connection: tail::Connection,
    reach: Reach,
    past: Past,
    /// Of the past, as many as are wanted.
    kept: Vec<Save>,
}

/// The only field that is looked at.
#[derive(Deserialize)]
struct Status {
    events: EventLog,
}

#[derive(Deserialize)]
struct EventLog {
    last: u64,
}

impl Trace {
    async fn follow(
        &mut self,
        client: &mut Client,
        shutdown: &CancellationToken,
    ) -> Result<ExitStatus, CommandError> {
        loop {
            let due = self.saves.deadline().filter(|_| self.past == Past::Heard);
            let event = tokio::select! {
                biased;
                () = shutdown.cancelled() => return Ok(ExitStatus::Success),
                () = until(due) => None,
                event = client.next() => Some(event),
            };
            let saves = match event {
                None => self.saves.due(Instant::now()),
                Some(None) => return Ok(ExitStatus::Failure),
                Some(Some(event)) => self.take(event, client).await?,
            };
            if self.has_all(saves)? {
                return Ok(ExitStatus::Success);
            }
        }
    }

    /// Saves that are finished by what happened.
    async fn take(&mut self, event: ClientEvent, client: &Client) -> Result<Vec<Save>, CommandError> {
        match event {
            ClientEvent::State(State::Closed { code, reason }) => Err(tail::sent_away(code, &reason)),
            ClientEvent::State(state) => {
                self.connection.note(&state);
                Ok(Vec::new())
            }
            ClientEvent::Welcome(welcome) => {
                // All of it: what has begun before may end now.
                let place = EventPlace { epoch: welcome.envelope.epoch, number: 0 };
                let _ = client.speaker().follow_events(place).await;
                if self.past == Past::Unknown {
                    let last = self.last_event().await?;
                    return Ok(self.heard(last, 0));
                }
                Ok(Vec::new())
            }
            ClientEvent::Event(happened) => {
                // An event of a kind that this version does not know is about no save.
                let event = serde_json::from_str::<Event>(&happened.json).ok();
                let mut saves =
                    event.map(|event| self.saves.take(&event, Instant::now())).unwrap_or_default();
                if let Past::Until(last) = self.past {
                    self.keep(std::mem::take(&mut saves));
                    return Ok(self.heard(last, happened.number));
                }
                Ok(saves)
            }
            ClientEvent::EventsSkipped { last: skipped, .. } => match self.past {
                Past::Until(last) => Ok(self.heard(last, skipped)),
                Past::Unknown | Past::Heard => Ok(Vec::new()),
            },
            _ => Ok(Vec::new()),
        }
    }

    /// The past ends with the event `last`, and is known up to `number`; what is to be shown of it once that is all.
    fn heard(&mut self, last: u64, number: u64) -> Vec<Save> {
        if number < last {
            self.past = Past::Until(last);
            return Vec::new();
        }
        self.past = Past::Heard;
        if self.last.is_some() {
            let rest = self.saves.rest();
            self.keep(rest);
        } else {
            // Nobody has answered to these for who knows how long.
            drop(self.saves.due(Instant::now() + saves::ANSWER));
            tail::note(&format!("saves at {} are shown from now on", self.reach.address()));
        }
        std::mem::take(&mut self.kept)
    }

    fn keep(&mut self, saves: Vec<Save>) {
        let Some(last) = self.last else { return };
        self.kept.extend(saves);
        let surplus = self.kept.len().saturating_sub(last.get());
        self.kept.drain(..surplus);
    }

    /// Shows them; whether these were all that are wanted.
    fn has_all(&mut self, saves: Vec<Save>) -> Result<bool, CommandError> {
        for save in saves {
            // Who pipes into `head` has seen enough.
            if !self.shown.show(save)? || self.once {
                return Ok(true);
            }
        }
        Ok(self.last.is_some() && self.past == Past::Heard)
    }

    async fn last_event(&self) -> Result<u64, CommandError> {
        let failed = |why: &dyn std::fmt::Display| {
            CommandError::new(ExitStatus::Failure, format!("the server does not say how it stands: {why}"))
        };
        let request = Request::get("/__dev/status").body(Full::new(Bytes::new()));
        let request = request.map_err(|error| failed(&error))?;
        let (status, body) =
            ask(&self.reach, request, LONGEST_STATUS).await.map_err(|error| failed(&error))?;
        if !status.is_success() {
            return Err(failed(&status));
        }
        let status: Status = serde_json::from_slice(&body).map_err(|error| failed(&error))?;
        Ok(status.events.last)
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}

/// Where saves are shown.
struct Shown {
    json: bool,
    colour: bool,
    file: Option<TraceFile>,
}

impl Shown {
    /// False: nobody reads any more.
    fn show(&mut self, save: Save) -> Result<bool, CommandError> {
        let text = if self.json {
            let line = serde_json::to_string(&save).map_err(io::Error::from);
            line.map_err(|error| CommandError::output(&error))? + "\n"
        } else {
            drawing::text(&save, self.colour, bar_width())
        };
        if let Some(file) = &mut self.file {
            file.add(save);
        }
        let mut stdout = io::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(CommandError::output(&error)),
        }
    }

    fn end(&self) -> Result<(), CommandError> {
        self.file.as_ref().map_or(Ok(()), TraceFile::write)
    }
}

/// Of the terminal, when there is one.
fn bar_width() -> usize {
    let columns = rustix::termios::tcgetwinsize(io::stdout()).map_or(0, |size| usize::from(size.ws_col));
    match columns.checked_sub(drawing::MARGIN) {
        Some(width) if width > 0 => width.min(2 * drawing::PLAIN_WIDTH),
        _ => drawing::PLAIN_WIDTH,
    }
}
