//! Lets a patch share the two globals in which asyncify keeps what it does: whoever suspends or resumes has to see the
//! same state in the base and in every patch. Binaryen has options for it from version 117 on; this is for all.

use wasm_encoder::{Encode, Module, RawSection};
use wasmparser::{ExternalKind, Parser, Payload, TypeRef};

/// Whose globals they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsyncifyRole {
    /// Defines them and exports them.
    Base,
    /// Imports them from module "e".
    Patch,
}

/// A module that asyncify has not made.
#[derive(Debug, thiserror::Error)]
pub enum AsyncifyError {
    /// It cannot be read.
    #[error("the output of asyncify cannot be read: {0}")]
    Malformed(#[from] wasmparser::BinaryReaderError),
    /// It is not as expected.
    #[error("the output of asyncify has {0}")]
    Unexpected(&'static str),
}

/// The names of the globals, in the order in which asyncify appends them.
const NAMES: [&str; 2] = ["__asyncify_state", "__asyncify_data"];
const GLOBAL: u8 = 3;
const I32: u8 = 0x7f;
const MUTABLE: u8 = 1;

/// Exports or imports the globals of a module that asyncify has just made, in which they are the last two.
pub fn share_asyncify_globals(bytes: &[u8], role: AsyncifyRole) -> Result<Vec<u8>, AsyncifyError> {
    let mut module = Module::new();
    let (mut imported, mut defined) = (0, 0);
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        let Some((id, range)) = payload.as_section() else { continue };
        let content = bytes.get(range).unwrap_or_default();
        let changed = match (&payload, role) {
            (Payload::ImportSection(reader), _) => {
                for import in reader.clone().into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Global(_)));
                }
                (role == AsyncifyRole::Patch).then(|| with_imports(reader.count(), content))
            }
            (Payload::GlobalSection(reader), AsyncifyRole::Base) => {
                defined = reader.count();
                None
            }
            (Payload::GlobalSection(reader), AsyncifyRole::Patch) => {
                if reader.count() != 2 {
                    return Err(AsyncifyError::Unexpected("globals of its own"));
                }
                continue;
            }
            (Payload::ExportSection(reader), AsyncifyRole::Base) => {
                let all = imported + defined;
                let first = all.checked_sub(2).ok_or(AsyncifyError::Unexpected("no globals"))?;
                Some(with_exports(reader.count(), content, first))
            }
            (Payload::ExportSection(reader), AsyncifyRole::Patch) => {
                let mut kept = Vec::new();
                for export in reader.clone() {
                    let export = export?;
                    if !export.name.starts_with("asyncify_") {
                        kept.push((export.name, export.kind, export.index));
                    }
                }
                if kept.is_empty() {
                    continue;
                }
                Some(exports(&kept)?)
            }
            _ => None,
        };
        module.section(&RawSection { id, data: changed.as_deref().unwrap_or(content) });
    }
    Ok(module.finish())
}

/// What follows the count of a section.
fn behind_count(count: u32, content: &[u8]) -> &[u8] {
    let mut encoded = Vec::new();
    count.encode(&mut encoded);
    content.get(encoded.len()..).unwrap_or_default()
}

fn with_imports(count: u32, content: &[u8]) -> Vec<u8> {
    let mut section = Vec::new();
    (count + 2).encode(&mut section);
    section.extend(behind_count(count, content));
    for name in NAMES {
        "e".encode(&mut section);
        name.encode(&mut section);
        section.extend([GLOBAL, I32, MUTABLE]);
    }
    section
}

fn with_exports(count: u32, content: &[u8], first: u32) -> Vec<u8> {
    let mut section = Vec::new();
    (count + 2).encode(&mut section);
    section.extend(behind_count(count, content));
    for (index, name) in (first..).zip(NAMES) {
        name.encode(&mut section);
        section.push(GLOBAL);
        index.encode(&mut section);
    }
    section
}

fn exports(kept: &[(&str, ExternalKind, u32)]) -> Result<Vec<u8>, AsyncifyError> {
    let mut section = Vec::new();
    (kept.len() as u32).encode(&mut section);
    for (name, kind, index) in kept {
        name.encode(&mut section);
        section.push(match kind {
            ExternalKind::Func => 0,
            ExternalKind::Table => 1,
            ExternalKind::Memory => 2,
            ExternalKind::Global => 3,
            _ => return Err(AsyncifyError::Unexpected("exports of an unknown kind")),
        });
        index.encode(&mut section);
    }
    Ok(section)
}
