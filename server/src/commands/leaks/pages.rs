//! What programs hold on pages of a server: memory, and functions of Go that JavaScript may call (`js.FuncOf`), which
//! live until they are released.
//!
//! Pages say it with each update, and the server keeps what they said: saves of a file are the rounds in which a
//! program has the chance to make the same things again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use dev_server_client::{Client, ClientEvent, EventPlace, Options, State};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::cli::LeaksArgs;
use crate::environment::Environment;
use crate::exit::ExitStatus;

use super::super::CommandError;
use super::super::reach::Reach;
use super::super::tail::{address, sent_away};
use super::report::bytes;
use super::trend::{Trend, trend};
use super::verdict::Verdict;

/// Seconds for which it is listened when nothing is said: what was kept comes at once.
const LISTEN: f64 = 5.0;

/// More is no chance: a function that comes and goes.
const SLACK: u64 = 2;

/// From this level on an update begins a program anew.
const ANEW: u8 = 3;

/// Rounds of one program on one page that are kept, the newest.
const MOST_ROUNDS: usize = 4096;

/// Bytes of a page of memory.
const PAGE: u64 = 64 << 10;

/// Of all pages that said something.
#[derive(Debug, Serialize)]
pub(super) struct PagesReport {
    pub(super) verdict: Verdict,
    reason: String,
    pages: Vec<Page>,
    notes: Vec<&'static str>,
}

/// A program on a page, since it was last begun anew.
#[derive(Debug, Serialize)]
struct Page {
    program: String,
    session: u64,
    verdict: Verdict,
    /// Live functions after each update, the newest last.
    functions: Vec<u64>,
    /// Bytes of memory, likewise.
    memory: Vec<u64>,
    /// Values of JavaScript that it refers to, functions among them.
    values: Vec<u64>,
}

/// The only fields that are looked at.
#[derive(Deserialize)]
struct Applied {
    event: String,
    program: Option<String>,
    session: Option<u64>,
    level: Option<u8>,
    memory: Option<Memory>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Memory {
    pages: u64,
    values: u64,
    functions: u64,
}

#[derive(Default)]
struct Rounds(BTreeMap<(String, u64), Vec<Memory>>);

/// Listens for a time, or until `shutdown`.
pub(super) async fn heard(
    arguments: &LeaksArgs,
    environment: &Environment,
    shutdown: &CancellationToken,
) -> Result<PagesReport, CommandError> {
    let url = arguments.url.as_deref().unwrap_or_default();
    let reach = Reach::to(address(url, arguments.token.as_deref())?, arguments.ca.as_deref(), environment)?;
    let address = reach.address().clone();
    let name = concat!("dev-server-leaks/", env!("CARGO_PKG_VERSION")).to_owned();
    let mut client = Client::connect_with(Options { client: name, ..Options::new(address.clone()) }, reach);
    let mut end =
        std::pin::pin!(tokio::time::sleep(Duration::from_secs_f64(arguments.seconds.unwrap_or(LISTEN))));
    let mut rounds = Rounds::default();
    let mut was_open = false;
    loop {
        let event = tokio::select! {
            event = client.next() => event,
            () = &mut end => break,
            () = shutdown.cancelled() => break,
        };
        match event {
            Some(ClientEvent::State(State::Closed { code, reason })) => return Err(sent_away(code, &reason)),
            Some(ClientEvent::State(State::Open { .. })) => was_open = true,
            Some(ClientEvent::Welcome(welcome)) => {
                let place = EventPlace { epoch: welcome.envelope.epoch, number: 0 };
                // A client that has ended says so by its last event.
                let _ = client.speaker().follow_events(place).await;
                rounds = Rounds::default();
            }
            Some(ClientEvent::Event(event)) => rounds.add(&event.json),
            Some(_) => {}
            None => break,
        }
    }
    if !was_open {
        let message = format!("nobody answers at {address}");
        return Err(CommandError::new(ExitStatus::Usage, message)
            .with_hint("name the address that `dev-server serve` has printed".to_owned()));
    }
    Ok(rounds.report())
}

impl Rounds {
    fn add(&mut self, json: &str) {
        let Ok(Applied { event, program: Some(program), session: Some(session), level, memory }) =
            serde_json::from_str(json)
        else {
            return;
        };
        if event != "applied" {
            return;
        }
        let rounds = self.0.entry((program, session)).or_default();
        if level.is_some_and(|level| level >= ANEW) {
            rounds.clear();
        }
        rounds.extend(memory);
        if rounds.len() > MOST_ROUNDS {
            rounds.remove(0);
        }
    }

    fn report(self) -> PagesReport {
        let pages = self.0.into_iter().filter(|(_, rounds)| !rounds.is_empty());
        let pages = pages.map(|((program, session), rounds)| {
            let all = |of: fn(&Memory) -> u64| rounds.iter().map(of).collect::<Vec<_>>();
            let functions = all(|memory| memory.functions);
            let verdict = match trend(&functions, SLACK) {
                Trend::Rises { .. } => Verdict::Grows,
                Trend::Stays { .. } => Verdict::Steady,
                Trend::Wavers { .. } | Trend::TooFew => Verdict::Unknown,
            };
            let (memory, values) = (all(|memory| memory.pages * PAGE), all(|memory| memory.values));
            Page { program, session, verdict, functions, memory, values }
        });
        let pages = pages.collect::<Vec<_>>();
        let having = |verdict: Verdict| pages.iter().filter(|page| page.verdict == verdict).count();
        let (verdict, reason) = match (having(Verdict::Grows), having(Verdict::Steady), pages.len()) {
            (_, _, 0) => (Verdict::Unknown, "no page has said what its program holds".to_owned()),
            (0, 0, _) => (Verdict::Unknown, "too few updates to tell: save a few times".to_owned()),
            (0, steady, all) => (
                Verdict::Steady,
                format!("on {steady} of {all} pages there are as many functions of js.FuncOf as before"),
            ),
            (grows, _, all) => (
                Verdict::Grows,
                format!("on {grows} of {all} pages functions of js.FuncOf are made and not released"),
            ),
        };
        let notes = vec![
            "pages say what a program holds after each update, since it was last begun anew",
            "which line calls js.FuncOf without Release is not known",
        ];
        PagesReport { verdict, reason, pages, notes }
    }
}

impl PagesReport {
    /// For people.
    pub(super) fn text(&self) -> String {
        let words = |verdict| match verdict {
            Verdict::Grows => "grows without bound",
            Verdict::Steady => "steady",
            Verdict::Unknown => "cannot be told",
        };
        let mut out = format!("{}: {}\n", words(self.verdict), self.reason);
        for Page { program, session, verdict, functions, memory, values } in &self.pages {
            let ends = |numbers: &[u64]| {
                let [first, last] =
                    [numbers.first(), numbers.last()].map(|number| number.copied().unwrap_or(0));
                (first, last)
            };
            let updates = functions.len();
            let ((functions, to), (memory, now), (values, are)) =
                (ends(functions), ends(memory), ends(values));
            let _ = writeln!(
                out,
                "{program}, client {session}: {}: {functions} to {to} js.Func, {values} to {are} values of JavaScript, \
                 {} to {} of memory over {updates} updates",
                words(*verdict),
                bytes(memory),
                bytes(now),
            );
        }
        for note in &self.notes {
            let _ = writeln!(out, "note: {note}");
        }
        // Names come from a server, which may be a stranger's.
        crate::diagnostic::plain(&out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(session: u64, level: u8, functions: u64) -> String {
        serde_json::json!({
            "event": "applied", "program": "app", "session": session, "level": level,
            "memory": {"pages": 2, "values": functions + 5, "functions": functions, "table": 9},
        })
        .to_string()
    }

    fn told(events: &[String]) -> (Verdict, Vec<Verdict>) {
        let mut rounds = Rounds::default();
        for event in events {
            rounds.add(event);
        }
        let report = rounds.report();
        (report.verdict, report.pages.iter().map(|page| page.verdict).collect())
    }

    #[test]
    fn a_page_that_has_more_functions_with_each_update_grows() {
        let grows = (0..8).map(|round| applied(1, 2, 10 + 5 * round));
        let steady = (0..8).map(|_| applied(2, 2, 12));
        let all = grows.chain(steady).collect::<Vec<_>>();
        assert_eq!(told(&all), (Verdict::Grows, vec![Verdict::Grows, Verdict::Steady]));
        assert_eq!(told(&all[8..]), (Verdict::Steady, vec![Verdict::Steady]));
        assert_eq!(told(&all[..2]), (Verdict::Unknown, vec![Verdict::Unknown]));
        assert_eq!(told(&[]).0, Verdict::Unknown);
    }

    #[test]
    fn a_program_that_begins_anew_has_nothing_of_the_one_before() {
        let mut all = (0..8).map(|round| applied(1, 2, 10 + 5 * round)).collect::<Vec<_>>();
        all.push(applied(1, 3, 10));
        assert_eq!(told(&all).0, Verdict::Unknown);
    }

    #[test]
    fn events_of_another_form_are_left_out() {
        let others =
            ["", "{}", "[1]", r#"{"event":"applied"}"#, r#"{"event":"x","program":"a","session":1}"#];
        assert_eq!(told(&others.map(str::to_owned)), (Verdict::Unknown, Vec::new()));
    }
}
