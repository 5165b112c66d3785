//! Scripts and trees through the wire: what comes out is what went in, and what was damaged is refused.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test, longer when it is asked to be")]

mod oracle;
mod random;

use ast_diff::{
    Edit, Item, Kind, Label, Limits, Patch, PatchError, Script, Snapshot, Text, Tree, TreeBuilder,
    structure_root,
};
use random::Random;

const SMALL: Limits = Limits { nodes: 1 << 14, text: 1 << 16 };

/// How often: a word in the environment makes it so often.
fn times(default: u64) -> u64 {
    std::env::var("TIMES").ok().and_then(|times| times.parse().ok()).unwrap_or(default)
}

fn patch(old: &Tree, new: &Tree) -> Patch {
    Patch::new(old, structure_root(old), structure_root(new), &oracle::diff(old, new)).unwrap()
}

#[test]
fn any_script_comes_out_as_it_went_in() {
    for seed in 0..times(600) {
        let mut random = Random::new(seed);
        let old = random.tree(300);
        let script = random.script(&old);
        let root = structure_root(&old);
        let patch = Patch::new(&old, root, root, &script).unwrap();
        let patch = Patch::from_bytes(&patch.to_bytes()).unwrap();
        assert_eq!(patch.script(&old, &Limits::default()), Ok(script), "seed {seed}");
    }
}

#[test]
fn edited_trees_come_out() {
    for seed in 0..times(400) {
        let mut random = Random::new(seed);
        let old = random.tree(400);
        let new = random.edited(&old);
        for (from, to) in [(&old, &new), (&new, &old)] {
            let made = patch(from, to).apply(from, structure_root(from), &Limits::default());
            assert!(made.as_ref() == Ok(to), "seed {seed}");
            assert!(Snapshot::of(to).tree(&Limits::default()).as_ref() == Ok(to), "seed {seed}");
        }
    }
}

#[test]
fn damage_is_refused() {
    for seed in 0..times(10_000) / 20 {
        let mut random = Random::new(seed);
        let old = random.tree(100);
        let new = random.edited(&old);
        let root = structure_root(&old);
        let (good, snapshot) = (patch(&old, &new), Snapshot::of(&new));
        for _ in 0..10 {
            let mut bad = good.clone();
            damage(&mut random, &mut bad.operations);
            match bad.apply(&old, root, &SMALL) {
                // Other bytes that say the same are no damage.
                Ok(made) => assert!(made == new, "seed {seed}"),
                Err(error) => assert_ne!(error, PatchError::OtherBase),
            }
            let mut bad = snapshot.clone();
            damage(&mut random, &mut bad.nodes);
            assert!(bad.tree(&SMALL).map_or(true, |made| made == new), "seed {seed}");
        }
    }
}

fn damage(random: &mut Random, bytes: &mut Vec<u8>) {
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len() + 1);
        match random.below(4) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, random.below(256) as u8),
            2 if at < bytes.len() => drop(bytes.remove(at)),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
}

#[test]
fn random_bytes_are_no_message() {
    let mut random = Random::new(7);
    let old = random.tree(200);
    for _ in 0..times(2_000) {
        let bytes: Vec<u8> = (0..random.below(200)).map(|_| random.below(256) as u8).collect();
        let patch = Patch { base: [0; 8], target: structure_root(&old).into(), operations: bytes.clone() };
        let _ = patch.script(&old, &SMALL);
        let _ = Patch::from_bytes(&bytes);
        let _ = ast_diff::Part::from_bytes(&bytes);
        assert!(Snapshot { root: structure_root(&old).into(), nodes: bytes }.tree(&SMALL).is_err());
    }
}

fn leaves(count: usize) -> Tree {
    let mut builder = TreeBuilder::new();
    builder.open(Kind::SOURCE_FILE);
    (0..count).for_each(|_| builder.leaf(Kind::IDENTIFIER, b"a"));
    builder.close();
    builder.finish().unwrap()
}

#[test]
fn a_wrong_tree_or_version_is_told() {
    let (old, new) = (leaves(3), leaves(4));
    let patch = patch(&old, &new);
    assert_eq!(patch.apply(&new, structure_root(&new), &SMALL), Err(PatchError::OtherBase));
    let mut other = patch.clone();
    other.target.0[15] ^= 1;
    assert_eq!(other.apply(&old, structure_root(&old), &SMALL), Err(PatchError::OtherTarget));
    let mut bytes = patch.to_bytes();
    bytes[0] ^= 1;
    assert_eq!(Patch::from_bytes(&bytes), Err(PatchError::OtherFormat));
    assert_eq!(Patch::from_bytes(&bytes[..20]), Err(PatchError::OtherFormat));
    let beyond = Script { edits: vec![Edit::Insert { parent: 9, position: 0, content: Vec::new() }] };
    let root = structure_root(&old);
    assert_eq!(Patch::new(&old, root, root, &beyond), Err(PatchError::Malformed));
}

#[test]
fn limits_hold() {
    let old = leaves(3);
    let long: Text = Text::New(vec![b'x'; 1000].into());
    let item = Item::New { kind: Kind::IDENTIFIER, label: long, children: 0 };
    let script = Script { edits: vec![Edit::Insert { parent: 0, position: 0, content: vec![item; 50] }] };
    let root = structure_root(&old);
    let patch = Patch::new(&old, root, root, &script).unwrap();
    assert!(patch.operations.len() < 200);
    for (limits, fits) in [
        (Limits { nodes: 51, text: 50_000 }, true),
        (Limits { nodes: 51, text: 49_999 }, false),
        (Limits { nodes: 50, text: 50_000 }, false),
        (Limits { nodes: 51, text: 999 }, false),
    ] {
        assert_eq!(patch.script(&old, &limits).is_ok(), fits, "{limits:?}");
    }
}

#[test]
fn nothing_is_next_to_nothing() {
    let tree = leaves(100);
    assert!(patch(&tree, &tree).operations.len() <= 1);
}

#[test]
fn large_and_deep_trees() {
    let run = || {
        let (count, old) = (100_000, leaves(100_000));
        let wide = Script {
            edits: (0..count)
                .map(|position| Edit::Insert {
                    parent: 0,
                    position,
                    content: vec![Item::New {
                        kind: Kind::IDENTIFIER,
                        label: Text::Old(Label(1)),
                        children: 0,
                    }],
                })
                .collect(),
        };
        let mut builder = TreeBuilder::new();
        (0..count).for_each(|_| builder.open(Kind::PARENTHESIZED_EXPRESSION));
        (0..count).for_each(|_| builder.close());
        let deep = builder.finish().unwrap();
        let last = Script { edits: vec![Edit::Delete { at: count - 1 }] };
        let each = Script {
            edits: (0..count)
                .map(|at| Edit::Update { at, kind: Kind::BLOCK, label: Text::Old(Label(0)) })
                .collect(),
        };
        let inner =
            Item::New { kind: Kind::PARENTHESIZED_EXPRESSION, label: Text::Old(Label(0)), children: 1 };
        let mut content = vec![inner; count as usize];
        content.push(Item::Copied { at: count - 1 });
        let more = Script { edits: vec![Edit::Insert { parent: count - 1, position: 0, content }] };
        for (tree, script) in [(&old, wide), (&deep, last), (&deep, each), (&deep, more)] {
            let root = structure_root(tree);
            let patch = Patch::new(tree, root, root, &script).unwrap();
            assert_eq!(patch.script(tree, &Limits::default()), Ok(script));
        }
        let snapshot = Snapshot::of(&deep);
        assert!(snapshot.nodes.len() < 2000, "{}", snapshot.nodes.len());
        assert!(snapshot.tree(&Limits::default()).as_ref() == Ok(&deep));
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap();
}
