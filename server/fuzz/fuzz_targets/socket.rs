//! Bytes of a client on a WebSocket, cut anywhere.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| dev_server::http::anything::socket(bytes));
