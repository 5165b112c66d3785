//! Stacks by the line of the program's own at which they allocate.

use std::collections::HashMap;

use serde::Serialize;

use super::super::observed::{Line, Sources};

/// A line of the program.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Site {
    /// Such as `main.keep main.go:12`.
    pub(super) at: String,
    /// Who called it in the stack that has the most, the nearest first.
    pub(super) callers: Vec<String>,
    /// Bytes: before, and now.
    pub(super) before: u64,
    pub(super) now: u64,
}

/// Callers that are told.
const CALLERS: usize = 4;

#[derive(Default)]
struct Sum {
    before: f64,
    now: f64,
    /// The stack that has the most now.
    most: (f64, usize),
}

/// Those that have more now come first, by how much more. Numbers are of stacks.
pub(super) fn by_site(sources: &Sources, before: &[(usize, f64)], now: &[(usize, f64)]) -> Vec<Site> {
    let mut sums = HashMap::<Option<(usize, u32)>, Sum>::new();
    let key = |stack: usize| own(sources, stack).map(|line| (line.function, line.line));
    for (stack, bytes) in before {
        sums.entry(key(*stack)).or_default().before += bytes;
    }
    for (stack, bytes) in now {
        let sum = sums.entry(key(*stack)).or_default();
        sum.now += bytes;
        if *bytes >= sum.most.0 {
            sum.most = (*bytes, *stack);
        }
    }
    let mut sites = Vec::with_capacity(sums.len());
    #[expect(clippy::iter_over_hash_type, reason = "sorted below")]
    for (key, Sum { before, now, most: (_, stack) }) in sums {
        let at = key.map_or_else(
            || "(unknown)".to_owned(),
            |(function, line)| sources.words(Line { function, line }),
        );
        let callers = sources.lines(stack).skip_while(|line| is_runtime(sources, *line)).skip(1);
        let callers = callers.take(CALLERS).map(|line| sources.words(line)).collect();
        sites.push(Site { at, callers, before: before.round() as u64, now: now.round() as u64 });
    }
    sites.sort_by_key(|site| {
        (std::cmp::Reverse(site.now.cast_signed() - site.before.cast_signed()), site.at.clone())
    });
    sites
}

/// The innermost line that is not of the runtime, or of the runtime where there is no other.
pub(super) fn own(sources: &Sources, stack: usize) -> Option<Line> {
    sources.lines(stack).find(|line| !is_runtime(sources, *line)).or_else(|| sources.lines(stack).next())
}

fn is_runtime(sources: &Sources, line: Line) -> bool {
    let name = &sources.functions[line.function].name;
    let of = |package: &str| name.strip_prefix(package).is_some_and(|rest| rest.starts_with(['.', '/']));
    of("runtime") || of("internal") || name == "malloc" || name == "calloc" || name == "realloc"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_runtime_does_is_for_who_called_it() {
        let sources = Sources::of_names(&[
            "main.main;main.keep;runtime.sliceAppend",
            "main.main;main.other;main.keep;runtime.sliceAppend",
            "main.main;main.gone;internal/task.start",
            "runtime.initAll;runtime.alloc",
        ]);
        let before = [(0, 10.0), (2, 500.0), (3, 5.0)];
        let now = [(0, 100.0), (1, 300.0), (3, 5.0)];
        let sites = by_site(&sources, &before, &now);
        let told = sites.iter().map(|site| (site.at.split(' ').next().unwrap(), site.before, site.now));
        let expected = [("main.keep", 10, 400), ("runtime.alloc", 5, 5), ("main.gone", 500, 0)];
        assert_eq!(told.collect::<Vec<_>>(), expected);
        let callers = sites[0].callers.iter().map(|caller| caller.split(' ').next().unwrap());
        assert_eq!(
            callers.collect::<Vec<_>>(),
            ["main.other", "main.main"],
            "of the stack that has the most"
        );
    }
}
