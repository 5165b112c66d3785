//! Where variables are: at an address, in a local of the function, in its frame.

use std::ops::Range;

use gimli::{AttributeValue, Expression, Operation, Unit};

use super::{DebugInfo, Entry, Slice, Subprogram};
use crate::note::Note;

/// Places of one variable that are kept.
const MOST_PLACES: usize = 64;

/// A parameter or variable of a function.
#[derive(Debug, Clone)]
pub(crate) struct Local<'a> {
    pub(crate) name: &'a str,
    pub(crate) type_name: Option<&'a str>,
    pub(crate) is_parameter: bool,
    /// With the addresses where that holds; all of them where nothing is said.
    pub(crate) places: Vec<(Option<Range<u64>>, Place)>,
}

/// Where a value, or a part of it, is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A local of the function.
    Local(u32),
    /// A global of the module.
    Global(u32),
    /// So many bytes from the beginning of the function's frame in memory.
    Frame(i64),
    /// An address.
    Memory(u64),
}

impl<'a> DebugInfo<'a> {
    /// Parameters and variables of a function, in the order of the source. Those of functions that became a part of it
    /// are left out.
    pub(crate) fn locals(&self, function: &Subprogram<'a>, notes: &mut Vec<Note>) -> Vec<Local<'a>> {
        let mut found = Vec::new();
        self.each_unit(notes, |number, unit| {
            if number != function.unit {
                return Ok(());
            }
            let mut entries = unit.entries_at_offset(function.entry)?;
            let mut inlined_below: Option<isize> = None;
            let mut is_first = true;
            while let Some(entry) = entries.next_dfs()? {
                if !is_first && entry.depth() <= 0 {
                    break;
                }
                is_first = false;
                if inlined_below.is_some_and(|depth| entry.depth() > depth) {
                    continue;
                }
                inlined_below = None;
                match entry.tag() {
                    gimli::DW_TAG_inlined_subroutine => inlined_below = Some(entry.depth()),
                    tag @ (gimli::DW_TAG_formal_parameter | gimli::DW_TAG_variable) => {
                        if let Some(name) = self.name(unit, entry) {
                            found.push(Local {
                                name,
                                type_name: self.type_name(unit, entry),
                                is_parameter: tag == gimli::DW_TAG_formal_parameter,
                                places: self.places(unit, entry),
                            });
                        }
                    }
                    _ => {}
                }
            }
            Ok(())
        });
        found
    }

    fn places(&self, unit: &Unit<Slice<'a>>, entry: &Entry<'a>) -> Vec<(Option<Range<u64>>, Place)> {
        let mut found = Vec::new();
        match entry.attr_value(gimli::DW_AT_location) {
            Some(AttributeValue::Exprloc(expression)) => {
                found.extend(places(unit, expression).into_iter().map(|place| (None, place)));
            }
            Some(other) => {
                let Ok(Some(mut list)) = self.dwarf.attr_locations(unit, other) else { return found };
                while let Ok(Some(item)) = list.next() {
                    let range = item.range.begin..item.range.end;
                    found.extend(
                        places(unit, item.data).into_iter().map(|place| (Some(range.clone()), place)),
                    );
                    if found.len() > MOST_PLACES {
                        break;
                    }
                }
            }
            None => {}
        }
        found
    }
}

fn places(unit: &Unit<Slice<'_>>, expression: Expression<Slice<'_>>) -> Vec<Place> {
    let mut found = Vec::new();
    let mut operations = expression.operations(unit.encoding());
    while let Ok(Some(operation)) = operations.next() {
        let place = match operation {
            Operation::WasmLocal { index } => Place::Local(index),
            Operation::WasmGlobal { index } => Place::Global(index),
            Operation::FrameOffset { offset } => Place::Frame(offset),
            Operation::Address { address } => Place::Memory(address),
            _ => continue,
        };
        found.push(place);
        if found.len() >= MOST_PLACES {
            break;
        }
    }
    found
}

/// Of a variable whose place is one address, which is none for what the linker has thrown away.
pub(super) fn address(unit: &Unit<Slice<'_>>, entry: &Entry<'_>) -> Option<u64> {
    let Some(AttributeValue::Exprloc(expression)) = entry.attr_value(gimli::DW_AT_location) else {
        return None;
    };
    let mut operations = expression.operations(unit.encoding());
    match operations.next() {
        Ok(Some(Operation::Address { address })) => {
            (address > 0 && address < u64::from(u32::MAX) - 1).then_some(address)
        }
        _ => None,
    }
}
