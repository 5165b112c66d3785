//! The file of flags in front of what was changed while the server ran.

use gray_release::{Document, DocumentError, Flag, Rule};

/// What is to be in force once the file says `file` and no longer `before`. A flag about which it says the same as before
/// stays as it was changed since; about any other the file decides. Its kill switch is the exception: a flag that was
/// killed meanwhile stays so until the file's own switch is moved, since an edit of something else must revive nothing.
/// So is a percentage that was raised, as trials do: it stays until the file says another one.
pub(super) fn merged(now: &Document, before: &Document, file: &Document) -> Result<Document, DocumentError> {
    let flags = file.flags().map(|(name, said)| {
        let flag = match (before.flag(name), now.flag(name)) {
            (Some(old), Some(current)) if old == said => current.clone(),
            (Some(old), Some(current)) if old.killed == said.killed => {
                Flag { killed: current.killed, rules: raised(said, old, current), ..said.clone() }
            }
            (Some(old), Some(current)) => Flag { rules: raised(said, old, current), ..said.clone() },
            _ => said.clone(),
        };
        (name.to_owned(), flag)
    });
    Document::new(now.revision(), flags)
}

/// Rules of `said`, each at the percentage that it has now where the file says the same one as before.
fn raised(said: &Flag, old: &Flag, current: &Flag) -> Vec<Rule> {
    let is_same = |left: &Rule, right: &Rule| {
        left.condition == right.condition && left.salt == right.salt && left.value == right.value
    };
    let known = |flag: &Flag, rule: &Rule| flag.rules.iter().find(|other| is_same(other, rule)).cloned();
    let percent = |rule: &Rule| {
        known(old, rule).filter(|old| old.percent == rule.percent)?;
        known(current, rule).map(|current| current.percent)
    };
    let rules = said.rules.iter();
    rules.map(|rule| Rule { percent: percent(rule).unwrap_or(rule.percent), ..rule.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use gray_release::{Change, Format, Value};

    use super::*;

    fn read(text: &str) -> Document {
        Document::read(text, Format::Toml).unwrap()
    }

    fn change(document: &Document, change: &Change) -> Document {
        document.change(change).unwrap().document
    }

    #[test]
    fn the_file_decides_where_it_says_something_new() {
        let before =
            read("[flags.a]\ntype = 'bool'\ndefault = false\n[flags.b]\ntype = 'bool'\ndefault = false");
        let set = |flag: &str| Change::SetDefault { flag: flag.into(), value: Value::Bool(true) };
        let now = change(&change(&before, &set("a")), &set("b"));
        let file =
            read("[flags.a]\ntype = 'bool'\ndefault = false\n[flags.b]\ntype = 'integer'\ndefault = 4");
        let merged = merged(&now, &before, &file).unwrap();
        assert_eq!(merged.flag("a").unwrap().default, Value::Bool(true), "the file did not touch it");
        assert_eq!(merged.flag("b").unwrap().default, Value::Integer(4));
    }

    #[test]
    fn a_kill_outlives_an_edit_of_something_else() {
        let flag = |default: bool, killed: bool| {
            read(&format!("[flags.a]\ntype = 'bool'\ndefault = {default}\nkilled = {killed}"))
        };
        let before = flag(false, false);
        let now = change(&before, &Change::Kill { flag: "a".into() });
        let edited = merged(&now, &before, &flag(true, false)).unwrap();
        assert!(edited.flag("a").unwrap().killed && edited.flag("a").unwrap().default == Value::Bool(true));
        let killed = merged(&now, &before, &flag(false, true)).unwrap();
        let revived = merged(&killed, &flag(false, true), &before).unwrap();
        assert!(!revived.flag("a").unwrap().killed, "the file's own switch was moved");
    }
}
