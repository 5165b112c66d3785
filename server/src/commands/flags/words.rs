//! A change in the words that servers take.

use crate::cli::{FlagsCommand, SetArgs};

/// The words of a command; none for one that changes nothing.
pub(super) fn of(command: FlagsCommand) -> Vec<String> {
    let named = |word: &str, name: String| vec![word.to_owned(), name];
    match command {
        FlagsCommand::Get { .. } | FlagsCommand::Watch => Vec::new(),
        FlagsCommand::Kill { name } => named("kill", name),
        FlagsCommand::Revive { name } => named("revive", name),
        FlagsCommand::Remove { name, rule } => [named("remove", name), named("--rule", rule)].concat(),
        FlagsCommand::Set(SetArgs { name, value, percent, condition, salt, trial, sessions, rule }) => {
            let mut words = named("set", name);
            words.extend(value);
            let options = [
                ("--percent", percent),
                ("--where", condition),
                ("--salt", salt),
                ("--trial", trial),
                ("--sessions", sessions),
                ("--rule", rule),
            ];
            words
                .extend(options.into_iter().filter_map(|(option, word)| Some(format!("{option}={}", word?))));
            words
        }
    }
}
