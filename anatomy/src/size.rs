//! Bytes of a file by section, package and function. What is counted is what lies in the file: the parts of each table add
//! up to it, to the byte.

mod claims;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::module::{HEAD, Module, cut};
use crate::note::Note;
use crate::program::Program;
use crate::symbol::{self, UNATTRIBUTED};

use claims::Claims;

/// What a file is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sizes {
    /// Bytes of the whole file.
    pub file: u64,
    /// Each section with its head, and what is outside of sections; together the file.
    pub sections: Vec<SectionSize>,
    /// Bytes of the code sections.
    pub code: u64,
    /// Bytes of the data sections.
    pub data: u64,
    /// The largest first; their code and data are that of the sections.
    pub packages: Vec<PackageSize>,
    /// The largest first; with what is unattributed their code is that of the sections.
    pub functions: Vec<FunctionSize>,
    /// The largest first; all data.
    pub variables: Vec<DataSize>,
    pub notes: Vec<Note>,
}

/// A section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SectionSize {
    pub name: String,
    /// It is one that runs without.
    pub is_custom: bool,
    pub bytes: u64,
}

/// A package of Go, or a group in parentheses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PackageSize {
    pub name: String,
    pub functions: u32,
    pub code: u64,
    /// In the file.
    pub data: u64,
    /// Of variables that begin as zero and take no room in the file.
    pub zeroed: u64,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FunctionSize {
    pub name: String,
    pub package: String,
    pub code: u64,
}

/// A variable, or what else is in data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DataSize {
    pub name: String,
    pub package: String,
    /// In the file.
    pub data: u64,
    pub zeroed: u64,
}

impl PackageSize {
    /// What it takes in the file.
    pub const fn total(&self) -> u64 {
        self.code + self.data
    }
}

impl Sizes {
    pub(crate) fn of(file: &[u8], programs: &[Program<'_>]) -> Self {
        let mut sizes = Self { file: file.len() as u64, ..Self::default() };
        let mut packages = BTreeMap::new();
        let mut sections = Totals::default();
        for program in programs {
            sizes.take_sections(&program.module, &mut sections);
            sizes.take_functions(program, &mut packages);
            sizes.take_data(program, &mut packages);
            sizes.notes.extend(program.notes.iter().cloned());
        }
        let inside: usize = programs.iter().map(|program| program.module.range.len()).sum();
        sections.add("(component)", false, (file.len() - inside) as u64);
        sizes.sections = sections.sizes;
        sizes.packages = packages.into_iter().map(|(name, size)| PackageSize { name, ..size }).collect();
        sizes.packages.sort_by(|one, other| other.total().cmp(&one.total()).then(one.name.cmp(&other.name)));
        sizes.functions.sort_by(|one, other| other.code.cmp(&one.code).then(one.name.cmp(&other.name)));
        sizes.variables.sort_by(|one, other| {
            (other.data, other.zeroed).cmp(&(one.data, one.zeroed)).then(one.name.cmp(&other.name))
        });
        sizes.notes.sort();
        sizes.notes.dedup();
        sizes
    }

    fn take_sections(&mut self, module: &Module<'_>, sections: &mut Totals) {
        sections.add("(head)", false, HEAD as u64);
        for section in &module.sections {
            let bytes = section.range.len() as u64;
            sections.add(section.name, section.is_custom, bytes);
            match section.name {
                "code" if !section.is_custom => self.code += bytes,
                "data" if !section.is_custom => self.data += bytes,
                _ => {}
            }
        }
    }

    fn take_functions(&mut self, program: &Program<'_>, packages: &mut BTreeMap<String, PackageSize>) {
        let mut rest = bytes_of("code", &program.module);
        for (index, body) in program.module.functions() {
            let named = &program.functions[index as usize];
            let code = body.whole.len() as u64;
            rest = rest.saturating_sub(code);
            let package = packages.entry(named.package.clone()).or_default();
            package.code += code;
            package.functions += 1;
            self.functions.push(FunctionSize {
                name: named.name.clone(),
                package: named.package.clone(),
                code,
            });
        }
        packages.entry(UNATTRIBUTED.to_owned()).or_default().code += rest;
    }

    fn take_data(&mut self, program: &Program<'_>, packages: &mut BTreeMap<String, PackageSize>) {
        let mut claims = Claims::default();
        for variable in &program.entities.variables {
            let name = symbol::readable(variable.name);
            let package = symbol::package(&name, program.dialect);
            claims.add(variable.range.clone(), &package, &name);
        }
        for region in program.tables.iter().flat_map(super::go_tables::GoTables::regions) {
            let package = region.function.and_then(|function| program.functions.get(function as usize));
            let package = package.map_or(UNATTRIBUTED, |named| named.package.as_str());
            claims.add(region.range.clone(), package, region.what);
        }
        let mut rest = bytes_of("data", &program.module);
        let mut add = |size: DataSize| {
            let package = packages.entry(size.package.clone()).or_default();
            package.data += size.data;
            package.zeroed += size.zeroed;
            self.variables.push(size);
        };
        for size in claims.settle(&program.module) {
            rest = rest.saturating_sub(size.data);
            add(size);
        }
        let contents: u64 = program.module.segments.iter().map(|segment| segment.contents.len() as u64).sum();
        let heads = bytes_of("data", &program.module).saturating_sub(contents).min(rest);
        for (name, data) in
            [("heads of segments", heads), ("constants and what else has no name", rest - heads)]
        {
            if data > 0 {
                let (name, package) = (name.to_owned(), UNATTRIBUTED.to_owned());
                add(DataSize { name, package, data, zeroed: 0 });
            }
        }
    }
}

fn bytes_of(name: &str, module: &Module<'_>) -> u64 {
    let wanted = module.sections.iter().filter(|section| !section.is_custom && section.name == name);
    wanted.map(|section| section.range.len() as u64).sum()
}

/// Sections by name, in the order of the file.
#[derive(Default)]
struct Totals {
    sizes: Vec<SectionSize>,
    known: BTreeMap<(String, bool), usize>,
}

impl Totals {
    fn add(&mut self, name: &str, is_custom: bool, bytes: u64) {
        if bytes == 0 {
            return;
        }
        let name = cut(name).to_owned();
        let place = *self.known.entry((name.clone(), is_custom)).or_insert_with(|| {
            self.sizes.push(SectionSize { name, is_custom, bytes: 0 });
            self.sizes.len() - 1
        });
        self.sizes[place].bytes += bytes;
    }
}
