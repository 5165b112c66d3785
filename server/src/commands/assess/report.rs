//! What was found, as data: what is printed as JSON, and what the table is made of.

use std::path::Path;

use migration::{BackEnd, Item, Judged, Score, Source, Verdict};
use serde::Serialize;

use super::proof::{Ran, Tried, TriedResult};
use super::reading::{Code, Dependency};

/// Places of an item that are listed; the rest is counted.
const PLACES: usize = 20;

/// All of it.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// Does a back end take the code as it is, or with flags of the run?
    pub(super) moves: bool,
    /// The back end that it costs least to move to.
    pub(super) best: &'static str,
    pub(super) packages: usize,
    pub(super) files: usize,
    pub(super) back_ends: Vec<Column>,
    /// Those that cost most first.
    pub(super) items: Vec<Row>,
    /// Files that builds for this machine take and no build for WASI does.
    pub(super) left_out: Vec<LeftOut>,
    pub(super) dependencies: Vec<Module>,
    /// Parts of files that could not be read.
    pub(super) unreadable: Vec<Unreadable>,
    /// What `go list` has against the project.
    pub(super) problems: Vec<String>,
    pub(super) proofs: Vec<Proof>,
}

/// A back end.
#[derive(Debug, Serialize)]
pub(super) struct Column {
    pub(super) name: &'static str,
    /// The worst of its items, or what its builds have shown.
    pub(super) verdict: &'static str,
    /// From 0 to 100.
    pub(super) score: f64,
    pub(super) kinds: Vec<Share>,
    /// Were all programs built? Null: nothing was tried.
    pub(super) built: Option<bool>,
    #[serde(skip)]
    worst: Verdict,
}

#[derive(Debug, Serialize)]
pub(super) struct Share {
    pub(super) name: &'static str,
    /// Percent of the score.
    pub(super) weight: u32,
    pub(super) percent: f64,
    pub(super) works: usize,
    pub(super) flag: usize,
    pub(super) change: usize,
    pub(super) impossible: usize,
}

/// Uses of one name.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) uses: usize,
    /// In the order of the back ends; null where it is not seen.
    pub(super) verdicts: Vec<Option<&'static str>>,
    pub(super) remedy: &'static str,
    pub(super) places: Vec<At>,
}

#[derive(Debug, Serialize)]
pub(super) struct At {
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) column: u32,
}

#[derive(Debug, Serialize)]
pub(super) struct LeftOut {
    pub(super) file: String,
    /// How many names it uses that the catalogue knows.
    pub(super) uses: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct Module {
    pub(super) name: String,
    pub(super) packages: usize,
    pub(super) files: usize,
    /// The worst of its items, in the order of the back ends.
    pub(super) verdicts: Vec<&'static str>,
    /// In the order of the back ends.
    pub(super) scores: Vec<f64>,
    /// Those that do not simply work.
    pub(super) items: Vec<Row>,
}

#[derive(Debug, Serialize)]
pub(super) struct Unreadable {
    #[serde(flatten)]
    pub(super) at: At,
    pub(super) why: String,
}

/// A program with a back end.
#[derive(Debug, Serialize)]
pub(super) struct Proof {
    pub(super) program: String,
    pub(super) back_end: &'static str,
    /// Null: it was not tried.
    pub(super) built: Option<bool>,
    /// Why it was not tried.
    pub(super) why: Option<String>,
    pub(super) ms: Option<f64>,
    /// What the compiler said.
    pub(super) errors: Vec<ProofError>,
    /// Names that the catalogue calls refused, and that were compiled.
    pub(super) compiled: Vec<String>,
    pub(super) run: Option<Run>,
}

#[derive(Debug, Serialize)]
pub(super) struct ProofError {
    pub(super) at: Option<At>,
    pub(super) message: String,
    /// The item that it is about.
    pub(super) item: Option<String>,
    /// `confirms`, `contradicts`; null when no item is about it.
    pub(super) catalogue: Option<&'static str>,
}

#[derive(Debug, Serialize)]
pub(super) struct Run {
    pub(super) success: bool,
    pub(super) outcome: String,
    pub(super) said: Option<String>,
}

impl Report {
    pub(super) fn of(folder: &Path, code: &Code, back_ends: &[BackEnd], tried: &[Tried]) -> Self {
        let columns: Vec<Column> =
            back_ends.iter().map(|back_end| Column::of(code, *back_end, tried)).collect();
        let rank = |column: &&Column| (column.worst, (-column.score * 1000.0) as i64);
        let best = columns.iter().min_by_key(rank);
        let left_out = code.sources.iter().filter(|source| source.taken.is_empty());
        let taken = code.items.0.iter().filter(|item| !item.taken.is_empty());
        Self {
            moves: best.is_some_and(|best| best.worst <= Verdict::Flag),
            best: best.map_or("", |best| best.name),
            packages: code.packages,
            files: code.sources.len(),
            items: taken.map(|item| Row::of(item, back_ends, &code.sources)).collect(),
            left_out: left_out
                .map(|source| LeftOut { file: source.name.clone(), uses: source.uses.len() })
                .collect(),
            dependencies: code.dependencies.iter().map(|one| Module::of(one, back_ends)).collect(),
            unreadable: code
                .unreadable
                .iter()
                .map(|(file, place, why)| {
                    let at =
                        At { file: code.sources[*file].name.clone(), line: place.line, column: place.column };
                    Unreadable { at, why: why.clone() }
                })
                .collect(),
            problems: code.problems.iter().map(|problem| problem.message.clone()).collect(),
            proofs: tried.iter().map(|tried| Proof::of(folder, code, tried)).collect(),
            back_ends: columns,
        }
    }
}

impl Column {
    fn of(code: &Code, back_end: BackEnd, tried: &[Tried]) -> Self {
        let score = Score::of(&code.items, back_end);
        let shares = score.shares.iter().map(|share| {
            let [works, flag, change, impossible] = share.counts;
            let (name, weight) = (share.kind.name(), share.kind.weight());
            Share { name, weight, percent: rounded(share.percent), works, flag, change, impossible }
        });
        let mine = || tried.iter().filter(|tried| tried.back_end == back_end);
        let failed = mine().any(|tried| matches!(tried.result, TriedResult::Failed { .. }));
        let all_built = mine().all(|tried| matches!(tried.result, TriedResult::Built { .. }));
        let was_tried = mine().any(|tried| !matches!(tried.result, TriedResult::NotTried { .. }));
        let mut worst = code.items.verdict(back_end);
        if failed {
            // What a compiler refuses needs a change, whatever the catalogue says.
            worst = worst.max(Verdict::Change);
        }
        Self {
            name: back_end.name(),
            verdict: worst.name(),
            score: rounded(score.percent),
            kinds: shares.collect(),
            built: was_tried.then_some(!failed && all_built),
            worst,
        }
    }
}

impl Row {
    fn of(item: &Item, back_ends: &[BackEnd], sources: &[Source]) -> Self {
        let places = item.places.iter().take(PLACES);
        let at = |(file, place): &(usize, migration::Place)| At {
            file: sources[*file].name.clone(),
            line: place.line,
            column: place.column,
        };
        Self {
            name: item.title.clone(),
            kind: item.kind().name(),
            uses: item.places.len(),
            verdicts: back_ends.iter().map(|back_end| item.verdict(*back_end).map(Verdict::name)).collect(),
            remedy: item.entry.remedy,
            places: places.map(at).collect(),
        }
    }

    /// Is there nothing to do?
    pub(super) fn works(&self) -> bool {
        self.verdicts.iter().flatten().all(|verdict| *verdict == Verdict::Works.name())
    }
}

impl Module {
    fn of(dependency: &Dependency, back_ends: &[BackEnd]) -> Self {
        let Dependency { items, .. } = dependency;
        let rows = items.0.iter().map(|item| Row::of(item, back_ends, &dependency.sources));
        Self {
            name: dependency.module.clone(),
            packages: dependency.packages,
            files: dependency.files,
            verdicts: back_ends.iter().map(|back_end| items.verdict(*back_end).name()).collect(),
            scores: back_ends.iter().map(|back_end| rounded(Score::of(items, *back_end).percent)).collect(),
            items: rows.filter(|row| !row.works()).collect(),
        }
    }
}

impl Proof {
    fn of(folder: &Path, code: &Code, tried: &Tried) -> Self {
        let program = tried.program.strip_prefix(folder).unwrap_or(&tried.program).display().to_string();
        let mut proof = Self {
            program: if program.is_empty() { ".".to_owned() } else { program },
            back_end: tried.back_end.name(),
            built: None,
            why: None,
            ms: None,
            errors: Vec::new(),
            compiled: Vec::new(),
            run: None,
        };
        let item = |number: &usize| code.items.0[*number].title.clone();
        match &tried.result {
            TriedResult::NotTried { why } => proof.why = Some(why.clone()),
            TriedResult::Built { took, ran, findings } => {
                proof.built = Some(true);
                proof.ms = Some(rounded(took.as_secs_f64() * 1e3));
                proof.compiled =
                    findings.iter().filter_map(|finding| finding.item.as_ref()).map(item).collect();
                proof.run = ran.as_ref().map(Run::of);
            }
            TriedResult::Failed { reasons, findings } => {
                proof.built = Some(false);
                proof.errors = reasons
                    .iter()
                    .enumerate()
                    .map(|(number, reason)| {
                        let finding = findings.iter().find(|finding| finding.complaint == Some(number));
                        ProofError {
                            at: reason.position.as_ref().map(|position| At {
                                file: position
                                    .file
                                    .strip_prefix(folder)
                                    .unwrap_or(&position.file)
                                    .display()
                                    .to_string(),
                                line: position.line,
                                column: position.column,
                            }),
                            message: reason.message.clone(),
                            item: finding.and_then(|finding| finding.item.as_ref()).map(item),
                            catalogue: finding.and_then(|finding| finding.judged).map(
                                |judged| match judged {
                                    Judged::Confirmed => "confirms",
                                    Judged::Contradicted | Judged::Compiled => "contradicts",
                                },
                            ),
                        }
                    })
                    .collect();
            }
        }
        proof
    }
}

impl Run {
    fn of(ran: &Ran) -> Self {
        Self { success: ran.is_success, outcome: ran.outcome.clone(), said: ran.said.clone() }
    }
}

/// One digit behind the point.
fn rounded(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
