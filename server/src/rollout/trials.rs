//! All rules on trial, and the clients that may take part.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use gray_release::{Decision, Document, Percent, Plan};

use super::Subject;
use super::experiment::{Experiment, Happened};

/// Trials of one document.
#[derive(Debug, Default)]
pub(super) struct Trials {
    /// Clients that said who they are, by the numbers of their sessions.
    clients: BTreeMap<u64, Client>,
    running: Vec<Experiment>,
}

#[derive(Debug)]
struct Client {
    subject: Arc<Subject>,
    program: Box<str>,
}

/// What a trial wants.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) flag: String,
    pub(super) rule: usize,
    pub(super) decision: Decision,
}

impl Trials {
    /// The document is this one now: its trials go on, begin, or are over.
    pub(super) fn follow(&mut self, document: &Document, now: Instant) {
        let mut running = Vec::new();
        for (flag, number, plan, percent) in on_trial(document) {
            let known = self.running.iter().position(|trial| trial.goes_on(flag, number, plan, percent));
            let known = known.map(|index| self.running.swap_remove(index));
            let is_known = known.is_some();
            let Some(mut trial) = known.or_else(|| Experiment::new(flag, number, plan, percent)) else {
                continue;
            };
            if trial.stands_at(percent) || !is_known {
                for Client { subject, program } in self.clients.values() {
                    trial.enter(document, subject, program, now);
                }
            }
            running.push(trial);
        }
        self.running = running;
    }

    pub(super) fn join(
        &mut self,
        session: u64,
        (subject, program): (Arc<Subject>, &str),
        document: &Document,
        now: Instant,
    ) {
        for trial in &mut self.running {
            trial.enter(document, &subject, program, now);
        }
        self.clients.insert(session, Client { subject, program: program.into() });
    }

    pub(super) fn leave(&mut self, session: u64) {
        let Some(client) = self.clients.remove(&session) else { return };
        let id = client.subject.client("").id.bytes();
        // Another tab of the same browser is the same client.
        if !self.clients.values().any(|other| other.subject.client("").id.bytes() == id) {
            self.running.iter_mut().for_each(|trial| trial.leave(id));
        }
    }

    pub(super) fn note(&mut self, session: u64, happened: Happened, now: Instant) {
        let Some(client) = self.clients.get(&session) else { return };
        let id = client.subject.client("").id.bytes();
        self.running.iter_mut().for_each(|trial| trial.note(id, happened, now));
    }

    /// What all of them want now.
    pub(super) fn decide(&mut self, now: Instant) -> Vec<Wanted> {
        let decided = |trial: &mut Experiment| {
            let decision = trial.decide(now);
            (decision != Decision::Continue).then(|| Wanted {
                flag: trial.flag.clone(),
                rule: trial.rule,
                decision,
            })
        };
        self.running.iter_mut().filter_map(decided).collect()
    }
}

/// Flag, number, plan and percentage of each rule that is on trial.
fn on_trial(document: &Document) -> impl Iterator<Item = (&str, usize, &Plan, Percent)> {
    let alive = document.flags().filter(|(_, flag)| !flag.killed);
    alive.flat_map(|(name, flag)| {
        let rules = (1..).zip(&flag.rules);
        rules.filter_map(move |(number, rule)| Some((name, number, rule.trial.as_ref()?, rule.percent)))
    })
}
