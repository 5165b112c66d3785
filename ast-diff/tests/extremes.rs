//! Sources that nobody writes by hand: as long and as deep as it gets, in a megabyte of stack.

#![expect(clippy::unwrap_used, reason = "a test")]

use ast_diff::{Kind, Tree, TreeBuilder, apply, diff};

const MANY: usize = 100_000;

fn tree(write: impl FnOnce(&mut TreeBuilder)) -> Tree {
    let mut builder = TreeBuilder::new();
    builder.open(Kind::SOURCE_FILE);
    write(&mut builder);
    builder.close();
    builder.finish().unwrap()
}

/// One list of numbers.
fn list(numbers: impl Iterator<Item = usize>) -> Tree {
    tree(|builder| {
        builder.open(Kind::COMPOSITE_LITERAL);
        for number in numbers {
            builder.leaf(Kind::INT_LITERAL, number.to_string().as_bytes());
        }
        builder.close();
    })
}

/// `(((x)))`
fn nested(depth: usize, innermost: &str) -> Tree {
    tree(|builder| {
        (0..depth).for_each(|_| builder.open(Kind::PARENTHESIZED_EXPRESSION));
        builder.leaf(Kind::IDENTIFIER, innermost.as_bytes());
        (0..depth).for_each(|_| builder.close());
    })
}

/// `((a + b) + c) + d`
fn sum(terms: impl DoubleEndedIterator<Item = usize> + ExactSizeIterator) -> Tree {
    tree(|builder| {
        let mut terms = terms.map(|term| format!("t{term}"));
        let count = terms.len();
        for _ in 1..count {
            builder.open(Kind::BINARY_EXPRESSION);
            builder.set_label(b"+");
        }
        builder.leaf(Kind::IDENTIFIER, terms.next().unwrap().as_bytes());
        for term in terms {
            builder.leaf(Kind::IDENTIFIER, term.as_bytes());
            builder.close();
        }
    })
}

/// Both ways, in a thread with little stack. How many operations it takes.
fn both_ways(old: Tree, new: Tree) -> (u32, u32) {
    let way = |old: &Tree, new: &Tree| {
        let script = diff(old, new);
        assert_eq!(&apply(old, &script, new.nodes().len()).unwrap(), new);
        script.counts(old).operations
    };
    let run = move || (way(&old, &new), way(&new, &old));
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap()
}

#[test]
fn a_list_of_equal_elements() {
    let changed = (0..MANY).filter(|index| *index != 700).map(|index| if index == 50_000 { 2 } else { 1 });
    let (there, back) = both_ways(list((0..MANY).map(|_| 1)), list(changed));
    assert!(there <= 4 && back <= 4, "{there} {back}");
}

#[test]
fn lists_that_have_nothing_in_common() {
    both_ways(list(0..MANY), list(MANY..2 * MANY));
}

#[test]
fn a_list_that_was_turned_round() {
    both_ways(list(0..MANY), list((0..MANY).rev()));
}

#[test]
fn deep_nesting() {
    assert_eq!(both_ways(nested(MANY, "x"), nested(MANY, "y")), (1, 1));
    both_ways(nested(MANY, "x"), nested(MANY / 2, "x"));
    both_ways(nested(MANY, "x"), nested(MANY + 3, "y"));
}

#[test]
fn a_long_sum() {
    let (there, back) =
        both_ways(sum(0..MANY), sum((0..MANY).map(|term| if term == 50_000 { MANY } else { term })));
    assert_eq!((there, back), (1, 1));
    let without = (0..MANY - 1).map(|term| if term < 50_000 { term } else { term + 1 });
    both_ways(sum(0..MANY), sum(without));
}
