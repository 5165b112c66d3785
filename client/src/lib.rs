//! A client of the browser protocol that is no browser: for tests, terminals and hubs.
//!
//! The protocol is described in `dev_server_proto`, and what a client must do by the vectors in `proto/vectors`, which
//! this one and that of the pages pass.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use dev_server_client::{Client, ClientEvent, Options};
//!
//! let address = "http://127.0.0.1:7700/?token=...".parse()?;
//! let mut client = Client::connect(Options { program: "counter".into(), ..Options::new(address) });
//! let mut runs = Default::default();
//! while let Some(event) = client.next().await {
//!     if let ClientEvent::Update(update) = event {
//!         let applied = update.done(&runs, 0);
//!         runs = applied.base.clone();
//!         client.speaker().applied(&update, applied).await?;
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! What a client guarantees to its program:
//!
//! - An [`Update`] fits what runs: order, base, chain and bytes of patches were checked. One that does not is refused, and
//!   from then on only a whole module is given out.
//! - One update at a time; what comes before it was answered is put together into one.
//! - Each event comes once and in order, over connections and restarts of the server, or is named as skipped.
//! - An order comes once, and diagnostics that were overtaken do not come, also from a hub that is behind the one before.
//! - Connections that are lost are opened again after a pause with a part of chance; a server that says to stay away is obeyed.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may panic"))]

mod address;
mod pause;
mod event;
mod standing;
mod combine;
mod newest;
mod following;
mod said;
mod options;
mod conversation;
mod socket;
mod web_socket;
mod driver;
mod client;

pub use address::{Address, AddressError};
pub use client::{Client, Ended, Speaker};
pub use event::{ClientEvent, Envelope, Happened, State, Told, Update};
pub use following::EventPlace;
pub use options::{Options, Timing};
pub use pause::Pauses;
pub use said::{Applied, Failed, Status};
pub use socket::{Connect, ConnectError, Lost, Received, Socket};
pub use standing::{Idle, Judgement, Position, Refusal, Standing};
pub use web_socket::{Tcp, WebSocket};
