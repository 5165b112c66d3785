//! Which line the code at an address came from, and which functions became a part of another one.

use std::collections::BTreeSet;
use std::ops::Range;

use gimli::Unit;

use super::{DebugInfo, Slice, Subprogram};
use crate::note::Note;

/// Rows of one function that are kept.
const MOST_ROWS: usize = 1 << 17;

/// From an address on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) address: u64,
    pub(crate) file: String,
    /// 0: the compiler has made it for no line.
    pub(crate) line: u32,
}

impl<'a> DebugInfo<'a> {
    /// All rows within the function, by address.
    pub(crate) fn rows(&self, function: &Range<u64>, notes: &mut Vec<Note>) -> Vec<Row> {
        let mut rows = Vec::new();
        // Several units may share one program of lines.
        let mut seen = BTreeSet::new();
        self.each_unit(notes, |_, unit| {
            if let Some(program) = &unit.line_program
                && seen.insert(program.header().offset().0)
            {
                self.rows_of(unit, function, &mut rows)?;
            }
            Ok(())
        });
        rows.sort_by_key(|row| row.address);
        // Of two at one address the later one counts.
        rows.reverse();
        rows.dedup_by_key(|row| row.address);
        rows.reverse();
        rows
    }

    fn rows_of(
        &self,
        unit: &Unit<Slice<'a>>,
        function: &Range<u64>,
        rows: &mut Vec<Row>,
    ) -> gimli::Result<()> {
        let Some(program) = unit.line_program.clone() else { return Ok(()) };
        let mut program = program.rows();
        // What was thrown away begins at no address, and must not be taken for what lies there.
        let mut is_dead = None;
        while let Some((header, row)) = program.next_row()? {
            if row.end_sequence() {
                is_dead = None;
                continue;
            }
            let address = row.address();
            let is_dead = *is_dead.get_or_insert(address == 0 || address > self.code);
            let line = row.line().map_or(0, |line| u32::try_from(line.get()).unwrap_or(0));
            if is_dead || rows.len() >= MOST_ROWS {
                continue;
            }
            if function.contains(&address) {
                rows.push(Row { address, file: self.path(unit, header, row), line });
            }
        }
        Ok(())
    }

    fn path(
        &self,
        unit: &Unit<Slice<'a>>,
        header: &gimli::LineProgramHeader<Slice<'a>>,
        row: &gimli::LineRow,
    ) -> String {
        let Some(file) = row.file(header) else { return String::new() };
        let name = self.text(unit, file.path_name()).unwrap_or_default();
        if name.starts_with('/') {
            return name.to_owned();
        }
        let folder = file.directory(header).and_then(|folder| self.text(unit, folder)).unwrap_or_default();
        if folder.is_empty() || folder == "." { name.to_owned() } else { format!("{folder}/{name}") }
    }

    /// Functions that are a part of this one now, with the addresses where they are; outer ones first.
    pub(crate) fn inlined(
        &self,
        function: &Subprogram<'a>,
        notes: &mut Vec<Note>,
    ) -> Vec<(Range<u64>, &'a str)> {
        let mut found = Vec::new();
        self.each_unit(notes, |number, unit| {
            if number != function.unit {
                return Ok(());
            }
            let mut entries = unit.entries_at_offset(function.entry)?;
            let mut is_first = true;
            while let Some(entry) = entries.next_dfs()? {
                if !is_first && entry.depth() <= 0 {
                    break;
                }
                is_first = false;
                if entry.tag() == gimli::DW_TAG_inlined_subroutine
                    && let Some(range) = self.range(unit, entry)
                    && let Some(name) = self.name(unit, entry)
                {
                    found.push((range, name));
                }
            }
            Ok(())
        });
        found
    }
}
