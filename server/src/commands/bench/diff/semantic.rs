//! Our diff, in this process: its figures, and how many names and literals it says to be other ones.

use ast_diff::{Edit, Item, Kind, Label, Parser, Script, Text, Tree, Verdict, print, structure_root};

use super::super::super::diff::Comparison;
use super::answer::{Answer, Found, PatchSize};
use super::marks::count_words;
use super::pair::Texts;

/// Reads and compares Go texts.
#[derive(Debug)]
pub(super) struct Semantic(Parser);

impl Semantic {
    pub(super) fn new() -> Self {
        Self(Parser::new())
    }

    /// Two texts without comments, a statement a line, and whether their trees differ.
    pub(super) fn bare(&mut self, old: &str, new: &str) -> (String, String, bool) {
        let [old, new] = [old, new].map(|text| self.0.parse(text.as_bytes()).tree);
        let text = |tree: &Tree| String::from_utf8_lossy(&print(tree)).into_owned();
        (text(&old), text(&new), structure_root(&old) != structure_root(&new))
    }

    /// Reads both texts, compares them and makes a patch.
    pub(super) fn compare(&mut self, texts: &Texts) -> Answer {
        let comparison = Comparison::new(&mut self.0, texts.old.as_bytes(), texts.new.as_bytes());
        let spent = comparison.spent;
        let bare = comparison.payload();
        let whole = if comparison.equal() { 0 } else { comparison.patch.to_bytes().len() };
        let found = Found {
            equal: Some(matches!(comparison.meaning.verdict, Verdict::Nothing)),
            patch: Some(PatchSize { whole, bare }),
            applies: Some(comparison.round_trip),
            operations: Some(comparison.counts.operations as usize),
            lines: None,
            words: Some(words(&comparison.script, &comparison.old.tree)),
        };
        Answer::new(spent.parse + spent.hash + spent.diff + spent.encode, found)
    }
}

/// What becomes of a node of the old tree.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// As what it is in.
    Inherited,
    Gone,
    Moved,
}

/// Names and literals that go, and that come, as a reader would see them: one that is renamed goes and comes at each of its
/// places, one that is copied comes, and one that is moved does neither.
fn words(script: &Script, old: &Tree) -> usize {
    let count = old.nodes().len();
    let mut fates = vec![Fate::Inherited; count];
    let mut updated = vec![false; count];
    let mut renamed = vec![false; old.labels().count()];
    let mut words = 0;
    for edit in &script.edits {
        match edit {
            Edit::Update { at, kind, label } => {
                updated[*at as usize] = true;
                let before = old.node(*at);
                // It may only say that a renaming does not reach this place.
                if (before.kind, &Text::Old(before.label)) != (*kind, label) {
                    words += old_words(old, *at) + new_words(*kind, label, old);
                }
            }
            Edit::Delete { at } => fates[*at as usize] = Fate::Gone,
            Edit::Insert { content, .. } => {
                for item in content {
                    match item {
                        Item::New { kind, label, .. } => words += new_words(*kind, label, old),
                        Item::Moved { at } => fates[*at as usize] = Fate::Moved,
                        Item::Copied { at } => {
                            words += (*at..old.end(*at)).map(|node| old_words(old, node)).sum::<usize>();
                        }
                    }
                }
            }
            Edit::Rename { from, .. } => renamed[from.0 as usize] = true,
        }
    }
    // Ends of the nodes that the current one is in, with whether they go.
    let mut around: Vec<(u32, bool)> = Vec::new();
    for node in 0..count as u32 {
        while around.last().is_some_and(|(end, _)| *end <= node) {
            around.pop();
        }
        let index = node as usize;
        let gone = match fates[index] {
            Fate::Inherited => around.last().is_some_and(|(_, gone)| *gone),
            Fate::Gone => true,
            Fate::Moved => false,
        };
        around.push((old.end(node), gone));
        let Label(label) = old.node(node).label;
        if gone {
            words += old_words(old, node);
        } else if renamed[label as usize] && !updated[index] {
            words += 2 * old_words(old, node);
        }
    }
    words
}

/// Names and literals that a node is: what could not be read is a text of several.
fn old_words(tree: &Tree, node: u32) -> usize {
    match tree.node(node).kind {
        Kind::OPAQUE => count_words(&String::from_utf8_lossy(tree.text(node))),
        kind => usize::from(is_word(kind)),
    }
}

fn new_words(kind: Kind, label: &Text, old: &Tree) -> usize {
    match (kind, label) {
        (Kind::OPAQUE, Text::New(text)) => count_words(&String::from_utf8_lossy(text)),
        (Kind::OPAQUE, Text::Old(label)) => count_words(&String::from_utf8_lossy(old.labels().get(*label))),
        _ => usize::from(is_word(kind)),
    }
}

fn is_word(kind: Kind) -> bool {
    kind.is_atom() || (kind.is_word() && kind != Kind::DOT)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    const OLD: &str = "package p\n\nfunc f(a int) int {\n\tg(a, \"x y\")\n\treturn a + 1\n}\n\nfunc h() {\n\tone(1)\n\ttwo(2)\n\tthree(3)\n}\n";

    fn found(new: &str) -> Found {
        between(OLD, new)
    }

    fn between(old: &str, new: &str) -> Found {
        let path = PathBuf::new;
        let texts = Texts { old: old.to_owned(), new: new.to_owned(), old_path: path(), new_path: path() };
        Semantic::new().compare(&texts).found.unwrap()
    }

    #[test]
    fn words_are_counted_as_others_mark_them() {
        let words = |from: &str, to: &str| {
            let new = OLD.replace(from, to);
            assert_ne!(new, OLD);
            found(&new).words.unwrap()
        };
        assert_eq!(words("a + 1", "a + 2"), 2);
        assert_eq!(words("\ttwo(2)\n", ""), 2);
        assert_eq!(words("two(2)", "two(2, nil)"), 1);
        assert_eq!(words("a + 1", "a - 1"), 0);
        // What is renamed is another name at its three places.
        assert_eq!(found(&OLD.replace("(a", "(number").replace("return a", "return number")).words, Some(6));
        // A field of the same name is not renamed with it.
        let field = OLD.replace("one(1)", "one(b.a)");
        let renamed = field.replace("(a", "(number").replace("return a", "return number");
        assert_eq!(between(&field, &renamed).words, Some(6));
        // What is moved is the same.
        assert_eq!(words("\tone(1)\n\ttwo(2)\n\tthree(3)\n", "\tthree(3)\n\tone(1)\n\ttwo(2)\n"), 0);
    }

    #[test]
    fn comments_and_layout_are_equal_and_take_no_patch() {
        let found = found(&OLD.replace("func h", "// h\n\n\nfunc h"));
        assert_eq!((found.equal, found.words, found.operations), (Some(true), Some(0), Some(0)));
        assert_eq!(found.patch, Some(PatchSize { whole: 0, bare: 0 }));
    }

    #[test]
    fn a_patch_has_a_head_and_applies() {
        let found = found(&OLD.replace("two", "four"));
        let size = found.patch.unwrap();
        assert_eq!(size.whole - size.bare, 28);
        assert!(size.bare > 0 && found.applies == Some(true) && found.equal == Some(false));
    }

    #[test]
    fn trees_and_texts_have_the_same_words() {
        let tree = Parser::new().parse(OLD.as_bytes()).tree;
        let words: usize = (0..tree.nodes().len() as u32).map(|node| old_words(&tree, node)).sum();
        assert_eq!(words, count_words(OLD));
        let mut semantic = Semantic::new();
        let (old, new, differs) = semantic.bare(OLD, &OLD.replace("func h", "// h\nfunc h"));
        assert!(old == new && !differs && count_words(&old) == words, "{old}");
        assert!(semantic.bare(OLD, &OLD.replace("two", "four")).2);
    }
}
