//! Single decisions, one by one.

use gray_release::{
    Change, Condition, Counts, Decision, Document, Percent, Plan, PlanError, RollBackReason, Rule, Trial,
};

fn percent(hundredths: u16) -> Percent {
    Percent::from_hundredths(hundredths).unwrap()
}

fn trial(steps: &[u16], sessions: u64) -> Trial {
    Trial::new(Plan::new(steps.iter().copied().map(percent).collect(), sessions).unwrap())
}

/// So many sessions that went well, and traps on top.
fn sessions(good: u64, trapped: u64) -> Counts {
    let sessions = good + trapped;
    Counts { sessions, settled: sessions, applied: sessions, trapped, ..Counts::default() }
}

fn attempts(applied: u64, failed: u64) -> Counts {
    let sessions = applied + failed;
    Counts { sessions, settled: 0, applied, failed, ..Counts::default() }
}

fn words(decision: &Decision) -> String {
    match decision {
        Decision::RollBack(reason) => reason.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn three_traps_are_enough_where_the_stable_release_has_none() {
    let mut trial = trial(&[1000], 100);
    let stable = sessions(180, 0);
    for trapped in 0..=2 {
        let decision = trial.observe(percent(1000), &sessions(20 - trapped, trapped), &stable);
        assert_eq!(decision, Decision::Continue, "{trapped} are an accident");
    }
    let decision = trial.observe(percent(1000), &sessions(18, 3), &stable);
    assert_eq!(
        words(&decision),
        "the candidate trapped for 3 of 21 clients, the stable release for 0 of 180: 275 to 1 that it is worse"
    );
    let later = trial.observe(percent(1000), &sessions(10_000, 3), &sessions(10_000, 0));
    assert_eq!(later, decision, "what has ended has ended");
}

#[test]
fn three_traps_prove_nothing_where_half_of_the_clients_have_the_candidate() {
    let mut trial = trial(&[5000], 100);
    let decision = trial.observe(percent(5000), &sessions(20, 3), &sessions(20, 0));
    assert_eq!(decision, Decision::Continue);
    assert!(words(&trial.observe(percent(5000), &sessions(20, 16), &sessions(36, 0))).contains("16 of 36"));
}

#[test]
fn step_by_step_to_everybody() {
    let mut trial = trial(&[100, 2500], 10);
    assert_eq!(trial.percent(), percent(100));
    assert_eq!(trial.observe(percent(100), &sessions(9, 0), &sessions(900, 0)), Decision::Continue);
    assert_eq!(
        trial.observe(percent(100), &sessions(10, 0), &sessions(9, 0)),
        Decision::Continue,
        "stale counts"
    );
    assert_eq!(
        trial.observe(percent(100), &sessions(10, 0), &sessions(990, 0)),
        Decision::Widen(percent(2500))
    );
    assert_eq!(trial.percent(), percent(2500));
    let stale = trial.observe(percent(100), &sessions(50, 5), &sessions(990, 0));
    assert_eq!(stale, Decision::Continue, "counts of the step before are not those of this one");
    assert_eq!(trial.observe(percent(2500), &sessions(10, 0), &sessions(9, 0)), Decision::Continue);
    assert_eq!(trial.observe(percent(2500), &sessions(10, 0), &sessions(30, 0)), Decision::Promote);
    assert_eq!(trial.observe(percent(2500), &sessions(0, 9), &sessions(30, 0)), Decision::Promote);
}

/// The flag as a server leads it through two trials.
#[test]
fn a_flag_follows_its_trial() {
    const CHANNEL: &str = "release.channel";
    let flag = || CHANNEL.to_owned();
    let begin = |percent, salt: &str| {
        let (condition, salt) = (Condition::default(), salt.to_owned());
        Change::AddRule {
            flag: flag(),
            rule: Rule { condition, percent, salt, value: "candidate".into(), trial: None },
        }
    };
    let change = |document: &Document, change: &Change| document.change(change).unwrap().document;
    let mut trial = trial(&[1000, 2500], 10);
    let mut document = change(&Document::default(), &begin(trial.percent(), "release 7"));
    let widen = trial.observe(percent(1000), &sessions(10, 0), &sessions(90, 0));
    document = change(&document, &widen.change(CHANNEL, 1).unwrap());
    assert_eq!(document.flag(CHANNEL).unwrap().rules[0].percent, trial.percent());
    let back = trial.observe(percent(2500), &sessions(2, 8), &sessions(30, 0));
    document = change(&document, &back.change(CHANNEL, 1).unwrap());
    assert!(document.flag(CHANNEL).unwrap().killed);
    // The next candidate begins with other clients.
    document = change(&document, &Change::RemoveRule { flag: flag(), rule: 1 });
    document = change(&document, &begin(percent(100), "release 8"));
    document = change(&document, &Change::Revive { flag: flag() });
    assert_eq!(document.flag(CHANNEL).unwrap().rules[0].percent, percent(100));
    assert_eq!(
        [Decision::Continue, Decision::Promote].map(|decision| decision.change(CHANNEL, 1)),
        [None, None]
    );
}

#[test]
fn sessions_that_are_not_settled_do_not_widen() {
    let mut trial = trial(&[100, 2500], 10);
    let young = Counts { settled: 0, ..sessions(1000, 0) };
    assert_eq!(trial.observe(percent(100), &young, &sessions(99_000, 0)), Decision::Continue);
}

#[test]
fn what_looks_bad_is_looked_at_for_longer() {
    let mut trial = trial(&[100, 2500], 50);
    assert_eq!(trial.observe(percent(100), &sessions(60, 1), &sessions(6000, 0)), Decision::Continue);
    assert_eq!(trial.observe(percent(100), &sessions(198, 1), &sessions(20_000, 0)), Decision::Continue);
    assert_eq!(
        trial.observe(percent(100), &sessions(199, 1), &sessions(20_000, 0)),
        Decision::Widen(percent(2500))
    );
    // And what was seen is remembered.
    let decision = trial.observe(percent(2500), &sessions(10, 3), &sessions(40, 0));
    assert!(words(&decision).contains("4 of 213"), "{}", words(&decision));
}

#[test]
fn without_the_stable_release_only_what_is_certainly_bad_goes_back() {
    let mut trapping = trial(&[100], 50);
    let decision = trapping.observe(percent(100), &sessions(2, 3), &Counts::default());
    assert_eq!(decision, Decision::RollBack(RollBackReason::TrapsAlone { bad: 3, of: 5 }));
    assert_eq!(
        words(&decision),
        "the candidate trapped for 3 of 5 clients, and there is nothing to compare with"
    );
    // Nobody is brought to the stable release, since all that are there have it.
    let mut failing = trial(&[100], 50);
    let decision = failing.observe(percent(100), &attempts(46, 4), &Counts::default());
    assert_eq!(decision, Decision::Continue, "8 % is daily business");
    let mut failing = trial(&[100], 50);
    let decision = failing.observe(percent(100), &attempts(1, 5), &Counts::default());
    assert_eq!(
        words(&decision),
        "the candidate could not be applied by 5 of 6 clients, and there is nothing to compare with"
    );
}

#[test]
fn failures_count_against_attempts_of_both() {
    let mut trial = trial(&[500], 50);
    let decision = trial.observe(percent(500), &attempts(17, 3), &attempts(380, 0));
    assert!(
        words(&decision).starts_with("the candidate could not be applied by 3 of 20 clients, the stable"),
        "{decision:?}"
    );
}

#[test]
fn numbers_that_cannot_be_do_no_harm() {
    let mut trial = trial(&[500], u64::MAX);
    let huge = Counts { trapped: u64::MAX, ..Counts::default() };
    assert_eq!(trial.observe(percent(500), &huge, &huge), Decision::Continue);
    let huge = Counts { sessions: u64::MAX, applied: u64::MAX, failed: u64::MAX, trapped: u64::MAX, ..huge };
    assert_eq!(trial.observe(percent(500), &huge, &huge), Decision::Continue);
    assert_eq!(trial.observe(percent(500), &huge, &Counts::default()), Decision::Continue);
}

#[test]
fn plans_that_cannot_be_followed() {
    let plan = |steps: &[u16], sessions| {
        Plan::new(steps.iter().copied().map(percent).collect(), sessions)
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    assert_eq!(plan(&[1, 9999], 1), Ok(()));
    assert_eq!(plan(&[], 1), Err("a plan has 1 to 16 steps, not 0".into()));
    assert!(plan(&(1..=17).collect::<Vec<_>>(), 1).is_err());
    assert_eq!(plan(&[100, 100], 1), Err("step 2 is 1 %, and steps must rise between 0 % and 100 %".into()));
    assert!(plan(&[0], 1).is_err() && plan(&[500, 100], 1).is_err());
    assert!(plan(&[100, 10_000], 1).is_err(), "nobody would be left to compare with");
    assert_eq!(plan(&[100], 0), Err("a step needs at least one session".into()));
    assert!(PlanError::Sessions.hint().contains("50"));
}
