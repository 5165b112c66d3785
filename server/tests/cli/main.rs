//! The commands as a user runs them: the real binary, real compilers, a real browser.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod run;
mod running;
mod tail;
mod trace;
mod flags;
mod new;
mod pair;
mod build;
mod components;
mod guests;
mod host_module;
#[cfg(feature = "nn")]
mod inference;
mod compare;
mod profile;
mod leaks;
mod inspect;
mod assess;
mod doctor;
mod bench;
mod bench_diff;
mod bench_host;
mod hub;
mod backplane;
mod edge;
mod secure;
mod diff;
mod machine;
mod serving;
mod page;
mod operating;
mod tracing;
mod project;
mod settings;
mod tools;
mod limits;
