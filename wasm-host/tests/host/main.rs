//! Guests as their callers see them: small ones written by hand, and real ones of Go and TinyGo.

#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::disallowed_methods, reason = "compilers of this machine, in its own environment")]

#[path = "../compilers/mod.rs"]
mod compilers;
mod at_once;
mod commands;
mod components;
mod functions;
mod hostile;
mod hostile_http;
mod http;
mod libraries;
mod recording;
mod sleeping;
mod swapping;
mod toolchains;

use std::sync::LazyLock;

use wasm_host::{Compiled, Done, Error, Functions, Host, HostOptions, Setup};

/// One for all tests, as in a server: guests of other tests are its neighbours.
pub(crate) static HOST: LazyLock<Host> =
    LazyLock::new(|| Host::new(&HostOptions { guests: 64, ..HostOptions::default() }).unwrap());

pub(crate) fn compile(text: &str) -> Result<Compiled, Error> {
    compile_with(text, &Functions::new())
}

pub(crate) fn compile_with(text: &str, functions: &Functions) -> Result<Compiled, Error> {
    HOST.module("guest", wat::parse_str(text).unwrap())?.compile(functions)
}

/// Runs a program of preview 1 to its end.
pub(crate) async fn run(text: &str, setup: Setup) -> Done {
    compile(text).unwrap().run(setup).await.unwrap()
}
