//! Messages that a client does not know, cannot read, or need not care about.

use dev_server_proto::Encoded;
use dev_server_proto::v1::{ServerFrame, server_frame::Body};
use prost::Message as _;

use crate::form::Vector;
use crate::frames::{diagnostics, event, flags, held, module, welcome, whole};

/// Field 900 of wire type 2 with two bytes, as a later version may add it.
const LATER_FIELD: [u8; 5] = [0xa2, 0x38, 2, 1, 2];

pub(crate) fn vectors() -> Vec<Vector> {
    let first = whole(7, 1, 1);
    let later_body = ServerFrame { body: None, ..whole(7, 2, 2) }.encode_to_vec();
    let other = ServerFrame { program: "other".into(), ..whole(7, 3, 3) };
    vec![
        Vector::new(
            "unknown-message",
            "A message type of a later version is skipped, and so is one that is empty.",
        )
        .opens()
        .hears("Welcome", &welcome(7, false, 1))
        .hears("a message type of a later version", &[later_body.as_slice(), &LATER_FIELD].concat())
        .hears("no message at all", &[])
        .takes("the newest module", &first, &module(1), 0),
        Vector::new(
            "unknown-fields",
            "Fields of a later version are skipped, in the envelope as in a message.",
        )
        .opens()
        .hears("Welcome with one", &[welcome(7, false, 1).as_ref(), &LATER_FIELD].concat())
        .takes_bytes("an update with some", &with_later_fields(&first), &first, &module(1), 0),
        Vector::new(
            "undecodable",
            "Bytes that are no frame end the connection; the client comes back, slowly.",
        )
        .opens()
        .hears("Welcome", &welcome(7, false, 1))
        .takes("the newest module", &first, &module(1), 0)
        .leaves("no protobuf", &[0xff, 0xff])
        .opens(),
        Vector::new("cut-off", "A frame that ends too soon is none.")
            .opens()
            .leaves("half of an update", &Encoded::new(&first).payload()[..40]),
        Vector::new("other-program", "What is about another program is skipped.")
            .opens()
            .hears("Welcome", &welcome(7, false, 1))
            .hears("a module of another program", &Encoded::new(&other).payload())
            .takes("the newest module", &first, &module(1), 0),
        Vector::new("diagnostics-are-no-updates", "What is wrong has a sequence, and moves no position.")
            .opens()
            .hears("Welcome", &welcome(7, false, 2))
            .takes("the newest module", &first, &module(1), 0)
            .hears("what is wrong", &diagnostics(7, 2))
            .takes("the next module, with the same sequence", &whole(7, 2, 2), &module(2), 0),
        Vector::new(
            "flags-are-no-updates",
            "Values of flags, and what they keep from a client, move no position.",
        )
        .opens()
        .hears("Welcome", &welcome(7, false, 2))
        .hears("values of flags", &flags(1))
        .takes("the newest module", &first, &module(1), 0)
        .hears("that the next one is held back", &held("update.highest_level is 2 for this client"))
        .hears("other values", &flags(2))
        .hears("that nothing is held back", &held(""))
        .takes("the next module", &whole(7, 2, 2), &module(2), 0),
        Vector::new("events-unasked", "Events that a client did not ask for mean nothing to it.")
            .opens()
            .hears("Welcome", &welcome(7, false, 1))
            .hears("an event", &Encoded::new(&event(7, 1)).payload())
            .takes("the newest module", &first, &module(1), 0),
    ]
}

/// Adds fields that nobody knows to the update and to the envelope around it.
fn with_later_fields(frame: &ServerFrame) -> Vec<u8> {
    let Some(Body::Update(update)) = &frame.body else { panic!("no update") };
    let inner = [update.encode_to_vec().as_slice(), &LATER_FIELD].concat();
    let mut bytes = ServerFrame { body: None, ..frame.clone() }.encode_to_vec();
    bytes.extend(LATER_FIELD);
    prost::encoding::bytes::encode(12, &inner, &mut bytes);
    bytes
}
