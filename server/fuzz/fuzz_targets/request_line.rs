//! The head of a request before the parser sees it, cut anywhere.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| dev_server::http::anything::request_line(bytes));
