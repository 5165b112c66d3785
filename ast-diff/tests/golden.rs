//! Messages in `golden/`, read here and by the TypeScript client: same bytes, same trees. `REGENERATE=1 cargo test -p
//! ast-diff --test golden` writes them anew; a change of these bytes is a change of the wire.

#![cfg(feature = "parse")]
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that can write its own fixtures")]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use std::sync::Arc;

use ast_diff::{
    ExactText, Fed, Limits, Parser, Part, Patch, Replica, Snapshot, Tree, Trivia, TriviaMessage, diff,
    structure_root,
};

/// Versions of one file, each an edit of the one before.
const VERSIONS: [&str; 5] = [
    "package main\n\nimport \"fmt\"\n\nfunc greet(name string) {\n\tfmt.Println(\"hello\", name)\n}\n\nfunc main() {\n\tgreet(\"you\")\n}\n",
    "package main\n\nimport \"fmt\"\n\nfunc greet(name string) {\n\tfmt.Println(\"good morning\", name)\n}\n\nfunc main() {\n\tgreet(\"you\")\n\tgreet(\"all\")\n}\n",
    "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {\n\tif len(os.Args) < 2 {\n\t\tos.Exit(1)\n\t}\n\tgreet(os.Args[1])\n\tgreet(\"all\")\n}\n\nfunc greet(name string) {\n\tfmt.Println(\"good morning\", name)\n}\n",
    "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\ntype größe struct{ x, y int }\n\nfunc main() {\n\tif len(os.Args) < 2 {\n\t\tos.Exit(1)\n\t}\n\tsay(os.Args[1])\n\tsay(\"all\")\n}\n\nfunc say(name string) {\n\tfmt.Println(\"good morning\", name)\n}\n",
    "package main\n\nfunc main() {\n}\n",
];

/// Versions of one text, each an edit of the one before; the second, the fourth and the last have the tree of the one before.
const TEXTS: [&str; 6] = [
    "// Package main greets.\npackage main\n\n// greet says hello.\nfunc greet(name string) {\n\tprintln(\"hello\", name) // loud\n}\n",
    "// Package main greets.\npackage main\n\n// greet says hello to one.\nfunc greet(name string) {\n\tprintln(\"hello\", name) // loud\n}\n",
    "// Package main greets.\npackage main\n\n// greet says hello to one.\nfunc greet(name string) {\n\tif name != \"\" {\n\t\tprintln(\"hello\", name) // loud\n\t}\n}\n",
    "package main\r\n\r\nfunc greet( name string ) { /* größe \u{2192} 1 */\r\n  if name != \"\" { println(\"hello\", name, ) } }",
    "package main\n\nvar x = []int{\n\t1, 2,\n\t3,\n}\n\nfunc main() {}",
    "package main\n\nvar x = []int{1, 2, 3}\n\nfunc main() {\n}\n",
];

/// Short enough that the snapshot and some patches come in several pieces.
const LONGEST: usize = 20;

/// A node a line: depth as blanks, kind, label as JSON would have it.
fn dump(tree: &Tree) -> String {
    let parents = tree.parents();
    let mut depths = vec![0; parents.len()];
    let mut text = String::new();
    for index in 0..parents.len() as u32 {
        if index > 0 {
            depths[index as usize] = depths[parents[index as usize] as usize] + 1;
        }
        let label = String::from_utf8_lossy(tree.text(index)).replace('\\', "\\\\").replace('"', "\\\"");
        let indent = depths[index as usize];
        writeln!(text, "{:indent$}{} \"{label}\"", "", tree.node(index).kind).unwrap();
    }
    text
}

fn golden(name: &str, fresh: &[u8]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("REGENERATE").is_some() {
        fs::write(&path, fresh).unwrap();
    }
    assert!(
        fs::read(&path).unwrap_or_default() == fresh,
        "{} is stale: run `REGENERATE=1 cargo test -p ast-diff --test golden`, and `scripts/replica` for the module",
        path.display()
    );
}

#[test]
fn messages_are_the_same_for_ever() {
    let mut parser = Parser::new();
    let trees: Vec<Tree> = VERSIONS.iter().map(|text| parser.parse(text.as_bytes()).tree).collect();
    let mut parts = Snapshot::of(&trees[0]).parts(0, LONGEST);
    for (number, pair) in trees.windows(2).enumerate() {
        let (old, new) = (&pair[0], &pair[1]);
        let patch = Patch::new(old, structure_root(old), structure_root(new), &diff(old, new)).unwrap();
        parts.extend(patch.parts(number as u64 + 1, LONGEST));
    }
    // Each piece behind its length.
    let mut bytes = Vec::new();
    for part in &parts {
        let part = part.to_bytes();
        bytes.extend((part.len() as u32).to_le_bytes());
        bytes.extend(part);
    }
    let mut expected = String::new();
    for tree in &trees {
        write!(expected, "{}\n{}\n", structure_root(tree), dump(tree)).unwrap();
    }
    golden("history.parts", &bytes);
    golden("history.trees", expected.as_bytes());
    golden_messages_are_read();
}

fn golden_messages_are_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/history.parts");
    let bytes = fs::read(path).unwrap();
    let mut rest = &bytes[..];
    let mut replica = Replica::new(Limits::default(), 1 << 20);
    let mut changed = 0;
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (part, after) = after.split_at(u32::from_le_bytes(*length) as usize);
        changed += usize::from(matches!(replica.feed(Part::from_bytes(part).unwrap()), Fed::Changed(_)));
        rest = after;
    }
    assert_eq!(changed, VERSIONS.len());
    let last = Parser::new().parse(VERSIONS[VERSIONS.len() - 1].as_bytes()).tree;
    assert!(replica.tree() == Some(&last));
}

#[test]
fn texts_are_the_same_for_ever() {
    let mut parser = Parser::new();
    let texts: Vec<ExactText> = TEXTS
        .iter()
        .map(|source| {
            let parsed = parser.parse(source.as_bytes());
            let trivia = Trivia::of(&parsed.tree, &parsed.spans, source.as_bytes());
            let root = structure_root(&parsed.tree);
            ExactText::new(Arc::new(parsed.tree), root, trivia)
        })
        .collect();
    let mut parts = Snapshot::of(texts[0].tree()).parts(0, LONGEST);
    parts.extend(TriviaMessage::new(&texts[0], None).parts(0, LONGEST));
    let mut message = 0;
    for (number, pair) in texts.windows(2).enumerate() {
        let (old, new) = (&pair[0], &pair[1]);
        if old.tree_root() != new.tree_root() {
            message += 1;
            let script = diff(old.tree(), new.tree());
            let patch = Patch::new(old.tree(), old.tree_root(), new.tree_root(), &script).unwrap();
            parts.extend(patch.parts(message, LONGEST));
        }
        parts.extend(TriviaMessage::new(new, Some(old)).parts(number as u64 + 1, LONGEST));
    }
    assert_eq!(message, 2);
    let mut bytes = Vec::new();
    let mut replica = Replica::new(Limits::default(), 1 << 20);
    let mut seen = Vec::new();
    for part in &parts {
        let fed = replica.feed(part.clone());
        assert!(!matches!(fed, Fed::Stuck(_) | Fed::TextStuck(_)), "{fed:?}");
        if fed == Fed::Text {
            seen.extend(replica.text().map(|text| text.print(usize::MAX).unwrap()));
        }
        let part = part.to_bytes();
        bytes.extend((part.len() as u32).to_le_bytes());
        bytes.extend(part);
    }
    assert_eq!(seen, TEXTS.map(str::as_bytes));
    // Roots of tree and trivia, the text as JSON would have it.
    let mut expected = String::new();
    for (text, source) in texts.iter().zip(TEXTS) {
        writeln!(expected, "{} {} {source:?}", text.tree_root(), text.root()).unwrap();
    }
    golden("texts.parts", &bytes);
    golden("texts.roots", expected.as_bytes());
}
