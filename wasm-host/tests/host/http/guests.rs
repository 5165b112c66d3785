//! Guests that answer HTTP, as linkers leave them to the making of components: `handle` is what a test says.

use wasm_host::{Compiled, Functions, Handler, Host, component_of};

use crate::HOST;

const PRELUDE: &str = include_str!("../../http_guest.wat");

/// Locals of `handle` that every body of it has.
const LOCALS: &str =
    "(local $body i32) (local $stream i32) (local $fields i32) (local $from i32) (local $count i32)";

/// The component whose `handle` has `$request` and `$out`, and some locals.
pub(crate) fn component(data: &str, handle: &str) -> Vec<u8> {
    let text = format!(
        r#"(module {PRELUDE} {data}
        (func (export "wasi:http/incoming-handler@0.2.0#handle") (param $request i32) (param $out i32)
          {LOCALS}
          {handle}))"#
    );
    component_of("guest", wat::parse_str(text).unwrap()).unwrap()
}

pub(crate) fn compiled(host: &Host, data: &str, handle: &str) -> Compiled {
    host.module("guest", component(data, handle)).unwrap().compile(&Functions::new()).unwrap()
}

pub(crate) fn handler(data: &str, handle: &str) -> Handler {
    compiled(&HOST, data, handle).handler().unwrap()
}

/// Answers with `text`.
pub(crate) fn says(text: &str) -> (String, String) {
    assert!(text.len() <= 4096);
    (
        format!(r#"(data (i32.const 1024) "{text}")"#),
        format!(
            "(call $say (call $answer (local.get $out) (i32.const 200) (call $fields)) (i32.const 1024) (i32.const {}))",
            text.len()
        ),
    )
}

/// Writes `text` again and again, after it has set its head.
pub(crate) fn repeats(text: &str) -> (String, String) {
    assert!(text.len() <= 4096);
    (
        format!(r#"(data (i32.const 1024) "{text}")"#),
        format!(
            "(local.set $stream (call $stream_of (call $answer (local.get $out) (i32.const 200) (call $fields))))
             (loop $again
               (br_if $again (i32.eqz (call $put (local.get $stream) (i32.const 1024) (i32.const {})))))",
            text.len()
        ),
    )
}

/// Writes back what it reads.
pub(crate) const ECHO: &str = r#"
  (local.set $from (call $reader (local.get $request)))
  (local.set $stream (call $stream_of (local.tee $body
    (call $answer (local.get $out) (i32.const 200) (call $fields)))))
  (block $over (loop $next
    (call $read (local.get $from) (i64.const 4096) (i32.const 48))
    (br_if $over (i32.load8_u (i32.const 48)))
    (br_if $over (call $put (local.get $stream) (i32.load (i32.const 52)) (i32.load (i32.const 56))))
    (br $next)))
  (call $drop_output (local.get $stream))
  (call $end (local.get $body))"#;

/// Reads all that it is sent, and only then answers.
pub(crate) const SWALLOWS: &str = r#"
  (local.set $from (call $reader (local.get $request)))
  (block $over (loop $next
    (call $read (local.get $from) (i64.const 65536) (i32.const 48))
    (br_if $over (i32.load8_u (i32.const 48)))
    (br $next)))
  (call $end (call $answer (local.get $out) (i32.const 200) (call $fields)))"#;
