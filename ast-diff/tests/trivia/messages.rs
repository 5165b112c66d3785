//! Trivia on their way: what they cost, and what becomes of damaged ones.

use std::sync::Arc;

use ast_diff::{
    ExactText, Kind, Limits, Parser, Patch, PatchError, Tree, TreeBuilder, Trivia, TriviaMessage, print,
    structure_root,
};

use crate::corpus::pairs;
use crate::random::Random;
use crate::{percentile, read};

/// The message between two texts, which makes the new one; how many bytes it has.
fn sent(new: &ExactText, old: Option<&ExactText>) -> usize {
    let message = TriviaMessage::new(new, old);
    let made = message.text(new.tree(), new.tree_root(), old, &Limits::default()).unwrap();
    assert_eq!((made.root(), made.trivia()), (new.root(), new.trivia()));
    message.coded.len()
}

/// Puts `line` before the middle one of the lines that begin with `start`.
fn with_line(source: &str, start: &str, line: &str) -> Option<String> {
    let places: Vec<usize> = source.match_indices(&format!("\n{start}")).map(|(at, _)| at + 1).collect();
    let at = *places.get(places.len() / 2)?;
    Some(format!("{}{line}{}", &source[..at], &source[at..]))
}

/// Puts `word` behind the middle one of the lines that end with a bracket.
fn with_remark(source: &str, word: &str) -> Option<String> {
    let places: Vec<usize> = source.match_indices(")\n").map(|(at, _)| at + 1).collect();
    let at = *places.get(places.len() / 2)?;
    Some(format!("{}{word}{}", &source[..at], &source[at..]))
}

/// Another word in the middle of the comments.
fn with_word(source: &str) -> Option<String> {
    let places: Vec<usize> = source.match_indices("\n// ").map(|(at, _)| at + 4).collect();
    let at = *places.get(places.len() / 2)?;
    let word = at + source[at..].find(' ')? + 1;
    let end = word + source[word..].find([' ', '\n'])?;
    (!source[at..end].contains('\n')).then(|| format!("{}carefully{}", &source[..word], &source[end..]))
}

#[test]
fn real_edits_arrive() {
    let mut parser = Parser::new();
    let [mut whole, mut same, mut other, mut word, mut line, mut behind] = [const { Vec::new() }; 6];
    for (number, pair) in pairs().into_iter().enumerate() {
        let (old, new) = (read(&mut parser, &pair.old), read(&mut parser, &pair.new));
        let bytes = sent(&new, Some(&old));
        let sizes = if old.tree_root() == new.tree_root() { &mut same } else { &mut other };
        sizes.push(bytes);
        // Whole texts take their time.
        if number % 4 != 0 {
            continue;
        }
        whole.push(sent(&new, None));
        let Ok(source) = std::str::from_utf8(&pair.new) else { continue };
        let edits = [
            (&mut word, with_word(source)),
            (&mut line, with_line(source, "\treturn", "\t// Look at the request before it is sent on.\n")),
            (&mut behind, with_remark(source, " // for now")),
        ];
        for (sizes, edited) in edits {
            let Some(edited) = edited.map(|edited| read(&mut parser, edited.as_bytes())) else { continue };
            if edited.tree_root() == new.tree_root() {
                sizes.push(sent(&edited, Some(&new)));
            }
        }
    }
    for (name, sizes) in [
        ("whole", &mut whole),
        ("real edits of comments and blanks alone", &mut same),
        ("with other real edits", &mut other),
        ("another word", &mut word),
        ("a line of 44 letters", &mut line),
        ("a word behind a line", &mut behind),
    ] {
        if !sizes.is_empty() {
            let (middle, high) = (percentile(sizes, 50), percentile(sizes, 95));
            println!("{name}: {} messages, p50 {middle} p95 {high}", sizes.len());
        }
    }
    assert!(same.is_empty() || percentile(&mut same, 50) < 64);
}

#[test]
fn a_comment_is_tens_of_bytes() {
    use std::fmt::Write as _;
    let mut source = "// Package p says what it is about.\npackage p\n".to_owned();
    for number in 0..500 {
        write!(
            source,
            "\n// F{number} returns the number.\nfunc F{number}() int {{\n\treturn {number}\n}}\n"
        )
        .unwrap();
    }
    let mut parser = Parser::new();
    let old = read(&mut parser, source.as_bytes());
    for (edited, most) in [
        (source.replace("// F250 returns the number.", "// F250 returns the number, if it is known."), 24),
        (source.replace("// F250 returns the number.\n", ""), 6),
        (source.replace("\treturn 250\n", "\t// For now.\n\treturn 250 // not more\n"), 32),
        (format!("{source}\n\n"), 8),
    ] {
        let new = read(&mut parser, edited.as_bytes());
        assert_eq!(new.tree_root(), old.tree_root());
        let bytes = sent(&new, Some(&old));
        assert!(bytes <= most, "{bytes} bytes");
    }
    assert!(sent(&old, Some(&old)) <= 1);
}

#[test]
fn what_is_not_meant_for_a_text_is_refused() {
    let mut parser = Parser::new();
    let mut text = |source: &str| read(&mut parser, source.as_bytes());
    let (old, new) = (text("package p // a\n\nvar x = 1\n"), text("package p // b\n\nvar x = 1\n"));
    let other = text("package p // a\n\nvar y = 1\n");
    let message = TriviaMessage::new(&new, Some(&old));
    let apply = |message: &TriviaMessage, tree: &ExactText, before| {
        message.text(tree.tree(), tree.tree_root(), before, &Limits::default()).map(|text| text.root())
    };
    assert_eq!(apply(&message, &new, Some(&old)), Ok(new.root()));
    assert_eq!(apply(&message, &new, Some(&new)), Err(PatchError::OtherBase));
    assert_eq!(apply(&message, &new, None), Err(PatchError::OtherBase));
    assert_eq!(apply(&message, &other, Some(&old)), Err(PatchError::OtherBase));
    let mut wrong = message.clone();
    wrong.root.0[0] ^= 1;
    assert_eq!(apply(&wrong, &new, Some(&old)), Err(PatchError::OtherTarget));
    let limits = Limits { text: 3, ..Limits::default() };
    assert!(message.text(new.tree(), new.tree_root(), Some(&old), &limits).is_err());
}

#[test]
fn damage_is_refused() {
    let mut parser = Parser::new();
    let source = "// Package p.\npackage p\n\n// F does.\nfunc F() {\n\tg( 1 )   // h\n\n}\n\n\ntype T struct{ a int }\n";
    let old = read(&mut parser, source.as_bytes());
    let new = read(&mut parser, source.replace("does", "does not").replace("( 1 )", "(1)").as_bytes());
    for before in [None, Some(&old)] {
        let message = TriviaMessage::new(&new, before);
        let bits = message.coded.len() * 8;
        for bit in 0_usize..bits + 64 {
            let mut damaged = message.clone();
            match bit.checked_sub(bits) {
                None => damaged.coded[bit / 8] ^= 1 << (bit % 8),
                Some(more) => damaged.coded.extend(std::iter::repeat_n(0xa5, more + 1)),
            }
            let made = damaged.text(new.tree(), new.tree_root(), before, &Limits::default());
            // The last bits say nothing.
            assert!(made.is_err() || made.is_ok_and(|text| text.root() == new.root()), "{bit}");
        }
        for length in 0..message.coded.len() {
            let mut damaged = message.clone();
            damaged.coded.truncate(length);
            let made = damaged.text(new.tree(), new.tree_root(), before, &Limits::default());
            assert!(made.is_err() || made.is_ok_and(|text| text.root() == new.root()), "{length}");
        }
    }
    // Nonsense ends soon, and is no larger than what is allowed.
    for seed in 0..2000_u32 {
        let coded: Vec<u8> = (0..seed % 90)
            .map(|at| (at.wrapping_mul(0x9E37_79B1) ^ seed.wrapping_mul(0x85EB_CA6B)).to_le_bytes()[3])
            .collect();
        let message = TriviaMessage { coded, ..TriviaMessage::new(&new, Some(&old)) };
        let _ =
            message.text(new.tree(), new.tree_root(), Some(&old), &Limits { nodes: 1 << 14, text: 1 << 12 });
    }
}

#[test]
fn a_patch_of_a_tree_costs_its_trivia_nothing() {
    let mut parser = Parser::new();
    let old = read(&mut parser, b"package p\n\n// F does.\nfunc F() {\n\tg(1) // h\n\tg(2)\n}\n");
    let new =
        read(&mut parser, b"package p\n\n// F does.\nfunc F() {\n\tg(3) // h\n\tif x {\n\t\tg(2)\n\t}\n}\n");
    let script = ast_diff::diff(old.tree(), new.tree());
    let patch = Patch::new(old.tree(), old.tree_root(), new.tree_root(), &script).unwrap();
    let tree = Arc::new(patch.apply(old.tree(), old.tree_root(), &Limits::default()).unwrap());
    let message = TriviaMessage::new(&new, Some(&old));
    let text = message.text(&tree, new.tree_root(), Some(&old), &Limits::default()).unwrap();
    assert_eq!(text.print(usize::MAX), new.print(usize::MAX));
    assert!(message.coded.len() <= 6, "{} bytes", message.coded.len());
}

#[test]
fn any_tree_is_some_text() {
    let mut trees: Vec<Tree> = (0..300).map(|seed| Random::new(seed).tree(200)).collect();
    // A message can make a node of any kind with no child at all, or with one that no parser puts there.
    for kind in Kind::ALL {
        for children in 0..3 {
            let mut builder = TreeBuilder::new();
            builder.open(*kind);
            (0..children).for_each(|_| builder.leaf(*kind, b"_:"));
            builder.close();
            trees.extend(builder.finish());
        }
    }
    for tree in trees {
        let root = structure_root(&tree);
        // What it says need not be Go, nor anything at all.
        print(&tree);
        let text = ExactText::new(Arc::new(tree), root, Trivia::default());
        sent(&text, None);
        assert!(text.print(usize::MAX).is_some());
    }
}
