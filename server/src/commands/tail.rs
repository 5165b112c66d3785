//! `tail`: what happens at a server that runs, in this terminal.

use std::io::{self, Write as _};
use std::sync::Arc;

use dev_server_client::{Address, Client, ClientEvent, EventPlace, Options, State};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::cli::TailArgs;
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::printer::Printer;

use super::CommandError;
use super::reach::{self, Reach};
use super::serve::tick;

/// First code of a close frame; what is below it is the status of an answer to the handshake.
const FIRST_CLOSE_CODE: u16 = 1000;

/// No TLS came about: the server is not believed.
const TLS: u16 = 1015;

/// Status of the answer to who has another token.
const UNAUTHORIZED: u16 = 401;

/// Shows events until `shutdown`, over connections that are lost and servers that restart.
pub(super) async fn run(
    arguments: TailArgs,
    environment: &Environment,
    shutdown: CancellationToken,
) -> Result<ExitStatus, CommandError> {
    let address = address(&arguments.url, arguments.token.as_deref())?;
    let reach = Reach::to(address, arguments.ca.as_deref(), environment)?;
    follow(reach, arguments, Kinds::All, environment, shutdown).await
}

/// Which kinds of events are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kinds {
    /// All.
    All,
    /// Changes of flags.
    Flags,
}

/// Shows events of a server until `shutdown`.
pub(super) async fn follow(
    reach: Reach,
    arguments: TailArgs,
    kinds: Kinds,
    environment: &Environment,
    shutdown: CancellationToken,
) -> Result<ExitStatus, CommandError> {
    let printer = Arc::new(Printer::new(arguments.json, environment.variable("NO_COLOR").is_some()));
    let address = reach.address().clone();
    let connection = Connection::new(address.clone());
    let mut tail = Tail { connection, arguments, kinds, printer: Arc::clone(&printer) };
    let ticking = shutdown.child_token();
    let ticker = tokio::spawn(tick(printer, ticking.clone()));
    let mut client = Client::connect_with(Options { client: client_name(), ..Options::new(address) }, reach);
    let result = loop {
        let Some(event) = shutdown.run_until_cancelled(client.next()).await else {
            break Ok(ExitStatus::Success);
        };
        match event {
            Some(ClientEvent::State(State::Closed { code, reason })) => break Err(sent_away(code, &reason)),
            // Who pipes into `head` has seen enough.
            Some(event) => match tail.show(event, &client).await {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break Ok(ExitStatus::Success),
                Err(error) => break Err(CommandError::output(&error)),
            },
            None => break Ok(ExitStatus::Failure),
        }
    };
    ticking.cancel();
    // A panic of the ticker is no reason to fail: it only draws.
    let _ = ticker.await;
    result
}

fn client_name() -> String {
    concat!("dev-server-tail/", env!("CARGO_PKG_VERSION")).to_owned()
}

/// A server by the address that it has printed.
pub(super) fn address(url: &str, token: Option<&str>) -> Result<Address, CommandError> {
    // The text may have the token in it, and is not repeated.
    let wrong = |error| {
        CommandError::new(ExitStatus::Usage, format!("the address cannot be used: {error}")).with_hint(
            "write it as `dev-server serve` prints it: http://127.0.0.1:7700/?token=...".to_owned(),
        )
    };
    let address: Address = url.parse().map_err(wrong)?;
    match token {
        Some(token) => address.with_token(token).map_err(wrong),
        None => Ok(address),
    }
}

pub(super) fn sent_away(code: u16, reason: &str) -> CommandError {
    let reason = printable(reason);
    if code == UNAUTHORIZED {
        let hint = "copy the whole address that `dev-server serve` has printed, token included";
        return CommandError::new(ExitStatus::Usage, "the token is not that of this server")
            .with_hint(hint.to_owned());
    }
    if code < FIRST_CLOSE_CODE {
        let hint = "is it the address of a dev-server, as it has printed it, with http or https?";
        return CommandError::new(ExitStatus::Usage, reason).with_hint(hint.to_owned());
    }
    if code == TLS {
        return CommandError::new(ExitStatus::Usage, reason).with_hint(reach::BELIEVE.to_owned());
    }
    CommandError::new(ExitStatus::Failure, format!("the server ended the connection: {reason} ({code})"))
}

/// The only fields that are looked at.
#[derive(Deserialize)]
struct About {
    event: String,
    program: Option<String>,
}

struct Tail {
    connection: Connection,
    arguments: TailArgs,
    kinds: Kinds,
    printer: Arc<Printer>,
}

/// Says when there is nobody, and when there is somebody again.
pub(super) struct Connection {
    address: Address,
    /// `None`: not yet.
    connected: Option<bool>,
}

impl Connection {
    pub(super) fn new(address: Address) -> Self {
        Self { address, connected: None }
    }

    pub(super) fn note(&mut self, state: &State) {
        match state {
            State::Open { .. } => {
                if self.connected == Some(false) {
                    note(&format!("connected to {} again", self.address));
                }
                self.connected = Some(true);
            }
            State::Waiting { .. } => match self.connected.replace(false) {
                None => {
                    note(&format!("nobody answers at {}: trying again until somebody does", self.address));
                }
                Some(true) => note(&format!("the connection to {} was lost: trying again", self.address)),
                Some(false) => {}
            },
            State::Connecting { .. } | State::Closed { .. } => {}
        }
    }
}

impl Tail {
    async fn show(&mut self, event: ClientEvent, client: &Client) -> io::Result<()> {
        match event {
            ClientEvent::State(state) => self.connection.note(&state),
            ClientEvent::Welcome(welcome) => {
                let number = self.arguments.after.unwrap_or(0);
                let place = EventPlace { epoch: welcome.envelope.epoch, number };
                // A client that has ended says so by its last event.
                let _ = client.speaker().follow_events(place).await;
            }
            ClientEvent::Event(event) if self.is_wanted(&event.json) => {
                self.printer.print_told(&event.json)?;
            }
            ClientEvent::EventsSkipped { first, last } => {
                if self.arguments.json {
                    let line = serde_json::json!({"event": "events_skipped", "first": first, "last": last});
                    self.printer.print_told(&line.to_string())?;
                }
                note(&format!("the server no longer has events {first} to {last}"));
            }
            ClientEvent::EventsRestarted => {
                if self.arguments.json {
                    self.printer.print_told(r#"{"event":"events_restarted"}"#)?;
                }
                note("the server has lost its history: numbers of events start anew");
            }
            ClientEvent::ProtocolError(error) => note(&printable(&error.message)),
            _ => {}
        }
        Ok(())
    }

    fn is_wanted(&self, json: &str) -> bool {
        if self.kinds == Kinds::All && self.arguments.program.is_none() {
            return true;
        }
        let Ok(About { event, program }) = serde_json::from_str(json) else {
            return self.kinds == Kinds::All;
        };
        let wanted = self.arguments.program.as_ref();
        (self.kinds == Kinds::All || event == "flags")
            && wanted.is_none_or(|wanted| program.is_none_or(|program| program == *wanted))
    }
}

/// What is about the connection is no event, and goes where no program reads events.
pub(super) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "note: {text}");
}

/// Texts of a server without what would do something to a terminal.
fn printable(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}
