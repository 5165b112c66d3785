//! Bytes known by their hash: the only names under which anything is served or cached.

mod hash;
mod store;

pub use hash::{ContentHash, ParseHashError};
pub use store::{BlobStore, StoreError};
