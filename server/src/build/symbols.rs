//! From an offset in a published module back to a Go function and line.

mod dwarf;
mod alignment;
mod source_map;
mod original;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anatomy::readable;

use self::dwarf::{Dwarf, Place};
use self::original::{Original, Remade, added, shown_name};
use self::source_map::{Mapping, Source, Sources};
use super::cache::symbols_of;
use super::keeping::Keeping;
use super::module::{Outline, bodies, function_names};
use super::source_texts::SourceTexts;
use crate::content::{BlobStore, ContentHash};
use crate::diagnostic::Position;

/// Parsed modules that are kept. A page runs one module and, while a swap is under way, two; the DWARF of a
/// large one takes some 50 MiB.
const KEPT_MODULES: usize = 4;

/// Largest module whose source map is made; its DWARF is several times as long.
const LARGEST_MAPPED: u64 = 64 << 20;

/// Modules of another server: more than a page can have missed.
const TOLD_MODULES: usize = 64;

/// One Go function on a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoFrame {
    /// Such as `main.(*Board).Step`.
    pub function: String,
    /// Where in it; unknown without DWARF.
    pub position: Option<Position>,
}

/// Answers for every module that was published and is still in the cache, also by an earlier process. A
/// patch of a running module is a module with a hash of its own, and needs nothing else.
pub struct Symbolizer {
    blobs: BlobStore,
    cache: PathBuf,
    /// Newest last. Held for a lookup only, which takes microseconds once a module is parsed.
    parsed: Mutex<Vec<(ContentHash, Arc<Mutex<Parsed>>)>>,
    /// Modules that were built elsewhere, and their symbols; newest last.
    told: Mutex<VecDeque<(ContentHash, ContentHash)>>,
    /// What is being written of modules.
    keeping: Arc<Keeping>,
}

impl std::fmt::Debug for Symbolizer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Symbolizer").field("cache", &self.cache).finish_non_exhaustive()
    }
}

struct Parsed {
    names: Vec<(u32, String)>,
    code_start: u64,
    dwarf: Option<Dwarf>,
    /// The module is not as the compiler wrote it.
    remade: Option<Remade>,
}

impl Symbolizer {
    /// Over the store and the cache folder of a `Builder` of another process.
    pub fn new(blobs: BlobStore, cache: PathBuf) -> Self {
        Self::with(blobs, cache, Arc::default())
    }

    /// Of a `Builder` of this process, whose writing is waited for.
    pub(super) fn with(blobs: BlobStore, cache: PathBuf, keeping: Arc<Keeping>) -> Self {
        Self { blobs, cache, parsed: Mutex::new(Vec::new()), told: Mutex::default(), keeping }
    }

    /// `module` was built elsewhere, and its symbols are in the store.
    pub fn knows(&self, module: ContentHash, symbols: Option<ContentHash>) {
        let Some(symbols) = symbols else { return };
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if !told.contains(&(module, symbols)) {
            told.push_back((module, symbols));
            if told.len() > TOLD_MODULES {
                told.pop_front();
            }
        }
    }

    fn symbols_of(&self, module: ContentHash) -> Vec<ContentHash> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        match told.iter().find(|(known, _)| *known == module) {
            Some((_, symbols)) => vec![*symbols],
            None => symbols_of(&self.cache, module),
        }
    }

    /// The Go functions at (function index, byte offset in the module), in the order given; one place may give
    /// several frames when functions were inlined. Blocks while an unknown module is read: call it off the async threads.
    pub fn frames(&self, module: ContentHash, places: &[(u32, u64)]) -> Vec<GoFrame> {
        let Some(parsed) = self.parsed(module) else {
            let unknown = |(index, _): &(u32, u64)| GoFrame {
                function: format!("wasm-function[{index}]"),
                position: None,
            };
            return places.iter().map(unknown).collect();
        };
        let parsed = parsed.lock().unwrap_or_else(PoisonError::into_inner);
        places.iter().flat_map(|&(index, offset)| parsed.frames(index, offset)).collect()
    }

    /// The Go lines of a module as a source map with the texts that it was made from; `shown` says how a file is called
    /// by people. `None` for a module without lines, or none of whose texts are known. Blocks for tens to hundreds of
    /// milliseconds.
    pub fn source_map(&self, module: ContentHash, shown: &dyn Fn(&Path) -> String) -> Option<Vec<u8>> {
        self.keeping.wait(module);
        if std::fs::metadata(self.blobs.path(module)).ok()?.len() > LARGEST_MAPPED {
            return None;
        }
        let texts = SourceTexts::of(module, &self.cache)?;
        let read = |(path, hash): (PathBuf, ContentHash)| {
            let text = std::fs::read(self.blobs.path(hash)).ok()?;
            // The same name with another text would be one file to the browser: what a patch was made from is another
            // one than what it is applied to.
            let folder =
                if texts.patch { format!("patched/{}/", &hash.to_string()[..8]) } else { String::new() };
            let name = format!("go:///{folder}{}", shown(&path));
            Some((path, Source { name, text: String::from_utf8_lossy(&text).into_owned() }))
        };
        let (files, sources): (Vec<_>, Vec<_>) = texts.files.clone().into_iter().filter_map(read).unzip();
        let parsed = self.parse(module)?;
        source_map::document(&sources, parsed.mappings(&Sources::of(files.iter())))
    }

    fn parsed(&self, module: ContentHash) -> Option<Arc<Mutex<Parsed>>> {
        let mut kept = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        let found = match kept.iter().position(|(hash, _)| *hash == module) {
            Some(index) => kept.remove(index).1,
            None => Arc::new(Mutex::new(self.parse(module)?)),
        };
        kept.push((module, Arc::clone(&found)));
        if kept.len() > KEPT_MODULES {
            kept.remove(0);
        }
        Some(found)
    }

    fn parse(&self, module: ContentHash) -> Option<Parsed> {
        let symbols = self.symbols_of(module);
        let read = |hash: &ContentHash| std::fs::read(self.blobs.path(*hash)).ok();
        let bytes = read(&module);
        let mut originals: Vec<Vec<u8>> = symbols.iter().filter_map(read).collect();
        let code = |bytes: &[u8]| {
            let outline = Outline::read(bytes).ok()?;
            Some(ContentHash::of(bytes.get(outline.code?)?))
        };
        let same = |original: &Vec<u8>| {
            bytes.as_ref().is_none_or(|bytes| code(bytes).is_some() && code(bytes) == code(original))
        };
        if let [original] = originals.as_slice()
            && same(original)
        {
            return Parsed::read(original, function_names(original), None);
        }
        // Patches travel without names; they are kept beside them.
        let named = originals.iter().position(same).map(|position| originals.remove(position));
        let bytes = bytes?;
        let names = function_names(named.as_ref().unwrap_or(&bytes));
        let originals: Vec<Original> = originals.into_iter().filter_map(Original::read).collect();
        let remade = (!originals.is_empty()).then(|| Remade {
            added: added(&names),
            bodies: bodies(&bytes),
            imported: Outline::read(&bytes).map_or(0, |outline| outline.imported_functions),
            bytes: bytes.clone(),
            originals,
        });
        Parsed::read(&bytes, names, remade)
    }
}

impl Parsed {
    fn read(bytes: &[u8], names: Vec<(u32, String)>, remade: Option<Remade>) -> Option<Self> {
        let outline = Outline::read(bytes).ok()?;
        Some(Self {
            names,
            code_start: outline.code.as_ref()?.start as u64,
            dwarf: Dwarf::read(bytes, &outline),
            remade,
        })
    }

    fn mappings(&self, sources: &Sources) -> Vec<Mapping> {
        if let Some(remade) = &self.remade {
            return remade.mappings(&self.names, sources);
        }
        let (mut ends, mut found) = (Vec::new(), Vec::new());
        let offset = |address: u64| usize::try_from(self.code_start + address).unwrap_or(usize::MAX);
        for row in self.dwarf.iter().flat_map(Dwarf::rows) {
            // Behind it is nobody's code, unless the next row follows at once and is said later.
            ends.push(Mapping { offset: offset(row.end), place: None });
            found.push(Mapping { offset: offset(row.address), place: sources.place(&row) });
        }
        ends.append(&mut found);
        ends
    }

    fn frames(&self, index: u32, offset: u64) -> Vec<GoFrame> {
        let named = self.names.binary_search_by_key(&index, |(index, _)| *index);
        let named = named.ok().map(|found| self.names[found].1.as_str());
        let shown = named.map(shown_name);
        if shown == Some(None) {
            return Vec::new();
        }
        // All that a patch says itself of its functions is its number.
        let shown = shown.flatten().filter(|name| !name.is_empty());
        let by_index = || shown.map_or_else(|| format!("wasm-function[{index}]"), readable);
        if let (Some(remade), Some(name)) = (&self.remade, shown) {
            let position = remade.places(name, index, offset).pop().and_then(|place| place.position);
            return vec![GoFrame { function: by_index(), position }];
        }
        // DWARF of WebAssembly counts from the start of the code section's contents.
        let places = match (&self.dwarf, offset.checked_sub(self.code_start)) {
            (Some(dwarf), Some(address)) => dwarf.places(address),
            _ => Vec::new(),
        };
        if places.is_empty() {
            return vec![GoFrame { function: by_index(), position: None }];
        }
        let named = |place: Place| GoFrame {
            function: place.function.as_deref().map_or_else(by_index, readable),
            position: place.position,
        };
        places.into_iter().map(named).collect()
    }
}
