//! The language, what stands beside it, and what looks through it.

use crate::entry::Entry;
use crate::kind::Kind::{Other, System};
use crate::verdict::Outcome::{Fails, Refused, Works};

const CALL: &str = "TinyGo does not call through reflect: use an interface, or build with Go";

pub(super) const ENTRIES: &[Entry] = &[
    Entry::new(
        "C",
        &["import"],
        System,
        [Refused, Refused, Refused],
        "cgo is off here: write it in Go, or compile it with TinyGo alone, which takes C that needs nothing but WASI's libc",
    ),
    Entry::new(
        "",
        &["C source"],
        System,
        [Refused, Refused, Refused],
        "cgo is off: write it in Go, or compile the C to a module of its own",
    ),
    Entry::new(
        "",
        &["assembly"],
        System,
        [Refused, Refused, Refused],
        "give the functions a form in Go, and keep the assembly out with `//go:build !wasm`",
    ),
    Entry::new(
        "",
        &["object file"],
        System,
        [Refused, Refused, Refused],
        "an object file is for one machine: build it from source",
    ),
    Entry::new(
        "",
        &["//go:linkname"],
        System,
        [Works, Works, Works],
        "TinyGo's runtime has other functions than Go's: a build shows which are missing",
    ),
    Entry::new(
        "",
        &["recover"],
        Other,
        [Fails, Fails, Works],
        "TinyGo for WASI cannot recover: return errors, or build with Go",
    ),
    Entry::new(
        "unsafe",
        &["Pointer", "Slice", "String", "StringData", "SliceData", "Add"],
        Other,
        [Works, Works, Works],
        "",
    ),
    Entry::new(
        "unsafe",
        &["Sizeof", "Alignof", "Offsetof"],
        Other,
        [Fails, Fails, Works],
        "TinyGo has 32 bits and Go 64: do not count on either",
    ),
    Entry::new("reflect", &["TypeOf", "ValueOf", "DeepEqual"], Other, [Works, Works, Works], ""),
    Entry::new("reflect", &["MakeFunc"], Other, [Fails, Fails, Works], CALL),
    Entry::new(
        "reflect",
        &["StructOf", "FuncOf", "ArrayOf", "MapOf", "ChanOf"],
        Other,
        [Fails, Fails, Works],
        "TinyGo makes no types: declare it, or build with Go",
    ),
    Entry::new("reflect", &["Value.Call", "Value.CallSlice"], Other, [Fails, Fails, Works], CALL),
    Entry::new("reflect", &["Value.MethodByName"], Other, [Fails, Fails, Works], CALL),
    Entry::new("reflect", &["Select"], Other, [Fails, Fails, Works], "use a select statement"),
    Entry::new("iter", &["Pull*"], Other, [Works, Works, Works], ""),
    Entry::new("unique", &["*"], Other, [Works, Works, Works], ""),
];
