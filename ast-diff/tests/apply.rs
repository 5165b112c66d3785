//! Scripts and what they make of a tree, written down: `f(a b(c d) e)` is a call with these children.

#![expect(clippy::unwrap_used, reason = "a test")]

mod naive;
#[expect(dead_code, reason = "others make edited trees too")]
mod random;

use ast_diff::{
    ApplyError, Edit, Fed, Item, Kind, Label, Limits, Part, Patch, Replica, Script, Snapshot, Text, Tree,
    TreeBuilder, apply, structure_root,
};
use random::Random;

/// Reads `name(child child)`: inner nodes are calls, others identifiers. `-` is no label.
fn tree(text: &str) -> Tree {
    let mut builder = TreeBuilder::new();
    let mut word = String::new();
    for symbol in text.chars().chain([' ']) {
        match symbol {
            '(' => {
                builder.open(Kind::CALL_EXPRESSION);
                builder.set_label(word.trim_matches('-').as_bytes());
                word.clear();
            }
            ' ' | ')' => {
                if !word.is_empty() {
                    builder.leaf(Kind::IDENTIFIER, word.trim_matches('-').as_bytes());
                    word.clear();
                }
                if symbol == ')' {
                    builder.close();
                }
            }
            letter => word.push(letter),
        }
    }
    builder.finish().unwrap()
}

fn new(text: &str) -> Text {
    Text::New(text.as_bytes().into())
}

fn leaf(text: &str) -> Item {
    Item::New { kind: Kind::IDENTIFIER, label: new(text), children: 0 }
}

fn inner(text: &str, children: u32) -> Item {
    Item::New { kind: Kind::CALL_EXPRESSION, label: new(text), children }
}

fn insert(parent: u32, position: u32, content: Vec<Item>) -> Edit {
    Edit::Insert { parent, position, content }
}

fn result(old: &str, edits: Vec<Edit>) -> Result<Tree, ApplyError> {
    apply(&tree(old), &Script { edits }, 1000)
}

fn becomes(old: &str, edits: Vec<Edit>, wanted: &str) {
    assert_eq!(result(old, edits), Ok(tree(wanted)));
}

fn fails(old: &str, edits: Vec<Edit>, wanted: ApplyError) {
    assert_eq!(result(old, edits), Err(wanted));
}

/// Nodes: f 0, a 1, b 2, c 3, d 4, e 5; labels f 1, a 2, b 3, c 4, d 5, e 6.
const OLD: &str = "f(a b(c d) e)";

#[test]
fn nothing_changes_nothing() {
    becomes(OLD, vec![], OLD);
}

#[test]
fn an_update_keeps_the_children() {
    let update = |at, label| Edit::Update { at, kind: Kind::CALL_EXPRESSION, label };
    becomes(OLD, vec![update(2, new("x"))], "f(a x(c d) e)");
    becomes(OLD, vec![update(2, Text::Old(Label(6)))], "f(a e(c d) e)");
    becomes(OLD, vec![update(2, Text::Old(Label::NONE))], "f(a -(c d) e)");
    becomes(OLD, vec![update(0, new("g"))], "g(a b(c d) e)");
    let other = Edit::Update { at: 1, kind: Kind::INT_LITERAL, label: new("1") };
    let tree = result(OLD, vec![other]).unwrap();
    assert_eq!((tree.node(1).kind, tree.text(1)), (Kind::INT_LITERAL, &b"1"[..]));
}

#[test]
fn a_deletion_takes_what_is_below() {
    becomes(OLD, vec![Edit::Delete { at: 2 }], "f(a e)");
    becomes(OLD, vec![Edit::Delete { at: 1 }, Edit::Delete { at: 3 }, Edit::Delete { at: 5 }], "f(b(d))");
}

#[test]
fn insertions_count_the_old_children() {
    becomes(OLD, vec![insert(0, 0, vec![leaf("x")])], "f(x a b(c d) e)");
    becomes(OLD, vec![insert(0, 3, vec![leaf("x"), leaf("y")])], "f(a b(c d) e x y)");
    becomes(OLD, vec![insert(2, 1, vec![inner("x", 2), leaf("y"), inner("z", 0)])], "f(a b(c x(y z()) d) e)");
    let both = vec![insert(0, 1, vec![leaf("x")]), insert(0, 2, vec![leaf("y")]), Edit::Delete { at: 2 }];
    becomes(OLD, both, "f(a x y e)");
}

#[test]
fn a_moved_subtree_takes_its_edits_along() {
    let moved = |at| Item::Moved { at };
    becomes(OLD, vec![insert(0, 0, vec![moved(2)])], "f(b(c d) a e)");
    let edits = vec![
        insert(0, 3, vec![inner("x", 1), moved(2)]),
        Edit::Update { at: 2, kind: Kind::CALL_EXPRESSION, label: new("y") },
        insert(2, 2, vec![moved(1)]),
        Edit::Delete { at: 3 },
    ];
    becomes(OLD, edits, "f(e x(y(d a)))");
    // Out of what goes, and with an insertion below that goes on in another one.
    let edits = vec![insert(0, 0, vec![moved(4), leaf("x")]), Edit::Delete { at: 2 }];
    becomes(OLD, edits, "f(d x a e)");
    let edits = vec![insert(0, 0, vec![moved(2), leaf("x")]), insert(2, 0, vec![moved(5), leaf("y")])];
    becomes(OLD, edits, "f(b(e y c d) x a)");
}

#[test]
fn a_copy_is_of_what_was() {
    let copied = |at| Item::Copied { at };
    becomes(OLD, vec![insert(0, 3, vec![copied(2), copied(2)])], "f(a b(c d) e b(c d) b(c d))");
    let edits = vec![insert(0, 0, vec![inner("x", 1), copied(2)]), Edit::Delete { at: 2 }];
    becomes(OLD, edits, "f(x(b(c d)) a e)");
    let edits = vec![
        Edit::Rename { from: Label(4), to: new("z") },
        insert(0, 0, vec![copied(2)]),
        Edit::Update { at: 2, kind: Kind::CALL_EXPRESSION, label: new("y") },
    ];
    becomes(OLD, edits, "f(b(c d) a y(z d) e)");
}

#[test]
fn a_rename_is_for_nodes_without_an_update() {
    let rename = Edit::Rename { from: Label(2), to: new("z") };
    becomes("a(a b(a) a)", vec![Edit::Rename { from: Label(1), to: new("z") }], "z(z b(z) z)");
    let edits = vec![
        rename,
        insert(0, 0, vec![Item::Moved { at: 3 }]),
        Edit::Update { at: 1, kind: Kind::IDENTIFIER, label: Text::Old(Label(2)) },
    ];
    becomes("f(a a(b) a)", edits, "f(b a z() z)");
}

#[test]
fn what_is_not_there_is_out_of_range() {
    let update = |at, label| Edit::Update { at, kind: Kind::IDENTIFIER, label };
    fails(OLD, vec![update(6, new("x"))], ApplyError::OutOfRange);
    fails(OLD, vec![update(1, Text::Old(Label(7)))], ApplyError::OutOfRange);
    fails(OLD, vec![Edit::Delete { at: 6 }], ApplyError::OutOfRange);
    fails(OLD, vec![insert(6, 0, vec![leaf("x")])], ApplyError::OutOfRange);
    fails(OLD, vec![insert(0, 4, vec![leaf("x")])], ApplyError::OutOfRange);
    fails(OLD, vec![insert(1, 1, vec![leaf("x")])], ApplyError::OutOfRange);
    fails(OLD, vec![insert(0, 0, vec![Item::Moved { at: 6 }])], ApplyError::OutOfRange);
    fails(OLD, vec![insert(0, 0, vec![Item::Copied { at: 6 }])], ApplyError::OutOfRange);
    fails(OLD, vec![Edit::Rename { from: Label(7), to: new("x") }], ApplyError::OutOfRange);
    fails(OLD, vec![Edit::Rename { from: Label(1), to: Text::Old(Label(7)) }], ApplyError::OutOfRange);
}

#[test]
fn contradictions_are_refused() {
    let delete = |at| Edit::Delete { at };
    let update = Edit::Update { at: 2, kind: Kind::IDENTIFIER, label: new("x") };
    let moved = |at| vec![Item::Moved { at }];
    fails(OLD, vec![delete(3), delete(2)], ApplyError::Contradiction);
    fails(OLD, vec![delete(2), delete(2)], ApplyError::Contradiction);
    fails(OLD, vec![update.clone(), delete(2)], ApplyError::Contradiction);
    fails(OLD, vec![insert(0, 0, moved(2)), insert(0, 1, moved(2))], ApplyError::Contradiction);
    fails(OLD, vec![insert(0, 0, moved(2)), delete(2)], ApplyError::Contradiction);
    fails(OLD, vec![insert(0, 1, vec![leaf("x")]), insert(0, 0, vec![leaf("y")])], ApplyError::Contradiction);
    // Below what goes, and into itself.
    fails(OLD, vec![delete(2), insert(2, 0, vec![leaf("x")])], ApplyError::Contradiction);
    fails(OLD, vec![insert(2, 0, moved(2))], ApplyError::Contradiction);
    fails(OLD, vec![insert(0, 3, moved(0))], ApplyError::Incomplete);
    fails("f(a(x) b(y))", vec![insert(1, 0, moved(3)), insert(3, 0, moved(1))], ApplyError::Contradiction);
}

#[test]
fn content_is_whole_subtrees() {
    fails(OLD, vec![insert(0, 0, vec![inner("x", 1)])], ApplyError::Incomplete);
    fails(OLD, vec![insert(0, 0, vec![inner("x", u32::MAX), leaf("y")])], ApplyError::Incomplete);
    fails(OLD, vec![Edit::Delete { at: 0 }], ApplyError::Incomplete);
}

#[test]
fn no_more_nodes_than_allowed() {
    let apply_within = |content, longest| {
        apply(&tree(OLD), &Script { edits: vec![insert(0, 0, content)] }, longest)
            .map(|tree| tree.nodes().len())
    };
    let copies = || vec![Item::Copied { at: 0 }; 10];
    assert_eq!(apply_within(copies(), 66), Ok(66));
    assert_eq!(apply_within(copies(), 65), Err(ApplyError::TooLarge));
    assert_eq!(apply_within(vec![leaf("x"); 10], 16), Ok(16));
    assert_eq!(apply_within(vec![leaf("x"); 10], 15), Err(ApplyError::TooLarge));
}

/// A tree that receives a patch with that script, which says what it makes, or makes nothing.
fn receive(old: &Tree, script: &Script, wanted: Option<&Tree>) {
    let root = structure_root(old);
    let target = wanted.map_or(root, structure_root);
    let only = |parts: Vec<Part>| parts.into_iter().next().unwrap();
    let patch = only(Patch::new(old, root, target, script).unwrap().parts(1, usize::MAX));
    let mut replica = Replica::new(Limits::default(), usize::MAX);
    replica.feed(only(Snapshot::of(old).parts(0, usize::MAX)));
    let fed = replica.feed(patch);
    assert_eq!(matches!(fed, Fed::Changed(_)), wanted.is_some(), "{fed:?}");
    assert_eq!((replica.tree(), replica.root()), (wanted.or(Some(old)), Some(target)));
}

#[test]
fn any_script_makes_what_it_means_or_nothing() {
    let (mut made, mut refused) = (0, 0);
    for seed in 0..4000 {
        let mut random = Random::new(seed);
        let largest = [8, 20, 120][random.below(3)];
        let old = random.tree(largest);
        let script = random.script(&old);
        let wanted = naive::apply(&old, &script, 1000);
        let tree = apply(&old, &script, 1000);
        assert_eq!(tree.ok(), wanted, "seed {seed}: {script:?}");
        receive(&old, &script, wanted.as_ref());
        *(if wanted.is_some() { &mut made } else { &mut refused }) += 1;
    }
    assert!(made > 400 && refused > 400, "{made} made, {refused} refused");
}

fn deep(depth: usize) -> Tree {
    let mut builder = TreeBuilder::new();
    for _ in 0..depth {
        builder.open(Kind::PARENTHESIZED_EXPRESSION);
    }
    for _ in 0..depth {
        builder.close();
    }
    builder.finish().unwrap()
}

#[test]
fn depth_needs_no_stack() {
    let run = || {
        let depth = 100_000;
        let old = deep(depth);
        let last = depth as u32 - 1;
        let content = vec![
            Item::New {
                kind: Kind::PARENTHESIZED_EXPRESSION,
                label: Text::Old(Label::NONE),
                children: 1
            };
            depth
        ];
        let content: Vec<Item> = content.into_iter().chain([leaf("x")]).collect();
        let new = apply(&old, &Script { edits: vec![insert(last, 0, content)] }, 1 << 20).unwrap();
        assert_eq!(new.nodes().len(), 2 * depth + 1);
        // Each level moved into the next insertion.
        let moved = vec![insert(0, 0, vec![inner("y", 1), Item::Moved { at: 1 }])];
        assert_eq!(apply(&old, &Script { edits: moved }, 1 << 20).unwrap().nodes().len(), depth + 1);
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap();
}

#[test]
fn long_scripts_take_linear_time() {
    let count = 100_000;
    let mut builder = TreeBuilder::new();
    builder.open(Kind::SOURCE_FILE);
    for number in 0..count {
        builder.leaf(Kind::IDENTIFIER, format!("a{number}").as_bytes());
    }
    builder.close();
    let old = builder.finish().unwrap();
    // A quadratic step would be 10^10 of something, which no machine does before the test runner gives up.
    let inserts =
        (0..count).map(|position| insert(0, position, vec![leaf("x"), Item::Moved { at: count - position }]));
    let new = apply(&old, &Script { edits: inserts.collect() }, 1 << 20).unwrap();
    assert_eq!(new.nodes().len(), 2 * count as usize + 1);
    assert_eq!(new.text(2), b"a99999");
}
