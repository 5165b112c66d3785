//! Lists of patches on a module.

use bytes::Bytes;
use dev_server_proto::v1::server_frame::Body;
use dev_server_proto::v1::{HotPatch, ServerFrame};

use crate::form::Vector;
use crate::frames::{module, patches, welcome, whole};

fn running(name: &'static str, about: &'static str) -> Vector {
    Vector::new(name, about).opens().hears("Welcome", &welcome(7, false, 1)).takes(
        "the newest module",
        &whole(7, 1, 1),
        &module(1),
        0,
    )
}

pub(crate) fn vectors() -> Vec<Vector> {
    let damaged = |damage: fn(&mut HotPatch)| {
        let mut frame = patches(7, 2, 1, &[(1, 0)]);
        if let Some(Body::Update(update)) = &mut frame.body {
            damage(&mut update.patches[0]);
        }
        frame
    };
    vec![
        running("patches-in-order", "A list is taken as a whole; what runs already is skipped.")
            .takes("two patches", &patches(7, 2, 1, &[(1, 0), (4, 1)]), &module(1), 4)
            .takes("one that runs already and the next", &patches(7, 3, 1, &[(4, 1), (5, 4)]), &module(1), 5)
            .takes("only those that run already", &patches(7, 4, 1, &[(4, 1), (5, 4)]), &module(1), 5),
        running("patch-with-a-missing-link", "A patch whose predecessor does not run is refused.")
            .refuses("the second without the first", &patches(7, 2, 1, &[(2, 1)]), "missing-link")
            .ignores("the first, too late", &patches(7, 3, 1, &[(1, 0)]), "awaiting-full")
            .takes("a whole module", &whole(7, 4, 2), &module(2), 0),
        running(
            "list-with-a-missing-link",
            "A list is refused as a whole when a patch within it is missing.",
        )
        .takes("the first", &patches(7, 2, 1, &[(1, 0)]), &module(1), 1)
        .refuses("the second and the fourth", &patches(7, 3, 1, &[(2, 1), (4, 3)]), "missing-link")
        .takes("a whole module", &whole(7, 4, 2), &module(2), 0),
        running("patch-for-another-base", "A patch for a module that does not run is refused.")
            .refuses("made for another module", &patches(7, 2, 2, &[(1, 0)]), "other-base")
            .ignores("one for the module that runs", &patches(7, 3, 1, &[(1, 0)]), "awaiting-full")
            .takes("the other module, whole", &whole(7, 4, 2), &module(2), 0)
            .takes("a patch on it", &patches(7, 5, 2, &[(1, 0)]), &module(2), 1),
        running("patch-of-nothing", "A hot patch that names no functions is refused.").refuses(
            "an empty list",
            &patches(7, 2, 1, &[]),
            "no-patches",
        ),
        running("patch-that-fails", "A patch that cannot be applied leaves what runs.")
            .takes("the first", &patches(7, 2, 1, &[(1, 0)]), &module(1), 1)
            .fails("the second", &patches(7, 3, 1, &[(2, 1)]), "patch", "the table has another length")
            .takes("a whole module", &whole(7, 3, 2), &module(2), 0),
        running("damaged-patch", "Bytes that are not those of their hash are refused.")
            .needs("patch-hashes")
            .refuses(
                "a patch with another hash",
                &damaged(|patch| patch.hash = crate::frames::hash(0xdd)),
                "damaged",
            )
            .ignores("the patch as it should be", &patches(7, 3, 1, &[(1, 0)]), "awaiting-full")
            .takes("a whole module", &whole(7, 4, 2), &module(2), 0),
        running("damaged-module", "A module of which one bit is another one is refused.")
            .needs("patch-hashes")
            .refuses("a patch", &damaged(|patch| patch.module = flipped(&patch.module)), "damaged"),
        running("damaged-write", "What is written to the memory is covered as well as the module.")
            .needs("patch-hashes")
            .refuses(
                "a patch that would write another word",
                &damaged(|patch| patch.writes[0].content = flipped(&patch.writes[0].content)),
                "damaged",
            ),
        running("patch-on-another-base", "A patch is for one module, whatever the frame says.")
            .needs("patch-hashes")
            .takes("the other module", &whole(7, 2, 2), &module(2), 0)
            .refuses("a patch for the first one, in a frame for the other one", &mislaid(), "damaged"),
        running("patch-without-a-target", "What cannot be checked is not applied.")
            .needs("patch-hashes")
            .refuses("a patch", &damaged(|patch| patch.target.clear()), "damaged"),
    ]
}

fn flipped(bytes: &[u8]) -> Bytes {
    let mut bytes = bytes.to_vec();
    if let Some(last) = bytes.last_mut() {
        *last ^= 4;
    }
    bytes.into()
}

/// A patch on the first module, in a frame that says the second one.
fn mislaid() -> ServerFrame {
    ServerFrame { base: patches(7, 3, 2, &[]).base, ..patches(7, 3, 1, &[(1, 0)]) }
}
