//! Edit scripts: what they say about edits that people make, and that they always make the new tree.

#![expect(clippy::unwrap_used, reason = "a test")]

use ast_diff::{Counts, Edit, Item, Kind, Parser, Script, Text, Tree, TreeBuilder, apply, diff};

fn tree(source: &str) -> Tree {
    let parsed = Parser::new().parse(source.as_bytes());
    assert_eq!(parsed.errors, [], "{source}");
    parsed.tree
}

/// The script, after it was tried both ways.
fn script(old: &str, new: &str) -> (Tree, Script) {
    let (old, new) = (tree(old), tree(new));
    let back = diff(&new, &old);
    assert_eq!(apply(&new, &back, old.nodes().len()).as_ref(), Ok(&old));
    let script = diff(&old, &new);
    assert_eq!(apply(&old, &script, new.nodes().len()).as_ref(), Ok(&new));
    (old, script)
}

fn counts(old: &str, new: &str) -> Counts {
    let (old, script) = script(old, new);
    script.counts(&old)
}

fn body(statements: &str) -> String {
    format!("package p\n\nfunc f(a, b int) int {{\n{statements}\n}}\n")
}

#[test]
fn equal_trees_have_no_script() {
    let (_, script) = script("package p\n\nvar a = 1", "package p\n// A comment.\nvar (\n\ta   = 1\n)\n");
    assert_eq!(script, Script::default());
}

#[test]
fn a_number_is_one_update() {
    let found = counts(&body("return a + 1"), &body("return a + 2"));
    assert_eq!(found, Counts { operations: 1, moves: 0, inserted_leaves: 1 });
}

#[test]
fn an_operator_is_one_update() {
    let (_, script) = script(&body("return a + b"), &body("return a - b"));
    assert!(matches!(&script.edits[..], [Edit::Update { kind: Kind::BINARY_EXPRESSION, .. }]), "{script:?}");
}

#[test]
fn a_statement_that_comes_is_one_insertion() {
    let found = counts(&body("a++\nreturn a"), &body("a++\nb--\nreturn a"));
    assert_eq!((found.operations, found.moves), (1, 0));
}

#[test]
fn statements_that_are_put_into_a_condition_move() {
    let found = counts(
        &body("a = b * 2 + 1\nb = a * 3 - 7\nreturn a"),
        &body("if a > b {\na = b * 2 + 1\nb = a * 3 - 7\n}\nreturn a"),
    );
    assert_eq!((found.operations, found.moves), (2, 1), "the condition, and both statements at once");
}

#[test]
fn a_condition_that_goes_leaves_its_statements() {
    let found = counts(
        &body("if a > b {\na = b * 2 + 1\nb = a * 3 - 7\n}\nreturn a"),
        &body("a = b * 2 + 1\nb = a * 3 - 7\nreturn a"),
    );
    assert_eq!((found.operations, found.moves, found.inserted_leaves), (2, 1, 0));
}

#[test]
fn a_name_that_is_used_often_is_one_rename() {
    let old = body("total := a\ntotal += b\ntotal *= total\nreturn total");
    let (_, script) = script(&old, &old.replace("total", "sum"));
    assert!(matches!(&script.edits[..], [Edit::Rename { to: Text::New(name), .. }] if **name == *b"sum"));
}

#[test]
fn a_name_that_stays_in_one_place_says_so() {
    let old = body("x := a\nx += b\nx *= x\nx -= a\nprintln(x, x)\nreturn x");
    let new = old.replace('x', "y").replacen('y', "x", 1).replace("y := a", "x := a");
    let found = counts(&old, &new);
    assert!(found.operations <= 3, "{found:?}");
}

#[test]
fn a_function_that_changes_its_place_moves() {
    let functions =
        ["func a() int { return 1 + 2 }", "func b(x int) { println(x, x) }", "func c() { a(); b(3) }"];
    let old = format!("package p\n{}\n{}\n{}\n", functions[0], functions[1], functions[2]);
    let new = format!("package p\n{}\n{}\n{}\n", functions[2], functions[0], functions[1]);
    let found = counts(&old, &new);
    assert_eq!((found.operations, found.moves), (1, 1));
}

#[test]
fn a_function_that_moves_and_changes_is_still_the_same() {
    let long = |number: u32| {
        format!(
            "func long(x int) int {{ y := x * 2; z := y - x; println(x, y, z); return y + z + {number} }}"
        )
    };
    let other = "func other() { println(1); println(2); println(3) }";
    let found =
        counts(&format!("package p\n{}\n{other}\n", long(1)), &format!("package p\n{other}\n{}\n", long(2)));
    assert_eq!((found.operations, found.inserted_leaves), (2, 1), "a move and an update");
}

#[test]
fn what_was_copied_is_not_written_out() {
    let old = body("println(a*2+1, b*3-7, a/b)\nreturn a");
    let (_, script) = script(&old, &old.replace("return a", "b++\nprintln(a*2+1, b*3-7, a/b)\nreturn a"));
    let items: Vec<_> = script
        .edits
        .iter()
        .flat_map(|edit| match edit {
            Edit::Insert { content, .. } => content.clone(),
            _ => Vec::new(),
        })
        .collect();
    assert!(items.iter().any(|item| matches!(item, Item::Copied { .. })), "{items:?}");
}

/// Numbers that look random and are the same on every run (a linear congruential generator after D. Knuth).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % bound.max(1)
    }
}

/// A tree of any shape; few kinds and few labels, so that much of it is alike.
#[derive(Clone)]
struct Shape {
    kind: usize,
    label: usize,
    children: Vec<Shape>,
}

impl Shape {
    fn random(numbers: &mut Numbers, depth: usize) -> Self {
        let count = if depth == 0 { 0 } else { numbers.below(5) };
        let children = (0..count).map(|_| Self::random(numbers, depth - 1)).collect();
        Self { kind: numbers.below(4), label: numbers.below(6), children }
    }

    fn any(&mut self, numbers: &mut Numbers) -> &mut Self {
        let mut node = self;
        while !node.children.is_empty() && numbers.below(3) > 0 {
            let next = numbers.below(node.children.len());
            node = &mut node.children[next];
        }
        node
    }

    fn mutate(&mut self, numbers: &mut Numbers) {
        let from = self.any(numbers).clone();
        let node = self.any(numbers);
        let place = numbers.below(node.children.len() + 1);
        match numbers.below(6) {
            0 => node.label = numbers.below(9),
            1 => node.kind = numbers.below(4),
            2 if !node.children.is_empty() => drop(node.children.remove(place % node.children.len())),
            3 => node.children.insert(place, from),
            4 => {
                let inner = std::mem::take(&mut node.children);
                node.children.push(Self { kind: numbers.below(4), label: 0, children: inner });
            }
            _ => node.children.reverse(),
        }
    }

    fn write(&self, builder: &mut TreeBuilder) {
        const KINDS: [Kind; 4] = [Kind::BLOCK, Kind::CALL_EXPRESSION, Kind::IDENTIFIER, Kind::IF_STATEMENT];
        builder.open(KINDS[self.kind]);
        builder.set_label(["", "a", "b", "c", "d", "e", "new", "newer", "newest"][self.label].as_bytes());
        self.children.iter().for_each(|child| child.write(builder));
        builder.close();
    }

    fn tree(&self) -> Tree {
        let mut builder = TreeBuilder::new();
        builder.open(Kind::SOURCE_FILE);
        self.write(&mut builder);
        builder.close();
        builder.finish().unwrap()
    }
}

#[test]
fn every_script_makes_the_new_tree() {
    let mut numbers = Numbers(7);
    for round in 0..4000 {
        let mut shape = Shape::random(&mut numbers, 2 + round % 5);
        let old = shape.tree();
        for _ in 0..=numbers.below(6) {
            shape.mutate(&mut numbers);
        }
        let new = shape.tree();
        let script = diff(&old, &new);
        assert_eq!(apply(&old, &script, new.nodes().len()).as_ref(), Ok(&new), "round {round}: {script:?}");
        assert_eq!(script == Script::default(), old == new, "round {round}");
        assert_eq!(diff(&old, &new), script, "round {round}: the same on every run");
    }
}

#[test]
fn trees_that_have_nothing_in_common() {
    let mut numbers = Numbers(11);
    for round in 0..500 {
        let (old, new) = (Shape::random(&mut numbers, 5).tree(), Shape::random(&mut numbers, 5).tree());
        assert_eq!(apply(&old, &diff(&old, &new), new.nodes().len()).as_ref(), Ok(&new), "round {round}");
    }
}
