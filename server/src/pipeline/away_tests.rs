//! A hub that tells, and the server that hears it, without a broker between them.

use super::super::telling::Telling;
use super::*;
use crate::rollout::Said;

struct Both {
    telling: Telling,
    messages: mpsc::Receiver<(u64, Vec<u8>)>,
    away: Away,
    now: Instant,
}

impl Both {
    fn new() -> Self {
        let (sender, messages) = mpsc::channel(2);
        let mut telling = Telling::new(sender);
        telling.follows(7);
        let away = Away::new(Arc::new(Rollout::default()));
        Self { telling, messages, away, now: Instant::now() }
    }

    fn says(&mut self, session: u64, kind: ReportKind) {
        self.telling.note(&ClientReport { session, program: "app".into(), kind });
    }

    fn comes(&mut self, session: u64) {
        let said = Said { id: &session.to_le_bytes(), browser: "firefox", ..Said::default() };
        let subject = Some(Arc::new(Subject::new(&said).unwrap()));
        self.says(session, ReportKind::Connected { client: "test".into(), base: None, patch: 0, subject });
    }

    /// What the loop of the server that builds gets of all that has been said.
    fn heard(&mut self) -> Vec<ClientReport> {
        let mut out = Vec::new();
        loop {
            self.telling.flush(self.now);
            let Ok((born, content)) = self.messages.try_recv() else { return out };
            assert_eq!(born, 7);
            assert!(content.len() < 1 << 20);
            self.away.hear(1, &content, self.now, &mut out);
        }
    }
}

fn kinds(reports: &[ClientReport]) -> Vec<(u64, &'static str)> {
    let kind = |kind: &ReportKind| match kind {
        ReportKind::Connected { .. } => "came",
        ReportKind::Disconnected => "left",
        ReportKind::Applied(_) => "applied",
        ReportKind::Failed(_) => "failed",
        ReportKind::WantsWhole => "wants whole",
        ReportKind::Status { .. } => "runs",
        _ => "other",
    };
    reports.iter().map(|report| (report.session - FIRST, kind(&report.kind))).collect()
}

#[test]
fn what_clients_of_a_hub_say_is_heard_in_order() {
    let mut both = Both::new();
    both.heard();
    both.comes(3);
    let base = Some(ContentHash::of(b"module"));
    both.says(3, ReportKind::Applied(Applied { base, ..nothing_applied() }));
    both.says(3, ReportKind::WantsWhole);
    both.comes(4);
    both.says(3, ReportKind::Disconnected);
    // Of a session that nobody knows.
    both.says(9, ReportKind::WantsWhole);
    let heard = both.heard();
    assert_eq!(kinds(&heard), [(0, "came"), (0, "applied"), (0, "wants whole"), (1, "came"), (0, "left")]);
}

#[test]
fn a_hub_that_is_silent_is_forgotten_and_a_server_that_begins_is_told_all() {
    let mut both = Both::new();
    assert_eq!(kinds(&both.heard()), []);
    both.comes(1);
    let base = Some(ContentHash::of(b"module"));
    both.says(1, ReportKind::Applied(Applied { base, ..nothing_applied() }));
    both.comes(2);
    both.says(2, ReportKind::WantsWhole);
    assert_eq!(kinds(&both.heard()), [(0, "came"), (0, "applied"), (1, "came"), (1, "wants whole")]);

    both.now += SIGN_OF_LIFE;
    assert_eq!(kinds(&both.heard()), []);
    let mut out = Vec::new();
    both.away.look(both.now + SILENT, &mut out);
    assert_eq!(kinds(&out), [], "it has given a sign of life");
    both.away.look(both.now + SILENT + Duration::from_secs(1), &mut out);
    assert_eq!(kinds(&out), [(0, "left"), (1, "left")]);

    let mut both = Both { away: Away::new(Arc::default()), ..both };
    both.telling.follows(8);
    both.telling.follows(7);
    let heard = both.heard();
    assert_eq!(kinds(&heard), [(0, "came"), (1, "came")]);
    assert!(matches!(heard[0].kind, ReportKind::Connected { base: Some(_), subject: Some(_), .. }));
}

#[test]
fn more_than_is_taken_is_told_as_what_is_there() {
    let mut both = Both::new();
    both.heard();
    for session in 0..1000 {
        both.comes(session);
    }
    for round in 0..20 {
        for session in 0..1000 {
            both.says(
                session,
                ReportKind::Status { base: None, patch: 0, accepts: false, ended: round % 2 == 0 },
            );
        }
    }
    let heard = both.heard();
    assert_eq!(heard.len(), 1000);
    assert!(heard.iter().all(|report| matches!(report.kind, ReportKind::Connected { .. })));
}
