//! The path of a request.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| dev_server::http::anything::path(bytes));
