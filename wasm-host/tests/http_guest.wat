;; The beginning of a guest that answers HTTP, for tests: what it may call, under short names. Where something is returned
;; at an address, 16, 32 and 48 are for that; texts of a test begin at 1024.
  (import "wasi:http/types@0.2.0" "[constructor]fields" (func $fields (result i32)))
  (import "wasi:http/types@0.2.0" "[method]fields.append" (func $append_field (param i32 i32 i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]fields.get" (func $get (param i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]incoming-request.headers" (func $headers (param i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[constructor]outgoing-response" (func $response (param i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-response.set-status-code"
    (func $status (param i32 i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-response.body" (func $body (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[static]response-outparam.set"
    (func $set (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-body.write" (func $body_stream (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[static]outgoing-body.finish" (func $finish (param i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]incoming-request.path-with-query" (func $path (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]incoming-request.consume" (func $consume (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]incoming-body.stream" (func $request_stream (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[constructor]outgoing-request" (func $request (param i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-request.set-authority"
    (func $authority (param i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-request.set-path-with-query"
    (func $set_path (param i32 i32 i32 i32) (result i32)))
  (import "wasi:http/outgoing-handler@0.2.0" "handle" (func $ask (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush"
    (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.0" "[resource-drop]output-stream" (func $drop_output (param i32)))
  (import "wasi:io/streams@0.2.0" "[method]input-stream.blocking-read" (func $read (param i32 i64 i32)))
  (import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration" (func $after (param i64) (result i32)))
  (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $wait (param i32)))
  (import "wasi:io/poll@0.2.0" "[resource-drop]pollable" (func $drop_pollable (param i32)))
  (memory (export "memory") 8)
  ;; What is read lies at 64 KiB, one piece at a time; short lists and texts behind one another from 128 KiB on, and there
  ;; again after 256 KiB.
  (global $next (mut i32) (i32.const 131072))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (if (i32.ge_u (local.get 3) (i32.const 1024)) (then (return (i32.const 65536))))
    (if (i32.gt_u (global.get $next) (i32.const 393216)) (then (global.set $next (i32.const 131072))))
    (global.get $next)
    (global.set $next (i32.and (i32.add (i32.add (global.get $next) (local.get 3)) (i32.const 15)) (i32.const -16))))

  ;; A header of two texts, each with its length.
  (func $field (param $fields i32) (param $name i32) (param i32) (param $value i32) (param i32)
    (call $append_field (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (i32.const 32)))
  ;; Sets a response, and gives its body.
  (func $answer (param $out i32) (param $status i32) (param $fields i32) (result i32) (local $response i32)
    (local.set $response (call $response (local.get $fields)))
    (drop (call $status (local.get $response) (local.get $status)))
    (call $body (local.get $response) (i32.const 16))
    (call $set (local.get $out) (i32.const 0) (local.get $response) (i32.const 0) (i64.const 0)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
    (i32.load (i32.const 20)))
  (func $stream_of (param $body i32) (result i32)
    (call $body_stream (local.get $body) (i32.const 16))
    (i32.load (i32.const 20)))
  ;; At most 4096 bytes; whether they were not taken.
  (func $put (param $stream i32) (param $at i32) (param $length i32) (result i32)
    (call $write (local.get $stream) (local.get $at) (local.get $length) (i32.const 32))
    (i32.load8_u (i32.const 32)))
  ;; All of a body that is short.
  (func $say (param $body i32) (param $at i32) (param $length i32) (local $stream i32)
    (local.set $stream (call $stream_of (local.get $body)))
    (drop (call $put (local.get $stream) (local.get $at) (local.get $length)))
    (call $drop_output (local.get $stream))
    (call $end (local.get $body)))
  (func $end (param $body i32) (call $finish (local.get $body) (i32.const 0) (i32.const 0) (i32.const 48)))
  (func $sleep (param $nanoseconds i64) (local $pollable i32)
    (local.set $pollable (call $after (local.get $nanoseconds)))
    (call $wait (local.get $pollable))
    (call $drop_pollable (local.get $pollable)))
  ;; The stream of a request's body.
  (func $reader (param $request i32) (result i32)
    (call $consume (local.get $request) (i32.const 16))
    (call $request_stream (i32.load (i32.const 20)) (i32.const 16))
    (i32.load (i32.const 20)))
