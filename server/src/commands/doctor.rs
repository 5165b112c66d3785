//! `doctor`: what is there, what is missing, what to do about it; with `--fix`, doing it.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::cli::DoctorArgs;
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::toolchain::{Fixed, Product, Report, Step, Tool, ToolRow, Toolchain, fix};

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
    /// The warm compiler was made just now.
    made_warm_compiler: bool,
    /// The command that installs what cannot be made in the user's folders.
    install: Option<String>,
    /// What could not be made although everything for it was there, and why.
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
        let fixed = fix(environment, &shutdown, &tell).await;
        let mended = Mended::new(&fixed);
        (fixed.toolchain, Some(mended))
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

impl Mended {
    fn new(fixed: &Fixed) -> Self {
        Self {
            made_tinygo: fixed.made.contains(&Product::TinyGo),
            made_warm_compiler: fixed.made.contains(&Product::WarmCompiler),
            install: fixed.install.clone(),
            failure: fixed.failure.as_ref().map(ToString::to_string),
            remedy: fixed.failure.as_ref().map(|failure| failure.error.hint()),
        }
    }
}

/// Who asked for a mend needs what could not be made, except for what only makes things faster and is in want of
/// packages: there are systems that do not have them.
fn status(report: &Report, mended: Option<&Mended>) -> ExitStatus {
    let unmended = mended.is_some_and(|mended| {
        mended.failure.is_some() || (mended.install.is_some() && !report.fits(Tool::TinyGo))
    });
    if report.usable() && !unmended { ExitStatus::Success } else { ExitStatus::ToolMissing }
}

fn step_text(step: Step) -> String {
    match step {
        Step::Waiting(product) => format!("waiting for another process that makes {product}"),
        Step::Compiling(product) => {
            format!("compiling {product} (downloads its Go modules the first time; about half a minute)")
        }
        Step::Copying => "copying TinyGo's sources and those of Go's net/http that it lacks".to_owned(),
        Step::Trying(Product::TinyGo) => "building a small program with it".to_owned(),
        Step::Trying(Product::WarmCompiler) => "starting it for a trial".to_owned(),
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
        let products =
            [(mended.made_tinygo, Product::TinyGo), (mended.made_warm_compiler, Product::WarmCompiler)];
        for (_, product) in products.iter().filter(|(made, _)| *made) {
            let _ = writeln!(out, "made {product} in the cache folder of this user");
        }
        if let Some(install) = &mended.install {
            let reason = if report.fits(Tool::TinyGo) {
                "for updates in milliseconds, install what the warm compiler is made from"
            } else {
                "to go on, install what TinyGo is made from"
            };
            let _ = writeln!(out, "{reason}, then run this again:\n  {install}");
        }
        if let Some(failure) = &mended.failure {
            let _ = writeln!(out, "{failure}");
        }
        if let Some(remedy) = mended.remedy {
            let _ = writeln!(out, "hint: {remedy}");
        }
        let nothing =
            products.iter().all(|(made, _)| !made) && mended.install.is_none() && mended.failure.is_none();
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
            made_warm_compiler: false,
            install: install.map(str::to_owned),
            failure: None,
            remedy: None,
        };
        assert_eq!(status(&report(true), None), ExitStatus::Success);
        assert_eq!(status(&report(false), None), ExitStatus::ToolMissing);
        assert_eq!(status(&report(true), Some(&mended(None))), ExitStatus::Success);
        assert_eq!(status(&report(true), Some(&mended(Some("apt-get")))), ExitStatus::ToolMissing);
        let failed = Mended { failure: Some("no luck".to_owned()), ..mended(None) };
        assert_eq!(status(&report(true), Some(&failed)), ExitStatus::ToolMissing);
        let text = conclusion(&report(true), Some(&mended(Some("apt-get x"))));
        assert!(text.contains("what TinyGo is made from, then run this again:\n  apt-get x\n"), "{text}");
        assert!(conclusion(&report(true), Some(&mended(None))).contains("nothing to make"));
    }

    #[test]
    fn a_warm_compiler_that_is_in_want_of_packages_is_advice_and_no_failure() {
        let tools =
            vec![row("go", true, true), row("tinygo", true, false), row("warm-compiler", false, false)];
        let report = Report { tools };
        let mended = Mended {
            made_tinygo: false,
            made_warm_compiler: false,
            install: Some("apt-get x".to_owned()),
            failure: None,
            remedy: None,
        };
        assert_eq!(status(&report, Some(&mended)), ExitStatus::Success);
        let text = conclusion(&report, Some(&mended));
        assert!(
            text.contains("what the warm compiler is made from, then run this again:\n  apt-get x\n"),
            "{text}"
        );
        let made = Mended { made_tinygo: true, made_warm_compiler: true, install: None, ..mended };
        let text = conclusion(&report, Some(&made));
        assert!(text.contains("made TinyGo in") && text.contains("made the warm compiler in"), "{text}");
        assert!(!text.contains("nothing to make"), "{text}");
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
