//! What a use is about, and how much that counts.

/// What a use is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// Files, streams, the network.
    Io,
    /// What only a system has: processes, signals, users, calls by number, C, assembly.
    System,
    /// Clocks, timers, waiting, and what runs at the same time.
    Timing,
    /// What has no weight of its own: the language and libraries that need nothing of the outside.
    Other,
}

impl Kind {
    /// All of them, the heaviest first.
    pub const ALL: [Self; 4] = [Self::Io, Self::System, Self::Timing, Self::Other];

    /// For people, and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Io => "io",
            Self::System => "system calls",
            Self::Timing => "timing",
            Self::Other => "other",
        }
    }

    /// Percent of the score.
    pub const fn weight(self) -> u32 {
        match self {
            Self::Io => 40,
            Self::System => 35,
            Self::Timing => 25,
            Self::Other => 0,
        }
    }
}
