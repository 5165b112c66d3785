//! A broker of the simulated network, which keeps to the rules of JetStream that the product relies on.

mod kept;
mod message;
mod host;
mod remote;

pub(crate) use host::{Disk, PORT, run};
pub(crate) use remote::Remote;
