//! A replica that parts reach in any order, twice, damaged, or not at all.

#![expect(clippy::unwrap_used, reason = "a test")]

#[expect(dead_code, reason = "others make scripts too")]
mod random;

use ast_diff::{
    Change, Fed, Head, Kind, Limits, Part, Patch, PatchError, Priority, Reason, Replica, Snapshot, Tree,
    TreeBuilder, diff, structure_root,
};
use random::Random;

fn replica() -> Replica {
    Replica::new(Limits::default(), 1 << 20)
}

fn patch(old: &Tree, new: &Tree) -> Patch {
    Patch::new(old, structure_root(old), structure_root(new), &diff(old, new)).unwrap()
}

/// A history of trees, and the parts of all messages about it.
fn history(seed: u64, longest: usize) -> (Vec<Tree>, Vec<Part>) {
    let mut random = Random::new(seed);
    let mut trees = vec![random.tree(200)];
    let mut parts = Snapshot::of(&trees[0]).parts(0, longest);
    for number in 1..10 {
        let old = &trees[number - 1];
        let new = random.edited(old);
        parts.extend(patch(old, &new).parts(number as u64, longest));
        trees.push(new);
    }
    (trees, parts)
}

#[test]
fn any_order_ends_in_the_last_tree() {
    for seed in 0..100 {
        let (trees, mut parts) = history(seed, 1 + seed as usize);
        let mut random = Random::new(seed);
        for at in (1..parts.len()).rev() {
            parts.swap(at, random.below(at + 1));
        }
        let mut replica = replica();
        for part in &parts {
            assert_eq!(Part::from_bytes(&part.to_bytes()).as_ref(), Some(part));
            assert!(!matches!(replica.feed(part.clone()), Fed::Repeated));
            assert_eq!(replica.feed(part.clone()), Fed::Repeated);
            // Whatever is there is one of the trees, whole.
            assert!(replica.tree().is_none_or(|tree| trees.contains(tree)), "seed {seed}");
        }
        assert!(replica.tree() == trees.last(), "seed {seed}");
        assert_eq!(replica.root(), trees.last().map(structure_root));
        assert_eq!((replica.wants_snapshot(), replica.missing()), (None, None));
    }
}

#[test]
fn the_first_part_says_what_it_is_and_goes_first() {
    let (_, parts) = history(3, 10);
    assert!(parts.iter().any(|part| part.number > 0));
    for part in parts {
        assert_eq!(part.head.is_some(), part.number == 0);
        assert_eq!(part.priority, if part.number == 0 { Priority::Root } else { Priority::Tree });
        assert!(part.bytes.len() <= 10);
    }
}

#[test]
fn what_is_missing_is_said() {
    let (trees, parts) = history(1, usize::MAX);
    let mut replica = replica();
    assert_eq!(replica.wants_snapshot(), Some(Reason::Nothing));
    replica.feed(parts[0].clone());
    assert!(matches!(replica.feed(parts[2].clone()), Fed::Waiting));
    assert_eq!(replica.missing(), Some(1));
    replica.feed(parts[1].clone());
    assert_eq!(replica.missing(), None);
    assert!(replica.tree() == Some(&trees[2]));
}

#[test]
fn a_wrong_patch_leaves_the_tree_and_a_snapshot_heals() {
    let (trees, parts) = history(2, usize::MAX);
    let mut replica = replica();
    replica.feed(parts[0].clone());
    let mut wrong = parts[1].clone();
    let Some(Head::Patch(base, mut target)) = wrong.head else { unreachable!() };
    target.0[0] ^= 1;
    wrong.head = Some(Head::Patch(base, target));
    let reason = Reason::Refused(PatchError::OtherTarget);
    assert_eq!(replica.feed(wrong), Fed::Stuck(reason));
    assert!(replica.tree() == Some(&trees[0]));
    // What came meanwhile is not lost.
    assert_eq!(replica.feed(parts[3].clone()), Fed::Stuck(reason));
    let snapshot = Snapshot::of(&trees[2]).parts(2, usize::MAX);
    assert!(matches!(replica.feed(snapshot[0].clone()), Fed::Changed(_)));
    assert!(replica.tree() == Some(&trees[3]));
    assert_eq!(replica.wants_snapshot(), None);
}

#[test]
fn a_patch_for_another_tree_is_refused() {
    let (_, parts) = history(4, usize::MAX);
    let mut replica = replica();
    replica.feed(parts[0].clone());
    let mut other = parts[2].clone();
    other.message = 1;
    assert_eq!(replica.feed(other), Fed::Stuck(Reason::Refused(PatchError::OtherBase)));
}

#[test]
fn memory_is_bounded() {
    let mut replica = Replica::new(Limits::default(), 10_000);
    let head = Some(Head::Patch([0; 8], ast_diff::Root::default()));
    let part = |message| Part {
        message,
        number: 0,
        is_last: false,
        priority: Priority::Root,
        head,
        bytes: vec![0; 100],
    };
    let last = (1..1000).map(|message| replica.feed(part(message))).find(|fed| matches!(fed, Fed::Stuck(_)));
    assert_eq!(last, Some(Fed::Stuck(Reason::TooMuch)));
}

#[test]
fn parts_that_contradict_each_other() {
    let (_, parts) = history(5, 5);
    let mut two = parts.iter().filter(|part| part.message == 0).take(2).cloned();
    let (first, second) = (two.next().unwrap(), two.next().unwrap());
    let mut replica = replica();
    replica.feed(first.clone());
    let mut other = first.clone();
    other.bytes.push(0);
    assert_eq!(replica.feed(other), Fed::Stuck(Reason::Contradiction));
    replica.feed(second);
    let mut end = first;
    end.is_last = true;
    assert_eq!(replica.feed(end), Fed::Stuck(Reason::Contradiction));
}

fn file(declarations: &[(&str, &str)]) -> Tree {
    let mut builder = TreeBuilder::new();
    builder.open(Kind::SOURCE_FILE);
    for (name, body) in declarations {
        builder.open(Kind::FUNCTION_DECLARATION);
        builder.leaf(Kind::IDENTIFIER, name.as_bytes());
        builder.open(Kind::BLOCK);
        builder.leaf(Kind::INT_LITERAL, body.as_bytes());
        builder.close();
        builder.close();
    }
    builder.close();
    builder.finish().unwrap()
}

#[test]
fn changes_are_those_of_declarations() {
    let change = |old: u32, new: u32, is_moved| {
        let range = |index: u32| if index == 0 { 0..0 } else { 4 * index - 3..4 * index + 1 };
        Change { old: range(old), new: range(new), is_moved }
    };
    let (a, b, c, d) = (("a", "1"), ("b", "1"), ("c", "1"), ("d", "1"));
    for (old, new, wanted) in [
        (vec![a, b, c], vec![a, ("b", "2"), c], vec![change(2, 2, false)]),
        (vec![a, b, c], vec![a, c], vec![change(2, 0, false)]),
        (vec![a, b], vec![a, d, b], vec![change(0, 2, false)]),
        (vec![a, b, c], vec![c, a, b], vec![change(3, 1, true)]),
        (vec![a, b], vec![d, ("b", "2"), a], vec![change(0, 1, false), change(2, 2, false)]),
    ] {
        let (old, new) = (file(&old), file(&new));
        let mut replica = replica();
        replica.feed(Snapshot::of(&old).parts(0, 1 << 20)[0].clone());
        let fed = replica.feed(patch(&old, &new).parts(1, 1 << 20)[0].clone());
        assert_eq!(fed, Fed::Changed(wanted));
    }
}
