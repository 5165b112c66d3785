//! The generated Rust is that of the schema. `REGENERATE=1 cargo test -p dev-server-proto` writes it anew.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that can write its own fixtures")]

use std::fs;
use std::path::Path;

#[test]
fn generated_code_is_that_of_the_schema() {
    let page = ["client", "diagnostic", "event", "flag", "gesture", "module", "server", "tree"]
        .map(|name| format!("devserver/v1/{name}.proto"));
    compare(&page, "devserver.v1.rs");
    compare(&["devserver/compiler/v1/compiler.proto".to_owned()], "devserver.compiler.v1.rs");
}

fn compare(files: &[String], generated: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = root.join("schema");
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<_> = files.iter().map(|name| schema.join(name)).collect();
    let descriptors = protox::compile(&files, [&schema]).unwrap();
    prost_build::Config::new()
        .bytes(["."])
        .btree_map(["."])
        .out_dir(folder.path())
        .compile_fds(descriptors)
        .unwrap();
    let fresh = fs::read_to_string(folder.path().join(generated)).unwrap();
    let committed = root.join("src/generated").join(generated);
    if std::env::var_os("REGENERATE").is_some() {
        fs::write(&committed, &fresh).unwrap();
    }
    let old = fs::read_to_string(&committed).unwrap_or_default();
    assert!(
        old == fresh,
        "{} is stale: run `REGENERATE=1 cargo test -p dev-server-proto`",
        committed.display()
    );
}
