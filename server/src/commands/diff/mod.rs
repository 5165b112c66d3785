//! `diff` and `apply`: what an edit of a Go file means, and the patch that makes it.

mod comparison;
mod pairs;
mod report;

use std::io::Write;
use std::path::Path;

use ast_diff::{Limits, Parser, Patch, structure_root};

use crate::cli::{ApplyArgs, DiffArgs};
use crate::exit::ExitStatus;

use super::CommandError;

pub(super) use comparison::{Comparison, timed};
pub(super) use pairs::find as find_pairs;

/// Compares two files, or all pairs of a folder.
pub(super) fn run(arguments: &DiffArgs, output: &mut dyn Write) -> Result<ExitStatus, CommandError> {
    let text = match (&arguments.pairs, &arguments.old, &arguments.new) {
        (Some(folder), None, None) => of_pairs(arguments, folder)?,
        (None, Some(old), Some(new)) => of_files(arguments, old, new)?,
        _ => {
            return Err(CommandError::new(
                ExitStatus::Usage,
                "two files are needed, or --pairs with a folder",
            )
            .with_hint("dev-server diff OLD.go NEW.go".to_owned()));
        }
    };
    output.write_all(text.as_bytes()).map_err(|error| CommandError::output(&error))?;
    Ok(ExitStatus::Success)
}

fn of_files(arguments: &DiffArgs, old: &Path, new: &Path) -> Result<String, CommandError> {
    let (old, new) = (read(old)?, read(new)?);
    let comparison = Comparison::new(&mut Parser::new(), &old, &new);
    if let Some(path) = &arguments.patch {
        write(path, &comparison.patch.to_bytes())?;
    }
    Ok(if arguments.json { report::json(&comparison) } else { report::text(&comparison) })
}

fn of_pairs(arguments: &DiffArgs, folder: &Path) -> Result<String, CommandError> {
    let found = pairs::find(folder).map_err(|_| CommandError::no_folder(folder))?;
    if found.is_empty() {
        let message = format!("{} has no pairs of files", folder.display());
        return Err(CommandError::new(ExitStatus::Usage, message)
            .with_hint("a pair is called NAME.a.go and NAME.b.go".to_owned()));
    }
    let totals = pairs::compare(&found)
        .map_err(|error| CommandError::new(ExitStatus::Usage, format!("a pair cannot be read: {error}")))?;
    Ok(if arguments.json { report::totals_json(&totals) } else { report::totals_text(&totals) })
}

/// Makes the new text of an old one and a patch.
pub(super) fn apply(arguments: &ApplyArgs, output: &mut dyn Write) -> Result<ExitStatus, CommandError> {
    let old = Parser::new().parse(&read(&arguments.old)?).tree;
    let refused = |error: ast_diff::PatchError| {
        CommandError::new(ExitStatus::Failure, format!("{}: {error}", arguments.patch.display()))
            .with_hint("make it anew with `dev-server diff OLD NEW --patch FILE`".to_owned())
    };
    let patch = Patch::from_bytes(&read(&arguments.patch)?).map_err(refused)?;
    let new = patch.apply(&old, structure_root(&old), &Limits::default()).map_err(refused)?;
    let text = ast_diff::print(&new);
    match &arguments.out {
        Some(path) => write(path, &text)?,
        None => output.write_all(&text).map_err(|error| CommandError::output(&error))?,
    }
    Ok(ExitStatus::Success)
}

fn read(path: &Path) -> Result<Vec<u8>, CommandError> {
    std::fs::read(path).map_err(|error| {
        CommandError::new(ExitStatus::Usage, format!("{} cannot be read: {error}", path.display()))
    })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    std::fs::write(path, bytes).map_err(|error| {
        CommandError::new(ExitStatus::Environment, format!("{} cannot be written: {error}", path.display()))
    })
}
