//! The door: bytes of a file, and the questions that can be asked about them.

use std::ops::Range;

use wasmparser::{Encoding, Parser, Payload, WasmFeatures};

use crate::error::Error;
use crate::explanation::Explanation;
use crate::find::{NotFound, find};
use crate::module::{HEAD, Module};
use crate::program::Program;
use crate::size::Sizes;

/// Bytes that are shown of what is no WebAssembly.
const SHOWN: usize = 8;

/// Modules that are looked at in a component; those that compilers make have up to a dozen.
const MOST_MODULES: usize = 256;

/// A module, or a component with modules in it, taken apart.
pub struct Anatomy<'a> {
    bytes: &'a [u8],
    /// That of the program first.
    programs: Vec<Program<'a>>,
}

impl std::fmt::Debug for Anatomy<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Anatomy").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

impl<'a> Anatomy<'a> {
    /// Takes bytes apart that a compiler wrote. They are not checked beyond what has to be read.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Error> {
        if bytes.is_empty() {
            return Err(Error::Empty);
        }
        if !bytes.starts_with(b"\0asm") {
            let beginning = bytes[..bytes.len().min(SHOWN)].escape_ascii().to_string();
            return Err(Error::NotWasm { beginning: format!("\"{beginning}\"") });
        }
        let mut modules = Vec::new();
        for range in modules_in(bytes)? {
            modules.push(Module::read(bytes, range)?);
        }
        // Of a component's modules the program is the one with most code; the others serve it.
        let code = |module: &Module<'_>| module.bodies.iter().map(|body| body.whole.len()).sum::<usize>();
        modules.sort_by_key(|module| std::cmp::Reverse(code(module)));
        let programs = modules.into_iter().enumerate().map(|(index, module)| Program::of(module, index == 0));
        Ok(Self { bytes, programs: programs.collect() })
    }

    /// Bytes by section, package and function.
    pub fn sizes(&self) -> Sizes {
        Sizes::of(self.bytes, &self.programs)
    }

    /// The module without what it runs without: names, debug information and all other custom sections. `None` for a
    /// component.
    pub fn stripped(&self) -> Option<Vec<u8>> {
        let [Program { module, .. }] = &self.programs[..] else { return None };
        if module.range != (0..self.bytes.len()) {
            return None;
        }
        let mut kept = self.bytes[..HEAD].to_vec();
        for section in module.sections.iter().filter(|section| !section.is_custom) {
            kept.extend_from_slice(&self.bytes[section.range.clone()]);
        }
        Some(kept)
    }

    /// Names of the functions that have code, as [`Self::explain`] takes them.
    pub fn functions(&self) -> Vec<&str> {
        let program = &self.programs[0];
        program
            .functions
            .iter()
            .skip(program.module.imported.len())
            .map(|named| named.name.as_str())
            .collect()
    }

    /// The name of the function that is called so.
    pub fn find(&self, function: &str) -> Result<&str, NotFound> {
        let names = self.functions();
        find(function, &names).map(|index| names[index])
    }

    /// Lines and instructions of a function. `listing` is what Go's compiler says with `-S` of its package; without it Go's
    /// own tables have the lines of calls only.
    pub fn explain(&self, function: &str, listing: Option<&str>) -> Result<Explanation, NotFound> {
        let index = find(function, &self.functions())?;
        let program = &self.programs[0];
        Ok(Explanation::of(program, (program.module.imported.len() + index) as u32, listing))
    }
}

/// Where the modules are: all of the bytes, or parts of a component.
fn modules_in(bytes: &[u8]) -> Result<Vec<Range<usize>>, Error> {
    let mut parser = Parser::new(0);
    parser.set_features(WasmFeatures::all());
    let mut found = Vec::new();
    for payload in parser.parse_all(bytes) {
        match payload? {
            Payload::Version { encoding: Encoding::Module, range, .. } if range.start == 0 => {
                found.push(0..bytes.len());
                return Ok(found);
            }
            Payload::ModuleSection { unchecked_range, .. } if found.len() < MOST_MODULES => {
                found.push(unchecked_range);
            }
            _ => {}
        }
    }
    if found.is_empty() { Err(Error::NoModule) } else { Ok(found) }
}
