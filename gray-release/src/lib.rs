//! Which clients get what, and when a release goes further or back. Pure: no files, no clock, no network.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may panic"))]

mod client_id;
mod bucket;
mod percent;
mod name;
mod device;
mod client;
mod kind;
mod value;
mod versions;
mod condition;
mod rule;
mod fault;
mod builtin;
mod flag;
mod answer;
mod cohort;
mod document;
mod treatment;
mod permit;
mod file;
mod difference;
mod refusal;
mod change;
mod replace;
mod clause;
mod words;
mod histogram;
mod counts;
mod evidence;
mod alone;
mod latency;
mod plan;
mod reason;
mod decision;
mod trial;

pub use answer::{Answer, Why};
pub use bucket::{BUCKETS, bucket};
pub use builtin::Builtin;
pub use change::{Change, Revised};
pub use client::Client;
pub use client_id::{ClientId, ClientIdError, LONGEST_CLIENT_ID};
pub use cohort::Cohort;
pub use condition::{Condition, LARGEST_SET};
pub use counts::Counts;
pub use decision::Decision;
pub use device::{
    Device, DeviceError, DeviceReport, LONGEST_ATTRIBUTE_NAME, LONGEST_ATTRIBUTE_VALUE, LONGEST_DEVICE_NAME,
    MOST_ATTRIBUTES,
};
pub use difference::Difference;
pub use document::{Document, MOST_FLAGS};
pub use fault::{DocumentError, Fault};
pub use file::{Format, LONGEST_DOCUMENT};
pub use flag::{Flag, MOST_RULES};
pub use histogram::Histogram;
pub use kind::Kind;
pub use percent::{Percent, PercentError};
pub use permit::Permit;
pub use plan::{Plan, PlanError};
pub use reason::RollBackReason;
pub use refusal::ChangeError;
pub use rule::{LONGEST_SALT, Rule};
pub use treatment::{Channel, Treatment};
pub use trial::Trial;
pub use value::{LARGEST_INTEGER, LONGEST_TEXT, Value};
pub use versions::{VersionRange, Versions};
pub use words::WordsError;
