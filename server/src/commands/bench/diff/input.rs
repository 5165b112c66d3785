//! The pairs of a run: those of a folder, or made ones.

use std::path::Path;

use crate::exit::ExitStatus;

use super::super::super::CommandError;
use super::super::super::diff::find_pairs;
use super::layout;
use super::made;
use super::pair::{Pair, Texts};
use super::semantic::Semantic;

/// All pairs by name; the files that are missing are written to `scratch`.
pub(super) fn pairs(folder: Option<&Path>, scratch: &Path) -> Result<Vec<Pair>, CommandError> {
    let texts = match folder {
        Some(folder) => of_folder(folder)?,
        None => made::pairs(),
    };
    let mut semantic = Semantic::new();
    texts
        .into_iter()
        .map(|(name, old, new)| pair(&mut semantic, scratch, name, old, new))
        .collect::<std::io::Result<_>>()
        .map_err(|error| {
            CommandError::new(ExitStatus::Environment, format!("no pair can be written: {error}"))
        })
}

/// A pair that says nothing: what a tool takes for it, it takes for its start.
pub(super) fn empty(scratch: &Path) -> std::io::Result<Pair> {
    let text = || "package p\n".to_owned();
    pair(&mut Semantic::new(), scratch, "empty".to_owned(), text(), text())
}

fn pair(
    semantic: &mut Semantic,
    scratch: &Path,
    name: String,
    old: String,
    new: String,
) -> std::io::Result<Pair> {
    let (bare_old, bare_new, differs) = semantic.bare(&old, &new);
    let only_layout = layout::differs_only(&old, &new);
    let saved = Texts::write(&scratch.join("saved"), &name, old, new)?;
    let bare = Texts::write(&scratch.join("bare"), &name, bare_old, bare_new)?;
    Ok(Pair { name, saved, bare, only_layout, differs })
}

fn of_folder(folder: &Path) -> Result<Vec<(String, String, String)>, CommandError> {
    let found = find_pairs(folder).map_err(|_| CommandError::no_folder(folder))?;
    if found.is_empty() {
        let message = format!("{} has no pairs of files", folder.display());
        return Err(CommandError::new(ExitStatus::Usage, message)
            .with_hint("a pair is called NAME.a.go and NAME.b.go".to_owned()));
    }
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|error| {
            CommandError::new(ExitStatus::Usage, format!("{} cannot be read: {error}", path.display()))
        })
    };
    found.into_iter().map(|(name, old, new)| Ok((name, read(&old)?, read(&new)?))).collect()
}
