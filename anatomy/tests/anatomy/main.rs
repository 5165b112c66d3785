//! Modules taken apart: small ones written by hand, broken ones, and real ones of Go and TinyGo.

#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::disallowed_methods, reason = "compilers of this machine, in its own environment")]

mod built;
mod small;
mod hostile;
mod sizes;
mod lines;
mod mutations;

use anatomy::{Anatomy, Sizes, UNATTRIBUTED};

/// What must hold of any file.
pub(crate) fn adds_up(bytes: &[u8]) -> Sizes {
    let sizes = Anatomy::read(bytes).unwrap().sizes();
    assert_eq!(sizes.file, bytes.len() as u64);
    let sections: u64 = sizes.sections.iter().map(|section| section.bytes).sum();
    assert_eq!(sections, sizes.file, "{:?}", sizes.sections);
    let section = |name: &str| {
        let found = sizes.sections.iter().find(|section| section.name == name && !section.is_custom);
        found.map_or(0, |section| section.bytes)
    };
    assert_eq!((sizes.code, sizes.data), (section("code"), section("data")));
    let code: u64 = sizes.packages.iter().map(|package| package.code).sum();
    let data: u64 = sizes.packages.iter().map(|package| package.data).sum();
    assert_eq!((code, data), (sizes.code, sizes.data), "{:?}", sizes.packages);
    let variables: u64 = sizes.variables.iter().map(|variable| variable.data).sum();
    assert_eq!(variables, sizes.data);
    for package in sizes.packages.iter().filter(|package| package.name != UNATTRIBUTED) {
        let own = sizes.functions.iter().filter(|function| function.package == package.name);
        assert_eq!(own.map(|function| function.code).sum::<u64>(), package.code, "{package:?}");
    }
    sizes
}
