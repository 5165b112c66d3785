//! Which modules run on the pages that are connected.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::analyse::Following;
use crate::content::ContentHash;
use crate::http::{ClientReport, ReportKind};

/// A page whose connection broke comes back within seconds, and goes on from what it runs.
const RETURN: Duration = Duration::from_secs(20);

/// What connected pages run, by session.
#[derive(Debug, Default)]
pub(super) struct Pages {
    sessions: BTreeMap<u64, Page>,
    /// What pages ran that have gone, and when they went.
    gone: Vec<(Instant, String, ContentHash)>,
}

#[derive(Debug)]
struct Page {
    program: String,
    base: Option<ContentHash>,
    /// Patches do not help it: it runs nothing, or could not apply one.
    wants_whole: bool,
    /// Its program has gone down. With the same text it would again: it stays as it is, with what it says of that, until
    /// there is another text, and then patches do not help it either.
    ended: bool,
    follows: Option<Following>,
}

impl Pages {
    /// Takes in what a page said.
    pub(super) fn note(&mut self, report: &ClientReport) {
        match &report.kind {
            ReportKind::Connected { base, .. } => {
                let (program, base) = (report.program.clone(), *base);
                let wants_whole = base.is_none();
                self.sessions
                    .insert(report.session, Page { program, base, wants_whole, ended: false, follows: None });
            }
            // No module is made for it.
            ReportKind::LooksOn(true) => {
                let program = report.program.clone();
                let page = Page { program, base: None, wants_whole: false, ended: false, follows: None };
                self.sessions.insert(report.session, page);
            }
            ReportKind::Disconnected | ReportKind::LooksOn(false) => {
                let page = self.sessions.remove(&report.session);
                if let Some(Page { program, base: Some(base), .. }) = page {
                    self.gone.push((Instant::now(), program, base));
                }
            }
            ReportKind::Applied(applied) => self.runs(report.session, applied.base, false),
            ReportKind::Status { base, ended, .. } => self.runs(report.session, *base, *ended),
            ReportKind::Failed(_) | ReportKind::WantsWhole => {
                if let Some(page) = self.sessions.get_mut(&report.session) {
                    page.wants_whole = true;
                }
            }
            ReportKind::Follows(following) => {
                if let Some(page) = self.sessions.get_mut(&report.session) {
                    page.follows = *following;
                }
            }
            ReportKind::Log { .. }
            | ReportKind::Crash(_)
            | ReportKind::OpenLocation { .. }
            | ReportKind::Invalidate { .. } => {}
        }
    }

    fn runs(&mut self, session: u64, base: Option<ContentHash>, ended: bool) {
        if let Some(page) = self.sessions.get_mut(&session) {
            page.base = base;
            page.ended = ended;
            page.wants_whole = base.is_none();
        }
    }

    /// Modules of a program that run somewhere, or did a moment ago; those that went down on a page that is there are known
    /// as well, so that it is known which text they were.
    pub(super) fn running(&mut self, program: &str) -> BTreeSet<ContentHash> {
        self.gone.retain(|(went, ..)| went.elapsed() < RETURN);
        let gone = self.gone.iter().filter(|(_, of, _)| of == program).map(|(.., base)| *base);
        gone.chain(self.of(program).filter(|page| !page.wants_whole).filter_map(|page| page.base)).collect()
    }

    /// Modules of a program that run on pages which are connected.
    pub(super) fn connected(&self, program: &str) -> BTreeSet<ContentHash> {
        let pages = self.of(program).filter(|page| !page.wants_whole && !page.ended);
        pages.filter_map(|page| page.base).collect()
    }

    /// True when a page of the program waits for a whole module, whatever text it is of.
    pub(super) fn waiting(&self, program: &str) -> bool {
        self.of(program).any(|page| page.wants_whole)
    }

    /// True when a page of the program needs a whole module to come to another text.
    pub(super) fn needs_whole(&self, program: &str) -> bool {
        self.of(program).any(|page| page.wants_whole || page.ended)
    }

    /// Programs whose syntax trees a connected page follows, and whether one wants more than those.
    pub(super) fn followed(&self) -> BTreeMap<String, Following> {
        let mut followed = BTreeMap::new();
        for page in self.sessions.values() {
            if let Some(following) = page.follows {
                let most = followed.entry(page.program.clone()).or_insert(following);
                *most = following.max(*most);
            }
        }
        followed
    }

    fn of(&self, program: &str) -> impl Iterator<Item = &Page> {
        self.sessions.values().filter(move |page| page.program == program)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(session: u64, kind: ReportKind) -> ClientReport {
        ClientReport { session, program: "app".into(), kind }
    }

    #[test]
    fn pages_come_run_end_and_go() {
        let base = ContentHash::of(b"one");
        let mut pages = Pages::default();
        pages.note(&report(
            1,
            ReportKind::Connected { client: String::new(), base: None, patch: 0, subject: None },
        ));
        assert!(pages.waiting("app") && pages.running("app").is_empty());
        assert!(!pages.waiting("other"));
        let status = |ended| ReportKind::Status { base: Some(base), patch: 0, accepts: true, ended };
        pages.note(&report(1, status(false)));
        pages.note(&report(
            2,
            ReportKind::Connected { client: String::new(), base: Some(base), patch: 0, subject: None },
        ));
        assert!(!pages.waiting("app"));
        assert_eq!(pages.running("app"), BTreeSet::from([base]));
        pages.note(&report(1, status(true)));
        assert!(!pages.waiting("app"), "what went down stays on screen");
        assert!(pages.needs_whole("app"), "with another text it starts from a module");
        pages.note(&report(2, ReportKind::Disconnected));
        pages.gone.clear();
        assert_eq!(pages.running("app"), BTreeSet::from([base]), "its text is known");
        assert!(pages.connected("app").is_empty(), "it is no use to patch what went down");
        pages.note(&report(
            2,
            ReportKind::Connected { client: String::new(), base: Some(base), patch: 0, subject: None },
        ));
        let followed = |following| BTreeMap::from([("app".to_owned(), following)]);
        pages.note(&report(1, ReportKind::Follows(Some(Following::Texts))));
        pages.note(&report(2, ReportKind::Follows(Some(Following::Trees))));
        assert_eq!(pages.followed(), followed(Following::Texts));
        pages.note(&report(1, ReportKind::Follows(Some(Following::Trees))));
        assert_eq!(pages.followed(), followed(Following::Trees));
        pages.note(&report(2, ReportKind::Follows(None)));
        assert_eq!(pages.followed(), followed(Following::Trees));
        pages.note(&report(1, ReportKind::Disconnected));
        assert!(!pages.waiting("app") && pages.followed().is_empty());
        pages.note(&report(2, ReportKind::Disconnected));
        assert_eq!(pages.running("app"), BTreeSet::from([base]), "it may come back");
        for (went, ..) in &mut pages.gone {
            *went = went.checked_sub(RETURN).unwrap();
        }
        assert!(pages.running("app").is_empty());
    }

    #[test]
    fn nothing_is_made_for_who_looks_on() {
        let mut pages = Pages::default();
        pages.note(&report(1, ReportKind::LooksOn(true)));
        pages.note(&report(1, ReportKind::Follows(Some(Following::Texts))));
        assert!(!pages.waiting("app") && pages.running("app").is_empty());
        assert_eq!(pages.followed().len(), 1);
        pages.note(&report(1, ReportKind::LooksOn(false)));
        assert!(pages.followed().is_empty());
    }
}
