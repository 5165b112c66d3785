//! DWARF of one module; the only file that knows `gimli` and `addr2line`.

use std::path::PathBuf;
use std::sync::Arc;

use addr2line::Context;
use gimli::{EndianArcSlice, LittleEndian, SectionId};

use crate::build::module::Outline;
use crate::diagnostic::Position;

type Reader = EndianArcSlice<LittleEndian>;

/// Finds functions and lines by offset in the code section.
pub(super) struct Dwarf {
    context: Context<Reader>,
}

/// One function at an address; several when functions were inlined into each other.
pub(super) struct Place {
    /// As the object file writes it.
    pub(super) function: Option<String>,
    pub(super) position: Option<Position>,
}

/// From an address on, code is of this place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) address: u64,
    /// Behind its last byte.
    pub(super) end: u64,
    pub(super) file: Arc<str>,
    /// From 1; 0 when unknown.
    pub(super) line: u32,
    /// From 1; 0 when unknown.
    pub(super) column: u32,
}

impl Dwarf {
    /// Reads the debug sections of a module; `None` when there are none or they make no sense.
    pub(super) fn read(bytes: &[u8], outline: &Outline) -> Option<Self> {
        let section = |id: SectionId| {
            let found = outline.custom.iter().find(|(name, _)| name == id.name());
            let contents = found.and_then(|(name, range)| contents(&bytes[range.clone()], name));
            Ok::<_, gimli::Error>(Reader::new(Arc::from(contents.unwrap_or_default()), LittleEndian))
        };
        let dwarf = gimli::Dwarf::load(section).ok()?;
        if !outline.custom.iter().any(|(name, _)| name == ".debug_info") {
            return None;
        }
        Context::from_dwarf(dwarf).ok().map(|context| Self { context })
    }

    /// All rows of the line tables, by address.
    pub(super) fn rows(&self) -> Vec<Row> {
        // Nothing lies at the last addresses: what the linker has left out is put there.
        let Ok(ranges) = self.context.find_location_range(0, u64::from(u32::MAX) - 1) else {
            return Vec::new();
        };
        let mut last: Arc<str> = Arc::default();
        let row = |(address, length, location): (u64, u64, addr2line::Location<'_>)| {
            // One after the other, rows are mostly of the same file.
            let file = location.file.unwrap_or_default();
            if *last != *file {
                last = file.into();
            }
            Row {
                address,
                end: address.saturating_add(length),
                file: Arc::clone(&last),
                line: location.line.unwrap_or_default(),
                column: location.column.unwrap_or_default(),
            }
        };
        let mut rows: Vec<Row> = ranges.map(row).collect();
        rows.sort_by_key(|row| row.address);
        rows
    }

    /// Innermost first.
    pub(super) fn places(&self, address: u64) -> Vec<Place> {
        let mut places = Vec::new();
        let Ok(mut frames) = self.context.find_frames(address).skip_all_loads() else { return places };
        while let Ok(Some(frame)) = frames.next() {
            let function = frame.function.and_then(|function| function.raw_name().ok().map(Into::into));
            let position = frame.location.and_then(|location| {
                Some(Position {
                    file: PathBuf::from(location.file?),
                    line: location.line.filter(|line| *line > 0)?,
                    column: location.column.unwrap_or_default(),
                })
            });
            places.push(Place { function, position });
        }
        places
    }
}

/// What follows the header and the name of a custom section.
fn contents<'a>(section: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let number = |at: usize| section[at..].iter().position(|byte| byte & 0x80 == 0).map(|last| at + last + 1);
    let start = number(number(1)?)? + name.len();
    section.get(start..)
}
