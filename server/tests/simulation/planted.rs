//! Bugs that the simulation has to find. Each is in what the tests put around the product; the product has no switch.

/// One bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Planted {
    /// A hub shows an entry that came again after a newer one.
    OrderForgotten,
    /// A hub that was cut off shows what it had before, after what is new, from then on.
    StaleAfterPartition,
    /// A hub goes on with its log when the server that builds has begun another.
    EpochUnnoticed,
    /// A client that comes back says that it has one event more than it has.
    ResumeOffByOne,
    /// A client says that an update is applied, and then applies it.
    AcknowledgedEarly,
    /// Events and sequences are told first and written to the journal a moment later.
    JournalAfterTelling,
    /// The server that builds writes to the broker whatever was written last.
    Unconditional,
}

impl Planted {
    pub(crate) const ALL: [Self; 7] = [
        Self::OrderForgotten,
        Self::StaleAfterPartition,
        Self::EpochUnnoticed,
        Self::ResumeOffByOne,
        Self::AcknowledgedEarly,
        Self::JournalAfterTelling,
        Self::Unconditional,
    ];
}
