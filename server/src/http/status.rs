//! How the server stands, as JSON for people and scripts.

use serde::Serialize;

use super::standby::{self, Standby};
use crate::diagnostic::Severity;
use crate::publish::{Board, Feed, ProgramBoard};
use crate::telemetry::{Audience, ProgramRecent, Telemetry, Transport};

/// All of it. Keys stay what they are; more may come.
#[derive(Debug, Serialize)]
struct Status {
    versions: Versions,
    uptime_seconds: u64,
    /// What a hub waits for before it can serve anybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_for: Option<&'static str>,
    /// Why, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_because: Option<String>,
    /// The newest state of the sources that anything public was made from.
    revision: u64,
    epoch: String,
    clients: Vec<Clients>,
    /// Clients that have not taken what they were given: they find only what is newest when they do.
    clients_behind: u64,
    events: EventLog,
    programs: Vec<Program>,
}

#[derive(Debug, Serialize)]
struct Versions {
    server: &'static str,
    protocol: u32,
    /// Empty before the first build.
    compiler: String,
}

#[derive(Debug, Serialize)]
struct Clients {
    transport: &'static str,
    audience: &'static str,
    now: u64,
    total: u64,
}

#[derive(Debug, Serialize)]
struct EventLog {
    last: u64,
    kept: usize,
    bytes: usize,
}

#[derive(Debug, Serialize)]
struct Program {
    name: String,
    revision: u64,
    sequence: u64,
    building: bool,
    release: Option<Release>,
    errors: usize,
    warnings: usize,
    #[serde(flatten)]
    recent: ProgramRecent,
}

#[derive(Debug, Serialize)]
struct Release {
    revision: u64,
    sequence: u64,
    /// BLAKE3 of the newest module.
    base: String,
    bytes: u64,
    /// The module alone is of this revision, without patches.
    whole: bool,
    /// Modules that become this release by patches.
    bases: Vec<Base>,
}

#[derive(Debug, Serialize)]
struct Base {
    base: String,
    patches: usize,
}

pub(super) fn json(telemetry: &Telemetry, feed: &Feed, standby: Option<&Standby>) -> String {
    let board = feed.board();
    let metrics = &telemetry.metrics;
    let clients = Transport::ALL.iter().flat_map(|transport| {
        Audience::ALL.iter().map(|audience| {
            let (now, total) = metrics.sessions(*transport, *audience);
            Clients { transport: transport.name(), audience: audience.name(), now, total }
        })
    });
    let (kept, bytes) = feed.events().kept();
    let status = Status {
        versions: Versions {
            server: env!("CARGO_PKG_VERSION"),
            protocol: dev_server_proto::PROTOCOL_VERSION,
            compiler: telemetry.recent.compiler(),
        },
        uptime_seconds: metrics.uptime().as_secs(),
        waiting_for: standby::waits_for(standby, feed),
        waiting_because: standby.map(Standby::reason),
        revision: revision(&board),
        epoch: format!("{:032x}", u128::from_be_bytes(*board.epoch.as_bytes())),
        clients: clients.collect(),
        clients_behind: metrics.deliveries().sum_behind(),
        events: EventLog { last: feed.events().last(), kept, bytes },
        programs: board.programs.values().map(|board| program(board, telemetry)).collect(),
    };
    serde_json::to_string(&status).unwrap_or_default()
}

/// The newest state of the sources that anything of the board was made from.
pub(super) fn revision(board: &Board) -> u64 {
    board.programs.values().map(|program| program.revision.get()).max().unwrap_or_default()
}

fn program(board: &ProgramBoard, telemetry: &Telemetry) -> Program {
    let count = |severity| board.reported.items.iter().filter(|item| item.severity == severity).count();
    let release = board.release.as_ref().map(|release| Release {
        revision: release.revision.get(),
        sequence: release.sequence,
        base: release.artifact.module.to_string(),
        bytes: release.artifact.size,
        whole: release.whole,
        bases: release
            .lineages
            .iter()
            .map(|lineage| Base { base: lineage.base.to_string(), patches: lineage.patches.len() })
            .collect(),
    });
    Program {
        name: board.name.clone(),
        revision: board.revision.get(),
        sequence: board.sequence,
        building: board.building.is_some(),
        release,
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        recent: telemetry.recent.program(&board.name),
    }
}
