//! From settings and surroundings to the parts that stages are made of. The one reader of resolved settings.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::analyse::{LoadOptions, ProgramChoice};
use crate::build::{BuildFlags, BuildOptions, Compiler, GoCompiler, TinyGoCompiler};
use crate::config::{self, CompilerChoice, Settings};
use crate::content::BlobStore;
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::process::Limits;
use crate::toolchain::{GoTool, Missing, TinyGoTool, Toolchain};

use super::CommandError;

/// What every command that compiles is made of.
pub(super) struct Parts {
    /// Settings of flags, project and user, laid over one another.
    pub(super) settings: Settings,
    /// The folder that was named, absolute and without links.
    pub(super) folder: PathBuf,
    /// The surroundings, with the cache folder of the settings.
    pub(super) environment: Environment,
    /// How the package graph is loaded.
    pub(super) load: LoadOptions,
    /// Builds the programs.
    pub(super) compiler: Arc<dyn Compiler>,
    /// The compiler and its version, for people.
    pub(super) compiler_name: String,
    /// Flags of the linker give values to variables.
    pub(super) sets_variables: bool,
    /// What builds may do.
    pub(super) build: BuildOptions,
    /// Where modules and files of pages are kept.
    pub(super) blobs: BlobStore,
    /// The tools that were found.
    pub(super) toolchain: Toolchain,
}

/// Reads the settings of the project in `folder` below those of `flags`, finds the tools and opens the cache.
pub(super) async fn compose(
    folder: &Path,
    flags: Settings,
    environment: &Environment,
) -> Result<Parts, CommandError> {
    let folder = match folder.canonicalize() {
        Ok(path) if path.is_dir() => path,
        _ => return Err(CommandError::no_folder(folder)),
    };
    let file = config::load(&folder, environment)
        .map_err(|error| CommandError::new(ExitStatus::Usage, &error).with_hint(error.hint()))?;
    let settings = flags.over(file);
    let mut environment = environment.clone();
    // The provisioned TinyGo stays in the user's cache folder: it belongs to the machine, not to a project.
    let toolchain = Toolchain::locate(&environment).await;
    if let Some(cache) = &settings.cache_dir {
        environment.cache_folder = std::path::absolute(cache).unwrap_or_else(|_| cache.clone());
    }
    let blobs = BlobStore::open(environment.cache_folder.join("blobs"))
        .map_err(|error| CommandError::new(ExitStatus::Environment, &error).with_hint(error.hint()))?;
    let ldflags = settings.ldflags.clone().unwrap_or_default();
    let flags = BuildFlags::new(&settings.tags.clone().unwrap_or_default(), &ldflags)
        .map_err(|error| CommandError::new(ExitStatus::Usage, &error).with_hint(error.hint().to_owned()))?;
    let go = toolchain.go.clone().map_err(|missing| tool_missing(&missing))?;
    let (compiler, compiler_name, mut tags) = choose(&settings, &toolchain, &go, &environment, &flags)?;
    tags.extend(flags.tags().iter().cloned());
    let load = load_options(&folder, &settings, &go, &environment, tags);
    let build = BuildOptions { extra_imports: extra_imports(&settings), ..BuildOptions::default() };
    let sets_variables = flags.sets_variables();
    Ok(Parts {
        settings,
        folder,
        environment,
        load,
        compiler,
        compiler_name,
        sets_variables,
        build,
        blobs,
        toolchain,
    })
}

type Chosen = (Arc<dyn Compiler>, String, Vec<String>);

fn choose(
    settings: &Settings,
    toolchain: &Toolchain,
    go: &GoTool,
    environment: &Environment,
    flags: &BuildFlags,
) -> Result<Chosen, CommandError> {
    let limits = limits(settings);
    let tinygo = |tool: &TinyGoTool| -> Chosen {
        let compiler = TinyGoCompiler::new(tool, go, environment, flags.clone(), limits);
        (Arc::new(compiler), format!("TinyGo {}", tool.version), tool.build_tags.clone())
    };
    let standard = || -> Chosen {
        let wasm_opt = toolchain.wasm_opt.as_ref().ok().map(|tool| tool.binary.clone());
        let compiler = GoCompiler::new(go, environment, flags.clone(), limits, wasm_opt);
        (Arc::new(compiler), format!("Go {}", go.version), Vec::new())
    };
    match (settings.compiler.unwrap_or(CompilerChoice::Auto), &toolchain.tinygo) {
        (CompilerChoice::Go, _) | (CompilerChoice::Auto, Err(_)) => Ok(standard()),
        (_, Ok(tool)) => Ok(tinygo(tool)),
        (CompilerChoice::TinyGo, Err(missing)) => Err(tool_missing(missing)),
    }
}

pub(super) fn tool_missing(missing: &Missing) -> CommandError {
    CommandError::new(ExitStatus::ToolMissing, missing).with_hint(missing.hint())
}

/// Time and memory of one compiler run.
pub(super) fn limits(settings: &Settings) -> Limits {
    let default = Limits::default();
    Limits {
        time: settings.build_timeout.map_or(default.time, |seconds| Duration::from_secs(seconds.get())),
        memory: settings
            .build_memory
            .map_or(default.memory, |mebibytes| mebibytes.get().saturating_mul(1 << 20)),
        ..default
    }
}

fn extra_imports(settings: &Settings) -> Vec<String> {
    let programs = settings.program.iter().flat_map(std::collections::BTreeMap::values);
    programs.flat_map(|program| program.imports.iter().flatten().cloned()).collect()
}

pub(super) fn load_options(
    folder: &Path,
    settings: &Settings,
    go: &GoTool,
    environment: &Environment,
    tags: Vec<String>,
) -> LoadOptions {
    LoadOptions {
        go_binary: go.binary.clone(),
        go_version: go.version.to_string(),
        environment: go.clean_environment(environment),
        tags,
        folder: folder.to_owned(),
        trusted_folders: settings.trusted_folders.clone().unwrap_or_default(),
        exact_positions: settings.exact_positions.unwrap_or(false),
        choices: settings
            .program
            .iter()
            .flatten()
            .map(|(name, program)| {
                let choice = ProgramChoice { package: program.package.clone(), page: program.page.clone() };
                (name.clone(), choice)
            })
            .collect(),
    }
}
