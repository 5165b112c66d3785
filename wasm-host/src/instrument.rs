//! Puts wrappers around functions that are known by name, so that the host sees what a program allocates, what its
//! collector finds, and when its memory grows.
//!
//! No index of the module changes: a wrapped function's body is copied behind all others, and a wrapper takes its
//! place. The host is reached through a table of its own, since another import would move every function by one. So
//! all code but that of wrappers is as it was, byte for byte, and a place in it is told in the module as it was built
//! ([`Instrumented::original`]), where DWARF and names are.

mod probe;
mod wrapper;
mod outline;
mod rewrite;

use std::ops::Range;
use std::sync::Arc;

use crate::error::Error;
use crate::go_stack::GoStack;

use outline::Outline;
use probe::Plan;

/// What the host and the wrappers share: all of them are exports that are added.
pub(crate) const HOOK: &str = "dev-server:hook";
pub(crate) const LEFT: &str = "dev-server:left";
pub(crate) const ARMED: &str = "dev-server:armed";
/// Of Go only: its stack pointer.
pub(crate) const STACK: &str = "dev-server:stack";

/// The first argument of a hook says what has happened.
pub(crate) mod event {
    /// Size and address of an object, and what was allocated so far; the answer is how many bytes are not looked at.
    pub(crate) const ALLOCATED: i32 = 0;
    /// A collection begins.
    pub(crate) const COLLECTING: i32 = 1;
    /// Address and length, in units of the collector, of room that is free. Within a collection.
    pub(crate) const FREE: i32 = 2;
    /// It has ended: bytes that are free, and what was allocated so far.
    pub(crate) const COLLECTED: i32 = 3;
    /// It has ended: bytes that live, and what was allocated so far.
    pub(crate) const MARKED: i32 = 4;
    /// Memory may have grown.
    pub(crate) const GREW: i32 = 5;
    /// Size and address of what somebody has to release.
    pub(crate) const TAKEN: i32 = 6;
    /// Its address.
    pub(crate) const RELEASED: i32 = 7;
}

/// Whose allocator a module has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocator {
    /// `runtime.alloc`.
    TinyGo,
    /// `runtime.mallocgc` and the functions for small sizes that stand for it.
    Go,
    /// `malloc`: C and its relatives.
    Malloc,
}

/// What can be known of a module's memory, by the functions that were found in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known {
    /// Whose allocations are seen; `None` when there are none, or functions have no names.
    pub allocator: Option<Allocator>,
    /// Which objects were freed is seen too.
    pub frees: bool,
    /// Ends of collections are seen, with what lives then.
    pub collections: bool,
    /// Calls of `malloc` and `free`.
    pub pairs: bool,
}

/// A module with wrappers in it.
#[derive(Debug)]
pub(crate) struct Rewritten {
    pub(crate) bytes: Vec<u8>,
    pub(crate) moves: Moves,
    pub(crate) known: Known,
    pub(crate) unwinding: Option<Unwinding>,
}

/// How callers are found that are not on the WebAssembly stack: of modules of Go's own compiler.
#[derive(Debug, Clone)]
pub struct Unwinding(pub(crate) Arc<GoStack>);

/// Where code is that was somewhere else before.
#[derive(Debug, Clone, Default)]
pub struct Moves {
    /// In ascending order: where it is now, and where it was; `None` for what was not there.
    parts: Vec<(Range<u32>, Option<u32>)>,
}

impl Moves {
    /// Offset in the module as it was built. `None`: of a wrapper.
    pub fn original(&self, offset: u32) -> Option<u32> {
        if self.parts.is_empty() {
            return Some(offset);
        }
        let place = self.parts.partition_point(|(now, _)| now.end <= offset);
        let (now, before) = self.parts.get(place)?;
        let within = offset.checked_sub(now.start)?;
        before.map(|before| before + within)
    }
}

/// For a core module; without `memory` no function gets a wrapper. Functions that are not found, or that are of other
/// types than expected, are left as they are.
pub(crate) fn instrument(module: &str, bytes: &[u8], memory: bool) -> Result<Rewritten, Error> {
    let wrong = |at: usize, detail: String| Error::Invalid { module: module.to_owned(), at, detail };
    let outline = Outline::read(bytes).map_err(|error| wrong(error.offset(), error.message().to_owned()))?;
    if let Some(name) =
        [HOOK, LEFT, ARMED, STACK].iter().find(|name| outline.exports.iter().any(|own| own == *name))
    {
        let detail = format!("it exports `{name}`, a name of this host's own");
        return Err(Error::NotObserved { module: module.to_owned(), detail });
    }
    let plan = if memory { Plan::of(&outline) } else { Plan::default() };
    let told = |error: wasmparser::BinaryReaderError| wrong(error.offset(), error.message().to_owned());
    let (bytes, moves) = rewrite::rewritten(bytes, &outline, &plan).map_err(told)?;
    let wrapped = plan.probes.keys().copied().collect();
    let stack = if outline.has_stack_pointer { GoStack::read(&bytes, wrapped).map_err(told)? } else { None };
    let unwinding = stack.map(|stack| Unwinding(Arc::new(stack)));
    Ok(Rewritten { bytes, moves, known: plan.known, unwinding })
}

#[cfg(test)]
mod tests;
