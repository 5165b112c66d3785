//! Printing a tree writes every token of its source: nothing with a meaning is missing in trees.

use ast_diff::{Parser, print};

use crate::corpus::pairs;

/// The tokens of a Go text, without comments, semicolons, commas before closing brackets, and parentheses of groups.
fn tokens(source: &[u8]) -> Vec<Vec<u8>> {
    let source: Vec<u8> = source.strip_prefix("\u{feff}".as_bytes()).unwrap_or(source).to_vec();
    let mut tokens: Vec<Vec<u8>> = Vec::new();
    // For each open parenthesis: does it belong to a group?
    let mut groups = Vec::new();
    let mut at = 0;
    while at < source.len() {
        let rest = &source[at..];
        let is_of_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
        let length = match rest {
            [b' ' | b'\t' | b'\r' | b'\n' | b';', ..] => {
                at += 1;
                continue;
            }
            [b'/', b'/', ..] => {
                at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                continue;
            }
            [b'/', b'*', ..] => {
                at += rest
                    .windows(2)
                    .skip(2)
                    .position(|window| window == b"*/")
                    .map_or(rest.len(), |end| end + 4);
                continue;
            }
            [b'`', ..] => rest[1..].iter().position(|byte| *byte == b'`').map_or(rest.len(), |end| end + 2),
            [quote @ (b'"' | b'\''), ..] => {
                let mut end = 1;
                while end < rest.len() && rest[end] != *quote {
                    end += if rest[end] == b'\\' { 2 } else { 1 };
                }
                end + 1
            }
            [first, ..] if is_of_word(*first) => {
                // Signs of exponents are tokens of their own here, in both texts alike.
                rest.iter().position(|byte| !is_of_word(*byte)).unwrap_or(rest.len())
            }
            _ => 1,
        };
        let token: Vec<u8> =
            rest[..length.min(rest.len())].iter().copied().filter(|byte| *byte != b'\r').collect();
        at += length;
        match &token[..] {
            b"(" => {
                let previous = tokens.last().map_or(&b""[..], |token| token);
                let is_group = matches!(previous, b"import" | b"const" | b"var" | b"type");
                groups.push(is_group);
                if is_group {
                    continue;
                }
            }
            b")" | b"]" | b"}" => {
                let is_group = token == b")" && groups.pop() == Some(true);
                if is_group {
                    continue;
                }
                if tokens.last().is_some_and(|token| token == b",") {
                    tokens.pop();
                }
            }
            _ => (),
        }
        tokens.push(token);
    }
    tokens
}

#[test]
fn every_token_is_printed() {
    assert_eq!(tokens(b"f(a, /* b */ 'c',\n) // d").concat(), b"f(a,'c')");
    assert_eq!(tokens(b"import (\n\"a\"; `b`\n)").concat(), b"import\"a\"`b`");
    let mut parser = Parser::new();
    let mut count = 0;
    for pair in pairs() {
        for (side, source) in pair.files() {
            let parsed = parser.parse(source);
            let (read, printed) = (tokens(source), tokens(&print(&parsed.tree)));
            count += read.len();
            if let Some(at) = read.iter().zip(&printed).position(|(left, right)| left != right) {
                let around = |tokens: &[Vec<u8>]| {
                    let part = &tokens[at.saturating_sub(8)..(at + 8).min(tokens.len())];
                    String::from_utf8_lossy(&part.join(&b' ')).into_owned()
                };
                panic!("{}.{side}:\n{}\n{}", pair.name, around(&read), around(&printed));
            }
            assert_eq!(read.len(), printed.len(), "{}.{side}", pair.name);
        }
    }
    println!("{count} tokens");
}
