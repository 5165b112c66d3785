//! The generated Rust is that of the schema. `REGENERATE=1 cargo test -p dev-server-proto` writes it anew.

#![expect(clippy::disallowed_methods, reason = "a test that can write its own fixtures")]

use std::fs;
use std::path::Path;

#[test]
fn generated_code_is_that_of_the_schema() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = root.join("schema");
    let folder = tempfile::tempdir().unwrap();
    let files = ["client", "diagnostic", "module", "server"]
        .map(|name| schema.join(format!("devserver/v1/{name}.proto")));
    let descriptors = protox::compile(&files, [&schema]).unwrap();
    prost_build::Config::new().bytes(["."]).out_dir(folder.path()).compile_fds(descriptors).unwrap();
    let fresh = fs::read_to_string(folder.path().join("devserver.v1.rs")).unwrap();
    let committed = root.join("src/generated/devserver.v1.rs");
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
