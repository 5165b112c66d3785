//! Clients of hubs, as the server that builds hears of them: words that hubs send it, and what it makes of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::backplane::Heard;
use crate::content::ContentHash;
use crate::http::{Applied, ClientReport, Failed, ReportKind};
use crate::publish::Level;
use crate::rollout::{Happened, Rollout, Subject};

/// A hub that has clients says something at least this often; one that has none need not be remembered.
pub(super) const SIGN_OF_LIFE: Duration = Duration::from_secs(10);

/// One that was silent for so long is gone, and its clients with it.
const SILENT: Duration = Duration::from_secs(45);

/// Hubs and clients of one that are known at a time; of more nothing is learned. A hub lets no more clients in.
const HUBS: usize = 256;
const CLIENTS: usize = 16 * 1024;

/// Sessions of this server have smaller numbers.
const FIRST: u64 = 1 << 63;

/// Something that happened at a hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Word {
    /// All that was said before is forgotten: all clients come again.
    Anew,
    Came {
        session: u64,
        program: String,
        /// See [`Subject::to_bytes`].
        subject: Option<Vec<u8>>,
        base: Option<ContentHash>,
    },
    Applied {
        session: u64,
        base: Option<ContentHash>,
        comparable: Option<u32>,
    },
    Runs {
        session: u64,
        base: Option<ContentHash>,
        ended: bool,
    },
    Failed {
        session: u64,
    },
    WantsWhole {
        session: u64,
    },
    Trapped {
        session: u64,
    },
    Left {
        session: u64,
    },
}

/// All hubs that are known.
#[derive(Debug)]
pub(super) struct Away {
    rollout: Arc<Rollout>,
    hubs: BTreeMap<u64, Hub>,
    next: u64,
}

#[derive(Debug)]
struct Hub {
    heard: Instant,
    clients: BTreeMap<u64, Client>,
}

#[derive(Debug)]
struct Client {
    /// Its number here.
    number: u64,
    program: String,
}

impl Away {
    pub(super) fn new(rollout: Arc<Rollout>) -> Self {
        Self { rollout, hubs: BTreeMap::new(), next: FIRST }
    }

    /// Hears for as long as there is somebody to hear. What follows for builds goes to `reports`.
    pub(super) async fn run(mut self, mut heard: mpsc::Receiver<Heard>, reports: mpsc::Sender<ClientReport>) {
        let mut looks = tokio::time::interval(SIGN_OF_LIFE);
        loop {
            let mut out = Vec::new();
            tokio::select! {
                next = heard.recv() => match next {
                    Some(Heard { hub, content }) => self.hear(hub, &content, Instant::now(), &mut out),
                    None => return,
                },
                _ = looks.tick() => self.look(Instant::now(), &mut out),
            }
            for report in out {
                // The loop ends first when the server does.
                let _ = reports.send(report).await;
            }
        }
    }

    fn hear(&mut self, hub: u64, content: &[u8], now: Instant, out: &mut Vec<ClientReport>) {
        let Ok(words) = postcard::from_bytes::<Vec<Word>>(content) else {
            tracing::warn!("a hub of another version says what cannot be understood");
            return;
        };
        if self.hubs.len() >= HUBS && !self.hubs.contains_key(&hub) {
            return;
        }
        self.hubs.entry(hub).or_insert_with(|| Hub { heard: now, clients: BTreeMap::new() }).heard = now;
        for word in words {
            self.take(hub, word, out);
        }
    }

    /// Hubs that have gone say nothing of it.
    fn look(&mut self, now: Instant, out: &mut Vec<ClientReport>) {
        let gone = self.hubs.iter().filter(|(_, hub)| now.saturating_duration_since(hub.heard) > SILENT);
        let gone: Vec<u64> = gone.map(|(number, _)| *number).collect();
        for hub in gone {
            self.take(hub, Word::Anew, out);
            self.hubs.remove(&hub);
        }
    }

    fn take(&mut self, hub: u64, word: Word, out: &mut Vec<ClientReport>) {
        let Some(Hub { clients, .. }) = self.hubs.get_mut(&hub) else { return };
        let rollout = &self.rollout;
        let mut left = |client: Client| {
            rollout.left(client.number);
            out.push(said(&client, ReportKind::Disconnected));
        };
        let (session, kind, happened) = match word {
            Word::Anew => return std::mem::take(clients).into_values().for_each(left),
            Word::Left { session } => return clients.remove(&session).into_iter().for_each(left),
            Word::Came { session, program, subject, base } => {
                clients.remove(&session).into_iter().for_each(&mut left);
                if clients.len() < CLIENTS {
                    let client = Client { number: self.next, program };
                    self.next += 1;
                    let subject = subject.and_then(|bytes| Subject::from_bytes(&bytes)).map(Arc::new);
                    if let Some(subject) = subject.clone() {
                        rollout.joined(client.number, subject, &client.program);
                    }
                    let kind = ReportKind::Connected { client: String::new(), base, patch: 0, subject };
                    out.push(said(&client, kind));
                    clients.insert(session, client);
                }
                return;
            }
            Word::Applied { session, base, comparable } => {
                let applied = Applied { base, comparable, ..nothing_applied() };
                (session, Some(ReportKind::Applied(applied)), Some(Happened::Applied(comparable)))
            }
            Word::Runs { session, base, ended } => {
                (session, Some(ReportKind::Status { base, patch: 0, accepts: false, ended }), None)
            }
            Word::Failed { session } => {
                let failed = Failed { sequence: 0, stage: String::new(), message: String::new() };
                (session, Some(ReportKind::Failed(failed)), Some(Happened::Failed))
            }
            Word::WantsWhole { session } => (session, Some(ReportKind::WantsWhole), None),
            Word::Trapped { session } => (session, None, Some(Happened::Trapped)),
        };
        let Some(client) = clients.get(&session) else { return };
        if let Some(happened) = happened {
            rollout.happened(client.number, happened);
        }
        out.extend(kind.map(|kind| said(client, kind)));
    }
}

fn said(client: &Client, kind: ReportKind) -> ClientReport {
    ClientReport { session: client.number, program: client.program.clone(), kind }
}

/// Builds are decided by what runs; the rest stays at the hub.
fn nothing_applied() -> Applied {
    Applied {
        sequence: 0,
        base: None,
        patch: 0,
        level: Level::None,
        reason: String::new(),
        stages: Vec::new(),
        first_frame_at: None,
        since_sent: None,
        comparable: None,
        memory: None,
    }
}

#[cfg(test)]
#[path = "away_tests.rs"]
mod tests;
