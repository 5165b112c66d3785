//! The client against the other end of its socket, which a test holds: real WebSockets over memory.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod server;
mod vectors;
mod connections;
mod answers;
mod tcp;
