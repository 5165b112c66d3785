//! Why a guest does not get what it asked for: a number of wasi-nn, and words.

/// In the order of wasi-nn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Errno {
    InvalidArgument = 1,
    InvalidEncoding = 2,
    MissingMemory = 3,
    RuntimeError = 5,
    UnsupportedOperation = 6,
    TooLarge = 7,
    NotFound = 8,
}

/// Bytes of words that are kept: those of the runtime may quote what a guest gave.
const MOST_WORDS: usize = 1024;

/// The guest goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) errno: Errno,
    pub(crate) words: String,
}

impl Refusal {
    pub(crate) fn new(errno: Errno, words: impl Into<String>) -> Self {
        let mut words = words.into();
        words.truncate(words.floor_char_boundary(MOST_WORDS));
        Self { errno, words }
    }

    pub(crate) fn invalid(words: impl Into<String>) -> Self {
        Self::new(Errno::InvalidArgument, words)
    }

    pub(crate) fn too_large(words: impl Into<String>) -> Self {
        Self::new(Errno::TooLarge, words)
    }
}
