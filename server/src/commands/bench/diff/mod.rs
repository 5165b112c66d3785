//! `bench diff`: our diff of Go files and what people use instead, on the same pairs and in turns.

mod pair;
mod marks;
mod layout;
mod answer;
mod semantic;
mod made;
mod input;
mod unified;
mod lines;
mod outside;
mod itself;
mod difftastic;
mod diffsitter;
mod zstd;
mod tool;
mod figures;
mod report;

use std::io::Write;

use tokio_util::sync::CancellationToken;

use crate::cli::BenchDiffArgs;
use crate::environment::Environment;
use crate::exit::ExitStatus;

use super::CommandError;
use super::machine::Machine;
use super::serving::ended_early;
use super::statistics::Sample;
use figures::{Figures, Series};
use pair::Pair;
use tool::Tools;

/// Starts of each program that are measured.
const STARTS: usize = 21;

/// Compares.
pub(in crate::commands) async fn run(
    arguments: &BenchDiffArgs,
    environment: &Environment,
    shutdown: &CancellationToken,
    output: &mut dyn Write,
) -> Result<ExitStatus, CommandError> {
    let no_folder = |error: std::io::Error| {
        CommandError::new(ExitStatus::Environment, format!("no temporary folder: {error}"))
    };
    let scratch = tempfile::Builder::new().prefix("dev-server-bench-").tempdir().map_err(no_folder)?;
    for folder in ["saved", "bare"] {
        std::fs::create_dir(scratch.path().join(folder)).map_err(no_folder)?;
    }
    let pairs = input::pairs(arguments.pairs.as_deref(), scratch.path())?;
    let empty = input::empty(scratch.path()).map_err(no_folder)?;
    let mut tools = Tools::find(environment, scratch.path(), shutdown).await.map_err(no_folder)?;
    if !arguments.json {
        let line = announced(pairs.len(), &tools);
        output.write_all(line.as_bytes()).map_err(|error| CommandError::output(&error))?;
    }
    let series = compare(&mut tools, &empty, &pairs, shutdown).await?;
    let figures = Figures::of(&pairs, &series, std::mem::take(&mut tools.missing));
    let machine = Machine::describe(None, None).await;
    let text =
        if arguments.json { report::json(&machine, &figures) } else { report::text(&machine, &figures) };
    output.write_all(text.as_bytes()).map_err(|error| CommandError::output(&error))?;
    Ok(ExitStatus::Success)
}

/// What is about to be done, for people.
fn announced(pairs: usize, tools: &Tools) -> String {
    let titles: Vec<&str> = tools.all.iter().map(|tool| tool.title.as_str()).collect();
    format!("comparing {pairs} pairs with each of: {}\n", titles.join("; "))
}

/// All tools on all pairs, one after the other: nothing else of ours may run while a program is timed.
async fn compare(
    tools: &mut Tools,
    empty: &Pair,
    pairs: &[Pair],
    shutdown: &CancellationToken,
) -> Result<Vec<Series>, CommandError> {
    let count = tools.all.len();
    let mut series: Vec<Series> = tools
        .all
        .iter()
        .map(|tool| Series {
            name: tool.name,
            title: tool.title.clone(),
            version: tool.version.clone(),
            starts: Sample::default(),
            answers: Vec::with_capacity(pairs.len()),
        })
        .collect();
    for _ in 0..STARTS {
        for (tool, series) in series.iter_mut().enumerate() {
            if tools.is_started(tool) {
                series.starts.extend(&tools.compare(tool, empty).await.spent.into_iter().collect());
            }
        }
    }
    for (turn, pair) in pairs.iter().enumerate() {
        // Each tool comes after every other one: what it finds in the processor's caches is not always the same.
        for tool in order(turn, count) {
            let answer = tools.compare(tool, pair).await;
            if shutdown.is_cancelled() {
                return Err(ended_early());
            }
            series[tool].answers.push(answer);
        }
    }
    Ok(series)
}

/// The tools of a turn: each turn begins with the next one.
fn order(turn: usize, count: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |tool| (turn + tool) % count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_turn_has_all_tools_and_begins_with_another_one() {
        let turns: Vec<Vec<usize>> = (0..4).map(|turn| order(turn, 3).collect()).collect();
        assert_eq!(turns, [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2]]);
    }
}
