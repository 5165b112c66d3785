//! Modules made suspendable do what they did before, wherever they are suspended.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::cast_possible_wrap, reason = "the numbers of a test program are small")]
#![expect(
    clippy::disallowed_methods,
    reason = "tests start node and compilers, which the product does elsewhere"
)]

mod random;
mod program;
mod body;
mod node;
mod random_programs;
mod differential;
mod small;
mod analysis;
mod refusals;
mod slots;
