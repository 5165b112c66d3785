//! Hostile requests, as raw bytes against a real server with a small board and no compiler.
//!
//! Each test is a row of the project's list of attacks and bears its name: A who may ask, B the token, C paths and
//! content, D headers and fixed texts, G sessions over HTTP/3, L devices of the network, O what operators ask,
//! T connections that are encrypted or should be. Every exchange also asserts that no secret byte, no token and no 5xx comes back;
//! every row that nothing panicked, that the log has no token and that the process stays small. What has to go on
//! working is in `ordinary`: a server that refuses everything would pass all rows.
//!
//! Rows that are about making the closed list of files (symbolic links that are swapped, devices, source maps), about the
//! overlay and the terminal, are tested where that code is.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be set up ends the test")]

mod fixture;
mod wire;

mod asking;
mod content;
mod flags;
mod headers;
mod http3;
mod operating;
mod ordinary;
mod pairing;
mod tls;
mod token;

use dev_server::http::Guards;
use fixture::{Outcome, TestServer};

type Row = (&'static str, fn(&TestServer) -> Outcome);

macro_rules! rows {
    ($($name:ident = $path:path;)*) => {
        /// All rows, in an order in which the cheap ones come first.
        const ROWS: &[Row] = &[$((stringify!($name), $path)),*];
        $(
            #[test]
            fn $name() {
                fixture::check(fixture::shared(), stringify!($name), $path).unwrap();
            }
        )*
    };
}

rows! {
    a1_foreign_host = asking::a1;
    a2_similar_host = asking::a2;
    a3_host_that_contains_localhost = asking::a3;
    a4_no_host_two_hosts_empty_host = asking::a4;
    a5_absolute_target = asking::a5;
    a6_spellings_of_the_address = asking::a6;
    a7_malformed_host = asking::a7;
    a8_http2 = asking::a8;
    a9_forwarded_host = asking::a9;
    a10_foreign_origin = asking::a10;
    a11_null_origin = asking::a11;
    a12_no_origin = asking::a12;
    a13_origin_of_an_address = asking::a13;
    a14_similar_origin = asking::a14;
    a15_other_schemes = asking::a15;
    a16_two_origins = asking::a16;
    a17_rebinding = asking::a17;
    a18_upgrade_on_every_route = asking::a18;
    a19_cross_site_script = asking::a19;
    a20_no_fetch_metadata = asking::a20;
    a21_preflight = asking::a21;
    a22_events = asking::a22;
    a23_service_routes = asking::a23;
    a24_changes_of_flags = flags::a24;
    b1_wrong_tokens = token::b1;
    b2_tokens_of_others = token::b2;
    b5_token_never_shown = token::b5;
    b8_token_file = token::b8;
    c1_dot_segments = content::c1;
    c2_encoded_dot_segments = content::c2;
    c3_hidden_files = content::c3;
    c4_hidden_files_in_disguise = content::c4;
    c5_queries = content::c5;
    c6_special_prefixes = content::c6;
    c7_question_mark_in_the_path = content::c7;
    c8_fragment_in_the_target = content::c8;
    c9_backslashes = content::c9;
    c10_names_of_other_systems = content::c10;
    c11_double_slashes_and_other_schemes = content::c11;
    c12_links = content::c12;
    c13_sibling_with_the_same_prefix = content::c13;
    c14_fallback_page = content::c14;
    c15_source_maps = content::c15;
    c16_bytes_and_lengths = content::c16;
    c17_ranges = content::c17;
    c18_many_tags = content::c18;
    c19_paths_in_messages = content::c19;
    c21_twin_names = content::c21;
    d1_headers_of_every_answer = headers::d1;
    d2_headers_of_pages = headers::d2;
    d5_not_found_repeats_nothing = headers::d5;
    d6_modules = headers::d6;
    d7_response_splitting = headers::d7;
    d8_framing = headers::d8;
    o1_operations_of_foreigners = operating::o1;
    o2_health = operating::o2;
    o3_metrics = operating::o3;
    o4_metrics_with_a_wrong_token = operating::o4;
    o5_status = operating::o5;
    o6_operations_from_elsewhere = operating::o6;
    b3_ten_thousand_wrong_tokens = token::b3;
    e16_bodies = flags::e16;
    e17_connections_of_one_machine = asking::e17;
    b6_ticket_for_two_sessions = http3::b6;
    l1_only_the_right_code_and_once = pairing::l1;
    l2_codes_from_pages_of_others = pairing::l2;
    l3_guessed_codes = pairing::l3;
    l4_forgotten_device = pairing::l4;
    l5_token_on_another_machine = pairing::l5;
    l6_who_may_ask_for_codes = pairing::l6;
    l7_code_and_secret_never_shown = pairing::l7;
    l8_forms_that_are_none = pairing::l8;
    t1_handshakes_that_end_early = tls::t1;
    t2_handshakes_that_never_end = tls::t2;
    t3_http_where_tls_is_spoken = tls::t3;
    t4_names_of_others = tls::t4;
    t5_everything_works_encrypted = tls::t5;
    g6_session_without_the_right = http3::g6;
    g7_packets_that_begin_nothing = http3::g7;
    g8_streams_and_datagrams = http3::g8;
}

/// A guard that no row needs is dead code, or a row is missing.
#[test]
fn switching_off_any_one_guard_fails_a_row() {
    type Switch = (&'static str, fn(&mut Guards));
    let switches: [Switch; 17] = [
        ("host", |guards| guards.host = false),
        ("target", |guards| guards.target = false),
        ("origin", |guards| guards.origin = false),
        ("cookie_origin", |guards| guards.cookie_origin = false),
        ("fetch_metadata", |guards| guards.fetch_metadata = false),
        ("token", |guards| guards.token = false),
        ("wrong_tokens", |guards| guards.wrong_tokens = false),
        ("home", |guards| guards.home = false),
        ("wrong_codes", |guards| guards.wrong_codes = false),
        ("path", |guards| guards.path = false),
        ("fragment", |guards| guards.fragment = false),
        ("headers", |guards| guards.headers = false),
        ("content_policy", |guards| guards.content_policy = false),
        ("range", |guards| guards.range = false),
        ("messages", |guards| guards.messages = false),
        ("local", |guards| guards.local = false),
        ("peers", |guards| guards.peers = false),
    ];
    for (name, switch) in switches {
        let mut guards = Guards::default();
        switch(&mut guards);
        let server = TestServer::start(guards);
        let failed = ROWS.iter().find_map(|(row, run)| fixture::check(&server, row, *run).err());
        let failed = failed.unwrap_or_else(|| panic!("no row fails without the guard `{name}`"));
        println!("without {name}: {failed}");
    }
}
