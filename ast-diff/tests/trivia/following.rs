//! A replica that parts of trees and of trivia reach in any order.

use ast_diff::{
    ExactText, Fed, Limits, Parser, Part, Patch, PatchError, Priority, Reason, Replica, Snapshot,
    TriviaMessage, diff, structure_root,
};

use crate::random::Random;
use crate::read;

const VERSIONS: [&str; 6] = [
    "package p\n\n// F does.\nfunc F() {\n\tg(1) // h\n}\n",
    "package p\n\n// F does this.\nfunc F() {\n\tg(1) // h\n}\n",
    "package p\n\n// F does this.\nfunc F() {\n\tg(2) // h\n\n\tg(3)\n}\n",
    "package p\n\nfunc F() {\n\tg(2)\n\n\tg(3)\n}\n",
    "// Package p.\npackage p\n\nfunc F() { g(2); g(3) }",
    "package p\n",
];

fn replica() -> Replica {
    Replica::new(Limits::default(), 1 << 20)
}

fn texts() -> Vec<ExactText> {
    let mut parser = Parser::new();
    VERSIONS.iter().map(|source| read(&mut parser, source.as_bytes())).collect()
}

/// What is sent of the trees; the same tree again is no message.
fn tree_parts(texts: &[ExactText], longest: usize) -> Vec<Vec<Part>> {
    let mut message = 0;
    let mut all = vec![Snapshot::of(texts[0].tree()).parts(0, longest)];
    for pair in texts.windows(2) {
        if pair[0].tree_root() == pair[1].tree_root() {
            all.push(Vec::new());
            continue;
        }
        message += 1;
        let script = diff(pair[0].tree(), pair[1].tree());
        let patch = Patch::new(pair[0].tree(), pair[0].tree_root(), pair[1].tree_root(), &script).unwrap();
        all.push(patch.parts(message, longest));
    }
    all
}

fn trivia_parts(texts: &[ExactText], at: usize, longest: usize) -> Vec<Part> {
    let before = at.checked_sub(1).map(|before| &texts[before]);
    TriviaMessage::new(&texts[at], before).parts(at as u64, longest)
}

fn text(replica: &Replica) -> Option<String> {
    replica.text().map(|text| String::from_utf8(text.print(usize::MAX).unwrap()).unwrap())
}

#[test]
fn texts_follow_their_trees() {
    let texts = texts();
    let trees = tree_parts(&texts, 1 << 20);
    let mut replica = replica();
    for (at, tree) in trees.into_iter().enumerate() {
        for part in tree {
            assert!(matches!(replica.feed(part), Fed::Changed(_)));
            assert_eq!(text(&replica), None, "the text is that of the tree before");
        }
        for part in trivia_parts(&texts, at, 1 << 20) {
            assert_eq!(Part::from_bytes(&part.to_bytes()).as_ref(), Some(&part));
            assert_eq!(part.priority, Priority::Trivia);
            assert_eq!(replica.feed(part.clone()), Fed::Text);
            assert_eq!(replica.feed(part), Fed::Repeated);
        }
        assert_eq!(text(&replica).as_deref(), Some(VERSIONS[at]));
        assert_eq!(replica.root(), Some(structure_root(texts[at].tree())));
    }
    assert_eq!(replica.wants_trivia(), None);
}

#[test]
fn trivia_wait_for_their_tree() {
    let texts = texts();
    let trees = tree_parts(&texts, 1 << 20);
    let mut replica = replica();
    let whole = TriviaMessage::new(&texts[2], None).parts(2, 5);
    for part in whole.iter().rev() {
        assert_eq!(replica.feed(part.clone()), Fed::Waiting);
    }
    assert!(whole.len() > 1);
    replica.feed(trees[0][0].clone());
    assert_eq!((text(&replica), replica.wants_trivia()), (None, Some(Reason::Nothing)));
    assert!(matches!(replica.feed(trees[2][0].clone()), Fed::Changed(_)));
    assert_eq!(text(&replica).as_deref(), Some(VERSIONS[2]));
}

#[test]
fn any_order_of_pieces_ends_in_the_last_text_or_asks_for_it() {
    let texts = texts();
    let mut asked = 0;
    for seed in 0..200 {
        let longest = 1 + seed as usize % 9;
        let mut parts: Vec<Part> = tree_parts(&texts, longest).into_iter().flatten().collect();
        parts.extend((0..texts.len()).flat_map(|at| trivia_parts(&texts, at, longest)));
        let mut random = Random::new(seed);
        for at in (1..parts.len()).rev() {
            parts.swap(at, random.below(at + 1));
        }
        let mut replica = replica();
        for part in parts {
            replica.feed(part);
            assert!(text(&replica).is_none_or(|text| VERSIONS.contains(&&*text)), "seed {seed}");
        }
        if text(&replica).is_none() {
            asked += 1;
            // Whoever passed a tree before its trivia came has lost what the next ones are made from.
            assert!(replica.wants_trivia().is_some());
            let last = texts.len() - 1;
            let whole = TriviaMessage::new(&texts[last], None).parts(last as u64 + 1, 1 << 20);
            assert_eq!(replica.feed(whole[0].clone()), Fed::Text);
        }
        assert_eq!(text(&replica).as_deref(), VERSIONS.last().copied(), "seed {seed}");
    }
    assert!(asked < 200);
}

#[test]
fn wrong_trivia_leave_the_text_and_whole_ones_heal() {
    let texts = texts();
    let mut replica = replica();
    replica.feed(Snapshot::of(texts[0].tree()).parts(0, 1 << 20)[0].clone());
    assert_eq!(replica.feed(trivia_parts(&texts, 0, 1 << 20)[0].clone()), Fed::Text);
    let mut wrong = trivia_parts(&texts, 1, 1 << 20)[0].clone();
    wrong.bytes[0] ^= 64;
    assert!(matches!(replica.feed(wrong), Fed::TextStuck(Reason::Refused(_))));
    assert_eq!(text(&replica).as_deref(), Some(VERSIONS[0]));
    // Made from another text than the one that is there.
    let mut third = TriviaMessage::new(&texts[1], Some(&texts[3]));
    third.tree = texts[0].tree_root().into();
    assert!(matches!(replica.feed(third.parts(2, 1 << 20)[0].clone()), Fed::TextStuck(_)));
    let whole = TriviaMessage::new(&texts[1], None).parts(3, 1 << 20);
    assert_eq!(replica.feed(whole[0].clone()), Fed::Text);
    assert_eq!((text(&replica).as_deref(), replica.wants_trivia()), (Some(VERSIONS[1]), None));
    // The tree was never in doubt.
    assert_eq!(replica.wants_snapshot(), None);
}

#[test]
fn a_receiver_that_never_had_a_text_says_so() {
    let texts = texts();
    let mut replica = replica();
    replica.feed(Snapshot::of(texts[0].tree()).parts(0, 1 << 20)[0].clone());
    let later = trivia_parts(&texts, 1, 1 << 20)[0].clone();
    assert_eq!(replica.feed(later), Fed::TextStuck(Reason::Nothing));
    let mut other = trivia_parts(&texts, 0, 1 << 20)[0].clone();
    other.message = 5;
    let mut contradicting = other.clone();
    contradicting.is_last = false;
    replica.feed(contradicting);
    assert_eq!(replica.feed(other), Fed::TextStuck(Reason::Contradiction));
    assert_ne!(Reason::Contradiction, Reason::Refused(PatchError::OtherBase));
}

#[test]
fn whole_trivia_have_the_number_of_those_that_were_of_no_use() {
    let texts = texts();
    let trees = tree_parts(&texts, 1 << 20);
    let whole = |at: usize| TriviaMessage::new(&texts[at], None).parts(at as u64, 5);
    // Refused, since the ones before were lost.
    let mut replica = replica();
    replica.feed(trees[0][0].clone());
    replica.feed(trivia_parts(&texts, 0, 1 << 20)[0].clone());
    replica.feed(trees[2][0].clone());
    assert!(matches!(replica.feed(trivia_parts(&texts, 2, 1 << 20)[0].clone()), Fed::TextStuck(_)));
    let fed: Vec<Fed> = whole(2).into_iter().map(|part| replica.feed(part)).collect();
    assert_eq!(fed.last(), Some(&Fed::Text));
    assert_eq!(text(&replica).as_deref(), Some(VERSIONS[2]));
    // Waiting for their tree.
    assert_eq!(replica.feed(trivia_parts(&texts, 5, 1 << 20)[0].clone()), Fed::Waiting);
    assert!(whole(5).into_iter().all(|part| replica.feed(part) == Fed::Waiting));
    assert!(matches!(replica.feed(trees[5][0].clone()), Fed::Changed(_)));
    assert_eq!(text(&replica).as_deref(), Some(VERSIONS[5]));
}
