//! Flags and their changes as lines for people, and as one line of JSON.

use std::fmt::Write as _;

use gray_release::{Document, Flag, Format};

use crate::commands::CommandError;
use crate::exit::ExitStatus;

use super::door::Made;

/// A document as a server says it, or one flag of it.
pub(super) fn document(text: &str, name: Option<&str>, json: bool) -> Result<String, CommandError> {
    let unreadable = |error| {
        CommandError::new(
            ExitStatus::Failure,
            format!("what the server says of its flags cannot be read: {error}"),
        )
        .with_hint("use the version of `dev-server` that serves".to_owned())
    };
    let document = Document::read(text, Format::Json).map_err(unreadable)?;
    let Some(name) = name else {
        return Ok(if json { format!("{}\n", document.to_json()) } else { all(&document) });
    };
    let flag = document.flag(name).ok_or_else(|| unknown(name))?;
    if json {
        let value = serde_json::from_str::<serde_json::Value>(&document.to_json()).unwrap_or_default();
        return Ok(format!("{}\n", value["flags"][name]));
    }
    Ok(one(name, flag))
}

fn unknown(name: &str) -> CommandError {
    CommandError::new(ExitStatus::Usage, format!("there is no flag `{name}`"))
        .with_hint("`dev-server flags get` lists those that there are".to_owned())
}

fn all(document: &Document) -> String {
    document.flags().map(|(name, flag)| one(name, flag)).collect()
}

fn one(name: &str, flag: &Flag) -> String {
    let mut text = format!("{name} = {}", flag.default);
    if flag.killed {
        let _ = write!(text, " (killed: {} for everybody)", flag.off);
    }
    text.push('\n');
    for (number, rule) in (1..).zip(&flag.rules) {
        let _ = writeln!(text, "  rule {number}: {rule}");
    }
    text
}

/// What became of a change.
pub(super) fn change(made: &Made, json: bool) -> String {
    if json {
        let line = serde_json::json!({
            "revision": made.revision, "differences": made.differences, "unkept": made.unkept,
        });
        return format!("{line}\n");
    }
    let said =
        if made.differences.is_empty() { "it is so already".to_owned() } else { made.differences.join("\n") };
    let mut text = said + "\n";
    if let Some(reason) = &made.unkept {
        let _ = writeln!(text, "note: a restart of the server would lose it: {reason}");
    }
    text
}
