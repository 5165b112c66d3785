//! A file of flags: what is one is the same document in both forms.

#![no_main]

use gray_release::{Document, Format};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for format in [Format::Toml, Format::Json] {
        if let Ok(document) = Document::read(text, format) {
            let again = Document::read(&document.to_json(), Format::Json);
            assert_eq!(again.as_ref().ok(), Some(&document), "{again:?}");
        }
    }
});
