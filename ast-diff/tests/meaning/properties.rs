//! What holds for all files.

use ast_diff::{DeclarationKind, File, Hashes, Kind, Outline, Parser, Verdict, judge};

use crate::corpus::pairs;

/// Other blanks, comments between tokens, more empty lines.
fn with_other_layout(source: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(source.len() * 2);
    let mut at = 0;
    while at < source.len() {
        let rest = &source[at..];
        let length = match rest {
            [b'/', b'/', ..] => rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
            [b'/', b'*', ..] => {
                rest.windows(2).skip(2).position(|window| window == b"*/").map_or(rest.len(), |end| end + 4)
            }
            [b'`', ..] => rest[1..].iter().position(|byte| *byte == b'`').map_or(rest.len(), |end| end + 2),
            [quote @ (b'"' | b'\''), ..] => {
                let mut end = 1;
                while end < rest.len() && rest[end] != *quote {
                    end += if rest[end] == b'\\' { 2 } else { 1 };
                }
                (end + 1).min(rest.len())
            }
            [b'\n', b'\n', ..] => {
                result.push(b'\n');
                1
            }
            [b' ', next, ..]
                if !matches!(next, b' ' | b'/' | b'\t' | b'\n') && at > 0 && source[at - 1] > b' ' =>
            {
                result.extend_from_slice(b"\t/* note */ ");
                1
            }
            _ => 1,
        };
        result.extend_from_slice(&rest[..length]);
        at += length;
    }
    result
}

#[test]
fn layout_of_real_files_means_nothing() {
    let mut parser = Parser::new();
    for pair in pairs().iter().step_by(6) {
        for (side, source) in pair.files() {
            let tree = parser.parse(source).tree;
            let other = parser.parse(&with_other_layout(source)).tree;
            assert!(tree == other, "{}.{side}", pair.name);
            let crlf = String::from_utf8_lossy(source).replace("\r\n", "\n").replace('\n', "\r\n");
            let crlf = parser.parse(crlf.as_bytes());
            // What cannot be read is kept as it is.
            assert!(tree == crlf.tree || !crlf.errors.is_empty(), "{}.{side}", pair.name);
        }
    }
}

/// A number in a body is seen by nobody else; one outside of bodies never means less than what it is about.
#[test]
fn an_edit_of_a_body_is_one_of_that_body() {
    let mut parser = Parser::new();
    let mut count = 0;
    for pair in pairs().iter().step_by(3) {
        let parsed = parser.parse(&pair.new);
        let before = Outline::of(&parsed.tree);
        let hashes = Hashes::of(&parsed.tree);
        if before.uses_c() {
            continue;
        }
        for declaration in before.declarations.iter().step_by(3) {
            let nodes = declaration.nodes.clone();
            let Some(number) =
                nodes.clone().rev().find(|index| parsed.tree.node(*index).kind == Kind::INT_LITERAL)
            else {
                continue;
            };
            let body = parsed
                .tree
                .children(nodes.start)
                .find(|child| parsed.tree.node(*child).kind == Kind::BLOCK)
                .unwrap_or(nodes.end);
            let span = parsed.spans[number as usize].clone();
            let mut edited = pair.new[..span.start as usize].to_vec();
            edited.extend_from_slice(b"12345678");
            edited.extend_from_slice(&pair.new[span.end as usize..]);
            let again = parser.parse_again(&edited, &parsed);
            let after = Outline::of(&again.tree);
            let file = |outline| [File { name: "a.go", outline }];
            let meaning = judge(&file(&before), &file(&after));
            let name = &declaration.name;
            match declaration.kind {
                DeclarationKind::Function | DeclarationKind::Method if number > body => {
                    assert_eq!(meaning.verdict, Verdict::Body(vec![name.clone()]), "{} {name}", pair.name);
                    let contracts = |outline: &Outline| -> Vec<_> {
                        outline.declarations.iter().map(|declaration| declaration.contract).collect()
                    };
                    assert_eq!(contracts(&before), contracts(&after), "{} {name}", pair.name);
                }
                DeclarationKind::Initializer | DeclarationKind::Variable => {
                    assert!(meaning.verdict >= Verdict::GlobalInit, "{} {name}", pair.name);
                }
                DeclarationKind::Type => {
                    assert!(meaning.verdict >= Verdict::TypeLayout, "{} {name}", pair.name);
                }
                _ => assert!(meaning.verdict >= Verdict::Contract, "{} {name}", pair.name),
            }
            assert!(meaning.changed.iter().any(|changed| changed.name == *name), "{} {name}", pair.name);
            assert_eq!(Hashes::again(&parsed.tree, &hashes, &again.tree).hashed(), 1, "{} {name}", pair.name);
            count += 1;
        }
    }
    println!("{count} edits");
}
