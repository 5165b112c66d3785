//! What the server does for one client: the values of the built-in flags.

use crate::bucket::bucket;
use crate::builtin::Builtin;
use crate::client::Client;
use crate::document::Document;
use crate::value::Value;

/// Other clients send measurements than those that a rule of the flag begins with.
const TELEMETRY_SALT: &str = "telemetry.sample, clients";

/// Which release a client gets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Channel {
    /// The one that is known to be good.
    Stable,
    /// The one that is on trial.
    Candidate,
}

/// All built-in flags for one client. To be made anew when the document or the client's attributes change, and compared
/// with the last one: only a client whose treatment differs is to be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Treatment {
    /// Most disruptive level of the ladder; see [`Treatment::permit`].
    pub highest_level: u8,
    /// Least disruptive level of the ladder; see [`Treatment::permit`].
    pub lowest_level: u8,
    /// Most bytes of a hot patch; 0: none.
    pub largest_hot_patch: u64,
    /// May it follow syntax trees?
    pub trees: bool,
    /// Which release it gets.
    pub channel: Channel,
    /// Is it one that sends measurements?
    pub telemetry: bool,
}

impl Treatment {
    pub(crate) fn of(document: &Document, client: &Client<'_>) -> Self {
        // A document holds all of them, each with its type and within its range.
        let integer = |flag: Builtin| match document.evaluate(flag.name(), client).map(|answer| answer.value)
        {
            Some(Value::Integer(value)) => *value,
            _ => 0,
        };
        let is_candidate = document.text(Builtin::Channel.name(), client, "") == "candidate";
        Self {
            highest_level: integer(Builtin::HighestLevel) as u8,
            lowest_level: integer(Builtin::LowestLevel) as u8,
            largest_hot_patch: integer(Builtin::LargestHotPatch).unsigned_abs(),
            trees: document.boolean(Builtin::Trees.name(), client, false),
            channel: if is_candidate { Channel::Candidate } else { Channel::Stable },
            telemetry: i64::from(bucket(TELEMETRY_SALT, client.id)) < integer(Builtin::Telemetry),
        }
    }
}
