//! Two texts as Go files, one after the other: the patch between them makes the second of the first, through the wire, and
//! with its trivia the text, byte for byte.

#![no_main]

use std::sync::Arc;

use ast_diff::{
    ExactText, Limits, Parsed, Parser, Patch, Snapshot, Trivia, TriviaMessage, diff, structure_root,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|texts: (&[u8], &[u8])| {
    let mut parser = Parser::new();
    let (old, new) = (parser.parse(texts.0), parser.parse(texts.1));
    let (old_text, new_text) = (exact(&old, texts.0), exact(&new, texts.1));
    let (old, new) = (old.tree, new.tree);
    let (old_root, new_root) = (structure_root(&old), structure_root(&new));
    let patch = Patch::new(&old, old_root, new_root, &diff(&old, &new)).expect("a script of our own");
    let patch = Patch::from_bytes(&patch.to_bytes()).expect("bytes of our own");
    let made = patch.apply(&old, old_root, &Limits::default()).expect("a patch of our own");
    assert!(made == new);
    let whole = Snapshot::of(&new).tree(&Limits::default()).expect("a snapshot of our own");
    assert!(whole == new);
    for before in [None, Some(&old_text)] {
        let message = TriviaMessage::new(&new_text, before);
        let made =
            message.text(new_text.tree(), new_root, before, &Limits::default()).expect("trivia of our own");
        assert!(made.print(usize::MAX).as_deref() == Some(texts.1));
    }
});

fn exact(parsed: &Parsed, source: &[u8]) -> ExactText {
    let trivia = Trivia::of(&parsed.tree, &parsed.spans, source);
    ExactText::new(Arc::new(parsed.tree.clone()), structure_root(&parsed.tree), trivia)
}
