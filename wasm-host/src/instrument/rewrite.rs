//! The module with more in its sections: what is there stays as it is, byte for byte, and what is added comes last.

use wasm_encoder::{ConstExpr, Encode, ExportKind, GlobalType, RefType, TableType, ValType};
use wasmparser::{BinaryReader, BinaryReaderError, Parser, Payload};

use super::outline::Outline;
use super::probe::Plan;
use super::wrapper::{Added, wrapper};
use super::{ARMED, HOOK, LEFT, Moves, STACK};

/// Sections of a module by their numbers, in the order in which they must come.
const ORDER: &[u8] = &[TYPES, 2, FUNCTIONS, TABLES, 5, 13, GLOBALS, EXPORTS, 8, 9, 12, CODE, 11];
const TYPES: u8 = 1;
const FUNCTIONS: u8 = 3;
const TABLES: u8 = 4;
const GLOBALS: u8 = 6;
const EXPORTS: u8 = 7;
const CODE: u8 = 10;

/// Entries that come behind those of a section.
#[derive(Debug, Default)]
struct More {
    count: u32,
    bytes: Vec<u8>,
}

impl More {
    fn push(&mut self, entry: impl FnOnce(&mut Vec<u8>)) {
        self.count += 1;
        entry(&mut self.bytes);
    }
}

pub(super) fn rewritten(
    bytes: &[u8],
    outline: &Outline,
    plan: &Plan,
) -> Result<(Vec<u8>, Moves), BinaryReaderError> {
    let added = Added {
        hook_type: outline.types.len() as u32,
        hook_table: outline.tables,
        left: outline.globals,
        armed: outline.globals + 1,
        total: outline.globals + 2,
        collecting: outline.globals + 3,
    };
    let mut sections = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        match payload {
            Payload::CustomSection(_) | Payload::CodeSectionEntry(_) => {}
            payload => {
                if let Some((id, range)) = payload.as_section() {
                    sections.push((id, range));
                }
            }
        }
    }
    let mut out = bytes.get(..8).unwrap_or_default().to_vec();
    let mut moves = Moves::default();
    for id in ORDER {
        let old = sections.iter().find(|(other, _)| other == id).map(|(_, range)| &bytes[range.clone()]);
        let more = match *id {
            CODE => {
                if let Some(old) = old {
                    code((bytes, old), outline, plan, added, &mut out, &mut moves);
                }
                continue;
            }
            TYPES => types(),
            FUNCTIONS => functions(outline, plan),
            TABLES => tables(),
            GLOBALS => globals(),
            EXPORTS => exports(outline, added),
            _ => More::default(),
        };
        if old.is_none() && more.count == 0 {
            continue;
        }
        let mut content = Vec::new();
        match old {
            // The number of data segments: a number and no list.
            Some(old) if more.count == 0 => content.extend_from_slice(old),
            old => {
                let mut reader = BinaryReader::new(old.unwrap_or(&[0]), 0);
                let count = reader.read_var_u32()?;
                (count + more.count).encode(&mut content);
                content.extend_from_slice(&old.unwrap_or(&[0])[reader.current_position()..]);
                content.extend_from_slice(&more.bytes);
            }
        }
        section(*id, &content, &mut out);
    }
    if let Some(names) = outline.name_section.clone() {
        section(0, &bytes[names], &mut out);
    }
    Ok((out, moves))
}

fn section(id: u8, content: &[u8], out: &mut Vec<u8>) {
    out.push(id);
    (content.len() as u32).encode(out);
    out.extend_from_slice(content);
}

fn types() -> More {
    let mut more = More::default();
    more.push(|bytes| {
        bytes.extend([0x60, 4]);
        for kind in [ValType::I32, ValType::I64, ValType::I64, ValType::I64] {
            kind.encode(bytes);
        }
        bytes.push(1);
        ValType::I64.encode(bytes);
    });
    more
}

fn functions(outline: &Outline, plan: &Plan) -> More {
    let mut more = More::default();
    for index in plan.probes.keys() {
        if let Some((defined, _)) = outline.function(*index) {
            more.push(|bytes| defined.kind.encode(bytes));
        }
    }
    more
}

fn tables() -> More {
    let mut more = More::default();
    let table = TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: 1,
        maximum: Some(1),
        shared: false,
    };
    more.push(|bytes| table.encode(bytes));
    more
}

fn globals() -> More {
    let mut more = More::default();
    let mut global = |val_type, value: ConstExpr| {
        more.push(|bytes| {
            GlobalType { val_type, mutable: true, shared: false }.encode(bytes);
            value.encode(bytes);
        });
    };
    // Until there is a hook it is not called.
    global(ValType::I64, ConstExpr::i64_const(i64::MAX));
    global(ValType::I32, ConstExpr::i32_const(0));
    global(ValType::I64, ConstExpr::i64_const(0));
    global(ValType::I32, ConstExpr::i32_const(0));
    more
}

fn exports(outline: &Outline, added: Added) -> More {
    let mut more = More::default();
    let stack = outline.has_stack_pointer.then_some((STACK, ExportKind::Global, 0));
    let own = [
        (HOOK, ExportKind::Table, added.hook_table),
        (LEFT, ExportKind::Global, added.left),
        (ARMED, ExportKind::Global, added.armed),
    ];
    for (name, kind, index) in own.into_iter().chain(stack) {
        more.push(|bytes| {
            name.encode(bytes);
            kind.encode(bytes);
            index.encode(bytes);
        });
    }
    more
}

/// Bodies, wrappers in their places, and behind them the bodies that wrappers call.
fn code(
    (bytes, old): (&[u8], &[u8]),
    outline: &Outline,
    plan: &Plan,
    added: Added,
    out: &mut Vec<u8>,
    moves: &mut Moves,
) {
    let own = outline.functions.len() as u32;
    let mut content = Vec::with_capacity(old.len() + 256 * plan.probes.len());
    let mut places = Vec::new();
    let mut copies = Vec::new();
    let mut body = |content: &mut Vec<u8>, code: &[u8], before: Option<u32>| {
        (code.len() as u32).encode(content);
        places.push((content.len() as u32..(content.len() + code.len()) as u32, before));
        content.extend_from_slice(code);
    };
    (own + plan.probes.len() as u32).encode(&mut content);
    for (place, defined) in (0..).zip(&outline.functions) {
        let index = outline.imported_functions + place;
        let code = &bytes[defined.body.clone()];
        let probed = plan.probes.get(&index).zip(outline.function(index));
        match probed {
            Some((probes, (_, kind))) => {
                let copy = outline.imported_functions + own + copies.len() as u32;
                body(&mut content, &wrapper(kind, probes, copy, added), None);
                copies.push(defined);
            }
            None => body(&mut content, code, Some(defined.body.start as u32)),
        }
    }
    for defined in copies {
        body(&mut content, &bytes[defined.body.clone()], Some(defined.body.start as u32));
    }
    let length = content.len();
    section(CODE, &content, out);
    let start = (out.len() - length) as u32;
    moves.parts =
        places.into_iter().map(|(now, before)| (start + now.start..start + now.end, before)).collect();
}
