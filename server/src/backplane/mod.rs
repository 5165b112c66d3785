//! From one server that builds to any number of hubs that serve, through a broker.
//!
//! What is true is a state: the broker keeps the newest of each program, and what was overtaken is gone. What happens is
//! a log. Modules and files lie in the broker's object store by their hash. A hub has the epoch, the sequences and the
//! numbers of the server that builds, so that a client goes from one hub to another and misses nothing. The broker is
//! not believed: every entry bears a keyed hash over its place and its content, and every blob is compared with its name.

mod key;
mod broker;
mod nats;
mod patience;
mod picture;
mod entry;
mod report;
mod announce;
mod follow;
mod local;

pub use announce::{Announced, announce};
pub use broker::{Broker, BrokerError, Extent, Follows, Kept, Promise, Reading, Written};
pub use entry::About;
pub use follow::{Change, Follower, Newest, about, flags, follow};
pub use key::{BackplaneKey, KeyError};
pub use local::LocalBroker;
pub use nats::Nats;
pub use report::{Heard, report};

#[cfg(test)]
mod tests;
