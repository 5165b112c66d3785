//! The answers of all tools as one row of figures each; sums are over pairs that all tools of the column could compare.

use serde::Serialize;

use super::super::statistics::Sample;
use super::answer::{Answer, Found, PatchSize};
use super::pair::Pair;
use super::tool::Missing;

/// How many of the pairs in which a tool did better than ours are named.
const NAMED: usize = 5;

/// All of it.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    /// All pairs.
    pub(super) pairs: usize,
    /// Those whose syntax trees differ.
    pub(super) differ: usize,
    /// Those that differ in comments and layout only, if at all, as the tokens of the language say.
    pub(super) only_layout: usize,
    /// Those over which payloads are taken: trees differ, and every tool that makes patches made one.
    pub(super) patched: usize,
    /// Those over which marks are summed: every tool that marks something compared them.
    pub(super) marked: usize,
    pub(super) rows: Vec<Row>,
    pub(super) left_out: Vec<Missing>,
}

/// What one tool did.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) name: &'static str,
    #[serde(skip)]
    pub(super) title: String,
    pub(super) version: Option<String>,
    /// Pairs that it compared.
    pub(super) handled: usize,
    /// Pairs that it did not, by reason.
    pub(super) failed: Vec<Failed>,
    /// Microseconds of processor time for a pair that says nothing; null within this process.
    pub(super) start_us: Option<f64>,
    /// Microseconds of processor time, the start included, also of pairs that failed.
    pub(super) cpu_us: Spread,
    /// Bytes of a patch as it would be stored.
    pub(super) payload_bytes: Option<Sizes>,
    /// Bytes without magic numbers, checksums and roots.
    pub(super) payload_bare_bytes: Option<Sizes>,
    /// Pairs whose patch makes the new text or tree.
    pub(super) applied: Option<usize>,
    pub(super) operations: Option<usize>,
    pub(super) changed_lines: Option<usize>,
    pub(super) changed_words: Option<usize>,
    /// Pairs of `only_layout` that it says to be equal.
    pub(super) called_equal: Option<usize>,
    /// Other pairs that it says to be equal.
    pub(super) called_equal_besides: Option<usize>,
    /// Pairs for which it marks fewer names and literals than ours.
    pub(super) marks_less: Option<Ahead>,
    /// Pairs for which its patch is smaller than ours, both bare.
    pub(super) sends_less: Option<Ahead>,
}

#[derive(Debug, Serialize, PartialEq)]
pub(super) struct Failed {
    pub(super) reason: String,
    pub(super) pairs: usize,
    /// Name of the first.
    pub(super) first: String,
}

#[derive(Debug, Serialize, PartialEq)]
pub(super) struct Spread {
    pub(super) p50: f64,
    pub(super) p99: f64,
    pub(super) sum: f64,
}

#[derive(Debug, Serialize, PartialEq)]
pub(super) struct Sizes {
    pub(super) p50: f64,
    pub(super) p95: f64,
    pub(super) sum: f64,
}

/// Where a tool did better than ours.
#[derive(Debug, Serialize, PartialEq)]
pub(super) struct Ahead {
    pub(super) pairs: usize,
    /// Those with the largest lead.
    pub(super) most: Vec<Lead>,
}

#[derive(Debug, Serialize, PartialEq)]
pub(super) struct Lead {
    pub(super) pair: String,
    pub(super) ours: usize,
    pub(super) theirs: usize,
}

/// One tool with its answers in the order of the pairs, and what it takes to start.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) name: &'static str,
    pub(super) title: String,
    pub(super) version: Option<String>,
    pub(super) starts: Sample,
    pub(super) answers: Vec<Answer>,
}

impl Series {
    fn found(&self, pair: usize) -> Option<&Found> {
        self.answers[pair].found.as_ref().ok()
    }

    fn gives<T>(&self, get: fn(&Found) -> Option<T>) -> bool {
        (0..self.answers.len()).any(|pair| self.found(pair).is_some_and(|found| get(found).is_some()))
    }

    fn get<T>(&self, pair: usize, get: fn(&Found) -> Option<T>) -> Option<T> {
        self.found(pair).and_then(get)
    }

    fn sum(&self, pairs: &[usize], get: fn(&Found) -> Option<usize>) -> Option<usize> {
        self.gives(get).then(|| pairs.iter().filter_map(|pair| self.get(*pair, get)).sum())
    }

    fn count(&self, get: fn(&Found) -> Option<bool>, of: impl Fn(usize) -> bool) -> Option<usize> {
        let all = 0..self.answers.len();
        self.gives(get).then(|| all.filter(|pair| of(*pair) && self.get(*pair, get) == Some(true)).count())
    }
}

impl Figures {
    /// The first of `series` is ours.
    pub(super) fn of(pairs: &[Pair], series: &[Series], left_out: Vec<Missing>) -> Self {
        let all = |pair: &usize, get: fn(&Found) -> Option<()>| {
            series.iter().filter(|tool| tool.gives(get)).all(|tool| tool.get(*pair, get).is_some())
        };
        let every = || 0..pairs.len();
        let patched: Vec<usize> =
            every().filter(|pair| pairs[*pair].differs && all(pair, |found| found.patch.map(drop))).collect();
        let marked: Vec<usize> = every().filter(|pair| all(pair, |found| found.words.map(drop))).collect();
        let rows = series.iter().map(|tool| row(pairs, tool, &series[0], &patched, &marked)).collect();
        Self {
            pairs: pairs.len(),
            differ: pairs.iter().filter(|pair| pair.differs).count(),
            only_layout: pairs.iter().filter(|pair| pair.only_layout).count(),
            patched: patched.len(),
            marked: marked.len(),
            rows,
            left_out,
        }
    }
}

fn row(pairs: &[Pair], tool: &Series, ours: &Series, patched: &[usize], marked: &[usize]) -> Row {
    let spent: Sample = tool.answers.iter().filter_map(|answer| answer.spent).collect();
    let percentile = |sample: &Sample, percent| rounded(sample.percentile(percent).unwrap_or_default());
    let sizes = |get: fn(PatchSize) -> usize| {
        let sizes = patched.iter().filter_map(|pair| tool.get(*pair, |found| found.patch));
        let sample: Sample = sizes.map(|size| get(size) as f64).collect();
        let (p50, p95) = (percentile(&sample, 50), percentile(&sample, 95));
        tool.gives(|found| found.patch).then(|| Sizes { p50, p95, sum: sample.sum() })
    };
    let lead = |among: &[usize], get: fn(&Found) -> Option<usize>| {
        (tool.name != ours.name && tool.gives(get)).then(|| ahead(pairs, tool, ours, among, get))
    };
    Row {
        name: tool.name,
        title: tool.title.clone(),
        version: tool.version.clone(),
        handled: tool.answers.iter().filter(|answer| answer.found.is_ok()).count(),
        failed: failed(pairs, tool),
        start_us: tool.starts.percentile(50).map(rounded),
        cpu_us: Spread {
            p50: percentile(&spent, 50),
            p99: percentile(&spent, 99),
            sum: rounded(spent.sum()),
        },
        payload_bytes: sizes(|size| size.whole),
        payload_bare_bytes: sizes(|size| size.bare),
        applied: tool.count(|found| found.applies, |_| true),
        operations: tool.sum(marked, |found| found.operations),
        changed_lines: tool.sum(marked, |found| found.lines),
        changed_words: tool.sum(marked, |found| found.words),
        called_equal: tool.count(|found| found.equal, |pair| pairs[pair].only_layout),
        called_equal_besides: tool.count(|found| found.equal, |pair| !pairs[pair].only_layout),
        marks_less: lead(marked, |found| found.words),
        sends_less: lead(patched, |found| found.patch.map(|size| size.bare)),
    }
}

fn failed(pairs: &[Pair], tool: &Series) -> Vec<Failed> {
    let mut failed: Vec<Failed> = Vec::new();
    for (pair, answer) in pairs.iter().zip(&tool.answers) {
        let Err(reason) = &answer.found else { continue };
        match failed.iter_mut().find(|known| known.reason == *reason) {
            Some(known) => known.pairs += 1,
            None => failed.push(Failed { reason: reason.clone(), pairs: 1, first: pair.name.clone() }),
        }
    }
    failed
}

fn ahead(
    pairs: &[Pair],
    tool: &Series,
    ours: &Series,
    among: &[usize],
    get: fn(&Found) -> Option<usize>,
) -> Ahead {
    let mut most: Vec<Lead> = among
        .iter()
        .filter_map(|pair| {
            let (ours, theirs) = (ours.get(*pair, get)?, tool.get(*pair, get)?);
            (theirs < ours).then(|| Lead { pair: pairs[*pair].name.clone(), ours, theirs })
        })
        .collect();
    let count = most.len();
    most.sort_by_key(|lead| std::cmp::Reverse(lead.ours - lead.theirs));
    most.truncate(NAMED);
    Ahead { pairs: count, most }
}

/// To a tenth of a microsecond: what follows is noise of the clock.
fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
#[path = "figures_tests.rs"]
pub(super) mod tests;
