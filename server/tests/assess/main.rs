//! What the catalogue of `migration` says, held against real compilers and a real host.
//!
//! `migration/tests/observed.tsv` has what became of the snippets with each back end. A usual run builds and runs those that
//! need little of the standard library, and has those refused that are to be; `REGENERATE=1` does so with all, which
//! takes many minutes, and writes the file anew.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod snippets;
mod bundle;
mod laboratory;
mod observed;

use std::collections::BTreeMap;

use migration::{BackEnd, Outcome};

use laboratory::Laboratory;
use observed::Observed;
use snippets::{Snippet, snippets};

/// Libraries of those that a usual run builds: with the rest, a module is of ten megabytes, and takes minutes to compile.
const LIGHT: [&str; 14] = [
    "context",
    "errors",
    "fmt",
    "io",
    "os",
    "path/filepath",
    "runtime",
    "sync",
    "sync/atomic",
    "syscall",
    "time",
    "unsafe",
    "io/fs",
    "bufio",
];

fn is_light(snippet: &Snippet) -> bool {
    snippet.imports.iter().all(|import| LIGHT.contains(&import.as_str()))
}

fn regenerates() -> bool {
    let environment = dev_server::environment::Environment::capture().unwrap();
    environment.variable("REGENERATE").is_some()
}

async fn agrees(back_end: BackEnd) {
    let laboratory = Laboratory::open(back_end).await;
    let all = snippets();
    if regenerates() {
        let observed = laboratory.observe(&all).await;
        return observed::write(back_end, &observed);
    }
    let recorded = observed::read(back_end);
    assert!(recorded.len() >= 60, "REGENERATE=1 cargo test -p dev-server --test assess");
    for name in recorded.keys() {
        assert!(all.iter().any(|snippet| snippet.name == *name), "{name} is no snippet any more");
    }
    let chosen = all.iter().filter(|snippet| recorded.contains_key(&snippet.name) && is_light(snippet));
    let (refused, built): (Vec<&Snippet>, Vec<&Snippet>) =
        chosen.partition(|snippet| recorded[&snippet.name].outcome == Outcome::Refused);
    let mut wrong = BTreeMap::new();
    for (name, Observed { outcome, words }) in laboratory.outcomes(&built).await {
        if outcome != recorded[&name].outcome {
            let told = format!("{outcome:?} and not {:?}: {words}", recorded[&name].outcome);
            wrong.insert(name, told);
        }
    }
    for name in laboratory.not_refused(&refused).await {
        wrong.insert(name, "is compiled".to_owned());
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn go_for_preview_1() {
    agrees(BackEnd::GoPreview1).await;
}

#[tokio::test]
async fn tinygo_for_preview_1() {
    agrees(BackEnd::TinyGoPreview1).await;
}

#[tokio::test]
async fn tinygo_for_preview_2() {
    agrees(BackEnd::TinyGoPreview2).await;
}

#[test]
fn every_snippet_is_one_of_the_catalogue() {
    let all = snippets();
    assert!(all.len() >= 60, "{}", all.len());
    for snippet in &all {
        assert!(migration::of_use(&snippet.package, &snippet.use_name).is_some(), "{}", snippet.name);
    }
}
