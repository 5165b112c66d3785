//! The rows of the catalogue, held against what was observed (`observed.tsv`, made by `server/tests/assess`).

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};

use migration::{BackEnd, Outcome, catalogue, of_use};

const OBSERVED: &str = include_str!("observed.tsv");

/// Outcomes by name and back end.
fn observed() -> BTreeMap<(&'static str, &'static str), Outcome> {
    let lines = OBSERVED.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    lines.map(|columns| ((columns[0], columns[1]), Outcome::named(columns[2]).unwrap())).collect()
}

/// `os/exec.Command` is a name of a package; `/proc` and `go statement` are none.
fn named(name: &str) -> (&str, &str) {
    if name == "import \"C\"" {
        return ("C", "import");
    }
    let start = name.rfind('/').unwrap_or(0);
    match name[start..].find('.') {
        Some(dot) if !name.starts_with('/') && !name.contains(' ') => {
            (&name[..start + dot], &name[start + dot + 1..])
        }
        _ => ("", name),
    }
}

#[test]
fn every_row_says_what_was_observed() {
    let mut wrong = Vec::new();
    for ((name, back_end), outcome) in observed() {
        let (package, use_name) = named(name);
        let entry = of_use(package, use_name).unwrap_or_else(|| panic!("{name} is in no row"));
        let back_end = BackEnd::ALL.into_iter().find(|known| known.name() == back_end).unwrap();
        if entry.outcome(back_end) != outcome {
            wrong.push(format!(
                "{name} with {}: the catalogue says {:?}, observed is {outcome:?}",
                back_end.name(),
                entry.outcome(back_end)
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn at_least_sixty_uses_were_observed_with_every_back_end() {
    let observed = observed();
    for back_end in BackEnd::ALL {
        let count = observed.keys().filter(|(_, other)| *other == back_end.name()).count();
        assert!(count >= 60, "{}: {count}", back_end.name());
    }
}

#[test]
fn most_rows_were_observed() {
    let seen: BTreeSet<*const migration::Entry> = observed()
        .keys()
        .filter_map(|(name, _)| {
            let (package, use_name) = named(name);
            of_use(package, use_name).map(std::ptr::from_ref)
        })
        .collect();
    let all = catalogue().count();
    assert!(seen.len() * 4 >= all * 3, "{} of {all}", seen.len());
}
