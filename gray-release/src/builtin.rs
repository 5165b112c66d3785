//! The flags that the server itself asks for.

use crate::fault::Fault;
use crate::flag::Flag;
use crate::kind::Kind;
use crate::percent::Percent;
use crate::value::{LARGEST_INTEGER, LONGEST_TEXT, Value};

/// Names of [`crate::Channel`]s.
pub(crate) const CHANNELS: &[&str] = &["stable", "candidate"];

/// A flag that is there in every document. Its default changes nothing; killed, it takes the cautious value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Builtin {
    /// Most disruptive level of the ladder that a client may get; what needs more is held back.
    HighestLevel,
    /// Least disruptive level that a client may get; what would be less is done by a module swap or reload.
    LowestLevel,
    /// Most bytes of a hot patch; a larger one is replaced by a module swap. 0: no hot patches.
    LargestHotPatch,
    /// May the client follow syntax trees?
    Trees,
    /// Which release the client gets.
    Channel,
    /// How many of 10,000 clients send measurements.
    Telemetry,
}

impl Builtin {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::HighestLevel,
        Self::LowestLevel,
        Self::LargestHotPatch,
        Self::Trees,
        Self::Channel,
        Self::Telemetry,
    ];

    /// The one with that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|builtin| builtin.name() == name)
    }

    /// As documents name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HighestLevel => "update.highest_level",
            Self::LowestLevel => "update.lowest_level",
            Self::LargestHotPatch => "hot_patch.largest_bytes",
            Self::Trees => "trees.enabled",
            Self::Channel => "release.channel",
            Self::Telemetry => "telemetry.sample",
        }
    }

    /// As it is in a document that does not mention it.
    pub fn flag(self) -> Flag {
        let (default, off) = self.values();
        Flag { kind: default.kind(), default, off, killed: false, rules: Vec::new() }
    }

    /// Default, and what everybody gets when it is killed.
    fn values(self) -> (Value, Value) {
        match self {
            Self::HighestLevel => (4.into(), 4.into()),
            // Without asset swaps and hot patches: whole modules stand for themselves.
            Self::LowestLevel => (1.into(), 3.into()),
            Self::LargestHotPatch => (LARGEST_INTEGER.into(), 0.into()),
            Self::Trees => (true.into(), false.into()),
            Self::Channel => ("stable".into(), "stable".into()),
            Self::Telemetry => (i64::from(Percent::ALL.hundredths()).into(), 0.into()),
        }
    }

    fn range(self) -> (i64, i64) {
        match self {
            Self::HighestLevel => (0, 4),
            Self::LowestLevel => (1, 4),
            Self::Telemetry => (0, i64::from(Percent::ALL.hundredths())),
            Self::LargestHotPatch | Self::Trees | Self::Channel => (0, LARGEST_INTEGER),
        }
    }
}

/// Is it a value that this flag can have? `builtin`: `None` for one that is not built in.
pub(crate) fn check_value(builtin: Option<Builtin>, kind: Kind, value: &Value) -> Result<(), Fault> {
    if value.kind() != kind {
        return Err(Fault::Kind { expected: kind, found: value.to_string().chars().take(40).collect() });
    }
    match value {
        Value::Bool(_) => Ok(()),
        Value::Integer(found) => {
            let (least, most) = builtin.map_or((-LARGEST_INTEGER, LARGEST_INTEGER), Builtin::range);
            let is_in = (least..=most).contains(found);
            if is_in { Ok(()) } else { Err(Fault::Range { least, most, found: *found }) }
        }
        Value::Text(text) if builtin == Some(Builtin::Channel) && !CHANNELS.contains(&text.as_str()) => {
            Err(Fault::Choice { choices: CHANNELS, found: text.chars().take(40).collect() })
        }
        Value::Text(text) if text.len() > LONGEST_TEXT => Err(Fault::Text { longest: LONGEST_TEXT }),
        Value::Text(_) => Ok(()),
    }
}
