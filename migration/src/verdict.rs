//! What compilers for WASI make of a use, and what that means for who has written it.

/// What becomes of a use with one back end, as it was observed with real compilers and a real host.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Outcome {
    /// It is compiled, and does what it does on Linux with nothing allowed.
    Works,
    /// It does when the host gives it something: a folder, a variable.
    Given,
    /// It is compiled, and fails or does something else when it runs.
    Fails,
    /// It is not compiled.
    Refused,
}

impl Outcome {
    /// Name in the table of what was observed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Given => "given",
            Self::Fails => "fails",
            Self::Refused => "refused",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Works, Self::Given, Self::Fails, Self::Refused]
            .into_iter()
            .find(|outcome| outcome.name() == name)
    }
}

/// What a use means for a move. The later ones are worse.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// Nothing is to be done.
    Works,
    /// A flag of the run is needed.
    Flag,
    /// The source has to change; the remedy says how.
    Change,
    /// WASI has nothing in its place.
    Impossible,
}

impl Verdict {
    /// All of them, the best first.
    pub const ALL: [Self; 4] = [Self::Works, Self::Flag, Self::Change, Self::Impossible];

    /// For people, and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Flag => "works with a flag",
            Self::Change => "needs a change",
            Self::Impossible => "impossible",
        }
    }

    /// Part of the weight of its kind that such a use earns: a flag is a word in a command, a change is work.
    pub const fn credit(self) -> f64 {
        match self {
            Self::Works => 1.0,
            Self::Flag => 0.9,
            Self::Change => 0.4,
            Self::Impossible => 0.0,
        }
    }
}
