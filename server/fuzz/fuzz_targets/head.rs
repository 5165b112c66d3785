//! Host, Origin, Sec-Fetch-Site and target of a request, a line each.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| dev_server::http::anything::head(bytes));
