//! The same program as two compilers build it, with and without debug information, stripped and optimised.

use std::path::Path;

use anatomy::Anatomy;
use tokio_util::sync::CancellationToken;

use crate::build::shrunk;
use crate::cli::{ProgramFlags, SizeArgs};
use crate::config::CompilerChoice;
use crate::environment::Environment;
use crate::process::Limits;
use crate::toolchain::{Missing, Toolchain, WasmOpt};

use super::super::CommandError;
use super::super::inspected::{Inspected, interrupted, target};

/// What is done to a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    /// As the compiler writes it, with all that debuggers and profilers want.
    Debug,
    /// The compiler leaves out debug information.
    NoDebug,
    /// Nothing is left but what runs.
    Stripped,
    /// That, and `wasm-opt -Oz`.
    Optimised,
}

impl Treatment {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Debug => "with debug information",
            Self::NoDebug => "without debug information",
            Self::Stripped => "stripped",
            Self::Optimised => "stripped, wasm-opt -Oz",
        }
    }

    /// In JSON.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::NoDebug => "no_debug",
            Self::Stripped => "stripped",
            Self::Optimised => "wasm_opt",
        }
    }
}

/// One row: a module, or why there is none.
#[derive(Debug)]
pub(super) struct Variant {
    /// With its version, where it could be used.
    pub(super) compiler: String,
    pub(super) treatment: Treatment,
    pub(super) module: Result<Vec<u8>, String>,
}

/// All of both compilers. What cannot be made is a row that says so.
pub(super) async fn all(
    arguments: &SizeArgs,
    environment: &Environment,
    shutdown: &CancellationToken,
) -> Result<Vec<Variant>, CommandError> {
    let wasm_opt = Toolchain::locate(environment).await.wasm_opt;
    let mut variants = Vec::new();
    for (choice, name) in [(CompilerChoice::TinyGo, "TinyGo"), (CompilerChoice::Go, "Go")] {
        let mut compiler = name.to_owned();
        let mut built = async |treatment| {
            let flags = flags(arguments, choice, treatment);
            let path = &arguments.program;
            match Inspected::at(path, &flags, target(&arguments.build), environment, shutdown).await {
                Ok(inspected) => {
                    compiler = inspected.compiler.unwrap_or_else(|| compiler.clone());
                    Ok(Ok(inspected.written.bytes))
                }
                Err(_) if shutdown.is_cancelled() => Err(interrupted()),
                Err(error) => Ok(Err(error.to_string())),
            }
        };
        let debug = built(Treatment::Debug).await?;
        let no_debug = built(Treatment::NoDebug).await?;
        let stripped = debug.as_ref().map_err(Clone::clone).and_then(|bytes| stripped(bytes));
        let optimised = match &stripped {
            Ok(bytes) => optimised(bytes, &wasm_opt, shutdown).await?,
            Err(why) => Err(why.clone()),
        };
        let modules = [
            (Treatment::Debug, debug),
            (Treatment::NoDebug, no_debug),
            (Treatment::Stripped, stripped),
            (Treatment::Optimised, optimised),
        ];
        variants.extend(modules.into_iter().map(|(treatment, module)| Variant {
            compiler: compiler.clone(),
            treatment,
            module,
        }));
    }
    Ok(variants)
}

/// TinyGo optimises as for a release: with its development level nobody would compare it.
fn flags(arguments: &SizeArgs, choice: CompilerChoice, treatment: Treatment) -> ProgramFlags {
    let mut flags = arguments.build.how.clone();
    flags.compile.compiler = Some(choice);
    if choice == CompilerChoice::TinyGo {
        flags.opt.get_or_insert_with(|| "z".to_owned());
    } else {
        (flags.opt, flags.gc, flags.scheduler) = (None, None, None);
    }
    if treatment == Treatment::NoDebug {
        let link = flags.compile.ldflags.take().unwrap_or_default();
        flags.compile.ldflags = Some(format!("-s -w {link}").trim_end().to_owned());
    }
    flags
}

fn stripped(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let anatomy = Anatomy::read(bytes).map_err(|error| error.to_string())?;
    anatomy.stripped().ok_or_else(|| "a component cannot be stripped here".to_owned())
}

async fn optimised(
    bytes: &[u8],
    wasm_opt: &Result<WasmOpt, Missing>,
    shutdown: &CancellationToken,
) -> Result<Result<Vec<u8>, String>, CommandError> {
    match wasm_opt {
        Err(missing) => Ok(Err(missing.to_string())),
        Ok(tool) => {
            let binary: &Path = &tool.binary;
            shrunk(binary, bytes, Limits::default(), shutdown).await.ok_or_else(interrupted)
        }
    }
}
