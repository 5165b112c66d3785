//! What limits an answer, as data.

use serde::Serialize;

/// Something that the reader of an answer should know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// The name section cannot be read from this byte of the file on.
    NamesBroken { offset: u64 },
    /// So many names are of functions that are not there.
    NamesOfNothing { names: usize },
    /// Nothing says what functions are called.
    NoNames,
    /// There is no debug information.
    NoDwarf,
    /// There is, and from some place on it makes no sense.
    DwarfBroken { detail: String },
    /// Go's own tables stand in for the names and lines that the module lacks.
    TablesOfGo,
    /// The compiler has noted lines of calls only: what lies between has that of the next one.
    LinesOfCalls,
    /// Lines are from the compiler's own listing of the package.
    LinesOfListing,
    /// There is a listing, and its instructions are not those of the module.
    ListingDiffers,
    /// Nothing says which lines instructions came from.
    NoLines,
    /// What stands at this byte of the file is no instruction.
    Undecodable { offset: u64 },
    /// The function goes on from this byte of the file, and is too long to be shown.
    TooLong { offset: u64 },
    /// A tool has rewritten the module after the compiler: where variables are was not kept.
    Rewritten,
}
