//! A text as a host name and as an origin.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| dev_server::http::anything::authority(bytes));
