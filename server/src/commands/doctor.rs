//! `doctor`: what is there, what is missing, what to do about it; with `--fix`, doing it.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::cli::DoctorArgs;
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::toolchain::{Fixed, Report, Step, ToolRow, Toolchain, fix};

use super::CommandError;

/// What is printed with `--json`.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    /// Everything is there that `serve` cannot do without.
    usable: bool,
    tools: &'a [ToolRow],
    /// What `--fix` came to; null without it.
    fix: Option<Mended>,
}

/// What `--fix` came to.
#[derive(Debug, Serialize)]
struct Mended {
    /// TinyGo was made just now.
    made_tinygo: bool,
    /// The command that installs what cannot be made in the user's folders.
    install: Option<String>,
    /// Why TinyGo could not be made although everything for it was there.
    failure: Option<String>,
    /// What to do about that.
    remedy: Option<&'static str>,
}

/// Looks, mends when asked to, and prints.
pub(super) async fn run(
    arguments: &DoctorArgs,
    environment: &Environment,
    shutdown: CancellationToken,
    output: &mut (dyn Write + Send),
) -> Result<ExitStatus, CommandError> {
    let (toolchain, mended) = if arguments.fix {
        // Steps are told from another place than the result, one at a time.
        let shared = Mutex::new(&mut *output);
        let tell = |step| {
            if !arguments.json {
                let mut output = shared.lock().unwrap_or_else(PoisonError::into_inner);
                // A step that nobody can read is no reason to stop.
                let _ = writeln!(output, "{}", step_text(step)).and_then(|()| output.flush());
            }
        };
        let Fixed { toolchain, made_tinygo, install, failure } = fix(environment, &shutdown, &tell).await;
        let remedy = failure.as_ref().map(crate::toolchain::ProvisionError::hint);
        let failure = failure.map(|error| error.to_string());
        (toolchain, Some(Mended { made_tinygo, install, failure, remedy }))
    } else {
        (Toolchain::locate(environment).await, None)
    };
    let report = Report::new(&toolchain, environment);
    let status = status(&report, mended.as_ref());
    let text = if arguments.json {
        let answer = Answer { usable: report.usable(), tools: &report.tools, fix: mended };
        serde_json::to_string(&answer).map(|line| line + "\n").unwrap_or_default()
    } else {
        table(&report.tools) + &conclusion(&report, mended.as_ref())
    };
    output.write_all(text.as_bytes()).map_err(|error| CommandError::output(&error))?;
    Ok(status)
}

/// Who asked for a mend needs what could not be made.
fn status(report: &Report, mended: Option<&Mended>) -> ExitStatus {
    let unmended = mended.is_some_and(|mended| mended.install.is_some() || mended.failure.is_some());
    if report.usable() && !unmended { ExitStatus::Success } else { ExitStatus::ToolMissing }
}

fn step_text(step: Step) -> &'static str {
    match step {
        Step::Waiting => "waiting for another process that makes TinyGo",
        Step::Compiling => "compiling TinyGo (downloads its Go modules the first time; about half a minute)",
        Step::Copying => "copying its sources and those of Go's net/http that it lacks",
        Step::Trying => "building a small program with it",
    }
}

fn table(tools: &[ToolRow]) -> String {
    let width = |column: &dyn Fn(&ToolRow) -> usize| tools.iter().map(column).max().unwrap_or(0);
    let names = width(&|row| row.name.len()).max("tool".len());
    let versions = width(&|row| row.version.as_ref().map_or(0, String::len)).max("version".len());
    let mut out = format!("{:<names$}  fits     {:<versions$}  what it is for\n", "tool", "version");
    let indent = " ".repeat(names + versions + 13);
    for row in tools {
        let fits = match (row.fits, row.required) {
            (true, _) => "yes",
            (false, true) => "MISSING",
            (false, false) => "no",
        };
        let version = row.version.as_deref().unwrap_or("-");
        let _ = writeln!(out, "{:<names$}  {fits:<7}  {version:<versions$}  {}", row.name, row.purpose);
        if let Some(path) = &row.path {
            let _ = writeln!(out, "{indent}{}", path.display());
        }
        if let Some(problem) = &row.problem {
            let _ = writeln!(out, "{indent}{problem}");
        }
        if let Some(remedy) = &row.remedy {
            let _ = writeln!(out, "{indent}remedy: {remedy}");
        }
    }
    out
}

fn conclusion(report: &Report, mended: Option<&Mended>) -> String {
    let mut out = String::from("\n");
    if let Some(mended) = mended {
        if mended.made_tinygo {
            out.push_str("made TinyGo in the cache folder of this user\n");
        }
        if let Some(install) = &mended.install {
            let _ = writeln!(
                out,
                "to go on, install what TinyGo is made from, then run this again:\n  {install}"
            );
        }
        if let Some(failure) = &mended.failure {
            let _ = writeln!(out, "TinyGo could not be made: {failure}");
        }
        if let Some(remedy) = mended.remedy {
            let _ = writeln!(out, "hint: {remedy}");
        }
        let nothing = !mended.made_tinygo && mended.install.is_none() && mended.failure.is_none();
        if nothing && report.usable() {
            out.push_str("there was nothing to make\n");
        }
    }
    out.push_str(if report.usable() {
        "programs can be compiled and served\n"
    } else {
        "something that is needed is missing: see the remedies above\n"
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, fits: bool, required: bool) -> ToolRow {
        ToolRow {
            name: name.to_owned(),
            path: fits.then(|| "/usr/bin/tool".into()),
            version: fits.then(|| "1.26.8".to_owned()),
            fits,
            required,
            purpose: "does things",
            problem: (!fits).then(|| "it was not found".to_owned()),
            remedy: (!fits).then(|| "install it".to_owned()),
        }
    }

    #[test]
    fn the_table_lines_up_and_names_every_remedy() {
        let text = table(&[row("go", true, true), row("wasm-opt", false, false)]);
        assert_eq!(
            text,
            "tool      fits     version  what it is for\n\
             go        yes      1.26.8   does things\n\
             \u{20}                           /usr/bin/tool\n\
             wasm-opt  no       -        does things\n\
             \u{20}                           it was not found\n\
             \u{20}                           remedy: install it\n"
        );
        assert!(table(&[row("go", false, true)]).contains("go    MISSING  -"));
    }

    #[test]
    fn the_status_says_whether_something_needed_is_missing() {
        let report = |fits| Report { tools: vec![row("go", fits, true), row("tinygo", false, false)] };
        let mended = |install: Option<&str>| Mended {
            made_tinygo: false,
            install: install.map(str::to_owned),
            failure: None,
            remedy: None,
        };
        assert_eq!(status(&report(true), None), ExitStatus::Success);
        assert_eq!(status(&report(false), None), ExitStatus::ToolMissing);
        assert_eq!(status(&report(true), Some(&mended(None))), ExitStatus::Success);
        assert_eq!(status(&report(true), Some(&mended(Some("apt-get")))), ExitStatus::ToolMissing);
        assert!(conclusion(&report(true), Some(&mended(Some("apt-get x")))).contains("\n  apt-get x\n"));
        assert!(conclusion(&report(true), Some(&mended(None))).contains("nothing to make"));
    }

    #[tokio::test]
    async fn an_empty_machine_is_told_what_to_install() {
        let home = tempfile::tempdir().unwrap();
        let environment = Environment { cache_folder: home.path().to_owned(), ..Environment::default() };
        for json in [false, true] {
            let mut output = Vec::new();
            let arguments = DoctorArgs { fix: true, json };
            let run = run(&arguments, &environment, CancellationToken::new(), &mut output);
            assert_eq!(run.await.unwrap(), ExitStatus::ToolMissing);
            let text = String::from_utf8(output).unwrap();
            assert!(
                text.contains("go was not found on PATH") && text.contains("https://go.dev/dl"),
                "{text}"
            );
            if json {
                let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
                assert_eq!(
                    (&answer["usable"], &answer["fix"]["made_tinygo"]),
                    (&false.into(), &false.into())
                );
            }
        }
    }
}
