//! Stacks as one tree: who calls whom, and what is spent below.

use std::collections::BTreeMap;

use super::super::observed::Sources;
use super::measured::{Kind, Measured};

/// The tree, its parts that are large enough to be seen, each behind its caller.
#[derive(Debug)]
pub(super) struct Flame {
    pub(super) kind: Kind,
    pub(super) total: i64,
    pub(super) boxes: Vec<FlameBox>,
    /// Parts that are too small.
    pub(super) left_out: usize,
}

/// A function, called in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FlameBox {
    pub(super) name: String,
    /// 0: nobody has called it.
    pub(super) depth: usize,
    /// Where it begins, and what is spent in it and below.
    pub(super) from: i64,
    pub(super) value: i64,
}

/// Of a page that is a thousand pixels wide, one.
const SMALLEST: i64 = 1000;
/// Boxes that a browser shows without trouble.
const MOST: usize = 10_000;

#[derive(Default)]
struct Node {
    function: usize,
    value: i64,
    /// By function.
    below: BTreeMap<usize, usize>,
}

impl Flame {
    pub(super) fn of(sources: &Sources, measured: &Measured) -> Self {
        let mut nodes = vec![Node::default()];
        for (stack, numbers) in &measured.samples {
            let value = numbers[measured.main];
            nodes[0].value += value;
            let mut at = 0;
            for line in sources.lines(*stack).rev() {
                let next = nodes.len();
                at = *nodes[at].below.entry(line.function).or_insert(next);
                if at == next {
                    nodes.push(Node { function: line.function, ..Node::default() });
                }
                nodes[at].value += value;
            }
        }
        let total = nodes[0].value;
        let mut boxes = Vec::new();
        let mut left_out = 0;
        // What comes next is at the end.
        let mut waiting = ordered(&nodes, 0).map(|(node, from)| (node, 0, from)).collect::<Vec<_>>();
        waiting.reverse();
        while let Some((node, depth, from)) = waiting.pop() {
            let Node { function, value, .. } = nodes[node];
            if value.saturating_mul(SMALLEST) < total || value == 0 || boxes.len() >= MOST {
                left_out += 1;
                continue;
            }
            boxes.push(FlameBox { name: sources.functions[function].name.clone(), depth, from, value });
            let below = ordered(&nodes, node).map(|(below, within)| (below, depth + 1, from + within));
            let first = waiting.len();
            waiting.extend(below);
            waiting[first..].reverse();
        }
        Self { kind: measured.main(), total, boxes, left_out }
    }
}

/// What it calls, the most first, each with where it begins.
fn ordered(nodes: &[Node], node: usize) -> impl Iterator<Item = (usize, i64)> {
    let mut below = nodes[node].below.values().copied().collect::<Vec<_>>();
    below.sort_by_key(|below| (std::cmp::Reverse(nodes[*below].value), *below));
    let values = below.iter().map(|below| nodes[*below].value).collect::<Vec<_>>();
    below.into_iter().zip(values).scan(0, |from, (below, value)| {
        let own = *from;
        *from += value;
        Some((below, own))
    })
}

#[cfg(test)]
mod tests {
    use super::super::measured::Unit;
    use super::*;

    fn flame(stacks: &[(&str, i64)]) -> Flame {
        let names = stacks.iter().map(|(names, _)| *names).collect::<Vec<_>>();
        let sources = Sources::of_names(&names);
        let kind = Kind { name: "cpu", unit: Unit::Nanoseconds };
        let samples = stacks.iter().enumerate().map(|(stack, (_, value))| (stack, vec![*value])).collect();
        Flame::of(&sources, &Measured { kinds: vec![kind], main: 0, period: (kind, 1), samples })
    }

    #[test]
    fn each_call_lies_within_its_caller() {
        let flame = flame(&[("main;a;b", 10), ("main;c", 30), ("main;a", 5), ("other", 2)]);
        let told = flame.boxes.iter().map(|each| (&*each.name, each.depth, each.from, each.value));
        let expected =
            [("main", 0, 0, 45), ("c", 1, 0, 30), ("a", 1, 30, 15), ("b", 2, 30, 10), ("other", 0, 45, 2)];
        assert_eq!(told.collect::<Vec<_>>(), expected);
        assert_eq!((flame.total, flame.left_out), (47, 0));
    }

    #[test]
    fn what_nobody_would_see_is_counted() {
        let flame = flame(&[("main;large", 1_000_000), ("main;small;smaller", 999)]);
        let names = flame.boxes.iter().map(|each| &*each.name).collect::<Vec<_>>();
        assert_eq!((names, flame.left_out), (vec!["main", "large"], 1));
    }

    #[test]
    fn deep_recursion_is_no_recursion_here() {
        let stack = vec!["f"; 100_000].join(";");
        let flame = flame(&[(&stack, 5)]);
        assert_eq!((flame.boxes.len(), flame.left_out), (MOST, 1));
        assert!(super::tests::flame(&[]).boxes.is_empty());
    }
}
