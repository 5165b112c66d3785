//! Golden frames in `fixtures/`, read here and by the TypeScript client: same bytes, same meaning.
//! `REGENERATE=1 cargo test -p dev-server-proto` writes them anew.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that can write its own fixtures")]

use std::fs;
use std::path::Path;

use dev_server_proto::v1::{
    self, ClientFrame, ServerFrame, client_frame, diagnostic, flag, glue, server_frame, tree_piece,
};
use dev_server_proto::{
    CloseCode, Encoded, FrameError, MAX_CLIENT_FRAME, decode_client, decode_server, encode_client,
};

fn hash(byte: u8) -> bytes::Bytes {
    vec![byte; 32].into()
}

/// A click into the middle of the second entry of a list.
fn gesture() -> bytes::Bytes {
    let pointer =
        v1::Pointer { r#type: "click".into(), x: 1 << 15, y: 1 << 15, button: 0, buttons: 1, modifiers: 8 };
    let gesture = v1::Gesture {
        page: vec![9; 8].into(),
        location: "/counter/".into(),
        target: vec!["#app".into(), "li:2".into()],
        body: Some(v1::gesture::Body::Pointer(pointer)),
    };
    prost::Message::encode_to_vec(&gesture).into()
}

fn server_frames() -> Vec<(&'static str, ServerFrame)> {
    let frame = |sequence, base: Option<u8>, body| ServerFrame {
        program: "counter".into(),
        epoch: vec![7; 16].into(),
        sequence,
        revision: 5,
        base: base.map(hash).unwrap_or_default(),
        body: Some(body),
    };
    let module = v1::Module {
        hash: hash(2),
        url: "/m/0202.wasm".into(),
        size: 123_456,
        glue: Some(v1::Glue { kind: glue::Kind::Tinygo.into(), hash: hash(3), url: "/m/0303.js".into() }),
    };
    let location = v1::Location { id: 9, file: "main.go".into(), line: 12, column: 3 };
    let code = v1::CodeFrame { first_line: 11, lines: vec!["func main() {".into(), "\tx := 1".into()] };
    vec![
        (
            "server-welcome",
            ServerFrame {
                body: Some(server_frame::Body::Welcome(v1::Welcome {
                    protocol_version: 1,
                    session: 3,
                    server_version: "0.1.0".into(),
                    recovered: true,
                    sequence: 4,
                })),
                ..ServerFrame::default()
            },
        ),
        (
            "server-building",
            frame(0, None, server_frame::Body::Building(v1::Building { running: true, expected_ms: 900 })),
        ),
        (
            "server-update",
            frame(
                4,
                Some(1),
                server_frame::Body::Update(v1::Update {
                    level: v1::Level::ModuleSwap.into(),
                    reason: "the program changed".into(),
                    module: Some(module),
                    assets: vec![v1::Asset {
                        path: "/style.css".into(),
                        hash: hash(4),
                        media_type: "text/css".into(),
                    }],
                    stages: vec![v1::Stage { name: "build".into(), microseconds: 1_234_567 }],
                    manifest: hash(5),
                    patches: Vec::new(),
                }),
            ),
        ),
        (
            "server-update-patch",
            frame(
                5,
                Some(2),
                server_frame::Body::Update(v1::Update {
                    level: v1::Level::HotPatch.into(),
                    reason: "1 function".into(),
                    patches: vec![v1::HotPatch {
                        number: 3,
                        follows: 2,
                        module: b"\0asm\x01\0\0\0".to_vec().into(),
                        hash: hash(6),
                        table_length: 700,
                        table_growth: 2,
                        writes: vec![v1::MemoryWrite {
                            address: 70_000,
                            content: vec![0xbc, 2, 0, 0].into(),
                        }],
                        has_initializer: true,
                        stack_chain: 66_000,
                        functions: vec!["main.render".into()],
                        notes: vec!["main.count keeps its value".into()],
                        target: hash(8),
                    }],
                    ..v1::Update::default()
                }),
            ),
        ),
        (
            "server-diagnostics",
            frame(
                6,
                None,
                server_frame::Body::Diagnostics(v1::Diagnostics {
                    items: vec![v1::Diagnostic {
                        severity: diagnostic::Severity::Error.into(),
                        source: "tinygo".into(),
                        message: "declared and not used: x \u{fc}\u{20ac}".into(),
                        location: Some(location.clone()),
                        frame: Some(code.clone()),
                        hint: "use it or delete it".into(),
                    }],
                }),
            ),
        ),
        (
            "server-diagnostics-clear",
            frame(7, None, server_frame::Body::Diagnostics(v1::Diagnostics::default())),
        ),
        (
            "server-error-report",
            frame(
                0,
                None,
                server_frame::Body::ErrorReport(v1::ErrorReport {
                    crash_id: 1,
                    kind: "panic".into(),
                    message: "index out of range".into(),
                    frames: vec![v1::GoFrame { function: "main.main".into(), location: Some(location) }],
                    frame: Some(code),
                    hint: String::new(),
                }),
            ),
        ),
        (
            "server-tree-files",
            frame(
                0,
                None,
                server_frame::Body::TreeFiles(v1::TreeFiles {
                    files: vec!["lib/lib.go".into(), "main.go".into()],
                    receiver: "/m/0404.wasm".into(),
                }),
            ),
        ),
        (
            "server-tree-snapshot",
            frame(
                0,
                None,
                server_frame::Body::TreePiece(v1::TreePiece {
                    file: "main.go".into(),
                    piece: Some(tree_piece::Piece::Snapshot(v1::TreeSnapshot {
                        root: vec![8; 16].into(),
                        grammar: vec![9; 8].into(),
                        nodes: vec![1, 2, 3].into(),
                        message: 7,
                        piece: 0,
                        last: true,
                        priority: v1::TreePriority::Root.into(),
                    })),
                }),
            ),
        ),
        (
            "server-tree-patch",
            frame(
                0,
                None,
                server_frame::Body::TreePiece(v1::TreePiece {
                    file: "main.go".into(),
                    piece: Some(tree_piece::Piece::Patch(v1::DeltaPatch {
                        operations: vec![4, 5].into(),
                        message: 8,
                        piece: 1,
                        last: true,
                        priority: v1::TreePriority::Tree.into(),
                        ..v1::DeltaPatch::default()
                    })),
                }),
            ),
        ),
        (
            "server-tree-trivia",
            frame(
                0,
                None,
                server_frame::Body::TreePiece(v1::TreePiece {
                    file: "main.go".into(),
                    piece: Some(tree_piece::Piece::Trivia(v1::TreeTrivia {
                        tree: vec![8; 16].into(),
                        root: vec![10; 16].into(),
                        base: vec![11; 8].into(),
                        grammar: vec![12; 8].into(),
                        content: vec![6, 7].into(),
                        message: 3,
                        piece: 0,
                        last: true,
                        priority: v1::TreePriority::Trivia.into(),
                    })),
                }),
            ),
        ),
        (
            "server-event",
            frame(
                0,
                None,
                server_frame::Body::Event(v1::Event {
                    number: 300,
                    json: r#"{"event":"client","program":"counter","session":3,"connected":true}"#.into(),
                }),
            ),
        ),
        (
            "server-events-skipped",
            frame(0, None, server_frame::Body::EventsSkipped(v1::EventsSkipped { first: 1, last: 299 })),
        ),
        (
            "server-gesture",
            ServerFrame {
                program: "counter".into(),
                body: Some(server_frame::Body::Gesture(gesture())),
                ..ServerFrame::default()
            },
        ),
        (
            "server-held",
            frame(0, None, server_frame::Body::Held(v1::Held { reason: "update.highest_level is 2".into() })),
        ),
        (
            "server-flags",
            frame(
                0,
                None,
                server_frame::Body::Flags(v1::Flags {
                    revision: 12,
                    flags: vec![
                        v1::Flag { name: "a".into(), value: Some(flag::Value::BoolValue(false)) },
                        v1::Flag { name: "b".into(), value: Some(flag::Value::IntegerValue(-5)) },
                        v1::Flag {
                            name: "c".into(),
                            value: Some(flag::Value::StringValue("\u{20ac}".into())),
                        },
                    ],
                }),
            ),
        ),
    ]
}

fn client_frames() -> Vec<(&'static str, ClientFrame)> {
    let frame = |body| ClientFrame { body: Some(body) };
    vec![
        (
            "client-hello",
            frame(client_frame::Body::Hello(v1::Hello {
                protocol_version: 1,
                program: "counter".into(),
                epoch: vec![7; 16].into(),
                sequence: 4,
                base: hash(2),
                manifest: hash(5),
                accepts: true,
                page_boots: false,
                client: "dev-server-client/0.1.0".into(),
                patch: 3,
                wants_whole: true,
                client_id: vec![11; 16].into(),
                device: Some(v1::Device {
                    browser: "firefox".into(),
                    browser_version: 153,
                    cores: 8,
                    memory_mib: 4096,
                    platform: "android".into(),
                    mobile: true,
                    custom: [("room".to_owned(), "b".to_owned()), ("seat".to_owned(), "4".to_owned())].into(),
                }),
                looks_on: true,
            })),
        ),
        (
            "client-applied",
            frame(client_frame::Body::Applied(v1::Applied {
                epoch: vec![7; 16].into(),
                sequence: 4,
                base: hash(2),
                level: v1::Level::ModuleSwap.into(),
                reason: String::new(),
                stages: vec![v1::Stage { name: "swap".into(), microseconds: 900 }],
                first_frame_at_us: 1_790_000_000_000_000,
                accepts: true,
                patch: 3,
                memory: Some(v1::Memory { pages: 40, values: 12, functions: 5, table: 300 }),
            })),
        ),
        (
            "client-crash",
            frame(client_frame::Body::Crash(v1::Crash {
                base: hash(2),
                kind: "panic".into(),
                message: "boom".into(),
                stack: "Error\n    at f".into(),
                frames: vec![v1::WasmFrame { module: hash(2), function: 12, offset: 0x3f, patch: 0 }],
                crash_id: 1,
            })),
        ),
        (
            "client-follow-trees",
            frame(client_frame::Body::FollowTrees(v1::FollowTrees { with_trivia: false })),
        ),
        (
            "client-follow-texts",
            frame(client_frame::Body::FollowTrees(v1::FollowTrees { with_trivia: true })),
        ),
        ("client-unfollow-trees", frame(client_frame::Body::UnfollowTrees(v1::UnfollowTrees {}))),
        (
            "client-want-snapshot",
            frame(client_frame::Body::WantSnapshot(v1::WantSnapshot {
                file: "main.go".into(),
                only_trivia: false,
            })),
        ),
        (
            "client-want-trivia",
            frame(client_frame::Body::WantSnapshot(v1::WantSnapshot {
                file: "main.go".into(),
                only_trivia: true,
            })),
        ),
        (
            "client-follow-events",
            frame(client_frame::Body::FollowEvents(v1::FollowEvents {
                after: 299,
                epoch: vec![7; 16].into(),
            })),
        ),
        ("client-gesture", frame(client_frame::Body::Gesture(gesture()))),
        ("client-open-location", frame(client_frame::Body::OpenLocation(v1::OpenLocation { location: 9 }))),
    ]
}

fn check(name: &str, encoded: &[u8], decodes: impl FnOnce(&[u8]) -> bool) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(format!("{name}.bin"));
    if std::env::var_os("REGENERATE").is_some() {
        fs::write(&path, encoded).unwrap();
    }
    let golden = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(golden, encoded, "{name}: the wire format changed; clients in the field read the old one");
    assert!(decodes(&golden), "{name} does not decode to what was encoded");
}

#[test]
fn server_frames_keep_their_bytes() {
    for (name, frame) in server_frames() {
        check(name, &Encoded::new(&frame).payload(), |bytes| decode_server(bytes).as_ref() == Ok(&frame));
    }
}

#[test]
fn client_frames_keep_their_bytes() {
    for (name, frame) in client_frames() {
        check(name, &encode_client(&frame), |bytes| decode_client(bytes).as_ref() == Ok(&frame));
    }
}

#[test]
fn close_codes_are_those_of_the_list_that_both_sides_read() {
    let list = CloseCode::ALL
        .map(|code| {
            format!(
                "{} {} {}\n",
                code.code(),
                if code.reconnects() { "reconnect" } else { "stay-away" },
                code.reason()
            )
        })
        .concat();
    check("close-codes", list.as_bytes(), |bytes| bytes == list.as_bytes());
}

#[test]
fn what_is_no_frame_is_named() {
    assert_eq!(decode_client(&[]), Err(FrameError::UnknownMessage));
    assert_eq!(decode_client(&vec![0; MAX_CLIENT_FRAME + 1]), Err(FrameError::TooLong(MAX_CLIENT_FRAME + 1)));
    assert!(matches!(decode_client(&[0x0a, 0xff]), Err(FrameError::Malformed(_))));
    // Field 900 with wire type 2: a later version's message.
    assert_eq!(decode_client(&[0xa2, 0x38, 0x00]), Err(FrameError::UnknownMessage));
}
