//! Which functions are looked at, and what each says about memory.

use std::collections::BTreeMap;

use wasmparser::ValType;

use super::outline::{Kind, Outline};
use super::{Allocator, Known};

/// What calls of a function say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Probe {
    /// Takes a size and gives an address.
    Allocates,
    /// As Go's functions do it, whose parameters lie on a stack in memory: sizes above this count, the others are
    /// counted by a function that this one calls.
    AllocatesOnStack {
        above: i64,
    },
    /// Collects, and gives the bytes that are free then.
    Collects,
    /// Is told, by the collector, that room is free.
    Frees,
    /// Is told how many bytes live, as Go's functions are told something.
    IsToldLive,
    /// Can make the memory larger.
    Grows,
    /// Those of C.
    Takes,
    TakesMany,
    TakesAgain,
    Releases,
}

/// By the function's index.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) probes: BTreeMap<u32, Vec<Probe>>,
    pub(super) known: Known,
}

/// Go: the largest size that has an allocator of its own (`gc.MinSizeForMallocHeader`: as many words as a word has bits).
const SMALL: i64 = 512;

const WORD: &[ValType] = &[ValType::I32];

impl Plan {
    pub(super) fn of(outline: &Outline) -> Self {
        let mut probes = BTreeMap::<u32, Vec<Probe>>::new();
        let mut put = |name: &str, probe: Probe| {
            let Some(index) = outline.names.get(name) else { return false };
            let fits = outline.function(*index).is_some_and(|(_, kind)| probe.fits(kind, outline));
            if fits {
                probes.entry(*index).or_default().push(probe);
            }
            fits
        };
        let pairs = [
            ("malloc", Probe::Takes),
            ("calloc", Probe::TakesMany),
            ("realloc", Probe::TakesAgain),
            ("free", Probe::Releases),
        ];
        let mut known = Known::default();
        if put("runtime.alloc", Probe::Allocates) {
            known.allocator = Some(Allocator::TinyGo);
            known.collections = put("runtime.runGC", Probe::Collects);
            known.frees = known.collections && put("runtime.insertFreeRange", Probe::Frees);
        } else if outline.names.contains_key("runtime.mallocgc") {
            let small = outline.names.keys().filter(|name| is_small_of_go(name)).cloned().collect::<Vec<_>>();
            let small = small.iter().filter(|name| put(name, Probe::AllocatesOnStack { above: 0 })).count();
            let above = if small > 0 { SMALL } else { 0 };
            if put("runtime.mallocgc", Probe::AllocatesOnStack { above }) {
                known.allocator = Some(Allocator::Go);
            }
            known.collections = put("runtime.__gcControllerState_.resetLive", Probe::IsToldLive)
                || put("runtime.(*gcControllerState).resetLive", Probe::IsToldLive);
        }
        let pairs = pairs.map(|(name, probe)| put(name, probe));
        known.pairs = pairs[0] && pairs[3];
        if known.allocator.is_none() && pairs[0] {
            known.allocator = Some(Allocator::Malloc);
            known.frees = pairs[3];
        }
        for (place, function) in (0..).zip(&outline.functions) {
            let index = outline.imported_functions + place;
            if function.grows && outline.has_memory && outline.function(index).is_some() {
                probes.entry(index).or_default().push(Probe::Grows);
            }
        }
        Self { probes, known }
    }
}

/// Allocators of one class of sizes, which compilers since Go 1.26 call by themselves.
fn is_small_of_go(name: &str) -> bool {
    let after = |prefix: &str| name.strip_prefix(prefix).is_some_and(is_number);
    after("runtime.mallocgcSmallScanNoHeaderSC")
        || after("runtime.mallocgcSmallNoScanSC")
        || after("runtime.mallocgcTinySize")
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Probe {
    /// Whether a function of this type can be looked at so.
    fn fits(self, kind: &Kind, outline: &Outline) -> bool {
        let Kind { parameters, results } = kind;
        let begins = |words: usize| {
            parameters.len() >= words && parameters[..words].iter().all(|kind| *kind == ValType::I32)
        };
        match self {
            Self::Allocates | Self::Takes => begins(1) && results == WORD,
            Self::TakesMany | Self::TakesAgain => begins(2) && results == WORD,
            Self::AllocatesOnStack { .. } | Self::IsToldLive => {
                parameters == WORD && results == WORD && outline.has_stack_pointer && outline.has_memory
            }
            Self::Collects => results == WORD,
            Self::Frees => begins(2),
            Self::Releases => begins(1),
            Self::Grows => true,
        }
    }
}
