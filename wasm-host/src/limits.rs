//! What a guest may use.

use std::time::Duration;

/// Every guest has limits; the defaults suit an HTTP request of a development server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all linear memories together, and of tensors that the host holds for it. A `memory.grow` beyond it is refused
    /// (-1), which most programs turn into an out-of-memory panic.
    pub memory: usize,
    /// Elements of all tables together; refused as memory is.
    pub table_elements: usize,
    /// Linear memories, tables and instances of one guest. A component has several of each.
    pub memories: usize,
    pub tables: usize,
    pub instances: usize,
    /// Time a call may compute. Waiting is free; looked at once a tick of the host.
    pub busy: Duration,
    /// Time a call may take, waiting included, of the real clock also when the guest has a virtual one.
    pub lifetime: Duration,
    /// Calls from the guest to the host in one call, those of WASI included.
    pub host_calls: u64,
    /// Bytes of a request's body that a handler may read; one that is longer is not answered.
    pub request_bytes: u64,
    /// Bytes of the body that it may answer with.
    pub response_bytes: u64,
    /// Bytes of headers, and of trailers, that it may make; each counts some 40 more than are sent.
    pub header_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 256 << 20,
            table_elements: 100_000,
            memories: 4,
            tables: 8,
            instances: 32,
            busy: Duration::from_secs(5),
            lifetime: Duration::from_secs(30),
            host_calls: 1_000_000,
            request_bytes: 64 << 20,
            response_bytes: 64 << 20,
            header_bytes: 64 << 10,
        }
    }
}
