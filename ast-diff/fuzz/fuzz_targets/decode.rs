//! Any bytes as a patch for a tree, as a snapshot, as trivia and as a part: refused, or something that is applied whole.

#![no_main]

use std::sync::Arc;

use ast_diff::{
    ExactText, Limits, Parser, Part, Patch, Replica, Root, Snapshot, Trivia, TriviaMessage, apply,
    structure_root,
};
use libfuzzer_sys::fuzz_target;

const OLD: &[u8] = b"package main\n\nimport \"fmt\"\n\ntype point struct{ x, y int }\n\nfunc (p point) String() string {\n\tif p.x == 0 {\n\t\treturn \"zero\"\n\t}\n\treturn fmt.Sprintf(\"%d %d\", p.x, p.y)\n}\n\nfunc main() {\n\tfor i := range 10 {\n\t\tfmt.Println(point{i, i + 1})\n\t}\n}\n";

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { nodes: 1 << 14, text: 1 << 16 };
    let parsed = Parser::new().parse(OLD);
    let (root, trivia) = (structure_root(&parsed.tree), Trivia::of(&parsed.tree, &parsed.spans, OLD));
    let old = parsed.tree;
    let text = ExactText::new(Arc::new(old.clone()), root, trivia);
    for before in [None, Some(&text)] {
        let message = TriviaMessage { coded: bytes.to_vec(), ..TriviaMessage::new(&text, before) };
        let _ = message.text(text.tree(), root, before, &limits);
    }
    let patch = Patch { base: [0; 8], target: Root::default(), operations: bytes.to_vec() };
    if let Ok(script) = patch.script(&old, &limits) {
        if let Ok(new) = apply(&old, &script, limits.nodes) {
            assert!(new.nodes().len() <= limits.nodes);
            let _ = structure_root(&new);
        }
    }
    let _ = Patch::from_bytes(bytes);
    let _ = Snapshot { root: Root::default(), nodes: bytes.to_vec() }.tree(&limits);
    if let Some(part) = Part::from_bytes(bytes) {
        let _ = Replica::new(limits, 1 << 16).feed(part);
    }
});
