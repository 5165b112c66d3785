//! What must hold whatever comes: for two texts as versions of a file, and for messages that were damaged on their way. The
//! targets in `fuzz/` and the test `mutations` ask the same.

use std::sync::Arc;

use ast_diff::{
    ExactText, Fed, Hashes, Limits, Parser, Part, Patch, Replica, Snapshot, Tree, Trivia, TriviaMessage,
    diff, structure_root,
};

/// Small enough that nonsense cannot take long.
const LIMITS: Limits = Limits { nodes: 1 << 14, text: 1 << 16 };

/// What a replica has, and what would make something else of it.
pub(crate) struct Message {
    old: ExactText,
    new: ExactText,
    /// What the replica was given before.
    start: Vec<Part>,
    /// The patch and the trivia on their way, in parts.
    pub(crate) parts: Vec<Vec<u8>>,
}

impl Message {
    /// What leads from one text to another, in parts of at most `longest` bytes.
    pub(crate) fn between(old: &ExactText, new: &ExactText, longest: usize) -> Self {
        let mut start = Snapshot::of(old.tree()).parts(0, usize::MAX);
        start.extend(TriviaMessage::new(old, None).parts(0, usize::MAX));
        let mut parts = patch(old, new).parts(1, longest);
        parts.extend(TriviaMessage::new(new, Some(old)).parts(1, longest));
        let parts = parts.iter().map(Part::to_bytes).collect();
        Self { old: old.clone(), new: new.clone(), start, parts }
    }

    /// Gives other parts to a replica that waits for these. After each of them its tree and its text are the new ones or, as
    /// if nothing had come, the old ones. Whether the tree is the new one in the end.
    pub(crate) fn arrives_as(&self, parts: &[Vec<u8>]) -> bool {
        let mut replica = Replica::new(LIMITS, 1 << 16);
        for part in &self.start {
            replica.feed(part.clone());
        }
        assert!(replica.tree() == Some(self.old.tree()), "a snapshot of our own");
        assert_eq!(replica.text().map(ExactText::root), Some(self.old.root()), "trivia of our own");
        let mut is_changed = false;
        for part in parts.iter().filter_map(|bytes| Part::from_bytes(bytes)) {
            is_changed |= matches!(replica.feed(part), Fed::Changed(_));
            let wanted = if is_changed { &self.new } else { &self.old };
            assert!(replica.tree() == Some(wanted.tree()), "another tree was accepted");
            assert_eq!(replica.root(), Some(wanted.tree_root()));
            if let Some(text) = replica.text() {
                let wanted = if text.root() == self.new.root() { &self.new } else { &self.old };
                assert_eq!(text.root(), wanted.root());
                assert!(text.print(usize::MAX) == wanted.print(usize::MAX), "another text was accepted");
            }
        }
        is_changed
    }
}

/// A text as it is followed.
pub(crate) fn read(parser: &mut Parser, source: &[u8]) -> ExactText {
    let parsed = parser.parse(source);
    let trivia = Trivia::of(&parsed.tree, &parsed.spans, source);
    of_tree(parsed.tree, trivia)
}

/// A tree with what its text has besides.
pub(crate) fn of_tree(tree: Tree, trivia: Trivia) -> ExactText {
    let root = structure_root(&tree);
    ExactText::new(Arc::new(tree), root, trivia)
}

fn patch(old: &ExactText, new: &ExactText) -> Patch {
    let script = diff(old.tree(), new.tree());
    Patch::new(old.tree(), old.tree_root(), new.tree_root(), &script).expect("a script of our own")
}

/// Two texts as versions of a file: whoever follows has the tree of the one and then of the other, and goes back.
pub(crate) fn trees_follow(old: &ExactText, new: &ExactText) {
    let limits = Limits::default();
    let hashes = [Hashes::of(old.tree()), Hashes::of(new.tree())];
    let again = Hashes::again(old.tree(), &hashes[0], new.tree());
    assert!(again.children() == hashes[1].children() && again.root() == hashes[1].root());
    let mut replica = Replica::new(limits, usize::MAX);
    feed(&mut replica, Snapshot::of(old.tree()).parts(0, usize::MAX), old);
    for (message, from, to) in [(1, old, new), (2, new, old)] {
        let patch = patch(from, to);
        let read = Patch::from_bytes(&patch.to_bytes()).expect("bytes of our own");
        assert!(read.apply(from.tree(), from.tree_root(), &limits).as_ref() == Ok(&**to.tree()));
        feed(&mut replica, patch.parts(message, usize::MAX), to);
    }
}

/// And whoever wants the texts has them, byte for byte.
pub(crate) fn texts_follow(texts: [&[u8]; 2], old: &ExactText, new: &ExactText) {
    let mut replica = Replica::new(Limits::default(), usize::MAX);
    let mut last = None;
    for (message, to, source) in [(0, old, texts[0]), (1, new, texts[1]), (2, old, texts[0])] {
        let parts = match last {
            None => Snapshot::of(to.tree()).parts(message, usize::MAX),
            Some(from) => patch(from, to).parts(message, usize::MAX),
        };
        feed(&mut replica, parts, to);
        feed(&mut replica, TriviaMessage::new(to, last).parts(message, usize::MAX), to);
        let text = replica.text().expect("trivia of our own");
        assert!(text.print(usize::MAX).as_deref() == Some(source), "another text");
        last = Some(to);
    }
}

fn feed(replica: &mut Replica, parts: Vec<Part>, wanted: &ExactText) {
    for part in parts {
        replica.feed(Part::from_bytes(&part.to_bytes()).expect("a part of our own"));
    }
    assert!(replica.tree() == Some(wanted.tree()), "another tree");
    assert_eq!(replica.root(), Some(wanted.tree_root()));
}
