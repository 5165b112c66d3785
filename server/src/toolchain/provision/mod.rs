//! Makes tools in the user's cache folder from Go modules and the LLVM of the system: a TinyGo, and the warm compiler,
//! which has TinyGo's packages in it and reads its sources.
//!
//! TinyGo's own release archive is not fetched: the module proxy and the system's packages are sources that are
//! verified already. What the module lacks (`lib/wasi-libc`, `src/net`) comes from the system and from Go.

mod step;
mod error;
mod ingredients;
mod kitchen;
mod shelf;
mod recipe;
mod mend;
mod make;
mod sources;
mod warm;
#[cfg(test)]
pub(super) mod tests;

pub use error::ProvisionError;
pub(super) use ingredients::Ingredients;
pub(super) use kitchen::Kitchen;
pub(super) use make::{find as find_tinygo, make as make_tinygo};
pub use step::{Product, Step};
pub(super) use warm::{find as find_warm_compiler, make as make_warm_compiler};
