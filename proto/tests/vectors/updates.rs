//! Order and base of updates.

use crate::form::Vector;
use crate::frames::{assets, leveled, module, welcome, whole};

/// A client that runs module 1 at sequence 5.
fn at_five(name: &'static str, about: &'static str) -> Vector {
    Vector::new(name, about).opens().hears("Welcome", &welcome(7, false, 5)).takes(
        "the newest module",
        &whole(7, 5, 1),
        &module(1),
        0,
    )
}

pub(crate) fn vectors() -> Vec<Vector> {
    vec![
        at_five(
            "repeated-and-old-updates",
            "What is not newer than what was applied is dropped without a word.",
        )
        .ignores("the same again", &whole(7, 5, 1), "not-newer")
        .ignores("an older one", &whole(7, 4, 2), "not-newer")
        .takes("one that skips what was overtaken", &whole(7, 9, 3), &module(3), 0)
        .ignores("one that was overtaken", &whole(7, 7, 4), "not-newer"),
        at_five("epoch-change", "A sequence means nothing under another epoch.")
            .takes("a smaller sequence of another epoch", &whole(8, 1, 2), &module(2), 0)
            .takes("the next one there", &assets(8, 2, 2), &module(2), 0)
            .takes("a larger sequence of the first epoch", &whole(7, 6, 3), &module(3), 0),
        at_five("other-base", "What changes something that runs is taken only where that runs.")
            .takes("a style sheet for the module that runs", &assets(7, 6, 1), &module(1), 0)
            .refuses("a style sheet for another one", &assets(7, 7, 2), "other-base")
            .ignores(
                "a style sheet for the one that runs, while a whole module is due",
                &assets(7, 8, 1),
                "awaiting-full",
            )
            .takes("a whole module", &whole(7, 9, 2), &module(2), 0)
            .takes("a style sheet for it", &assets(7, 10, 2), &module(2), 0),
        at_five(
            "failed",
            "An update that cannot be done leaves what runs, and is told; a whole module makes it good.",
        )
        .fails("a module that cannot be compiled", &whole(7, 6, 2), "compile", "not a module")
        .takes("the next one", &whole(7, 7, 3), &module(3), 0),
        Vector::new(
            "unknown-level",
            "A level that a client does not know is the gravest: the whole module, from its start.",
        )
        .opens()
        .hears("Welcome", &welcome(7, false, 1))
        .takes("a level of a later version", &leveled(7, 1, 1, 99), &module(1), 0),
    ]
}
