//! Makes modules that can be suspended: binaryen's pass, and the globals shared between a base and its patches.

use std::path::Path;
use std::time::Duration;

use hot_patch::{AsyncifyRole, share_asyncify_globals};
use tokio_util::sync::CancellationToken;

use super::HotError;
use crate::process::{Ending, Limits, Program};

/// The base of a large program takes a few seconds.
const LIMITS: Limits = Limits { time: Duration::from_mins(1), memory: 4 << 30, output: 64 << 10 };

/// No import of the glue suspends its caller, so that who calls the page need not be prepared for it. And a panic ends
/// the program without a way to be suspended, which takes three quarters of the functions out of the work.
const BASE_FLAGS: [&str; 2] =
    ["--pass-arg=asyncify-ignore-imports", "--pass-arg=asyncify-removelist@runtime._panic"];

/// Runs `wasm-opt` in `folder`, which is for this one run. Names of functions are kept.
pub(super) async fn asyncify(
    wasm_opt: &Path,
    folder: &Path,
    module: &[u8],
    role: AsyncifyRole,
    cancel: &CancellationToken,
) -> Result<Vec<u8>, HotError> {
    let (input, output) = (folder.join("input.wasm"), folder.join("output.wasm"));
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| HotError::File { path, source }
    };
    std::fs::write(&input, module).map_err(file(&input))?;
    let mut program = Program::new(wasm_opt, folder).arg("--asyncify").arg("-g");
    if role == AsyncifyRole::Base {
        program = program.args(BASE_FLAGS);
    }
    let ending = program.arg(&input).arg("-o").arg(&output).run(LIMITS, cancel).await?;
    match ending {
        Ending::Exited { status, .. } if status.success() => {}
        Ending::Exited { stderr, .. } | Ending::TimedOut { stderr, .. } => {
            return Err(HotError::Tool { tool: "wasm-opt", words: stderr.text() });
        }
        Ending::Cancelled => return Err(HotError::Cancelled),
    }
    let made = std::fs::read(&output).map_err(file(&output))?;
    share_asyncify_globals(&made, role)
        .map_err(|error| HotError::Tool { tool: "wasm-opt", words: error.to_string() })
}
