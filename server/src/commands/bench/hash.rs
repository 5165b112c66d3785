//! `bench hash`: what hashing the trees of a folder of Go files costs, function by function.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use ast_diff::{Blake3, Digest, HashFunction, Hashes, Parser, Tree, Xxh3};
use serde::Serialize;
use sha2::Digest as _;

use crate::cli::BenchHashArgs;
use crate::exit::ExitStatus;

use super::CommandError;

/// Rounds over all files; the quickest counts, since whatever disturbs a round makes it slower.
const ROUNDS: usize = 15;

/// Declarations of a large body of code, for the bound that is printed.
const LARGE: f64 = 1e9;

/// SHA-256, for comparison: what most tools that name things by content use.
#[derive(Debug)]
struct Sha256;

impl HashFunction for Sha256 {
    const NAME: &'static str = "SHA-256";
    const BITS: u32 = 256;
    const RESISTS_ATTACKS: bool = true;

    fn digest(bytes: &[u8]) -> Digest {
        Digest(sha2::Sha256::digest(bytes).into())
    }
}

/// What one function costs.
#[derive(Debug, Serialize)]
struct Row {
    name: &'static str,
    bits: u32,
    resists_attacks: bool,
    ns_per_declaration: f64,
    ns_per_node: f64,
    /// Probability of an accidental collision among as many declarations as were hashed.
    collision: f64,
    /// The same among 10^9.
    collision_of_billion: f64,
}

/// All of it.
#[derive(Debug, Serialize)]
struct Figures {
    bench: &'static str,
    files: usize,
    declarations: usize,
    nodes: usize,
    rows: Vec<Row>,
}

/// Measures.
pub(in crate::commands) fn run(
    arguments: &BenchHashArgs,
    output: &mut dyn Write,
) -> Result<ExitStatus, CommandError> {
    let trees = trees(&arguments.folder)?;
    let mut times = [Duration::MAX; 3];
    for _ in 0..ROUNDS {
        let round = [time::<Blake3>(&trees), time::<Sha256>(&trees), time::<Xxh3>(&trees)];
        for (best, now) in times.iter_mut().zip(round) {
            *best = now.min(*best);
        }
    }
    let nodes = trees.iter().map(|tree| tree.nodes().len()).sum();
    let declarations = trees.iter().map(|tree| tree.children(0).count()).sum();
    let [blake3, sha256, xxh3] = times;
    let rows = vec![
        row::<Blake3>(blake3, declarations, nodes),
        row::<Sha256>(sha256, declarations, nodes),
        row::<Xxh3>(xxh3, declarations, nodes),
    ];
    let figures = Figures { bench: "hash", files: trees.len(), declarations, nodes, rows };
    let text = if arguments.json {
        serde_json::to_string(&figures).map(|line| line + "\n").unwrap_or_default()
    } else {
        table(&figures)
    };
    output.write_all(text.as_bytes()).map_err(|error| CommandError::output(&error))?;
    Ok(ExitStatus::Success)
}

fn trees(folder: &Path) -> Result<Vec<Tree>, CommandError> {
    let mut parser = Parser::new();
    let files = walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "go"));
    let trees: Vec<Tree> = files
        .filter_map(|entry| std::fs::read(entry.path()).ok())
        .map(|source| parser.parse(&source).tree)
        .collect();
    if trees.is_empty() {
        let message = format!("there are no Go files in {}", folder.display());
        return Err(CommandError::new(ExitStatus::Usage, message)
            .with_hint("name the folder of a Go program".to_owned()));
    }
    Ok(trees)
}

fn time<H: HashFunction>(trees: &[Tree]) -> Duration {
    let began = Instant::now();
    for tree in trees {
        std::hint::black_box(Hashes::with::<H>(tree).root());
    }
    began.elapsed()
}

fn row<H: HashFunction>(time: Duration, declarations: usize, nodes: usize) -> Row {
    let time = time.as_secs_f64() * 1e9;
    // The bound of the birthday paradox.
    let bound = |count: f64| (count * count / 2.0) * (-f64::from(H::BITS)).exp2();
    Row {
        name: H::NAME,
        bits: H::BITS,
        resists_attacks: H::RESISTS_ATTACKS,
        ns_per_declaration: time / declarations.max(1) as f64,
        ns_per_node: time / nodes as f64,
        collision: bound(declarations as f64),
        collision_of_billion: bound(LARGE),
    }
}

fn table(figures: &Figures) -> String {
    let mut out = format!(
        "{} files, {} declarations, {} nodes\n{:<10}{:>6}{:>16}{:>10}{:>22}  on purpose\n",
        figures.files,
        figures.declarations,
        figures.nodes,
        "",
        "bits",
        "ns/declaration",
        "ns/node",
        "collision of 10^9"
    );
    for row in &figures.rows {
        let _ = writeln!(
            out,
            "{:<10}{:>6}{:>16.0}{:>10.1}{:>22.0e}  {}",
            row.name,
            row.bits,
            row.ns_per_declaration,
            row.ns_per_node,
            row.collision_of_billion,
            if row.resists_attacks { "no" } else { "yes" }
        );
    }
    out
}
