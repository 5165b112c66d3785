//! Debug information of one module: functions, variables with addresses, lines. Read unit by unit, and borrowed from the
//! bytes, so that what it claims costs no more memory than it has.

mod references;
mod lines;
mod variables;

use std::collections::BTreeMap;
use std::ops::Range;

use gimli::{AttributeValue, DebuggingInformationEntry, EndianSlice, LittleEndian, Unit, UnitOffset};

use crate::module::Module;
use crate::note::Note;

pub(crate) use lines::Row;
pub(crate) use variables::{Local, Place};

type Slice<'a> = EndianSlice<'a, LittleEndian>;
type Entry<'a> = DebuggingInformationEntry<Slice<'a>>;

/// Units that are read. A program of Go is one, or one a package; every file of a C library is one.
const MOST_UNITS: usize = 20_000;

pub(crate) struct DebugInfo<'a> {
    dwarf: gimli::Dwarf<Slice<'a>>,
    /// Where they begin.
    units: Vec<usize>,
    /// Bytes of the code section's contents: no function is beyond.
    code: u64,
}

/// A function with code.
#[derive(Debug, Clone)]
pub(crate) struct Subprogram<'a> {
    pub(crate) name: &'a str,
    /// Folder and name of its source.
    pub(crate) file: Option<(&'a str, &'a str)>,
    unit: usize,
    entry: UnitOffset<usize>,
}

/// A variable that has a place in memory.
#[derive(Debug, Clone)]
pub(crate) struct Variable<'a> {
    pub(crate) name: &'a str,
    pub(crate) range: Range<u64>,
}

/// What has code or a place of its own.
#[derive(Debug, Default)]
pub(crate) struct Entities<'a> {
    /// By their first address.
    pub(crate) subprograms: BTreeMap<u64, Subprogram<'a>>,
    pub(crate) variables: Vec<Variable<'a>>,
}

impl<'a> DebugInfo<'a> {
    /// `None` when there is none.
    pub(crate) fn of(module: &Module<'a>) -> Option<Self> {
        module.custom(".debug_info")?;
        let section = |id: gimli::SectionId| {
            let found = module.custom(id.name()).unwrap_or_default();
            Ok::<_, gimli::Error>(EndianSlice::new(found, LittleEndian))
        };
        let mut dwarf = gimli::Dwarf::load(section).ok()?;
        dwarf.populate_abbreviations_cache(gimli::AbbreviationsCacheStrategy::All);
        let end = module.bodies.last().map_or(module.code_start, |body| body.contents.end);
        let mut headers = dwarf.units();
        let units = std::iter::from_fn(|| headers.next().ok().flatten());
        let units = units.take(MOST_UNITS).map(|header| header.offset().0).collect();
        Some(Self { dwarf, units, code: (end - module.code_start) as u64 })
    }

    /// All units in their order; what makes no sense ends them with a note.
    fn each_unit(
        &self,
        notes: &mut Vec<Note>,
        mut each: impl FnMut(usize, &Unit<Slice<'a>>) -> gimli::Result<()>,
    ) {
        let mut headers = self.dwarf.units();
        for number in 0..MOST_UNITS {
            let done = match headers.next() {
                Ok(None) => return,
                Ok(Some(header)) => self.dwarf.unit(header).and_then(|unit| each(number, &unit)),
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                let note = Note::DwarfBroken { detail: error.to_string() };
                if !notes.contains(&note) && notes.len() < 16 {
                    notes.push(note);
                }
                // The next unit may be sound, but after a wrong length nothing is.
                if matches!(error, gimli::Error::UnexpectedEof(_)) {
                    return;
                }
            }
        }
    }

    pub(crate) fn entities(&self, notes: &mut Vec<Note>) -> Entities<'a> {
        let mut found = Entities::default();
        self.each_unit(notes, |number, unit| {
            let mut entries = unit.entries();
            while let Some(entry) = entries.next_dfs()? {
                match entry.tag() {
                    gimli::DW_TAG_subprogram => {
                        if let Some(range) = self.range(unit, entry)
                            && let Some(name) = self.name(unit, entry)
                        {
                            let file = self.file(unit, entry);
                            let subprogram = Subprogram { name, file, unit: number, entry: entry.offset() };
                            found.subprograms.entry(range.start).or_insert(subprogram);
                        }
                    }
                    gimli::DW_TAG_variable => {
                        if let Some(address) = variables::address(unit, entry)
                            && let Some(name) = self.name(unit, entry)
                        {
                            let size = self.size(unit, entry).unwrap_or(0);
                            let range = address..address.saturating_add(size);
                            found.variables.push(Variable { name, range });
                        }
                    }
                    _ => {}
                }
            }
            Ok(())
        });
        found
    }

    /// Addresses of code; `None` for what the linker has thrown away, whose addresses are none.
    fn range(&self, unit: &Unit<Slice<'a>>, entry: &Entry<'a>) -> Option<Range<u64>> {
        let mut ranges = self.dwarf.die_ranges(unit, entry).ok()?;
        let mut whole: Option<Range<u64>> = None;
        while let Ok(Some(range)) = ranges.next() {
            if range.begin == 0 || range.end > self.code || range.begin >= range.end {
                continue;
            }
            let before = whole.get_or_insert(range.begin..range.end);
            *before = before.start.min(range.begin)..before.end.max(range.end);
        }
        whole
    }

    fn file(&self, unit: &Unit<Slice<'a>>, entry: &Entry<'a>) -> Option<(&'a str, &'a str)> {
        let AttributeValue::FileIndex(index) = entry.attr_value(gimli::DW_AT_decl_file)? else { return None };
        let header = unit.line_program.as_ref()?.header();
        let file = header.file(index)?;
        let folder = file.directory(header).and_then(|folder| self.text(unit, folder)).unwrap_or_default();
        Some((folder, self.text(unit, file.path_name())?))
    }
}
