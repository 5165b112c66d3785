//! Two texts with the byte 255 between them, as versions of a file: the patch between them makes the second of the first,
//! through the wire, and with its trivia the text, byte for byte; and back.

#![no_main]

#[allow(dead_code, reason = "another target damages messages")]
#[path = "../../tests/fuzzing/mod.rs"]
mod fuzzing;

use ast_diff::Parser;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut texts = bytes.splitn(2, |byte| *byte == 255);
    let texts = [texts.next().unwrap_or_default(), texts.next().unwrap_or_default()];
    let mut parser = Parser::new();
    let [old, new] = texts.map(|text| fuzzing::read(&mut parser, text));
    fuzzing::trees_follow(&old, &new);
    fuzzing::texts_follow(texts, &old, &new);
});
