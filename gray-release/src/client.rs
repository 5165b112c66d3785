//! A client as flags see it.

use crate::client_id::ClientId;
use crate::device::Device;

/// Everything that an evaluation looks at.
#[derive(Debug, Clone, Copy)]
pub struct Client<'a> {
    /// Chooses its buckets.
    pub id: &'a ClientId,
    /// What it says about its machine.
    pub device: &'a Device,
    /// The program whose page it shows, as the server knows it.
    pub program: &'a str,
}
