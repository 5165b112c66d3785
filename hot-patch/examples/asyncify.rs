//! Times our asyncify against binaryen's, and compares the sizes: `asyncify base|patch INPUT [OUTPUT]`.

#![expect(clippy::print_stdout, reason = "what it finds out is for people")]
#![expect(
    clippy::disallowed_methods,
    reason = "an example has no process layer, and wasm-opt needs nothing of it"
)]

use std::error::Error;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs};

use hot_patch::{AsyncifyInput, AsyncifyRole, asyncify};
use wasmparser::{Parser, Payload};

const REMOVED: &str = "runtime._panic";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [role, input, outputs @ ..] = arguments.as_slice() else {
        return Err("usage: asyncify base|patch INPUT [OUTPUT]".into());
    };
    let role = if role == "patch" { AsyncifyRole::Patch } else { AsyncifyRole::Base };
    let module = fs::read(input)?;
    let job = AsyncifyInput { module: &module, role, never_suspends: &|_, _| false, removed: &[REMOVED] };
    let ours = asyncify(&job)?;
    if let Some(output) = outputs.first() {
        fs::write(output, &ours.module)?;
    }
    let time = median(&mut || asyncify(&job).map(drop).map_err(Into::into))?;
    println!("input     {:>9} bytes of code, {:>9} in all", code_size(&module)?, module.len());
    println!(
        "ours      {:>9} bytes of code, {:>9} in all, {time:?}, {} functions suspend",
        code_size(&ours.module)?,
        ours.module.len(),
        ours.suspending.len()
    );
    let folder = env::temp_dir();
    let theirs = folder.join(format!("asyncify-{}.wasm", std::process::id()));
    let mut flags = vec!["--asyncify", "-g"];
    let removed = format!("--pass-arg=asyncify-removelist@{REMOVED}");
    if role == AsyncifyRole::Base {
        flags.extend(["--pass-arg=asyncify-ignore-imports", &removed]);
    }
    let time = median(&mut || {
        let status = Command::new("wasm-opt").args(&flags).arg(input).arg("-o").arg(&theirs).status()?;
        if status.success() { Ok(()) } else { Err(format!("wasm-opt: {status}").into()) }
    })?;
    let made = fs::read(&theirs)?;
    fs::remove_file(&theirs)?;
    println!("wasm-opt  {:>9} bytes of code, {:>9} in all, {time:?}", code_size(&made)?, made.len());
    Ok(())
}

/// Of as many runs as fit into a second, and at least three.
fn median(run: &mut dyn FnMut() -> Result<(), Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let started = Instant::now();
    let mut times = Vec::new();
    while times.len() < 3 || started.elapsed() < Duration::from_secs(1) {
        let begin = Instant::now();
        run()?;
        times.push(begin.elapsed());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

fn code_size(module: &[u8]) -> Result<usize, Box<dyn Error>> {
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::CodeSectionStart { range, .. } = payload? {
            return Ok(range.len());
        }
    }
    Ok(0)
}
