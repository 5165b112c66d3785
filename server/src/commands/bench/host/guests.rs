//! Small programs in the text format: what they do is known to the instruction.

use std::sync::Arc;

use wasm_host::{Compiled, Functions, Host, HostOptions};

use crate::guest::{Answering, GuestRequest, Heard};

use super::super::super::CommandError;
use super::failed;

/// Computes, and imports nothing.
pub(super) const PLAIN: &str = r#"(module (memory (export "memory") 1) (data (i32.const 0) "hello")
  (func (export "next") (param i32) (result i32) (i32.add (local.get 0) (i32.load8_u (i32.const 0)))))"#;

/// Imports WASI, and does without it in this call.
pub(super) const IDLE: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 0) "hello")
  (func (export "next") (param i32) (result i32) (i32.add (local.get 0) (i32.load8_u (i32.const 0)))))"#;

/// Never ends.
pub(super) const ENDLESS: &str =
    r#"(module (memory (export "memory") 1) (func (export "_start") (loop (br 0))))"#;

/// Bytes of an answer.
const ANSWER: usize = 1024;

/// A program that answers each request with `letter`, so many times, and computes for a while before.
pub(super) fn answering(letter: char, rounds: u32) -> String {
    let body: String = std::iter::repeat_n(letter, ANSWER).collect();
    // Length of the header, the header, the payload; and where that lies, for the call that writes.
    let [first, second, third, fourth] = (4 + 2 + ANSWER as u32).to_le_bytes();
    format!(
        r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\{first:02x}\{second:02x}\{third:02x}\{fourth:02x}")
  (data (i32.const 16) "\02\00\00\00{{}}{body}")
  (func (export "_start") (local $left i32)
    (local.set $left (i32.const {rounds}))
    (loop $again
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $again (local.get $left)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#
    )
}

/// What [`answering`] answers.
pub(super) fn is_answer_of(letter: char, body: &[u8]) -> bool {
    body.len() == ANSWER && body.iter().all(|byte| char::from(*byte) == letter)
}

/// A host as `serve` has one.
pub(super) fn host() -> Result<Host, CommandError> {
    Host::new(&HostOptions { guests: 64, ..HostOptions::default() }).map_err(failed)
}

pub(super) fn compiled(host: &Host, text: &str) -> Result<Compiled, CommandError> {
    let bytes = wat::parse_str(text).map_err(failed)?;
    host.module("guest", bytes).and_then(|created| created.compile(&Functions::new())).map_err(failed)
}

/// Answers requests with a module.
pub(super) fn answers(module: Compiled) -> Answering {
    let heard: Heard = Arc::new(|words| tracing::warn!(?words, "a guest"));
    let answering = Answering::new("guest".to_owned(), 64, heard);
    answering.install(module);
    answering
}

pub(super) fn request() -> GuestRequest {
    GuestRequest {
        method: "GET".to_owned(),
        path: "/".to_owned(),
        route: "/api".to_owned(),
        query: String::new(),
        headers: Vec::new(),
        body: bytes::Bytes::new(),
    }
}
