//! Corrections to the runtime of the pinned TinyGo, which has two mistakes that only unoptimised builds show.

use std::io;
use std::path::{Path, PathBuf};

/// One replacement in a file. The old text must be there exactly once: a mend never guesses.
struct Mend {
    file: &'static str,
    old: &'static str,
    new: &'static str,
}

const MENDS: [Mend; 3] = [
    // `syscall/js` sets a function that returns a bool; calling it as one that returns nothing is a trap.
    Mend {
        file: "src/runtime/runtime_wasm_js.go",
        old: "var handleEvent func()\n",
        new: "var handleEvent func() bool\n",
    },
    Mend {
        file: "src/runtime/runtime_wasm_js.go",
        old: "func setEventHandler(fn func()) {",
        new: "func setEventHandler(fn func() bool) {",
    },
    // Go 1.26 calls it from `syscall/js`. There are no bubbles here, so the function is run as it is.
    Mend {
        file: "src/runtime/synctest.go",
        old: "//go:linkname synctest_acquire ",
        new: "//go:linkname synctest_inBubble internal/synctest.inBubble\nfunc synctest_inBubble(sg any, f func()) {\n\tf()\n}\n\n//go:linkname synctest_acquire ",
    },
];

/// A file is not as it was when the mends were written.
#[derive(Debug, thiserror::Error)]
pub(super) enum MendError {
    /// Cannot read or write.
    #[error("cannot mend {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The text to replace is not there, or more than once.
    #[error("cannot mend {path}: `{old}` is there {count} times")]
    Text {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        old: &'static str,
        /// How often it was found.
        count: usize,
    },
}

/// Mends the copied runtime below `root`.
pub(super) fn apply(root: &Path) -> Result<(), MendError> {
    for mend in &MENDS {
        let path = root.join(mend.file);
        let file_error = |source| MendError::File { path: path.clone(), source };
        let text = std::fs::read_to_string(&path).map_err(file_error)?;
        let count = text.matches(mend.old).count();
        if count != 1 {
            return Err(MendError::Text { path, old: mend.old, count });
        }
        std::fs::write(&path, text.replace(mend.old, mend.new)).map_err(file_error)?;
    }
    Ok(())
}

/// All mends as text, for the key.
pub(super) fn text() -> String {
    MENDS.iter().flat_map(|mend| [mend.file, mend.old, mend.new]).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mend_changes_what_it_knows_and_refuses_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = folder.path().join("src/runtime");
        std::fs::create_dir_all(&runtime).unwrap();
        let events = runtime.join("runtime_wasm_js.go");
        std::fs::write(&events, "var handleEvent func()\n\nfunc setEventHandler(fn func()) {\n").unwrap();
        std::fs::write(runtime.join("synctest.go"), "//go:linkname synctest_acquire x\n").unwrap();
        apply(folder.path()).unwrap();
        let text = std::fs::read_to_string(&events).unwrap();
        assert_eq!(text, "var handleEvent func() bool\n\nfunc setEventHandler(fn func() bool) {\n");
        let error = apply(folder.path()).unwrap_err().to_string();
        assert!(error.contains("runtime_wasm_js.go") && error.contains("0 times"), "{error}");
    }
}
