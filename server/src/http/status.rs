//! How the server stands, as JSON for people and scripts.

use serde::Serialize;

use super::standby::{self, Standby};
use crate::diagnostic::Severity;
use crate::publish::{Board, Feed, ProgramBoard};
use crate::telemetry::{
    Attendant, AttendantUpdate, Audience, ProgramMemory, ProgramRecent, Telemetry, Transport,
};

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
    /// Those of them that show a program, at most some hundred.
    sessions: Vec<Showing>,
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
struct Showing {
    session: u64,
    program: String,
    /// What it runs on, in words.
    device: String,
    /// BLAKE3 of the module that runs there; null for none.
    base: Option<String>,
    /// Number of the last patch on it.
    patch: u32,
    ended: bool,
    /// How many patches it has yet to apply; null when only a whole module brings it to the newest release.
    lacks: Option<usize>,
    /// The last update that it applied.
    update: Option<AttendantUpdate>,
    /// Why it could not apply the last one.
    failed: Option<String>,
    memory: Option<ProgramMemory>,
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
        sessions: telemetry
            .attendance
            .now()
            .into_iter()
            .map(|(session, attendant)| described(session, attendant, &board))
            .collect(),
        events: EventLog { last: feed.events().last(), kept, bytes },
        programs: board.programs.values().map(|board| program(board, telemetry)).collect(),
    };
    serde_json::to_string(&status).unwrap_or_default()
}

fn described(session: u64, attendant: Attendant, board: &Board) -> Showing {
    let Attendant { program, device, base, patch, ended, update, failed, memory } = attendant;
    let release = board.programs.get(&program).and_then(|program| program.release.as_ref());
    let lacks = release.zip(base).filter(|_| !ended).and_then(|(release, base)| {
        let patches = release.lineage(base).and_then(|lineage| lineage.after(patch));
        let newest = base == release.artifact.module && patch == 0 && release.whole;
        patches.map(<[_]>::len).or(newest.then_some(0))
    });
    let base = base.map(|base| base.to_string());
    Showing { session, program, device, base, patch, ended, lacks, update, failed, memory }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::analyse::PageManifest;
    use crate::build::{Artifact, Glue, GlueKind};
    use crate::content::ContentHash;
    use crate::hot::{Lineage, Patch};
    use crate::publish::{Epoch, Made, Publisher};
    use crate::revision::Revision;

    fn patch(number: u32) -> Patch {
        Patch {
            number,
            follows: number - 1,
            module: bytes::Bytes::new(),
            hash: ContentHash::of(b"patch"),
            table_length: 0,
            table_growth: 0,
            writes: Vec::new(),
            has_initializer: false,
            stack_chain: 0,
            functions: Vec::new(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn each_client_is_as_far_behind_as_it_has_patches_to_apply() {
        let base = ContentHash::of(b"base");
        let publisher = Publisher::new(Epoch::random().unwrap());
        publisher.set_programs(Revision::FIRST, [("app".to_owned(), Arc::new(PageManifest::new([].into())))]);
        let artifact = Artifact {
            revision: Revision::FIRST,
            program: "app".into(),
            module: base,
            size: 1,
            glue: Glue { kind: GlueKind::TinyGo, hash: ContentHash::of(b"glue"), size: 4 },
            symbols: None,
            stages: Vec::new(),
            warnings: Vec::new(),
            from_cache: false,
        };
        let lineages = vec![Arc::new(Lineage { base, patches: vec![patch(1), patch(2)] })];
        let made = Made::whole(Arc::new(artifact), Vec::new());
        publisher.release(Made { lineages, whole: false, ..made });
        let telemetry = Telemetry::default();
        let runs = |base, patch, ended| Attendant {
            program: "app".into(),
            device: "firefox 140 linux".into(),
            base,
            patch,
            ended,
            ..Attendant::default()
        };
        let other = Some(ContentHash::of(b"other"));
        let all = [
            (runs(Some(base), 2, false), Some(0)),
            (runs(Some(base), 0, false), Some(2)),
            (runs(Some(base), 9, false), None),
            (runs(other, 0, false), None),
            (runs(None, 0, false), None),
            (runs(Some(base), 2, true), None),
            (Attendant { program: "gone".into(), ..runs(Some(base), 2, false) }, None),
        ];
        for (session, (attendant, _)) in all.iter().enumerate() {
            telemetry.attendance.came(session as u64, attendant.clone());
        }
        let memory = ProgramMemory { pages: 40, values: 12, functions: 5, table: 300 };
        telemetry.attendance.note(0, |client| client.memory = Some(memory));
        let status: serde_json::Value =
            serde_json::from_str(&json(&telemetry, &publisher.feed(), None)).unwrap();
        let lacks: Vec<_> =
            status["sessions"].as_array().unwrap().iter().map(|session| session["lacks"].as_u64()).collect();
        assert_eq!(lacks, all.map(|(_, lacks)| lacks), "{status}");
        assert_eq!(status["sessions"][0]["memory"]["pages"], 40, "{status}");
        assert_eq!(status["sessions"][0]["device"], "firefox 140 linux", "{status}");
    }
}
