//! A module and all that says whose its functions and data are: names, debug information, Go's own tables.

use std::collections::BTreeMap;
use std::path::Path;

use crate::dwarf::{DebugInfo, Entities};
use crate::go_tables::GoTables;
use crate::memory::Memory;
use crate::module::Module;
use crate::note::Note;
use crate::symbol::{self, Dialect, UNATTRIBUTED};

/// What translates between versions of WASI in a component.
const ADAPTER: &str = "(adapter)";

/// Of all functions together.
const MOST_BYTES_OF_NAMES: usize = 256 << 20;

pub(crate) struct Program<'a> {
    pub(crate) module: Module<'a>,
    pub(crate) memory: Memory<'a>,
    pub(crate) tables: Option<GoTables>,
    pub(crate) debug: Option<DebugInfo<'a>>,
    pub(crate) entities: Entities<'a>,
    /// Of all functions, imported ones first.
    pub(crate) functions: Vec<Named>,
    pub(crate) dialect: Dialect,
    pub(crate) notes: Vec<Note>,
}

/// A function and its owner.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    /// As in Go.
    pub(crate) name: String,
    pub(crate) package: String,
}

impl<'a> Program<'a> {
    /// `is_main`: it is not one of those that a component has beside the program.
    pub(crate) fn of(module: Module<'a>, is_main: bool) -> Self {
        let memory = Memory::of(&module);
        let tables = GoTables::read(&module, &memory);
        let debug = DebugInfo::of(&module);
        let mut notes = module.notes.clone();
        let entities = debug.as_ref().map(|debug| debug.entities(&mut notes)).unwrap_or_default();
        let is_tinygo = |name: &&str| name.starts_with("runtime.") || name.starts_with("tinygo_");
        let dialect = if tables.is_some() {
            Dialect::Go
        } else if module.names.values().copied().any(|name| is_tinygo(&name))
            || entities.subprograms.values().any(|function| is_tinygo(&function.name))
        {
            Dialect::TinyGo
        } else {
            Dialect::Other
        };
        let mut program =
            Self { module, memory, tables, debug, entities, functions: Vec::new(), dialect, notes };
        program.name_functions(is_main);
        program.note_sources(is_main);
        program
    }

    fn name_functions(&mut self, is_main: bool) {
        let of_go = self.tables.as_ref().map(GoTables::names).unwrap_or_default();
        let imported = self.module.imported.len() as u32;
        let mut budget = MOST_BYTES_OF_NAMES;
        let mut functions: Vec<Named> = self.module.imported.iter().map(|name| of_import(name)).collect();
        for (index, body) in self.module.functions() {
            let start = |offset: usize| (offset - self.module.code_start) as u64;
            let described =
                self.entities.subprograms.range(start(body.whole.start)..start(body.whole.end)).next();
            let raw = of_go
                .get(&index)
                .or_else(|| self.module.names.get(&index))
                .copied()
                .or_else(|| described.map(|(_, function)| function.name))
                .or_else(|| self.module.exports.get(&index).copied());
            // Debug information may give one long name to everything.
            let raw = raw.filter(|name| budget.checked_sub(name.len()).map(|rest| budget = rest).is_some());
            // Go's tables have names as they are.
            let name = match raw {
                Some(name) if of_go.contains_key(&index) => name.to_owned(),
                Some(name) => symbol::readable(name),
                None => format!("wasm-function[{index}]"),
            };
            let package = match (symbol::package(&name, self.dialect), self.dialect) {
                (package, Dialect::Other) if package == UNATTRIBUTED && !is_main => ADAPTER.to_owned(),
                (package, _) => package,
            };
            functions.push(Named { name, package });
        }
        debug_assert_eq!(functions.len(), imported as usize + self.module.bodies.len());
        self.functions = functions;
        self.adopt_exports();
    }

    /// What a program exports under a name of its own choice is of the package whose source it is in.
    fn adopt_exports(&mut self) {
        let mut packages: BTreeMap<(&str, &str), String> = BTreeMap::new();
        let mut orphans = Vec::new();
        for (index, body) in self.module.functions() {
            let start = |offset: usize| (offset - self.module.code_start) as u64;
            let described =
                self.entities.subprograms.range(start(body.whole.start)..start(body.whole.end)).next();
            let Some(file) = described.and_then(|(_, function)| function.file) else { continue };
            let named = &self.functions[index as usize];
            if named.package.starts_with('(') {
                orphans.push((index, file));
            } else {
                packages.entry(file).or_insert_with(|| named.package.clone());
            }
        }
        for (index, file) in orphans {
            if let Some(package) = packages
                .get(&file)
                .filter(|_| Path::new(file.1).extension().is_some_and(|extension| extension == "go"))
                && !self.functions[index as usize].name.contains('.')
            {
                self.functions[index as usize].package.clone_from(package);
            }
        }
    }

    fn note_sources(&mut self, is_main: bool) {
        if !is_main {
            return;
        }
        if self.tables.is_some() {
            self.notes.push(Note::TablesOfGo);
        } else if self.debug.is_none() {
            self.notes.push(Note::NoDwarf);
        }
        let has_names =
            self.tables.is_some() || !self.module.names.is_empty() || !self.entities.subprograms.is_empty();
        if !has_names {
            self.notes.push(Note::NoNames);
        }
    }

    /// The name of a function for people.
    pub(crate) fn name(&self, function: u32) -> Option<&str> {
        self.functions.get(function as usize).map(|named| named.name.as_str())
    }
}

fn of_import(name: &str) -> Named {
    let package = name.split('.').next().unwrap_or_default();
    Named { name: name.to_owned(), package: format!("(host {package})") }
}
