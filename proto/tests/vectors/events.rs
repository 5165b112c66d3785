//! Numbers of events.

use crate::form::{Tells, Vector};
use crate::frames::{event, skipped, welcome};

fn happened(number: u64) -> Tells {
    Tells::Event { number, json: format!("{{\"event\":\"change\",\"revision\":{number}}}") }
}

fn missing(first: u64, last: u64) -> Tells {
    Tells::Skipped { first, last }
}

fn following(name: &'static str, about: &'static str) -> Vector {
    Vector::new(name, about).needs("events").opens().hears("Welcome", &welcome(7, false, 0))
}

pub(crate) fn vectors() -> Vec<Vector> {
    vec![
        following("events-in-order", "Each event is told once; the next connection asks for those after it.")
            .tells("the first", &event(7, 1), &[happened(1)], 1)
            .tells("the second", &event(7, 2), &[happened(2)], 2)
            .tells("the second again", &event(7, 2), &[], 2)
            .closes(1012, "waiting")
            .opens()
            .hears("Welcome", &welcome(7, true, 0))
            .tells("the third", &event(7, 3), &[happened(3)], 3),
        following("events-skipped", "What the server no longer keeps is told as a gap.")
            .tells("those before the first that is kept", &skipped(7, 1, 40), &[missing(1, 40)], 40)
            .tells("the first that is kept", &event(7, 41), &[happened(41)], 41)
            .tells("a gap that is known in part", &skipped(7, 41, 50), &[missing(42, 50)], 50)
            .tells("a gap that is known", &skipped(7, 45, 50), &[], 50),
        following("events-with-a-gap", "A gap that the server does not name is told all the same.")
            .tells("the first", &event(7, 1), &[happened(1)], 1)
            .tells("the fourth", &event(7, 4), &[missing(2, 3), happened(4)], 4),
        following("events-anew", "Under another epoch numbers start anew, and that is told.")
            .tells("the first", &event(7, 1), &[happened(1)], 1)
            .closes(1006, "waiting")
            .opens()
            .hears("Welcome", &welcome(8, false, 0))
            .tells("the first of another history", &event(8, 1), &[Tells::Restarted {}, happened(1)], 1)
            .tells("the second", &event(8, 2), &[happened(2)], 2),
    ]
}
