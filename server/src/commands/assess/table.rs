//! The report for people.

use std::fmt::Write as _;

use crate::diagnostic::plain;

use super::report::{At, Module, Proof, ProofError, Report, Row};

/// Places of a use that are shown; JSON has more.
const PLACES: usize = 3;

/// Errors of a build that are shown.
const ERRORS: usize = 5;

/// All of it; nothing in it does something to a terminal.
pub(super) fn text(report: &Report) -> String {
    let mut out = String::new();
    let modules = match report.dependencies.len() {
        0 => String::new(),
        1 => ", and 1 module besides".to_owned(),
        count => format!(", and {count} modules besides"),
    };
    let _ = writeln!(
        out,
        "{} in {}{modules}\n",
        counted(report.files, "file"),
        counted(report.packages, "package")
    );
    scores(&mut out, report);
    let (working, others): (Vec<&Row>, Vec<&Row>) = report.items.iter().partition(|row| row.works());
    if !others.is_empty() {
        rows(&mut out, report, &others);
    }
    if !working.is_empty() {
        let names: Vec<&str> = working.iter().map(|row| row.name.as_str()).collect();
        let _ = writeln!(out, "\nworks as it is: {}", names.join(", "));
    }
    for left_out in &report.left_out {
        let _ = writeln!(
            out,
            "\nno build for WASI takes {} ({}): check that its functions are there without it",
            left_out.file,
            counted(left_out.uses, "known use")
        );
    }
    for unreadable in &report.unreadable {
        let _ = writeln!(out, "\n{}: not read: {}", place(&unreadable.at), unreadable.why);
    }
    for problem in &report.problems {
        let _ = writeln!(out, "\ngo list: {problem}");
    }
    modules_besides(&mut out, report);
    for proof in &report.proofs {
        tried(&mut out, proof);
    }
    let _ = writeln!(out, "\n{}", conclusion(report));
    plain(&out)
}

fn scores(out: &mut String, report: &Report) {
    let mut line = |name: &str, cell: &dyn Fn(usize) -> String| {
        let _ = write!(out, "{name:<22}");
        for number in 0..report.back_ends.len() {
            let _ = write!(out, "  {:<18}", cell(number));
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
    };
    line("", &|number| report.back_ends[number].name.to_owned());
    let kinds = report.back_ends.first().map_or(0, |column| column.kinds.len());
    for kind in 0..kinds {
        let share = &report.back_ends[0].kinds[kind];
        let name = match share.weight {
            0 => share.name.to_owned(),
            weight => format!("{} ({weight} %)", share.name),
        };
        line(&name, &|number| format!("{:.1}", report.back_ends[number].kinds[kind].percent));
    }
    line("score", &|number| format!("{:.1}", report.back_ends[number].score));
    line("verdict", &|number| report.back_ends[number].verdict.to_owned());
    if report.back_ends.iter().any(|column| column.built.is_some()) {
        line("built", &|number| {
            match report.back_ends[number].built {
                Some(true) => "yes",
                Some(false) => "no",
                None => "not tried",
            }
            .to_owned()
        });
    }
}

fn rows(out: &mut String, report: &Report, rows: &[&Row]) {
    out.push('\n');
    for row in rows {
        let _ = writeln!(out, "{}", row.name);
        let _ = writeln!(out, "    {}", verdicts(report, row));
        let more = row.uses.saturating_sub(PLACES.min(row.places.len()));
        let shown: Vec<String> = row.places.iter().take(PLACES).map(place).collect();
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let _ = writeln!(out, "    at {}{more}", shown.join(", "));
        if !row.remedy.is_empty() {
            let _ = writeln!(out, "    hint: {}", row.remedy);
        }
    }
}

/// One verdict when all agree.
fn verdicts(report: &Report, row: &Row) -> String {
    match &row.verdicts[..] {
        [first, rest @ ..] if rest.iter().all(|other| other == first) => {
            first.unwrap_or("not seen").to_owned()
        }
        all => {
            let named = all.iter().zip(&report.back_ends);
            let words =
                named.map(|(verdict, column)| format!("{}: {}", column.name, verdict.unwrap_or("not seen")));
            words.collect::<Vec<_>>().join("; ")
        }
    }
}

fn modules_besides(out: &mut String, report: &Report) {
    let (quiet, others): (Vec<&Module>, Vec<&Module>) =
        report.dependencies.iter().partition(|module| module.items.is_empty());
    for module in others {
        let _ = writeln!(
            out,
            "\n{} ({}, only what is called of it counts)",
            module.name,
            counted(module.files, "file")
        );
        for (number, column) in report.back_ends.iter().enumerate() {
            let _ = writeln!(
                out,
                "    {}: {}, score {:.1}",
                column.name, module.verdicts[number], module.scores[number]
            );
        }
        let names: Vec<&str> = module.items.iter().take(6).map(|row| row.name.as_str()).collect();
        let more = module.items.len().saturating_sub(names.len());
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let _ = writeln!(out, "    uses {}{more}", names.join(", "));
    }
    if !quiet.is_empty() {
        let names: Vec<&str> = quiet.iter().map(|module| module.name.as_str()).collect();
        let _ = writeln!(out, "\nmodules in which nothing stands in the way: {}", names.join(", "));
    }
}

fn tried(out: &mut String, proof: &Proof) {
    let who = format!("{} with {}", proof.program, proof.back_end);
    match (proof.built, &proof.why) {
        (None, why) => {
            let _ = writeln!(out, "\n{who}: not tried: {}", why.as_deref().unwrap_or_default());
        }
        (Some(true), _) => {
            let _ = writeln!(out, "\n{who}: built in {:.1} s", proof.ms.unwrap_or_default() / 1e3);
            if !proof.compiled.is_empty() {
                let _ = writeln!(out, "    compiled against the catalogue: {}", proof.compiled.join(", "));
            }
            if let Some(run) = &proof.run {
                let said = run.said.as_ref().map(|said| format!("; it said: {said}")).unwrap_or_default();
                let _ = writeln!(out, "    with nothing allowed it {}{said}", run.outcome);
            }
        }
        (Some(false), _) => {
            let _ = writeln!(out, "\n{who}: not built");
            for error in proof.errors.iter().take(ERRORS) {
                let _ = writeln!(out, "    {}", of_error(error));
            }
            let more = proof.errors.len().saturating_sub(ERRORS);
            if more > 0 {
                let _ = writeln!(out, "    and {}", counted(more, "more error"));
            }
        }
    }
}

fn of_error(error: &ProofError) -> String {
    let at = error.at.as_ref().map(|at| place(at) + ": ").unwrap_or_default();
    let message = error.message.lines().next().unwrap_or_default();
    match (&error.item, error.catalogue) {
        (Some(item), Some(word)) => format!("{at}{message} ({word} what is said of {item})"),
        _ => format!("{at}{message} (nothing was said of it)"),
    }
}

fn conclusion(report: &Report) -> String {
    let Some(best) = report.back_ends.iter().find(|column| column.name == report.best) else {
        return String::new();
    };
    let what = match best.verdict {
        "works" => "it moves as it is",
        "works with a flag" => "it moves, with flags of the run",
        "needs a change" => "it moves when it was changed",
        _ => "it does not move as a whole",
    };
    let shown = match best.built {
        Some(true) => ", and was built",
        _ => "",
    };
    format!("{}: {what}{shown} (score {:.1} of 100)", best.name, best.score)
}

fn place(at: &At) -> String {
    format!("{}:{}:{}", at.file, at.line, at.column)
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
