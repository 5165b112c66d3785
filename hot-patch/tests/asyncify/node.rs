//! Runs JavaScript with Node, which executes what the tests make.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A file beside this one.
pub(crate) fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/asyncify").join(name)
}

/// What the script prints.
pub(crate) fn node(script: &Path, arguments: &[&Path]) -> String {
    let output = Command::new("node").arg(script).args(arguments).output().expect("node is needed");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} ended with {}:\n{errors}", script.display(), output.status);
    String::from_utf8(output.stdout).expect("text")
}
