//! The catalogue: uses that a move to WASI depends on. What is in no row needs nothing of the outside.
//!
//! The outcomes are observed, not believed: `tests/observed.tsv` has what became of each use with real compilers and a
//! real host, and the tests hold the rows against it.

mod files;
mod network;
mod processes;
mod system_calls;
mod timing;
mod runtime;
mod language;
mod libraries;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::entry::Entry;

const TABLES: [&[Entry]; 8] = [
    files::ENTRIES,
    network::ENTRIES,
    processes::ENTRIES,
    system_calls::ENTRIES,
    timing::ENTRIES,
    runtime::ENTRIES,
    language::ENTRIES,
    libraries::ENTRIES,
];

/// Rows by package and name.
static BY_NAME: LazyLock<HashMap<(&'static str, &'static str), &'static Entry>> = LazyLock::new(|| {
    let rows =
        catalogue().flat_map(|entry| entry.names.iter().map(move |name| ((entry.package, *name), entry)));
    rows.collect()
});

/// All rows.
pub fn catalogue() -> impl Iterator<Item = &'static Entry> {
    TABLES.into_iter().flatten()
}

/// The row of a name; of several that begin alike, the one that says most.
pub fn of_use(package: &str, name: &str) -> Option<&'static Entry> {
    named(package, name).or_else(|| {
        let ends = (0..=name.len()).rev().filter(|end| name.is_char_boundary(*end));
        ends.map(|end| format!("{}*", &name[..end])).find_map(|beginning| named(package, &beginning))
    })
}

/// The row that has exactly this name.
pub(crate) fn named(package: &str, name: &str) -> Option<&'static Entry> {
    BY_NAME.get(&(package, name)).copied()
}

/// The row of a package that counts as soon as it is imported.
pub(crate) fn of_import(package: &str) -> Option<&'static Entry> {
    named(package, "import")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::back_end::BackEnd;
    use crate::verdict::Verdict;

    #[test]
    fn a_name_has_one_row() {
        let mut seen = std::collections::HashSet::new();
        for entry in catalogue() {
            assert!(!entry.names.is_empty(), "{entry:?}");
            for name in entry.names {
                assert!(seen.insert((entry.package, *name)), "{}.{name} is there twice", entry.package);
            }
        }
    }

    #[test]
    fn what_does_not_simply_work_has_a_remedy() {
        for entry in catalogue() {
            let works = BackEnd::ALL.into_iter().all(|back_end| entry.verdict(back_end) == Verdict::Works);
            assert!(works || !entry.remedy.is_empty(), "{entry:?}");
            assert!(!works || !entry.is_final, "{entry:?}");
        }
    }

    #[test]
    fn the_longest_beginning_counts() {
        let names = |package, name| of_use(package, name).map(|entry| entry.names[0]);
        assert_eq!(names("syscall", "SYS_NANOSLEEP"), Some("SYS_NANOSLEEP"));
        assert_eq!(names("syscall", "SYS_GETPID"), Some("SYS_*"));
        assert_eq!(names("os/exec", "Anything"), Some("Command"));
        assert_eq!(names("strings", "Anything"), None);
    }
}
