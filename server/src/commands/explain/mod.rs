//! `explain`: the lines of a function beside the instructions that they became.

mod sources;
mod report;
mod columns;

use std::fmt::Write as _;
use std::io::Write;

use anatomy::Explanation;
use tokio_util::sync::CancellationToken;

use crate::cli::{ExplainArgs, ProgramFlags};
use crate::config::CompilerChoice;
use crate::environment::Environment;
use crate::exit::ExitStatus;

use super::CommandError;
use super::inspected::{Inspected, interrupted, not_found, target};

use sources::Sources;

/// A function as one compiler has made it.
struct Explained {
    /// With its version; `None` for a file.
    compiler: Option<String>,
    explanation: Explanation,
}

/// Shows a function, of one compiler or of both.
pub(super) async fn run(
    arguments: &ExplainArgs,
    environment: &Environment,
    shutdown: CancellationToken,
    output: &mut impl Write,
) -> Result<ExitStatus, CommandError> {
    let mut explained = Vec::new();
    let mut missing = Vec::new();
    for choice in choices(arguments)? {
        let flags = flags(arguments, choice);
        match explain(arguments, &flags, environment, &shutdown).await {
            Ok(one) => explained.push(one),
            Err(_) if shutdown.is_cancelled() => return Err(interrupted()),
            Err(error) => missing.push((choice, error)),
        }
    }
    if explained.is_empty() && !missing.is_empty() {
        return Err(missing.swap_remove(0).1);
    }
    let wanted: Vec<&Explanation> = explained.iter().map(|one| &one.explanation).collect();
    let sources = Sources::read(&wanted);
    let mut text = if arguments.json {
        report::json(arguments, &explained, &sources)
    } else if let [one, other] = &explained[..] {
        columns::text(one, other, &sources)
    } else {
        explained.iter().map(|one| report::text(one, &sources)).collect()
    };
    if !arguments.json {
        for (choice, error) in missing {
            let _ = writeln!(text, "note: nothing of {}: {error}", name(choice));
        }
    }
    output.write_all(text.as_bytes()).map_err(|error| CommandError::output(&error))?;
    Ok(ExitStatus::Success)
}

/// `None`: whatever the settings say.
fn choices(arguments: &ExplainArgs) -> Result<Vec<Option<CompilerChoice>>, CommandError> {
    if !arguments.both {
        return Ok(vec![None]);
    }
    if arguments.program.is_file() {
        let message = format!("{} was built already, by one compiler", arguments.program.display());
        return Err(CommandError::new(ExitStatus::Usage, message)
            .with_hint("name the folder of a Go program, or leave --both out".to_owned()));
    }
    Ok(vec![Some(CompilerChoice::TinyGo), Some(CompilerChoice::Go)])
}

const fn name(choice: Option<CompilerChoice>) -> &'static str {
    match choice {
        Some(CompilerChoice::TinyGo) => "TinyGo",
        Some(CompilerChoice::Go) => "Go",
        Some(CompilerChoice::Auto) | None => "it",
    }
}

fn flags(arguments: &ExplainArgs, choice: Option<CompilerChoice>) -> ProgramFlags {
    let mut flags = arguments.build.how.clone();
    if choice.is_some() {
        flags.compile.compiler = choice;
    }
    if choice == Some(CompilerChoice::Go) {
        // They are TinyGo's alone, and were said for it.
        (flags.opt, flags.gc, flags.scheduler) = (None, None, None);
    }
    flags
}

async fn explain(
    arguments: &ExplainArgs,
    flags: &ProgramFlags,
    environment: &Environment,
    shutdown: &CancellationToken,
) -> Result<Explained, CommandError> {
    let path = &arguments.program;
    let inspected = Inspected::at(path, flags, target(&arguments.build), environment, shutdown).await?;
    let anatomy = inspected.anatomy(path)?;
    let function = anatomy.find(&arguments.function).map_err(|error| not_found(&error))?;
    let listing = inspected.listing(function, shutdown).await;
    let explanation = anatomy.explain(function, listing.as_deref()).map_err(|error| not_found(&error))?;
    Ok(Explained { compiler: inspected.compiler.clone(), explanation })
}
