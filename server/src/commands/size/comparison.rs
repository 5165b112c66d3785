//! Modules of the same program side by side: bytes against the first of each compiler, and how each starts.

use std::fmt::Write as _;

use anatomy::Anatomy;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::cli::{InspectTarget, SizeArgs};
use crate::diagnostic::plain;
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::printer::grouped;

use super::super::CommandError;
use super::starts::{self, Start};
use super::variants::{self, Variant};

/// Rows of both compilers.
#[derive(Debug, Serialize)]
pub(super) struct Comparison {
    program: String,
    rows: Vec<Row>,
    #[serde(skip)]
    starts_here: bool,
}

#[derive(Debug, Serialize)]
struct Row {
    compiler: String,
    module: &'static str,
    #[serde(skip)]
    name: &'static str,
    /// Null where there is none.
    bytes: Option<u64>,
    code: Option<u64>,
    data: Option<u64>,
    /// Against the compiler's first row.
    percent: Option<f64>,
    /// Milliseconds; null where it was not measured.
    start: Option<Start>,
    /// Why there is no module, or why it does not start.
    problem: Option<String>,
}

/// Builds, measures.
pub(super) async fn compare(
    arguments: &SizeArgs,
    environment: &Environment,
    shutdown: &CancellationToken,
) -> Result<Comparison, CommandError> {
    let path = &arguments.program;
    if path.is_file() {
        let message =
            format!("{} is a module, and no program that can be built in several ways", path.display());
        return Err(CommandError::new(ExitStatus::Usage, message)
            .with_hint("name the folder of a Go program, or leave --compare out".to_owned()));
    }
    let variants = variants::all(arguments, environment, shutdown).await?;
    if let [Err(one), ..] = &variants.iter().map(|variant| variant.module.as_ref()).collect::<Vec<_>>()[..]
        && variants.iter().all(|variant| variant.module.is_err())
    {
        return Err(CommandError::new(ExitStatus::Failure, one)
            .with_hint(format!("`dev-server run {}` says all", path.display())));
    }
    let starts_here = arguments.build.target != Some(InspectTarget::Browser);
    let mut starts = Vec::new().into_iter();
    if starts_here {
        let modules: Vec<&[u8]> =
            variants.iter().filter_map(|variant| variant.module.as_deref().ok()).collect();
        starts = starts::measure(&modules, shutdown).await?.into_iter();
    }
    let mut rows: Vec<Row> = Vec::new();
    for variant in &variants {
        let first = rows.iter().rev().take_while(|row| row.compiler == variant.compiler).last();
        let first = first.and_then(|row| row.bytes);
        let start = if variant.module.is_ok() { starts.next() } else { None };
        rows.push(Row::of(variant, first, start));
    }
    Ok(Comparison { program: path.display().to_string(), rows, starts_here })
}

impl Row {
    fn of(variant: &Variant, first: Option<u64>, start: Option<Result<Start, String>>) -> Self {
        let bytes = variant.module.as_ref().ok();
        let sizes = bytes.and_then(|bytes| Anatomy::read(bytes).ok()).map(|anatomy| anatomy.sizes());
        let length = bytes.map(|bytes| bytes.len() as u64);
        let percent = |length: u64, first: u64| (length as f64 / first.max(1) as f64 - 1.0) * 100.0;
        let problem = match (&variant.module, &start) {
            (Err(why), _) | (_, Some(Err(why))) => Some(plain(why)),
            _ => None,
        };
        Self {
            compiler: variant.compiler.clone(),
            module: variant.treatment.key(),
            name: variant.treatment.name(),
            bytes: length,
            code: sizes.as_ref().map(|sizes| sizes.code),
            data: sizes.as_ref().map(|sizes| sizes.data),
            percent: length.zip(first).map(|(length, first)| percent(length, first)),
            start: start.and_then(Result::ok),
            problem,
        }
    }
}

impl Comparison {
    pub(super) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }

    pub(super) fn text(&self) -> String {
        let mut out = format!("{}\n", self.program);
        let mut compiler = "";
        for row in &self.rows {
            if compiler != row.compiler {
                compiler = &row.compiler;
                let _ = writeln!(
                    out,
                    "\n{:<26} {:>11} {:>6} {:>11} {:>11} {:>9} {:>12} {:>13}",
                    compiler, "bytes", "", "code", "data", "compile", "instantiate", "first effect"
                );
            }
            let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), grouped);
            let percent = row.percent.map_or_else(String::new, |percent| format!("{percent:+.0} %"));
            let [compile, instantiate, effect] =
                row.start.as_ref().map_or_else(|| ["-"; 3].map(str::to_owned), Start::cells);
            let line = format!(
                "  {:<24} {:>11} {percent:>6} {:>11} {:>11} {compile:>9} {instantiate:>12} {effect:>13}",
                row.name,
                number(row.bytes),
                number(row.code),
                number(row.data),
            );
            let _ = writeln!(out, "{}", line.trim_end());
            if let Some(problem) = &row.problem {
                let _ = writeln!(out, "    {}", problem.lines().next().unwrap_or_default());
            }
        }
        if !self.starts_here {
            out.push_str(
                "\nnote: programs for pages start in a page, so that nothing of that is measured here\n",
            );
        }
        out
    }
}
