//! From what somebody calls a function to the function.

use serde::Serialize;

/// Names that are shown when none fits, or several do.
const SHOWN: usize = 12;

/// What is looked for among the near ones: a name that is less alike is none.
const ALIKE: f64 = 0.6;

/// There is no such function, or there are several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum NotFound {
    #[error("there is no function {name}")]
    Missing {
        name: String,
        /// What comes near, the nearest first.
        near: Vec<String>,
    },
    #[error("{name} may be one of {count} functions")]
    Ambiguous {
        name: String,
        count: usize,
        /// Some of them.
        names: Vec<String>,
    },
}

impl NotFound {
    /// What the reader can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Missing { near, .. } if near.is_empty() => {
                "one that is never called, or that is a part of its callers everywhere, is not in a module"
                    .to_owned()
            }
            Self::Missing { near, .. } => format!("near it are {}", near.join(", ")),
            Self::Ambiguous { names, .. } => format!("write one of {}", names.join(", ")),
        }
    }
}

/// The place in `names` of the one that is meant: the whole name, or its end from a dot on, with or without stars and
/// type arguments. Functions of package `main` come first.
pub(crate) fn find(wanted: &str, names: &[&str]) -> Result<usize, NotFound> {
    let exact: Vec<usize> = (0..names.len()).filter(|index| names[*index] == wanted).collect();
    if let [one, ..] = exact[..] {
        return Ok(one);
    }
    let plain_wanted = plain(wanted);
    let plain_names: Vec<String> = names.iter().map(|name| plain(name)).collect();
    let fits = |index: &usize| !plain_wanted.is_empty() && ends_with(&plain_names[*index], &plain_wanted);
    let all: Vec<usize> = (0..names.len()).filter(fits).collect();
    let own: Vec<usize> =
        all.iter().copied().filter(|index| plain_names[*index].starts_with("main.")).collect();
    let whole: Vec<usize> = all.iter().copied().filter(|index| plain_names[*index] == plain_wanted).collect();
    for found in [&whole, &own, &all] {
        match found[..] {
            [] => {}
            [one] => return Ok(one),
            _ => {
                let mut some: Vec<String> = found.iter().map(|index| names[*index].to_owned()).collect();
                some.sort();
                some.dedup();
                some.truncate(SHOWN);
                return Err(NotFound::Ambiguous { name: wanted.to_owned(), count: found.len(), names: some });
            }
        }
    }
    Err(NotFound::Missing { name: wanted.to_owned(), near: near(&plain_wanted, names, &plain_names) })
}

fn near(wanted: &str, names: &[&str], plain_names: &[String]) -> Vec<String> {
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_lowercase();
    let wanted_last = last(wanted);
    let mut rated: Vec<(f64, &str)> = plain_names
        .iter()
        .zip(names)
        // Whoever writes names by hand writes short ones, and comparing takes the product of both lengths.
        .filter(|(plain, _)| plain.len() < 200 && wanted.len() < 200)
        .filter_map(|(plain, name)| {
            let alike = strsim::normalized_damerau_levenshtein(&last(plain), &wanted_last)
                .max(strsim::normalized_damerau_levenshtein(plain, wanted));
            let own = if plain.starts_with("main.") { 0.1 } else { 0.0 };
            (alike >= ALIKE).then_some((alike + own, *name))
        })
        .collect();
    rated.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
    rated.dedup_by(|one, other| one.1 == other.1);
    rated.into_iter().take(SHOWN).map(|(_, name)| name.to_owned()).collect()
}

/// Without type arguments, and methods of pointers like those of values.
fn plain(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut depth = 0_usize;
    for character in name.chars() {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '(' | ')' | '*' => {}
            other if depth == 0 => out.push(other),
            _ => {}
        }
    }
    out
}

fn ends_with(name: &str, end: &str) -> bool {
    name.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with(['.', '/']))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 8] = [
        "main.Add",
        "sync.(*WaitGroup).Add",
        "main.(*Board).Step",
        "main.Swap[go.shape.string]",
        "main.Swap[go.shape.int]",
        "example.test/a.Run",
        "example.test/b.Run",
        "main.main.func1",
    ];

    fn found(wanted: &str) -> &'static str {
        NAMES[find(wanted, &NAMES).unwrap()]
    }

    #[test]
    fn an_end_is_enough() {
        assert_eq!(found("main.Add"), "main.Add");
        assert_eq!(found("Add"), "main.Add", "the program's own comes first");
        assert_eq!(found("WaitGroup.Add"), "sync.(*WaitGroup).Add");
        assert_eq!(found("(*Board).Step"), "main.(*Board).Step");
        assert_eq!(found("Step"), "main.(*Board).Step");
        assert_eq!(found("b.Run"), "example.test/b.Run");
        assert_eq!(found("main.Swap[go.shape.int]"), "main.Swap[go.shape.int]");
        assert_eq!(found("main.func1"), "main.main.func1");
    }

    #[test]
    fn several_and_none_are_told_with_what_could_be_meant() {
        let Err(NotFound::Ambiguous { count, names, .. }) = find("Swap", &NAMES) else { panic!() };
        assert_eq!((count, names.len()), (2, 2));
        let error = find("Run", &NAMES).unwrap_err();
        assert!(error.hint().contains("example.test/a.Run, example.test/b.Run"), "{}", error.hint());
        let Err(NotFound::Missing { near, .. }) = find("Stpe", &NAMES) else { panic!() };
        assert_eq!(near, ["main.(*Board).Step"]);
        for nothing in ["", "dd", "(*)", "[", "x".repeat(100_000).as_str()] {
            assert!(matches!(find(nothing, &NAMES), Err(NotFound::Missing { .. })), "{nothing}");
        }
    }
}
