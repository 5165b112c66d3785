//! Which line each instruction came from: by debug information, by the compiler's listing, or by Go's tables, which know it
//! of calls only.

use std::ops::Range;

use wasmparser::Operator;

use super::Decoded;
use crate::dwarf::{Row, Subprogram};
use crate::listing::{self, Listed};
use crate::note::Note;
use crate::program::Program;
use crate::symbol::readable;

pub(super) struct Positions<'l> {
    /// Where it was found, and which place in that each instruction has.
    source: Source<'l>,
    places: Vec<Option<usize>>,
    inlined: Vec<Option<String>>,
}

enum Source<'l> {
    Rows(Vec<Row>),
    Listing(Vec<Listed<'l>>),
    Nothing,
}

/// Of one instruction.
#[derive(Debug, Default)]
pub(super) struct Position<'p> {
    pub(super) file: Option<&'p str>,
    pub(super) line: u32,
    pub(super) inlined: Option<&'p str>,
    /// What the compiler calls that which is moved.
    pub(super) operand: Option<&'p str>,
}

impl<'l> Positions<'l> {
    pub(super) fn of(
        program: &Program<'_>,
        function: u32,
        subprogram: Option<&Subprogram<'_>>,
        text: Option<&'l str>,
        decoded: &[Decoded<'_>],
        notes: &mut Vec<Note>,
    ) -> Self {
        let nothing =
            || Self { source: Source::Nothing, places: vec![None; decoded.len()], inlined: Vec::new() };
        if let (Some(debug), Some(subprogram)) = (&program.debug, subprogram) {
            let body = program.module.body(function).map_or(0..0, |body| body.whole.clone());
            let address = |offset: usize| offset.saturating_sub(program.module.code_start) as u64;
            let rows = debug.rows(&(address(body.start)..address(body.end)), notes);
            if !rows.is_empty() {
                let inlined = debug.inlined(subprogram, notes);
                let addresses: Vec<u64> = decoded.iter().map(|one| address(one.offset)).collect();
                let places = addresses
                    .iter()
                    .map(|address| rows.partition_point(|row| row.address <= *address).checked_sub(1));
                let places = places.collect();
                let inlined = addresses.iter().map(|address| innermost(&inlined, *address)).collect();
                return Self { source: Source::Rows(rows), places, inlined };
            }
        }
        if let Some(text) = text {
            let name = program.name(function).unwrap_or_default();
            let listed = listing::function(text, name);
            let mnemonics: Vec<String> = decoded.iter().map(|one| one.mnemonic.clone()).collect();
            match listing::matched(&listed, &mnemonics) {
                Some(places) if !listed.is_empty() => {
                    notes.push(Note::LinesOfListing);
                    let places = places.into_iter().map(Some).collect();
                    return Self { source: Source::Listing(listed), places, inlined: Vec::new() };
                }
                _ => notes.push(Note::ListingDiffers),
            }
        }
        if let Some((rows, places)) = of_calls(program, function, decoded) {
            notes.push(Note::LinesOfCalls);
            Self { source: Source::Rows(rows), places, inlined: Vec::new() }
        } else {
            notes.push(Note::NoLines);
            nothing()
        }
    }

    pub(super) fn of_instruction(&self, index: usize) -> Position<'_> {
        let Some(place) = self.places.get(index).copied().flatten() else { return Position::default() };
        match &self.source {
            Source::Nothing => Position::default(),
            Source::Rows(rows) => rows.get(place).map_or_else(Position::default, |row| Position {
                file: (!row.file.is_empty()).then_some(row.file.as_str()),
                line: row.line,
                inlined: self.inlined.get(index).and_then(Option::as_deref),
                operand: None,
            }),
            Source::Listing(listed) => {
                let one = &listed[place];
                // What was put in after it is none of its own.
                let is_own = index == 0 || self.places.get(index - 1).copied().flatten() != Some(place);
                Position {
                    file: (!one.file.is_empty()).then_some(one.file),
                    line: one.line,
                    inlined: None,
                    operand: (is_own && !one.is_silent() && is_name(one.operand)).then_some(one.operand),
                }
            }
        }
    }
}

/// Numbers are what the instruction itself says.
fn is_name(operand: &str) -> bool {
    operand.trim_start_matches('$').starts_with(|first: char| first.is_alphabetic() || first == '_')
}

fn innermost(inlined: &[(Range<u64>, &str)], address: u64) -> Option<String> {
    let found = inlined.iter().filter(|(range, _)| range.contains(&address));
    found.min_by_key(|(range, _)| range.end - range.start).map(|(_, name)| readable(name))
}

/// Before a call Go's code notes where it goes on, as a number that has the function and a counter in it; the tables say
/// which line the counter before is of. What comes between two calls is shown with the second one.
fn of_calls(
    program: &Program<'_>,
    function: u32,
    decoded: &[Decoded<'_>],
) -> Option<(Vec<Row>, Vec<Option<usize>>)> {
    let lines = program.tables.as_ref()?.lines(function, &program.memory)?;
    let place = *program.module.table.iter().find(|(_, known)| **known == function)?.0;
    let mut rows = Vec::new();
    let mut places: Vec<Option<usize>> = Vec::with_capacity(decoded.len());
    let mut row = |(file, line): (&str, u32)| {
        rows.push(Row { address: 0, file: file.to_owned(), line });
        rows.len() - 1
    };
    let mut noted = None;
    let (mut begun, mut last) = (0, 0);
    for (index, one) in decoded.iter().enumerate() {
        match &one.operator {
            Operator::I64Const { value } if value.cast_unsigned() >> 16 == place => {
                noted = Some((value & 0xffff) as u32);
            }
            Operator::Call { .. } | Operator::CallIndirect { .. } => {
                if let Some(counter) = noted.take() {
                    let found = lines.at(counter.saturating_sub(1)).map(&mut row);
                    places.extend(std::iter::repeat_n(found, index + 1 - begun));
                    (begun, last) = (index + 1, counter);
                }
            }
            _ => {}
        }
    }
    let rest = lines.only_one_from(last).map(&mut row);
    places.extend(std::iter::repeat_n(rest, decoded.len() - begun));
    Some((rows, places))
}
