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

/// The same without work, as a component that answers HTTP: a body with its length in a header.
pub(super) fn answering_http(letter: char) -> Result<Vec<u8>, CommandError> {
    let body: String = std::iter::repeat_n(letter, ANSWER).collect();
    let length = ANSWER.to_string();
    let text = format!(
        r#"(module
  (import "wasi:http/types@0.2.0" "[constructor]fields" (func $fields (result i32)))
  (import "wasi:http/types@0.2.0" "[method]fields.append" (func $append (param i32 i32 i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[constructor]outgoing-response" (func $response (param i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-response.body" (func $body (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[static]response-outparam.set"
    (func $set (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-body.write" (func $stream (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[static]outgoing-body.finish" (func $finish (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush"
    (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.0" "[resource-drop]output-stream" (func $drop_stream (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "content-length{length}content-typetext/plain{body}")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65024))
  (func (export "wasi:http/incoming-handler@0.2.0#handle") (param $request i32) (param $out i32)
    (local $fields i32) (local $response i32) (local $body i32) (local $stream i32)
    (local.set $fields (call $fields))
    (call $append (local.get $fields) (i32.const 1024) (i32.const 14) (i32.const 1038) (i32.const {digits})
      (i32.const 32))
    (call $append (local.get $fields) (i32.const {kind}) (i32.const 12) (i32.const {text}) (i32.const 10)
      (i32.const 32))
    (local.set $response (call $response (local.get $fields)))
    (call $body (local.get $response) (i32.const 16))
    (local.set $body (i32.load (i32.const 20)))
    (call $set (local.get $out) (i32.const 0) (local.get $response) (i32.const 0) (i64.const 0)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
    (call $stream (local.get $body) (i32.const 16))
    (local.set $stream (i32.load (i32.const 20)))
    (call $write (local.get $stream) (i32.const {at}) (i32.const {ANSWER}) (i32.const 32))
    (call $drop_stream (local.get $stream))
    (call $finish (local.get $body) (i32.const 0) (i32.const 0) (i32.const 48))))"#,
        digits = length.len(),
        kind = 1038 + length.len(),
        text = 1050 + length.len(),
        at = 1060 + length.len(),
    );
    let core = wat::parse_str(text).map_err(failed)?;
    wasm_host::component_of("component", core).map_err(failed)
}

/// What [`answering`] answers, and [`answering_http`].
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
