//! What a tool says about a pair, in the same units for all of them; what it does not say is left open.

/// One comparison by one tool.
#[derive(Debug)]
pub(super) struct Answer {
    /// Processor time in microseconds, also of a comparison that led to nothing.
    pub(super) spent: Option<f64>,
    /// What it found, or why it found nothing.
    pub(super) found: Result<Found, String>,
}

/// What a tool found.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// It says that nothing differs.
    pub(super) equal: Option<bool>,
    /// Size of the patch.
    pub(super) patch: Option<PatchSize>,
    /// The patch makes the new text, or tree, of the old one.
    pub(super) applies: Option<bool>,
    /// Operations of an edit script.
    pub(super) operations: Option<usize>,
    /// Lines that are marked, old and new.
    pub(super) lines: Option<usize>,
    /// Names and literals that are marked, old and new.
    pub(super) words: Option<usize>,
}

/// In bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PatchSize {
    /// As it would be stored.
    pub(super) whole: usize,
    /// Without what only says what it is and what it is for: magic numbers, checksums, roots.
    pub(super) bare: usize,
}

impl Answer {
    pub(super) fn new(spent: f64, found: Found) -> Self {
        Self { spent: Some(spent), found: Ok(found) }
    }

    pub(super) fn failed(spent: Option<f64>, reason: impl Into<String>) -> Self {
        Self { spent, found: Err(reason.into()) }
    }
}
