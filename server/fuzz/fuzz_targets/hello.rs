//! The first message of a client, whose texts and id can be anything.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| dev_server::http::anything::hello(bytes));
