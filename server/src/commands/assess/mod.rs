//! `assess`: can this Go code move to WASI?

mod systems;
mod reading;
mod proof;
mod report;
mod table;

use std::io::Write;

use tokio_util::sync::CancellationToken;

use crate::cli::AssessArgs;
use crate::config;
use crate::diagnostic::Diagnostic;
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::toolchain::Toolchain;

use super::CommandError;
use super::compose::{load_options, tool_missing};

use reading::Code;
use report::Report;
use systems::Surveys;

/// Reads, compiles, and says what stands in the way. Ends with 0 when a compiler takes the code as it is.
pub(super) async fn run(
    arguments: &AssessArgs,
    environment: &Environment,
    shutdown: CancellationToken,
    output: &mut impl Write,
) -> Result<ExitStatus, CommandError> {
    let folder = match arguments.folder.canonicalize() {
        Ok(path) if path.is_dir() => path,
        _ => return Err(CommandError::no_folder(&arguments.folder)),
    };
    let file = config::load(&folder, environment)
        .map_err(|error| CommandError::new(ExitStatus::Usage, &error).with_hint(error.hint()))?;
    let settings = arguments.compile.settings().over(file);
    let toolchain = Toolchain::locate(environment).await;
    let go = toolchain.go.as_ref().map_err(tool_missing)?;
    let tags = settings.tags.clone().unwrap_or_default();
    let options = load_options(&folder, &settings, go, environment, tags);
    let back_ends = systems::back_ends(settings.compiler);
    let surveys = Surveys::of(&options, &toolchain, &back_ends, &shutdown).await?;
    let interrupted = || CommandError::new(ExitStatus::Failure, "interrupted");
    let read = {
        let (folder, back_ends) = (folder.clone(), back_ends.clone());
        crate::build::off_thread(move || Code::read(&folder, surveys, &back_ends))
    };
    let code = shutdown.run_until_cancelled(read).await.flatten().ok_or_else(interrupted)?;
    if code.sources.is_empty() {
        return Err(nothing_to_read(&folder, &code.problems));
    }
    let tried = if arguments.no_prove {
        Vec::new()
    } else {
        proof::try_all(&code, &folder, arguments, &back_ends, &toolchain, environment, &shutdown)
            .await
            .ok_or_else(interrupted)?
    };
    let report = Report::of(&folder, &code, &back_ends, &tried);
    let text = if arguments.json {
        serde_json::to_string(&report).unwrap_or_default() + "\n"
    } else {
        table::text(&report)
    };
    output.write_all(text.as_bytes()).map_err(|error| CommandError::output(&error))?;
    Ok(if report.moves { ExitStatus::Success } else { ExitStatus::Failure })
}

fn nothing_to_read(folder: &std::path::Path, problems: &[Diagnostic]) -> CommandError {
    match problems.first() {
        Some(problem) => listed(problems, problem),
        None => CommandError::new(
            ExitStatus::Failure,
            format!("there is no Go package in {} or below", folder.display()),
        )
        .with_hint("name the folder of a Go module or package".to_owned()),
    }
}

/// What `go list` has against the project.
fn listed(problems: &[Diagnostic], first: &Diagnostic) -> CommandError {
    let words: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    CommandError::new(ExitStatus::Failure, words.join("\n")).with_hint(
        first.hint.clone().unwrap_or_else(|| "`go list ./...` has to work in the folder first".to_owned()),
    )
}
