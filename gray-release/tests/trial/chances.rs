//! What the state machine promises, counted over many seeded trials.

use gray_release::{Decision, Percent, Plan, RollBackReason};

use crate::simulation::{Crowd, GOOD, Outcome, Quality, run};

const TRIALS: u64 = 100;

/// How many times as bad everything is when so many clients have come.
type Weather = fn(u64) -> f64;

fn steps(hundredths: &[u16], sessions: u64) -> Plan {
    Plan::new(hundredths.iter().map(|step| Percent::from_hundredths(*step).unwrap()).collect(), sessions)
        .unwrap()
}

fn trials(plan: &Plan, qualities: [Quality; 2], crowd: Crowd, worse: Weather) -> Vec<Outcome> {
    // Other seeds for other trials: chance must not be the same in all of them.
    let first = plan.steps().iter().fold(qualities[1].fails.to_bits(), |seed, step| {
        seed.wrapping_mul(31) ^ u64::from(step.hundredths())
    });
    (0..TRIALS).map(|seed| run(first ^ seed, plan, qualities, crowd, 60_000, worse)).collect()
}

fn rolled_back(outcomes: &[Outcome]) -> u64 {
    outcomes.iter().filter(|outcome| matches!(outcome.decision, Decision::RollBack(_))).count() as u64
}

fn promoted(outcomes: &[Outcome]) -> u64 {
    outcomes.iter().filter(|outcome| outcome.decision == Decision::Promote).count() as u64
}

/// How many had the candidate when it was rolled back: the median, and what 99 of 100 trials do not exceed.
fn exposed(outcomes: &[Outcome]) -> (u64, u64) {
    let mut all: Vec<u64> = outcomes.iter().map(|outcome| outcome.candidates).collect();
    all.sort_unstable();
    (all[all.len() / 2], all[all.len() * 99 / 100])
}

fn same(_: u64) -> f64 {
    1.0
}

/// Both ten times as bad for a while, in the middle of the trial.
fn outage(number: u64) -> f64 {
    if (3000..4000).contains(&number) { 10.0 } else { 1.0 }
}

/// Both worse and worse, so that later and wider steps are worse than earlier ones.
fn decay(number: u64) -> f64 {
    1.0 + number as f64 / 1000.0
}

#[test]
fn an_equally_good_candidate_is_rolled_back_in_one_trial_of_a_hundred_at_most() {
    let (widening, half, two) = (Plan::default(), steps(&[5000], 400), steps(&[1000, 3000], 200));
    let cases: [(&Plan, f64, f64, Crowd, Weather); 14] = [
        (&widening, 0.001, 0.001, Crowd::Arriving, same),
        (&widening, 0.01, 0.01, Crowd::Arriving, decay),
        (&widening, 0.01, 0.01, Crowd::Present, outage),
        (&widening, 0.05, 0.02, Crowd::Arriving, decay),
        (&widening, 0.3, 0.1, Crowd::Present, same),
        (&half, 0.001, 0.001, Crowd::Present, decay),
        (&half, 0.01, 0.01, Crowd::Arriving, same),
        (&half, 0.05, 0.02, Crowd::Present, same),
        (&half, 0.3, 0.1, Crowd::Arriving, same),
        (&two, 0.001, 0.001, Crowd::Arriving, outage),
        (&two, 0.01, 0.01, Crowd::Present, same),
        (&two, 0.05, 0.02, Crowd::Arriving, same),
        (&two, 0.05, 0.02, Crowd::Present, decay),
        (&two, 0.3, 0.1, Crowd::Present, same),
    ];
    let mut wrong = 0;
    for (plan, fails, traps, crowd, worse) in cases {
        let outcomes = trials(plan, [Quality { fails, traps, ..GOOD }; 2], crowd, worse);
        let here = rolled_back(&outcomes);
        assert!(here <= TRIALS / 50, "{fails} {traps} {crowd:?}: {here} of {TRIALS}");
        wrong += here;
    }
    let all = TRIALS * cases.len() as u64;
    println!("rolled back {wrong} of {all}");
    assert!(wrong <= all / 100, "{wrong} of {all}");
}

#[test]
fn an_equally_good_candidate_gets_to_everybody() {
    for rate in [0.0, 0.001, 0.01, 0.1] {
        let quality = Quality { fails: rate, traps: rate, first_frame: 300.0, ..GOOD };
        let outcomes = trials(&Plan::default(), [quality; 2], Crowd::Arriving, same);
        let promoted = promoted(&outcomes);
        assert!(promoted >= TRIALS * 98 / 100, "{rate}: {promoted} of {TRIALS}");
    }
}

#[test]
fn a_candidate_that_is_ten_times_as_bad_is_found_soon() {
    let fails = |fails| Quality { fails, ..GOOD };
    let traps = |traps| Quality { traps, ..GOOD };
    for (good, bad, bounds) in [
        (fails(0.01), fails(0.1), [300, 300, 300, 300, 600]),
        (traps(0.01), traps(0.1), [300, 300, 300, 300, 600]),
        // At 1 % it would take more clients than come here.
        (traps(0.001), traps(0.01), [0, 3000, 3000, 3000, 4500]),
    ] {
        for (part, bound) in [100, 500, 1000, 2500, 5000].into_iter().zip(bounds) {
            if bound == 0 {
                continue;
            }
            // One step that never ends: how many clients does it take?
            let outcomes = trials(&steps(&[part], u64::MAX), [bad, good], Crowd::Arriving, same);
            let (median, most) = exposed(&outcomes);
            println!("{part:5} of 10000, {:.3}: median {median}, 99 % {most}", good.fails + good.traps);
            assert_eq!(rolled_back(&outcomes), TRIALS);
            assert!(most <= bound, "{part} {good:?}: {most}");
        }
    }
}

#[test]
fn the_usual_plan_finds_what_fails_for_one_client_in_ten_in_its_first_step() {
    let (good, bad) = (Quality { traps: 0.001, ..GOOD }, Quality { traps: 0.1, ..GOOD });
    for crowd in [Crowd::Arriving, Crowd::Present] {
        let outcomes = trials(&Plan::default(), [bad, good], crowd, same);
        assert_eq!(rolled_back(&outcomes), TRIALS);
        let at_once =
            outcomes.iter().filter(|outcome| outcome.step == Plan::default().steps()[0]).count() as u64;
        assert!(at_once >= TRIALS * 95 / 100, "{crowd:?}: {at_once} of {TRIALS}");
    }
}

#[test]
fn a_better_candidate_is_never_rolled_back() {
    let (good, bad) = (Quality { fails: 0.01, ..GOOD }, Quality { fails: 0.1, ..GOOD });
    let outcomes = trials(&Plan::default(), [good, bad], Crowd::Arriving, same);
    assert_eq!((rolled_back(&outcomes), promoted(&outcomes)), (0, TRIALS));
}

#[test]
fn first_frames_decide_when_they_are_much_later_and_for_many() {
    let of = |first_frame, stalls| Quality { first_frame, stalls, ..GOOD };
    let plan = steps(&[1000], 300);
    let trials = |candidate| trials(&plan, [candidate, of(300.0, 0.0)], Crowd::Arriving, same);
    assert_eq!(rolled_back(&trials(of(300.0, 0.0))), 0);
    assert!(rolled_back(&trials(of(330.0, 0.0))) <= TRIALS / 100, "a tenth is not felt");
    assert_eq!(rolled_back(&trials(of(300.0, 0.02))), 0, "a few that stall prove nothing");
    let slow = trials(of(600.0, 0.0));
    let (median, most) = exposed(&slow);
    println!("twice as slow: median {median}, 99 % {most}");
    assert_eq!(rolled_back(&slow), TRIALS);
    assert!(most <= 150, "{most}");
    let words = slow.iter().all(|outcome| match &outcome.decision {
        Decision::RollBack(reason @ RollBackReason::Slow { .. }) => {
            reason.to_string().contains("first frames")
        }
        _ => false,
    });
    assert!(words);
}
