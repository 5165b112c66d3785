//! Two texts as Go files, one after the other: the patch between them makes the second of the first, through the wire.

#![no_main]

use ast_diff::{Limits, Parser, Patch, Snapshot, diff, structure_root};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|texts: (&[u8], &[u8])| {
    let mut parser = Parser::new();
    let (old, new) = (parser.parse(texts.0).tree, parser.parse(texts.1).tree);
    let (old_root, new_root) = (structure_root(&old), structure_root(&new));
    let patch = Patch::new(&old, old_root, new_root, &diff(&old, &new)).expect("a script of our own");
    let patch = Patch::from_bytes(&patch.to_bytes()).expect("bytes of our own");
    let made = patch.apply(&old, old_root, &Limits::default()).expect("a patch of our own");
    assert!(made == new);
    let whole = Snapshot::of(&new).tree(&Limits::default()).expect("a snapshot of our own");
    assert!(whole == new);
});
