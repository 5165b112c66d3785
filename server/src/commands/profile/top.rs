//! Functions by what is spent in them, and by what is spent in them and in what they call.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::super::observed::Sources;
use super::measured::Measured;

/// A function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    pub(super) function: String,
    /// The line that has the most of it, or the file; empty when neither is known.
    pub(super) place: String,
    /// In it, and in it and what it calls: of the main kind.
    pub(super) flat: i64,
    pub(super) cumulative: i64,
}

#[derive(Default)]
struct Sum {
    flat: i64,
    cumulative: i64,
    /// By line.
    lines: BTreeMap<u32, i64>,
}

/// The most first. Those of which nothing is spent in themselves come by what they call.
pub(super) fn top(sources: &Sources, measured: &Measured) -> Vec<Row> {
    let mut sums = BTreeMap::<usize, Sum>::new();
    for (stack, numbers) in &measured.samples {
        let number = numbers[measured.main];
        let mut seen = BTreeSet::new();
        for (depth, line) in sources.lines(*stack).enumerate() {
            let sum = sums.entry(line.function).or_default();
            if depth == 0 {
                sum.flat += number;
                *sum.lines.entry(line.line).or_default() += number;
            }
            // One that calls itself counts once.
            if seen.insert(line.function) {
                sum.cumulative += number;
            }
        }
    }
    let rows = sums.into_iter().map(|(function, sum)| {
        let line = sum.lines.iter().max_by_key(|(line, number)| (**number, std::cmp::Reverse(**line)));
        let known = &sources.functions[function];
        let file = known.file.rsplit('/').next().unwrap_or_default();
        let place = match line {
            Some((line, _)) if !file.is_empty() && *line > 0 => format!("{file}:{line}"),
            _ => file.to_owned(),
        };
        Row { function: known.name.clone(), place, flat: sum.flat, cumulative: sum.cumulative }
    });
    let mut all = rows.collect::<Vec<_>>();
    all.sort_by(|one, other| {
        (other.flat, other.cumulative, &one.function).cmp(&(one.flat, one.cumulative, &other.function))
    });
    all
}

#[cfg(test)]
mod tests {
    use super::super::measured::{Kind, Unit};
    use super::*;

    #[test]
    fn recursion_counts_once_and_the_most_comes_first() {
        let sources = Sources::of_names(&["main;f;f;f", "main;g", "main"]);
        let kind = Kind { name: "cpu", unit: Unit::Nanoseconds };
        let samples = vec![(0, vec![10]), (1, vec![30]), (2, vec![1])];
        let measured = Measured { kinds: vec![kind], main: 0, period: (kind, 1), samples };
        let rows = top(&sources, &measured);
        let told = rows.iter().map(|row| (&*row.function, row.flat, row.cumulative)).collect::<Vec<_>>();
        assert_eq!(told, [("g", 30, 30), ("f", 10, 10), ("main", 1, 41)]);
        assert!(rows[0].place.starts_with("main.go:"), "{}", rows[0].place);
    }
}
