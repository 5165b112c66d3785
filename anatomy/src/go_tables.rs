//! Go's own tables of functions and lines, which the runtime prints stacks with. They lie in the data of every module of
//! Go, also of one without names: its modules have no DWARF.
//!
//! The layout is that of Go 1.20 and later (`runtime.pcHeader`, `runtime._func`, `runtime.moduledata`).

use std::collections::BTreeMap;
use std::ops::Range;

use crate::memory::Memory;
use crate::module::Module;

/// Magic number, two zeros, size of an instruction, size of a pointer.
const BEGINNING: [u8; 8] = [0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8];

/// Functions in the header's first field and no more: places of functions in the table have 16 bits.
const MOST_FUNCTIONS: u64 = 1 << 20;

/// Where Go's linker puts the first function in the table.
const FIRST_PLACE: u64 = 0x1000;

/// Of all functions together.
const MOST_BYTES_OF_NAMES: usize = 256 << 20;

/// Bytes of a `_func` without its tables.
const FUNCTION_HEAD: u64 = 44;

/// Steps of a table of lines that are followed.
const MOST_STEPS: usize = 1 << 16;

#[derive(Debug)]
pub(crate) struct GoTables {
    header: u64,
    names: u64,
    compile_units: u64,
    files: u64,
    pairs: u64,
    functions: u64,
    /// Function index and address of its `_func`, in the order of addresses.
    entries: Vec<Entry>,
    regions: Vec<Region>,
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) function: u32,
    pub(crate) name: String,
    at: u64,
}

/// A part of memory, and what is in it.
#[derive(Debug, Clone)]
pub(crate) struct Region {
    pub(crate) range: Range<u64>,
    pub(crate) what: &'static str,
    /// That function's.
    pub(crate) function: Option<u32>,
}

impl GoTables {
    /// `None` where there are none, or nothing makes sense.
    pub(crate) fn read(module: &Module<'_>, memory: &Memory<'_>) -> Option<Self> {
        memory.find(&BEGINNING).into_iter().find_map(|header| Self::at(header, module, memory))
    }

    fn at(header: u64, module: &Module<'_>, memory: &Memory<'_>) -> Option<Self> {
        let field = |index: u64| memory.u64(header.wrapping_add(8 + index * 8));
        let count = field(0);
        let place = |index| header.checked_add(field(index)).filter(|place| u32::try_from(*place).is_ok());
        if count == 0 || count > MOST_FUNCTIONS {
            return None;
        }
        let [names, compile_units, files, pairs, functions] =
            [place(3)?, place(4)?, place(5)?, place(6)?, place(7)?];
        if ![header, names, compile_units, files, pairs, functions].is_sorted() {
            return None;
        }
        let entry = |index: u64| u64::from(memory.u32(functions + index * 8));
        // Go 1.26 counts places, older ones what a program counter begins with; and some from the first one.
        let step = if count > 1 { entry(1).wrapping_sub(entry(0)) } else { 1 };
        let unit = if step >= 1 << 16 { 16 } else { 0 };
        let first = if entry(0) >> unit == 0 { FIRST_PLACE } else { 0 };
        let mut entries = Vec::new();
        let mut budget = MOST_BYTES_OF_NAMES;
        for index in 0..count {
            let at = functions + u64::from(memory.u32(functions + index * 8 + 4));
            let place = first + (entry(index) >> unit);
            if let Some(function) = module.table.get(&place) {
                let name = memory.text(names + u64::from(memory.u32(at + 4)));
                budget = budget.checked_sub(name.len())?;
                entries.push(Entry { function: *function, name, at });
            }
        }
        let mut tables =
            Self { header, names, compile_units, files, pairs, functions, entries, regions: Vec::new() };
        if tables.entries.is_empty() {
            return None;
        }
        tables.regions = tables.find_regions(memory, count);
        Some(tables)
    }

    /// Names by function; where a tool has merged several, that of the first one.
    pub(crate) fn names(&self) -> BTreeMap<u32, &str> {
        let mut names = BTreeMap::new();
        for entry in &self.entries {
            names.entry(entry.function).or_insert(entry.name.as_str());
        }
        names
    }

    /// What is known of memory; later ones may overlap earlier ones, which then count.
    pub(crate) fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// File and line of each program counter of a function, from its first one on.
    pub(crate) fn lines(&self, function: u32, memory: &Memory<'_>) -> Option<GoLines> {
        let entry = self.entries.iter().find(|entry| entry.function == function)?;
        let field = |offset: u64| memory.u32(entry.at.wrapping_add(offset));
        let unit = u64::from(field(32));
        let file = |index: u32| {
            let slot = self.compile_units.wrapping_add((unit + u64::from(index)) * 4);
            memory.text(self.files + u64::from(memory.u32(slot)))
        };
        let files = self.steps(field(20), memory);
        let lines = self.steps(field(24), memory);
        let files = files.into_iter().map(|(value, end)| (file(value), end)).collect();
        Some(GoLines { files, lines })
    }

    /// Values, each with the program counter where it ends.
    fn steps(&self, table: u32, memory: &Memory<'_>) -> Vec<(u32, u32)> {
        let mut steps = Vec::new();
        if table == 0 {
            return steps;
        }
        let mut at = self.pairs + u64::from(table);
        let (mut value, mut counter) = (-1_i32, 0_u32);
        while steps.len() < MOST_STEPS {
            let (change, next) = memory.number(at);
            if change == 0 && !steps.is_empty() {
                break;
            }
            let (length, next) = memory.number(next);
            at = next;
            let change = (change >> 1).cast_signed() ^ -((change & 1).cast_signed());
            value = value.wrapping_add(change);
            counter = counter.saturating_add(length);
            steps.push((value.cast_unsigned(), counter));
        }
        steps
    }

    fn find_regions(&self, memory: &Memory<'_>, count: u64) -> Vec<Region> {
        const TABLES: &str = "tables of functions and lines";
        let named = |range: Range<u64>, what| Region { range, what, function: None };
        let mut regions = vec![
            named(self.header..self.names, TABLES),
            named(self.names..self.compile_units, "names of functions"),
            named(self.compile_units..self.pairs, "names of files"),
            named(self.pairs..self.functions, TABLES),
            named(self.functions..self.functions + (count + 1) * 8, TABLES),
        ];
        // Each function's own part: its name, and what the runtime knows of it.
        let mut ends: Vec<_> = self.entries.iter().map(|entry| entry.at).collect();
        ends.sort_unstable();
        for entry in &self.entries {
            let next = ends.get(ends.partition_point(|at| *at <= entry.at));
            let counts = u64::from(memory.u32(entry.at + 28)) + u64::from(memory.byte(entry.at + 43));
            let end = entry.at + FUNCTION_HEAD + 4 * counts.min(64);
            let end = next.map_or(end, |next| end.min(*next));
            let name = self.names + u64::from(memory.u32(entry.at + 4));
            for range in [entry.at..end, name..name + entry.name.len() as u64 + 1] {
                regions.push(Region { range, what: TABLES, function: Some(entry.function) });
            }
        }
        regions.extend(self.module_data(memory));
        regions
    }

    /// Of the runtime's description of the module, what holds for all of these versions.
    fn module_data(&self, memory: &Memory<'_>) -> Vec<Region> {
        let Ok(header) = u32::try_from(self.header) else { return Vec::new() };
        let word = |at: u64, index: u64| memory.u64(at.wrapping_add(index * 8));
        let is_it = |at: &u64| word(*at, 0) == self.header && word(*at, 1) == self.names;
        let Some(at) = memory.find(&header.to_le_bytes()).into_iter().find(is_it) else { return Vec::new() };
        // Header, six slices, the index of functions, program counters, code.
        let [noptrdata, noptrdata_end, data, data_end, bss, bss_end, noptrbss, noptrbss_end] =
            std::array::from_fn(|index| word(at, 24 + index as u64));
        let [types, types_end] = [word(at, 37), word(at, 38)];
        let ranges = [
            (noptrdata..noptrdata_end, "variables"),
            (data..data_end, "variables"),
            (bss..bss_end, "variables"),
            (noptrbss..noptrbss_end, "variables"),
            (types..types_end, "descriptions of types"),
        ];
        let is_sound = |range: &Range<u64>| range.start < range.end && u32::try_from(range.end).is_ok();
        let sound = ranges.into_iter().filter(|(range, _)| is_sound(range));
        sound.map(|(range, what)| Region { range, what, function: None }).collect()
    }
}

/// Where the lines of one function change, by program counter.
#[derive(Debug, Clone)]
pub(crate) struct GoLines {
    files: Vec<(String, u32)>,
    lines: Vec<(u32, u32)>,
}

impl GoLines {
    pub(crate) fn at(&self, counter: u32) -> Option<(&str, u32)> {
        let file = &self.files[self.files.partition_point(|(_, end)| *end <= counter)..].first()?.0;
        let line = self.lines[self.lines.partition_point(|(_, end)| *end <= counter)..].first()?.0;
        Some((file, line))
    }

    /// Where all that comes from the counter on is of one line: that.
    pub(crate) fn only_one_from(&self, counter: u32) -> Option<(&str, u32)> {
        let rest = &self.lines[self.lines.partition_point(|(_, end)| *end <= counter)..];
        let files = &self.files[self.files.partition_point(|(_, end)| *end <= counter)..];
        let ([(line, _), ..], [(file, _)]) = (rest, files) else { return None };
        rest.iter().all(|(other, _)| other == line).then_some((file.as_str(), *line))
    }
}
