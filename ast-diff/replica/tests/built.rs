//! The module that pages load is built from the sources as they are. `scripts/replica` builds it anew.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that can write its own fixture")]

use std::fs;
use std::path::{Path, PathBuf};

/// What of the crate the module is made of, relative to its folder.
const SOURCES: &[&str] = &[
    "Cargo.toml",
    "replica/Cargo.toml",
    "replica/src",
    "src/apply",
    "src/apply.rs",
    "src/assembly.rs",
    "src/coding",
    "src/coding.rs",
    "src/exact.rs",
    "src/hash.rs",
    "src/kind.rs",
    "src/labels.rs",
    "src/layout.rs",
    "src/order.rs",
    "src/part.rs",
    "src/patch.rs",
    "src/place.rs",
    "src/reason.rs",
    "src/replica.rs",
    "src/script.rs",
    "src/snapshot.rs",
    "src/spacing.rs",
    "src/template.rs",
    "src/text_replica.rs",
    "src/token.rs",
    "src/tree.rs",
    "src/trivia.rs",
    "src/trivia_message.rs",
];

#[test]
fn the_module_is_built_from_these_sources() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let embedded = crate_folder.parent().unwrap().join("server/embedded");
    let mut files = Vec::new();
    for source in SOURCES {
        collect(&crate_folder.join(source), &mut files);
    }
    files.sort();
    let mut hasher = blake3::Hasher::new();
    for file in files {
        let name = file.strip_prefix(crate_folder).unwrap().to_string_lossy().replace('\\', "/");
        let text = fs::read(&file).unwrap();
        hasher.update(format!("{name} {}\n", text.len()).as_bytes()).update(&text);
    }
    let module = fs::read(embedded.join("replica.wasm")).unwrap_or_default();
    let fresh = format!("sources {}\nmodule {}\n", hasher.finalize(), blake3::hash(&module));
    let record = embedded.join("replica.digests");
    if std::env::var_os("REGENERATE").is_some() {
        fs::write(&record, &fresh).unwrap();
    }
    let known = fs::read_to_string(&record).unwrap_or_default();
    assert!(known == fresh, "{} is stale: run `scripts/replica`", embedded.join("replica.wasm").display());
    assert!(module.len() < 260_000, "{} bytes are too many for a page", module.len());
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            collect(&entry.unwrap().path(), files);
        }
    } else if path.file_name().is_some_and(|name| name != "training.rs") {
        files.push(path.to_owned());
    }
}
