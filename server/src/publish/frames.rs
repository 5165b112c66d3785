//! The domain's values as frames of the wire, each encoded once and shared by all connections.

mod trees;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use dashmap::DashMap;
use dev_server_proto::v1::{self, diagnostic, glue, order, protocol_error, server_frame};
use dev_server_proto::{Encoded, FrameError};

use crate::build::{GlueKind, GoFrame, StageTime};
use crate::content::ContentHash;
use crate::diagnostic::{CodeFrame, Diagnostic, Position, Severity};
use crate::hot::Patch;

use super::board::{Board, OrderKind, ProgramBoard};
use super::{ClientView, Decision, Level, Locations};

pub use trees::TreeFrame;

/// What makes two frames of one program the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Kind {
    Building,
    Diagnostics,
    Order,
    Update { base: Option<ContentHash>, patch: u32, decision: Decision },
}

/// A runtime error with Go positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorReport {
    /// Number that the page gave its report.
    pub crash: u64,
    /// Class of the error.
    pub kind: String,
    /// The message.
    pub message: String,
    /// Innermost first.
    pub frames: Vec<GoFrame>,
    /// Lines around the innermost place in the program's own source.
    pub code: Option<CodeFrame>,
}

/// Makes frames. A frame that several connections need is encoded for the first and shared with the others.
#[derive(Debug)]
pub struct Frames {
    folder: PathBuf,
    root: PathBuf,
    locations: Locations,
    encoded: DashMap<(String, u64, Kind), Encoded>,
    made: AtomicU64,
    trees: trees::Shared,
    receiver: String,
}

/// Encoded frames that are kept; older ones are made again when a straggler needs them.
const KEPT: usize = 256;

impl Frames {
    /// `folder` is what is served, `root` the project around it, which may have more packages of the program.
    pub fn new(folder: PathBuf, root: PathBuf) -> Self {
        Self {
            folder,
            root,
            locations: Locations::default(),
            encoded: DashMap::new(),
            made: AtomicU64::new(0),
            trees: trees::Shared::default(),
            receiver: String::new(),
        }
    }

    /// Pages that follow syntax trees are told to read them with this WebAssembly module.
    #[must_use]
    pub fn with_receiver(self, module: &[u8]) -> Self {
        Self { receiver: format!("/m/{}.wasm", ContentHash::of(module)), ..self }
    }

    /// The numbers that frames gave to places.
    pub fn locations(&self) -> &Locations {
        &self.locations
    }

    /// True for a file of the project: only those can be opened in an editor.
    pub fn is_own(&self, file: &Path) -> bool {
        file.starts_with(&self.root)
    }

    /// How many of the frames that are shared have been encoded.
    pub fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    /// A path as people see it: relative to the served folder or the project when it lies in there.
    pub fn shown(&self, file: &Path) -> String {
        let inside = file.strip_prefix(&self.folder).or_else(|_| file.strip_prefix(&self.root));
        inside.unwrap_or(file).to_string_lossy().replace('\\', "/")
    }

    /// First frame of a connection.
    pub fn welcome(&self, board: &Board, session: u64, recovered: bool, sequence: u64) -> Encoded {
        Encoded::new(&v1::ServerFrame {
            epoch: Bytes::copy_from_slice(board.epoch.as_bytes()),
            body: Some(server_frame::Body::Welcome(v1::Welcome {
                protocol_version: dev_server_proto::PROTOCOL_VERSION,
                session,
                server_version: env!("CARGO_PKG_VERSION").to_owned(),
                recovered,
                sequence,
            })),
            ..v1::ServerFrame::default()
        })
    }

    /// Answer to a frame that could not be used; the connection stays.
    pub fn protocol_error(&self, error: &FrameError) -> Encoded {
        let code = match error {
            FrameError::UnknownMessage => protocol_error::Code::UnknownMessage,
            FrameError::TooLong(_) | FrameError::Malformed(_) => protocol_error::Code::Malformed,
        };
        self.refusal(code, &error.to_string())
    }

    /// Answer to a request that is understood and not granted.
    pub fn refusal(&self, code: protocol_error::Code, message: &str) -> Encoded {
        Encoded::new(&v1::ServerFrame {
            body: Some(server_frame::Body::ProtocolError(v1::ProtocolError {
                code: code.into(),
                message: message.to_owned(),
            })),
            ..v1::ServerFrame::default()
        })
    }

    /// Whether a build runs.
    pub fn building(&self, board: &Board, program: &ProgramBoard) -> Encoded {
        self.shared(program, program.sequence, Kind::Building, || {
            let building = v1::Building {
                running: program.building.is_some(),
                expected_ms: program
                    .building
                    .and_then(|building| building.expected)
                    .map_or(0, |expected| u32::try_from(expected.as_millis()).unwrap_or(u32::MAX)),
            };
            let revision = program.building.map_or(program.revision, |building| building.revision);
            frame(board, program, 0, revision.get(), server_frame::Body::Building(building))
        })
    }

    /// All that is wrong now.
    pub fn diagnostics(&self, board: &Board, program: &ProgramBoard) -> Encoded {
        let reported = &program.reported;
        self.shared(program, reported.sequence, Kind::Diagnostics, || {
            let items = reported.items.iter().map(|item| self.diagnostic(item)).collect();
            let body = server_frame::Body::Diagnostics(v1::Diagnostics { items });
            frame(board, program, reported.sequence, reported.revision.get(), body)
        })
    }

    /// The last order of the terminal; `None` when there was none.
    pub fn order(&self, board: &Board, program: &ProgramBoard) -> Option<Encoded> {
        let order = program.order?;
        Some(self.shared(program, order.sequence, Kind::Order, || {
            let kind = match order.kind {
                OrderKind::Restart => order::Kind::Restart,
                OrderKind::Reload => order::Kind::Reload,
            };
            let body = server_frame::Body::Order(v1::Order { kind: kind.into() });
            frame(board, program, order.sequence, program.revision.get(), body)
        }))
    }

    /// What flags keep from a client.
    pub fn held(&self, board: &Board, program: &ProgramBoard, reason: &str) -> Encoded {
        let body = server_frame::Body::Held(v1::Held { reason: reason.to_owned() });
        Encoded::new(&frame(board, program, 0, program.revision.get(), body))
    }

    /// What a client has to do, for a page whose files lie below the URL path `base_path`.
    pub fn update(
        &self,
        board: &Board,
        program: &ProgramBoard,
        client: &ClientView,
        base_path: &str,
        decision: &Decision,
    ) -> Encoded {
        let sequence = program.update_sequence();
        let (base, patch) = (client.base, client.patch);
        let kind = Kind::Update { base, patch, decision: decision.clone() };
        self.shared(program, sequence, kind, || {
            let mut update = update(program, base_path, decision);
            if decision.level == Level::HotPatch {
                let lineage = base.and_then(|base| program.release.as_ref()?.lineage(base));
                let lacking = lineage.and_then(|lineage| lineage.after(patch)).unwrap_or_default();
                let base = bytes(base);
                update.patches = lacking.iter().map(|patch| hot_patch(&base, patch)).collect();
            }
            let body = server_frame::Body::Update(update);
            let revision = program.release.as_ref().map_or(program.revision, |release| release.revision);
            v1::ServerFrame { base: bytes(base), ..frame(board, program, sequence, revision.get(), body) }
        })
    }

    /// A runtime error with Go positions, for the client that reported it.
    pub fn error_report(&self, program: &str, report: &ErrorReport) -> Encoded {
        let frames = report
            .frames
            .iter()
            .map(|frame| v1::GoFrame {
                function: frame.function.clone(),
                location: frame.position.as_ref().map(|position| self.location(position)),
            })
            .collect();
        Encoded::new(&v1::ServerFrame {
            program: program.to_owned(),
            body: Some(server_frame::Body::ErrorReport(v1::ErrorReport {
                crash_id: report.crash,
                kind: report.kind.clone(),
                message: report.message.clone(),
                frames,
                frame: report.code.as_ref().map(code_frame),
                hint: String::new(),
            })),
            ..v1::ServerFrame::default()
        })
    }

    fn shared(
        &self,
        program: &ProgramBoard,
        sequence: u64,
        kind: Kind,
        make: impl FnOnce() -> v1::ServerFrame,
    ) -> Encoded {
        let key = (program.name.clone(), sequence, kind);
        if let Some(known) = self.encoded.get(&key) {
            return known.clone();
        }
        if self.encoded.len() >= KEPT {
            self.encoded.clear();
        }
        // Whoever comes at the same time waits for the one that is being made.
        let encoded = self.encoded.entry(key).or_insert_with(|| {
            self.made.fetch_add(1, Ordering::Relaxed);
            Encoded::new(&make())
        });
        encoded.clone()
    }

    fn diagnostic(&self, item: &Diagnostic) -> v1::Diagnostic {
        let severity = match item.severity {
            Severity::Error => diagnostic::Severity::Error,
            Severity::Warning => diagnostic::Severity::Warning,
        };
        v1::Diagnostic {
            severity: severity.into(),
            source: item.origin.name().to_owned(),
            message: item.message.clone(),
            location: item.position.as_ref().map(|position| self.location(position)),
            frame: item.frame.as_ref().map(code_frame),
            hint: item.hint.clone().unwrap_or_default(),
        }
    }

    /// Only files below the root get a number: an editor is never sent into the standard library's or a
    /// dependency's files on behalf of a page.
    fn location(&self, position: &Position) -> v1::Location {
        v1::Location {
            id: if self.is_own(&position.file) { self.locations.number(position) } else { 0 },
            file: self.shown(&position.file),
            line: position.line,
            column: position.column,
        }
    }
}

fn frame(
    board: &Board,
    program: &ProgramBoard,
    sequence: u64,
    revision: u64,
    body: server_frame::Body,
) -> v1::ServerFrame {
    v1::ServerFrame {
        program: program.name.clone(),
        epoch: Bytes::copy_from_slice(board.epoch.as_bytes()),
        sequence,
        revision,
        base: Bytes::new(),
        body: Some(body),
    }
}

fn update(program: &ProgramBoard, base_path: &str, decision: &Decision) -> v1::Update {
    let assets = decision
        .assets
        .iter()
        .map(|path| {
            let entry = program.manifest.entries.get(path);
            v1::Asset {
                path: format!("{base_path}{path}"),
                hash: bytes(entry.map(|entry| entry.hash)),
                media_type: entry.map(|entry| entry.media_type.clone()).unwrap_or_default(),
            }
        })
        .collect();
    let release = program.release.as_ref();
    v1::Update {
        level: level(decision.level).into(),
        reason: decision.reason.clone(),
        module: release.map(|release| module(release)),
        assets,
        stages: release.map(|release| release.stages.iter().map(stage).collect()).unwrap_or_default(),
        manifest: bytes(Some(program.manifest.digest)),
        patches: Vec::new(),
    }
}

fn hot_patch(base: &[u8], patch: &Patch) -> v1::HotPatch {
    let write =
        |(address, content): &(u32, Bytes)| v1::MemoryWrite { address: *address, content: content.clone() };
    let made = v1::HotPatch {
        number: patch.number,
        follows: patch.follows,
        module: patch.module.clone(),
        hash: bytes(Some(patch.hash)),
        table_length: patch.table_length,
        table_growth: patch.table_growth,
        writes: patch.writes.iter().map(write).collect(),
        has_initializer: patch.has_initializer,
        stack_chain: patch.stack_chain,
        functions: patch.functions.clone(),
        notes: patch.notes.clone(),
        target: Bytes::new(),
    };
    let target = ContentHash::of(&made.applied_bytes(base));
    v1::HotPatch { target: bytes(Some(target)), ..made }
}

fn module(release: &super::Release) -> v1::Module {
    let artifact = &release.artifact;
    let kind = match artifact.glue.kind {
        GlueKind::Go => glue::Kind::Go,
        GlueKind::TinyGo => glue::Kind::Tinygo,
    };
    v1::Module {
        hash: bytes(Some(artifact.module)),
        url: format!("/m/{}.wasm", artifact.module),
        size: artifact.size,
        glue: Some(v1::Glue {
            kind: kind.into(),
            hash: bytes(Some(artifact.glue.hash)),
            url: format!("/m/{}.js", artifact.glue.hash),
        }),
    }
}

fn level(level: Level) -> v1::Level {
    match level {
        Level::None => v1::Level::None,
        Level::AssetSwap => v1::Level::AssetSwap,
        Level::HotPatch => v1::Level::HotPatch,
        Level::ModuleSwap => v1::Level::ModuleSwap,
        Level::PageReload => v1::Level::PageReload,
    }
}

fn stage(stage: &StageTime) -> v1::Stage {
    v1::Stage {
        name: stage.name.to_owned(),
        microseconds: u64::try_from(stage.elapsed.as_micros()).unwrap_or(u64::MAX),
    }
}

fn code_frame(frame: &CodeFrame) -> v1::CodeFrame {
    v1::CodeFrame { first_line: frame.first_line, lines: frame.lines.clone() }
}

fn bytes(hash: Option<ContentHash>) -> Bytes {
    hash.map(|hash| Bytes::copy_from_slice(hash.as_bytes())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::analyse::PageManifest;
    use crate::diagnostic::Origin;
    use crate::publish::{Epoch, Reported};
    use crate::revision::Revision;

    fn board() -> (Board, ProgramBoard) {
        let board = Board { epoch: Epoch::random().unwrap(), programs: BTreeMap::new() };
        let mut program = ProgramBoard::new("app".into(), Arc::new(PageManifest::new(BTreeMap::new())));
        let place = |file: &str| Position { file: file.into(), line: 3, column: 1 };
        let items = ["/project/a.go", "/usr/lib/go/src/fmt/print.go"]
            .map(|file| Diagnostic::error(Origin::Go, "broken").at(place(file)));
        program.reported =
            Arc::new(Reported { sequence: 4, revision: Revision::FIRST, items: items.to_vec() });
        (board, program)
    }

    #[test]
    fn a_frame_is_encoded_once_and_shared() {
        let (board, program) = board();
        let frames = Frames::new("/project".into(), "/project".into());
        let first = frames.diagnostics(&board, &program);
        let second = frames.diagnostics(&board, &program);
        assert_eq!(first.web_socket().as_ptr(), second.web_socket().as_ptr());
        assert_eq!(frames.made(), 1);
    }

    #[test]
    fn only_own_files_can_be_opened() {
        let (board, program) = board();
        let frames = Frames::new("/project".into(), "/project".into());
        let frame = dev_server_proto::decode_server(&frames.diagnostics(&board, &program).payload()).unwrap();
        let Some(server_frame::Body::Diagnostics(list)) = frame.body else { panic!("{frame:?}") };
        let [own, foreign] = [0, 1].map(|index| list.items[index].location.clone().unwrap());
        assert_eq!((own.file.as_str(), foreign.id), ("a.go", 0));
        assert_eq!(frames.locations().position(own.id).unwrap().file, Path::new("/project/a.go"));
    }
}
