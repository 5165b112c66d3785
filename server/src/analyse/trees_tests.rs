//! Texts of files one after the other, and a replica that follows their trees.

use ast_diff::{Fed, Head, Limits, Part, Priority, Replica, Root, structure_root};

use super::super::tree_message::{MessageKind, TreePriority};
use super::*;
use crate::content::ContentHash;

/// A program as it is written, for tests of those who send its trees.
#[derive(Debug, Default)]
pub(crate) struct WrittenTrees {
    trees: Trees,
    revision: Revision,
    texts: BTreeMap<PathBuf, Arc<Text>>,
}

impl WrittenTrees {
    /// Saves a file, or takes it away; the trees afterwards.
    pub(crate) fn save(&mut self, path: &str, source: Option<&str>) -> ProgramTrees {
        self.save_for(Following::Trees, path, source)
    }

    /// As [`WrittenTrees::save`], when somebody follows that much.
    pub(crate) fn save_for(
        &mut self,
        following: Following,
        path: &str,
        source: Option<&str>,
    ) -> ProgramTrees {
        self.revision = self.revision.next();
        match source {
            Some(source) => drop(self.texts.insert(path.into(), text(source))),
            None => drop(self.texts.remove(Path::new(path))),
        }
        self.trees.retain(&self.texts.keys().collect());
        let of = |(path, text): (&PathBuf, &Arc<Text>)| {
            Some((path.clone(), self.trees.of(path, Some(text), self.revision, following)?))
        };
        self.texts.iter().filter_map(of).collect()
    }
}

fn text(source: &str) -> Arc<Text> {
    Arc::new(Text::new(source.as_bytes().to_vec(), ContentHash::of(source.as_bytes())))
}

fn source(number: usize) -> String {
    format!("package main\n\nfunc main() {{\n\tprintln({number})\n}}\n")
}

fn root(source: &str) -> Root {
    structure_root(&Parser::new().parse(source.as_bytes()).tree).into()
}

fn replica() -> Replica {
    Replica::new(Limits::default(), 1 << 20)
}

fn feed(replica: &mut Replica, messages: &[Arc<TreeMessage>]) {
    for message in messages {
        for (at, piece) in message.pieces.iter().enumerate() {
            let root = Root(message.root);
            let (head, priority) = match message.kind {
                MessageKind::Patch(base) => (Head::Patch(base, root), Priority::Tree),
                MessageKind::Snapshot => (Head::Snapshot(root), Priority::Tree),
                MessageKind::Trivia { tree, base } => {
                    (Head::Trivia { tree: Root(tree), root, base }, Priority::Trivia)
                }
            };
            let fed = replica.feed(Part {
                message: message.number,
                number: u32::try_from(at).unwrap(),
                is_last: at + 1 == message.pieces.len(),
                priority,
                head: (at == 0).then_some(head),
                bytes: piece.bytes.clone(),
            });
            assert!(!matches!(fed, Fed::Stuck(_) | Fed::TextStuck(_)), "{fed:?}");
        }
    }
}

fn is_snapshot(message: &TreeMessage) -> bool {
    message.kind == MessageKind::Snapshot
}

fn tree(trees: &ProgramTrees) -> &FileTree {
    &trees[Path::new("a.go")].tree
}

#[test]
fn a_replica_that_is_given_what_leads_there_has_the_tree_of_the_text() {
    let mut written = WrittenTrees::default();
    let mut replica = replica();
    let mut told = None;
    for number in 0..20 {
        let source = source(number);
        let trees = written.save("a.go", Some(&source));
        // One that looks rarely is given all that it lacks.
        if number % 3 != 0 {
            continue;
        }
        let messages = tree(&trees).since(told);
        assert_eq!(is_snapshot(&messages[0]), told.is_none());
        feed(&mut replica, &messages);
        told = Some(tree(&trees).number);
        assert_eq!(replica.root().map(Root::from), Some(root(&source)));
        assert!(tree(&trees).since(told).is_empty());
    }
}

#[test]
fn what_changes_no_tree_is_no_message() {
    let mut written = WrittenTrees::default();
    let first = written.save("a.go", Some("package main\n\nfunc main() {}\n"));
    let second = written.save("a.go", Some("package main\n\n// Nothing.\nfunc main() {\n}\n"));
    assert!(first[Path::new("a.go")].is_same(&second[Path::new("a.go")]));
    let third = written.save("a.go", Some("package main\n\nfunc main() { f() }\n"));
    assert_eq!(tree(&third).since(Some(tree(&first).number)).len(), 1);
}

#[test]
fn a_text_that_does_not_compile_has_a_tree() {
    let mut written = WrittenTrees::default();
    let mut replica = replica();
    let mut told = None;
    for source in
        ["package main\n\nfunc main() {}\n", "package main\n\nfunc main( {\n", "", "\0\u{feff}<<<<<<<\n"]
    {
        let trees = written.save("a.go", Some(source));
        feed(&mut replica, &tree(&trees).since(told));
        told = Some(tree(&trees).number);
        assert_eq!(replica.root().map(Root::from), Some(root(source)), "{source:?}");
    }
}

#[test]
fn patches_are_kept_in_bounds_and_a_snapshot_does_for_the_rest() {
    let mut written = WrittenTrees::default();
    let first = written.save("a.go", Some(&source(0)));
    let mut last = first.clone();
    for number in 1..=KEPT_PATCHES + 5 {
        last = written.save("a.go", Some(&source(number)));
    }
    let messages = tree(&last).since(Some(tree(&first).number));
    assert!(matches!(messages.as_slice(), [whole] if is_snapshot(whole)));
    assert_eq!(tree(&last).since(Some(tree(&last).number - KEPT_PATCHES as u64)).len(), KEPT_PATCHES);
    // Random letters cannot be made short.
    let mut state = 1u32;
    let mut letter = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'a' + (state >> 24) as u8 % 26)
    };
    let long: String = (0..2 * KEPT_BYTES).map(|_| letter()).collect();
    let large = written.save("a.go", Some(&format!("package main\n\nvar {long} = 1\n")));
    let messages = tree(&large).since(Some(tree(&last).number));
    assert!(matches!(messages.as_slice(), [whole] if is_snapshot(whole) && whole.pieces.len() > 1));
    let priorities: Vec<_> = messages[0].pieces.iter().map(|piece| piece.priority).collect();
    assert_eq!(priorities[0], TreePriority::Root);
    assert!(priorities[1..].iter().all(|priority| *priority == TreePriority::Tree));
}

#[test]
fn a_file_that_comes_back_is_never_taken_for_what_it_was() {
    let mut written = WrittenTrees::default();
    let first = written.save("a.go", Some(&source(0)));
    assert!(written.save("a.go", None).is_empty());
    let again = written.save("a.go", Some(&source(1)));
    assert!(tree(&again).number > tree(&first).number);
    assert!(is_snapshot(&tree(&again).since(Some(tree(&first).number))[0]));
}

#[test]
fn texts_are_followed_while_the_package_graph_does_not_know_them() {
    let mut trees = Trees::default();
    let (path, revision) = (Path::new("a.go"), Revision::FIRST);
    let old = text("package main\n");
    let first = trees.of(path, Some(&old), revision, Following::Trees).unwrap();
    trees.look(path, Some(Text::new(b"packag main\n".to_vec(), ContentHash::of(b"packag main\n"))));
    let broken = trees.of(path, Some(&old), revision.next(), Following::Trees).unwrap();
    assert_ne!(broken.tree.root, first.tree.root);
    trees.settle();
    assert_eq!(
        trees.of(path, Some(&old), revision.next(), Following::Trees).unwrap().tree.root,
        first.tree.root
    );
}

/// A page that has the texts.
struct Reader {
    written: WrittenTrees,
    replica: Replica,
    told: (Option<u64>, Option<u64>),
}

impl Reader {
    fn new() -> Self {
        Self { written: WrittenTrees::default(), replica: replica(), told: (None, None) }
    }

    fn save(&mut self, source: &str) -> ProgramTrees {
        self.written.save_for(Following::Texts, "a.go", Some(source))
    }

    /// Is brought up to date; how many messages about the tree that took, and the one about trivia.
    fn catch_up(&mut self, trees: &ProgramTrees) -> (usize, Option<Arc<TreeMessage>>) {
        let FollowedFile { tree, trivia } = &trees[Path::new("a.go")];
        let trivia = trivia.as_ref().unwrap();
        let messages = tree.since(self.told.0);
        feed(&mut self.replica, &messages);
        let last = trivia.since(self.told.1);
        feed(&mut self.replica, last.as_slice());
        self.told = (Some(tree.number), Some(trivia.number));
        (messages.len(), last)
    }

    fn text(&self) -> String {
        String::from_utf8(self.replica.text().unwrap().print(usize::MAX).unwrap()).unwrap()
    }
}

#[test]
fn a_text_is_followed_to_its_last_blank() {
    let mut reader = Reader::new();
    for (number, source) in [
        "// Package main.\npackage main\n\nfunc main() { f() }\n",
        "// Package main says.\npackage main\n\nfunc main() { f() }\n",
        "// Package main says.\npackage main\n\nfunc main() {\n\tf() // g\n}\n",
        "// Package main says.\npackage main\n\nfunc main() {\n\tf(1) // g\n}\n",
        "// Package main says.\npackage main\r\n\n\nfunc main( {\n",
        "",
    ]
    .into_iter()
    .enumerate()
    {
        let trees = reader.save(source);
        let (trees_sent, trivia) = reader.catch_up(&trees);
        assert_eq!(reader.text(), source);
        assert_eq!(trees_sent, usize::from(!matches!(number, 1 | 2)), "{source:?}");
        let bytes = trivia.unwrap().size();
        assert!(number == 0 || bytes < 32, "{bytes} bytes for {source:?}");
        assert_eq!(reader.catch_up(&trees), (0, None));
        assert!(reader.save(source)[Path::new("a.go")].is_same(&trees[Path::new("a.go")]));
    }
    let revisions: Vec<_> = ["package a\n", "package a // b\n", "package a\n"]
        .map(|source| reader.save(source)[Path::new("a.go")].trivia.as_ref().unwrap().revision)
        .to_vec();
    assert!(revisions.is_sorted() && revisions[0] != revisions[1]);
}

#[test]
fn who_looks_rarely_is_given_one_message_about_the_text() {
    let mut reader = Reader::new();
    let source = |number: usize| format!("// Of {number}.\n{}", source(number));
    let first = reader.save(&source(0));
    reader.catch_up(&first);
    for number in 1..=20 {
        let trees = reader.save(&source(number));
        // At last more often than texts are kept.
        if [1, 3, 6, 20].contains(&number) {
            let (_, trivia) = reader.catch_up(&trees);
            assert_eq!(reader.text(), source(number));
            let MessageKind::Trivia { base, .. } = trivia.unwrap().kind else { unreachable!() };
            assert_eq!(base.is_none(), number == 20, "{number}");
        }
    }
}

#[test]
fn texts_that_nobody_follows_any_more_are_told_anew() {
    let mut reader = Reader::new();
    let first = reader.save("package a // b\n");
    reader.catch_up(&first);
    reader.written.trees.forget_trivia();
    let without = reader.written.save("a.go", Some("package a // c\n"));
    assert!(without[Path::new("a.go")].trivia.is_none());
    let again = reader.save("package a // d\n");
    reader.catch_up(&again);
    assert_eq!(reader.text(), "package a // d\n");
}
