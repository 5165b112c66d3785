//! What has become of a module since it was started: the patches on it, in order.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::content::ContentHash;

/// Functions that take the place of others in a running module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// Higher than that of each patch before it on the same base, and no other patch of that base ever had it.
    pub number: u32,
    /// Number of the patch before it; 0: it is the first.
    pub follows: u32,
    /// A WebAssembly module.
    pub module: Bytes,
    /// Its hash.
    pub hash: ContentHash,
    /// Entries of the base's function table before it.
    pub table_length: u32,
    /// Entries that it adds.
    pub table_growth: u32,
    /// Addresses in the base's memory and what is written there once the module is instantiated.
    pub writes: Vec<(u32, Bytes)>,
    /// The module exports `initialize`, which computes initial values of new variables.
    pub has_initializer: bool,
    /// Address of the head of the runtime's chain of stack frames.
    pub stack_chain: u32,
    /// Full names of the functions that are other ones now.
    pub functions: Vec<String>,
    /// What stays as it was although the text has changed.
    pub notes: Vec<String>,
}

impl Patch {
    /// Bytes that travel: the module and what is written.
    pub fn size(&self) -> u64 {
        let writes: usize = self.writes.iter().map(|(_, content)| 4 + content.len()).sum();
        (self.module.len() + writes) as u64
    }
}

/// A module that runs on pages, and how it becomes the newest text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    /// The module that was started.
    pub base: ContentHash,
    /// In their order.
    pub patches: Vec<Patch>,
}

impl Lineage {
    /// Patches after that of `number`; `None` when there is none of it: a page that has it runs something else.
    pub fn after(&self, number: u32) -> Option<&[Patch]> {
        let known = || self.patches.iter().position(|patch| patch.number == number);
        let begin = if number == 0 { 0 } else { known()? + 1 };
        self.patches.get(begin..)
    }

    /// What `patches` replace, in a few words: the name of one function, or how many.
    pub fn summary(patches: &[Patch]) -> String {
        let mut names: Vec<&str> =
            patches.iter().flat_map(|patch| &patch.functions).map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        match names.as_slice() {
            [] => "nothing that is called".to_owned(),
            [name] => (*name).to_owned(),
            names => format!("{} functions", names.len()),
        }
    }
}
