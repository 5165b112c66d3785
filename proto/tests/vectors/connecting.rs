//! First connections and those that come back.

use dev_server_proto::Encoded;

use crate::form::Vector;
use crate::frames::{assets, module, patches, welcome, whole};

/// A client that runs module 1 at sequence 1.
fn at_one(name: &'static str, about: &'static str) -> Vector {
    Vector::new(name, about).opens().hears("Welcome", &welcome(7, false, 1)).takes(
        "the newest module",
        &whole(7, 1, 1),
        &module(1),
        0,
    )
}

/// The same, whose host has a style sheet that it was given on the connection before the present one.
fn late(name: &'static str, about: &'static str) -> Vector {
    let next = Encoded::new(&patches(7, 3, 1, &[(1, 0)])).payload();
    at_one(name, about)
        .waits("a style sheet", &assets(7, 2, 1))
        .closes(1006, "waiting")
        .opens()
        .hears("Welcome, recovered", &welcome(7, true, 3))
        .hears("the next state for who has no style sheet yet", &next)
}

/// It comes back with the style sheet, and goes on from there.
fn comes_back(vector: Vector) -> Vector {
    vector.opens().hears("Welcome, recovered", &welcome(7, true, 3)).takes(
        "the next state for who has it",
        &patches(7, 3, 1, &[(1, 0)]),
        &module(1),
        1,
    )
}

pub(crate) fn vectors() -> Vec<Vector> {
    vec![
        Vector::new("first-connect", "A client that has nothing says so, and is brought to what is true now.")
            .opens()
            .hears("Welcome, nothing to recover", &welcome(7, false, 4))
            .takes("the newest module", &whole(7, 4, 1), &module(1), 0),
        Vector::new("resume-recovered", "A client that comes back says what it has, and gets exactly what it lacks.")
            .opens()
            .hears("Welcome", &welcome(7, false, 4))
            .takes("the newest module", &whole(7, 4, 1), &module(1), 0)
            .closes(1012, "waiting")
            .opens()
            .hears("Welcome, recovered", &welcome(7, true, 5))
            .takes("the patch that it missed", &patches(7, 5, 1, &[(1, 0)]), &module(1), 1)
            .closes(1006, "waiting")
            .opens()
            .hears("Welcome, recovered and nothing new", &welcome(7, true, 5))
            .ignores("what it has already", &patches(7, 5, 1, &[(1, 0)]), "not-newer"),
        Vector::new(
            "resume-not-recovered",
            "The log does not know what the client had: it is told all that is true now, and takes it although the sequence is smaller.",
        )
        .opens()
        .hears("Welcome", &welcome(7, false, 9))
        .takes("the newest module", &whole(7, 9, 1), &module(1), 0)
        .closes(1001, "waiting")
        .opens()
        .hears("Welcome, not recovered", &welcome(8, false, 2))
        .takes("the newest module of another life of the log", &whole(8, 2, 2), &module(2), 0)
        .closes(4501, "waiting")
        .opens(),
        at_one(
            "awaiting-full-survives-the-connection",
            "A client that waits for a whole module says so in the next Hello.",
        )
        .refuses("a patch for another module", &patches(7, 2, 2, &[(1, 0)]), "other-base")
        .closes(1006, "waiting")
        .opens()
        .hears("Welcome, recovered", &welcome(7, true, 2))
        .takes("a whole module", &whole(7, 2, 2), &module(2), 0),
        comes_back(
            late(
                "done-on-another-connection",
                "What was done after Hello of a later connection made that Hello untrue: what comes there leads on from elsewhere.",
            )
            .goes_on(&assets(7, 2, 1), &module(1), 0, true),
        ),
        comes_back(
            late(
                "done-two-connections-later",
                "What waits on a connection that is lost is for who said its Hello, and is not done any more.",
            )
            .closes(1006, "waiting")
            .goes_on(&assets(7, 2, 1), &module(1), 0, false),
        ),
        at_one(
            "done-without-a-connection",
            "What was done before the next Hello is part of it, and needs no other answer.",
        )
        .waits("a style sheet", &assets(7, 2, 1))
        .closes(1012, "waiting")
        .goes_on(&assets(7, 2, 1), &module(1), 0, false)
        .opens()
        .hears("Welcome, recovered", &welcome(7, true, 2)),
    ]
}
