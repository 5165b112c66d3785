//! Real files are read as a whole, written as they were, and read again as after the first time.

use ast_diff::{Hashes, Kind, Parsed, Parser, Role, print};

use crate::corpus::pairs;
use crate::edits::Random;

fn role(source: &[u8]) -> Role {
    let is_test = source.windows(9).any(|window| window == b"testing.T");
    if is_test { Role::Test } else { Role::Program }
}

#[test]
fn printed_trees_are_read_as_the_same_trees() {
    let mut parser = Parser::new();
    let (mut opaque, mut files, mut failures) = (0, 0, Vec::new());
    for pair in pairs() {
        for (side, source) in pair.files() {
            let role = role(source);
            let parsed = parser.parse_as(source, role);
            let printed = print(&parsed.tree);
            let again = parser.parse_as(&printed, role);
            if parsed.tree != again.tree {
                failures.push(format!(
                    "{}.{side}: {}",
                    pair.name,
                    difference(&parsed, source, &again, &printed)
                ));
            }
            opaque += parsed.tree.nodes().iter().filter(|node| node.kind == Kind::OPAQUE).count();
            files += 1;
            if !parsed.errors.is_empty() {
                println!("{}.{side}: {:?}", pair.name, parsed.errors);
            }
        }
    }
    println!("{files} files, {opaque} opaque declarations");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Everything about a file that is read again is as if it were read for the first time.
#[test]
fn edits_are_read_as_new_files() {
    #[expect(clippy::disallowed_methods, reason = "a test that can be made longer")]
    let wanted = std::env::var("AST_DIFF_EDITS").ok().and_then(|text| text.parse().ok()).unwrap_or(600);
    let pairs = pairs();
    if pairs.is_empty() {
        return;
    }
    let mut parser = Parser::new();
    let mut random = Random::new(20);
    let mut failures = Vec::new();
    for _ in 0..wanted / 10 {
        let pair = &pairs[random.below(pairs.len())];
        let role = role(&pair.old);
        let mut source = pair.old.clone();
        let mut parsed = parser.parse_as(&source, role);
        let mut hashes = Hashes::of(&parsed.tree);
        for _ in 0..10 {
            let edited = random.edit(&source);
            let again = parser.parse_again(&edited, &parsed);
            let cold = parser.parse_as(&edited, role);
            if again != cold {
                let shown = String::from_utf8_lossy(&edited);
                panic!("{}: {}\n{shown}", pair.name, difference(&again, &edited, &cold, &edited));
            }
            let printed = print(&cold.tree);
            let read = parser.parse_as(&printed, role);
            if read.tree != cold.tree {
                failures.push(format!("{}: {}", pair.name, difference(&cold, &edited, &read, &printed)));
            }
            hashes = Hashes::again(&parsed.tree, &hashes, &again.tree);
            assert_eq!(hashes.root(), Hashes::of(&cold.tree).root(), "{}", pair.name);
            (source, parsed) = (edited, again);
        }
        // The other side of the pair is one large edit.
        assert!(parser.parse_again(&pair.new, &parsed) == parser.parse_as(&pair.new, role), "{}", pair.name);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The first node that differs, in both texts.
fn difference(left: &Parsed, left_source: &[u8], right: &Parsed, right_source: &[u8]) -> String {
    let count = left.tree.nodes().len().min(right.tree.nodes().len()) as u32;
    let at = (1..count)
        .find(|at| {
            let (left_node, right_node) = (left.tree.node(*at), right.tree.node(*at));
            left_node.kind != right_node.kind
                || left_node.size != right_node.size
                || left.tree.text(*at) != right.tree.text(*at)
        })
        .unwrap_or(count - 1);
    let shown = |parsed: &Parsed, source: &[u8]| {
        let span = &parsed.spans[at as usize];
        let text = &source[span.start as usize..span.end as usize];
        format!("{:?}", String::from_utf8_lossy(text))
    };
    let (left_text, right_text) = (shown(left, left_source), shown(right, right_source));
    let same = left_text.bytes().zip(right_text.bytes()).take_while(|(left, right)| left == right).count();
    let part = |text: &str| text.chars().skip(same.saturating_sub(80)).take(160).collect::<String>();
    let kinds = (left.tree.node(at).kind, right.tree.node(at).kind);
    let counts = (left.tree.nodes().len(), right.tree.nodes().len());
    format!(
        "node {at} of {counts:?}, {kinds:?} at {same}:\n    {}\n    {}",
        part(&left_text),
        part(&right_text)
    )
}
