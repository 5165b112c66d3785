//! Libraries that need nothing of the outside, and that compilers differ about.

use crate::entry::Entry;
use crate::kind::Kind::Other;
use crate::verdict::Outcome::{Fails, Refused, Works};

pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("encoding/json", &["*"], Other, [Works, Works, Works], ""),
    Entry::new("encoding/gob", &["*"], Other, [Works, Works, Works], ""),
    Entry::new("encoding/xml", &["*"], Other, [Works, Works, Works], ""),
    Entry::new("text/template", &["*"], Other, [Works, Works, Works], ""),
    Entry::new(
        "html/template",
        &["*"],
        Other,
        [Fails, Fails, Works],
        "TinyGo cannot recover, which it counts on: use text/template and html.EscapeString, or build with Go",
    ),
    Entry::new("regexp", &["*"], Other, [Works, Works, Works], ""),
    Entry::new("compress/gzip", &["*"], Other, [Works, Works, Works], ""),
    Entry::new("crypto/rand", &["*"], Other, [Works, Works, Works], ""),
    Entry::new("crypto/sha256", &["*"], Other, [Works, Works, Works], ""),
    Entry::new("crypto/ed25519", &["*"], Other, [Works, Works, Works], ""),
    Entry::new("math/rand", &["*"], Other, [Works, Works, Works], ""),
    Entry::new("math/rand/v2", &["*"], Other, [Works, Works, Works], ""),
    Entry::new("hash/maphash", &["*"], Other, [Works, Works, Works], ""),
    Entry::new("image/gif", &["*"], Other, [Works, Works, Works], ""),
    Entry::new("database/sql", &["*"], Other, [Works, Works, Works], ""),
    Entry::new(
        "expvar",
        &["*"],
        Other,
        [Refused, Refused, Works],
        "TinyGo without its net package has no net/http",
    ),
];
