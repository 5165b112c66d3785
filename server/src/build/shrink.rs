//! Modules made smaller by binaryen's optimiser.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use crate::process::{Ending, Limits, Program};

/// Instructions that Go's modules use beyond the first version of WebAssembly; `wasm-opt` refuses them otherwise.
const FEATURES: [&str; 4] = [
    "--enable-bulk-memory",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
];

/// `binary` over the module in a file; `None` where a file has no folder.
pub(super) fn command(binary: &Path, input: &Path, output: &Path) -> Option<Program> {
    let program = Program::new(binary, output.parent()?).arg("-Oz").args(FEATURES);
    Some(program.arg(input).arg("-o").arg(output))
}

/// The same module as small as the `wasm-opt` at `binary` makes it, or why it does not. `None`: nobody wanted it any more.
pub async fn shrunk(
    binary: &Path,
    module: &[u8],
    limits: Limits,
    cancel: &CancellationToken,
) -> Option<Result<Vec<u8>, String>> {
    let begun = || {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("before.wasm"), module)?;
        Ok::<_, std::io::Error>(folder)
    };
    let folder = match begun() {
        Ok(folder) => folder,
        Err(error) => return Some(Err(format!("cannot write to the temporary folder: {error}"))),
    };
    let output = folder.path().join("after.wasm");
    let program = command(binary, &folder.path().join("before.wasm"), &output)?;
    Some(match program.run(limits, cancel).await {
        Ok(Ending::Exited { status, .. }) if status.success() => {
            std::fs::read(&output).map_err(|error| format!("cannot read {}: {error}", output.display()))
        }
        Ok(Ending::Exited { stderr, .. }) => Err(format!("wasm-opt failed: {}", stderr.text().trim())),
        Ok(Ending::TimedOut { .. }) => Err("wasm-opt took too long and was ended".to_owned()),
        Ok(Ending::Cancelled) => return None,
        Err(error) => Err(error.to_string()),
    })
}
