//! Frames of a server, in short.

use bytes::Bytes;
use dev_server_proto::Encoded;
use dev_server_proto::v1::{self, Level, ServerFrame, glue, server_frame::Body};

use crate::form::PROGRAM;

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    format!("{:x}", Bytes::copy_from_slice(bytes))
}

/// The hash of module or file number `byte`, as the wire has it.
pub(crate) fn hash(byte: u8) -> Bytes {
    vec![byte; 32].into()
}

/// The same as the vectors have it.
pub(crate) fn module(byte: u8) -> String {
    hexadecimal(&hash(byte))
}

pub(crate) fn epoch(byte: u8) -> Bytes {
    vec![byte; 16].into()
}

fn frame(life: u8, sequence: u64, base: Option<u8>, body: Body) -> ServerFrame {
    ServerFrame {
        program: PROGRAM.into(),
        epoch: epoch(life),
        sequence,
        revision: sequence,
        base: base.map(hash).unwrap_or_default(),
        body: Some(body),
    }
}

pub(crate) fn welcome(life: u8, recovered: bool, sequence: u64) -> Bytes {
    let body =
        v1::Welcome { protocol_version: 1, session: 3, server_version: "0.1.0".into(), recovered, sequence };
    let frame = ServerFrame { epoch: epoch(life), body: Some(Body::Welcome(body)), ..ServerFrame::default() };
    Encoded::new(&frame).payload()
}

/// The whole module number `byte`.
pub(crate) fn whole(life: u8, sequence: u64, byte: u8) -> ServerFrame {
    leveled(life, sequence, byte, Level::ModuleSwap.into())
}

/// The same with a number for its level.
pub(crate) fn leveled(life: u8, sequence: u64, byte: u8, level: i32) -> ServerFrame {
    let update = v1::Update {
        level,
        reason: "the program changed".into(),
        module: Some(v1::Module {
            hash: hash(byte),
            url: format!("/m/{}.wasm", module(byte)),
            size: 1000,
            glue: Some(v1::Glue {
                kind: glue::Kind::Tinygo.into(),
                hash: hash(0xbb),
                url: format!("/m/{}.js", module(0xbb)),
            }),
        }),
        manifest: hash(0xaa),
        ..v1::Update::default()
    };
    frame(life, sequence, None, Body::Update(update))
}

/// A style sheet, on a page that runs module `base`.
pub(crate) fn assets(life: u8, sequence: u64, base: u8) -> ServerFrame {
    let asset = v1::Asset { path: "/style.css".into(), hash: hash(0xcc), media_type: "text/css".into() };
    let update = v1::Update {
        level: Level::AssetSwap.into(),
        reason: "style.css changed".into(),
        assets: vec![asset],
        manifest: hash(0xab),
        ..v1::Update::default()
    };
    frame(life, sequence, Some(base), Body::Update(update))
}

/// Patches on module `base`, each a pair of its number and of the one that it follows.
pub(crate) fn patches(life: u8, sequence: u64, base: u8, numbers: &[(u32, u32)]) -> ServerFrame {
    let update = v1::Update {
        level: Level::HotPatch.into(),
        reason: "1 function".into(),
        patches: numbers.iter().map(|(number, follows)| patch(base, *number, *follows)).collect(),
        ..v1::Update::default()
    };
    frame(life, sequence, Some(base), Body::Update(update))
}

fn patch(base: u8, number: u32, follows: u32) -> v1::HotPatch {
    // The empty module with a custom section of one byte, so that each patch has other bytes.
    let module = Bytes::from(vec![0, b'a', b's', b'm', 1, 0, 0, 0, 0, 2, 1, number as u8]);
    let hashed = |bytes: &[u8]| Bytes::copy_from_slice(blake3::hash(bytes).as_bytes());
    let made = v1::HotPatch {
        number,
        follows,
        hash: hashed(&module),
        module,
        table_length: 7,
        writes: vec![v1::MemoryWrite { address: 16, content: vec![number as u8, 0, 0, 0].into() }],
        functions: vec!["main.render".into()],
        ..v1::HotPatch::default()
    };
    v1::HotPatch { target: hashed(&made.applied_bytes(&hash(base))), ..made }
}

pub(crate) fn diagnostics(life: u8, sequence: u64) -> Bytes {
    let item = v1::Diagnostic { source: "go".into(), message: "undefined: x".into(), ..Default::default() };
    let body = Body::Diagnostics(v1::Diagnostics { items: vec![item] });
    Encoded::new(&frame(life, sequence, None, body)).payload()
}

pub(crate) fn flags(revision: u64) -> Bytes {
    let value = Some(v1::flag::Value::IntegerValue(revision.cast_signed()));
    let flags = vec![v1::Flag { name: "update.highest_level".into(), value }];
    let body = Some(Body::Flags(v1::Flags { revision, flags }));
    Encoded::new(&ServerFrame { body, ..ServerFrame::default() }).payload()
}

pub(crate) fn held(reason: &str) -> Bytes {
    let body = Body::Held(v1::Held { reason: reason.to_owned() });
    Encoded::new(&frame(7, 0, None, body)).payload()
}

pub(crate) fn event(life: u8, number: u64) -> ServerFrame {
    let json = format!("{{\"event\":\"change\",\"revision\":{number}}}");
    let body = Some(Body::Event(v1::Event { number, json }));
    ServerFrame { epoch: epoch(life), body, ..ServerFrame::default() }
}

pub(crate) fn skipped(life: u8, first: u64, last: u64) -> ServerFrame {
    let body = Some(Body::EventsSkipped(v1::EventsSkipped { first, last }));
    ServerFrame { epoch: epoch(life), body, ..ServerFrame::default() }
}
