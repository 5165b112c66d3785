//! Conversations in `vectors/`, which every client has to pass: written here, read by the clients' own tests.
//! `REGENERATE=1 cargo test -p dev-server-proto` writes them anew; `vectors/README.md` says how to read them.

#![expect(clippy::disallowed_methods, reason = "a test that can write its own fixtures")]

mod form;
mod frames;
mod connecting;
mod updates;
mod patches;
mod messages;
mod closing;
mod events;

use std::fs;
use std::path::Path;

use form::Vector;

fn files() -> [(&'static str, Vec<Vector>); 6] {
    [
        ("connecting", connecting::vectors()),
        ("updates", updates::vectors()),
        ("patches", patches::vectors()),
        ("messages", messages::vectors()),
        ("closing", closing::vectors()),
        ("events", events::vectors()),
    ]
}

#[test]
fn the_committed_vectors_are_those_of_this_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let mut names = std::collections::BTreeSet::new();
    for (file, vectors) in files() {
        for vector in &vectors {
            assert!(names.insert(vector.name), "two vectors are called {}", vector.name);
        }
        let path = folder.join(format!("{file}.json"));
        let fresh = serde_json::to_string_pretty(&vectors).unwrap() + "\n";
        if std::env::var_os("REGENERATE").is_some() {
            fs::write(&path, &fresh).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == fresh,
            "{} is stale: run `REGENERATE=1 cargo test -p dev-server-proto`",
            path.display()
        );
    }
    let committed = fs::read_dir(&folder).unwrap().filter(|entry| {
        entry.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "json")
    });
    assert_eq!(committed.count(), files().len(), "a file of vectors that nobody writes");
}
