//! Which ends of a connection are final.

use dev_server_proto::CloseCode;

use crate::form::Vector;
use crate::frames::welcome;

/// By what the protocol says of them, not by the function that decides.
const COME_BACK: [u16; 9] = [1000, 1001, 1005, 1006, 1011, 1012, 4500, 4502, 4999];
const STAY_AWAY: [u16; 9] = [1002, 1003, 1007, 1008, 1009, 1010, 4000, 4003, 4499];

pub(crate) fn vectors() -> Vec<Vector> {
    let name = |code: u16| -> &'static str { Box::leak(format!("close-{code}").into_boxed_str()) };
    let closing = |code: u16, about, then| {
        Vector::new(name(code), about).opens().hears("Welcome", &welcome(7, false, 1)).closes(code, then)
    };
    let own = CloseCode::ALL.map(|code| (code.code(), code.reconnects()));
    let mut ends: Vec<(u16, bool)> = COME_BACK.map(|code| (code, true)).into();
    ends.extend(STAY_AWAY.map(|code| (code, false)));
    ends.extend(own.into_iter().filter(|(code, _)| !COME_BACK.contains(code) && !STAY_AWAY.contains(code)));
    ends.sort_unstable();
    ends.into_iter()
        .map(|(code, comes_back)| {
            if comes_back {
                closing(code, "The client comes back after a pause.", "waiting").opens()
            } else {
                closing(code, "The client stays away until a person acts.", "closed")
            }
        })
        .collect()
}
