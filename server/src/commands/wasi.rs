//! From a path to where a module comes from: a file, or a folder of Go and a compiler for WASI.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use wasm_host::{Host, HostOptions};

use crate::build::{BuildFlags, Compiler, GoCompiler, Mode, TinyGoCompiler, WasiBuilder};
use crate::cli::{ProgramFlags, WasiBuildFlags};
use crate::config::{self, CompilerChoice, Settings, TargetChoice};
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::guest::{Folder, ModuleSource};
use crate::toolchain::{Toolchain, WasiTarget};
use crate::watch;

use super::CommandError;
use super::compose::{limits, load_options, tool_missing};

/// A guest before there is a module.
pub(super) struct Found {
    pub(super) source: ModuleSource,
    /// How its sources are watched.
    pub(super) watch: watch::Options,
    /// The compiler and its version; `None` for a file.
    pub(super) compiler: Option<String>,
    /// Folder for what is kept.
    pub(super) cache: PathBuf,
}

impl Found {
    /// Looks at the path, and for a folder at its settings and for tools.
    pub(super) async fn at(
        path: &Path,
        flags: &WasiBuildFlags,
        environment: &Environment,
    ) -> Result<Self, CommandError> {
        let target = match flags.target {
            Some(TargetChoice::Preview2) => WasiTarget::Preview2,
            Some(TargetChoice::Preview1) | None => WasiTarget::Preview1,
        };
        Self::built_for(path, &flags.how, Some(target), environment).await
    }

    /// The same for a target that has been chosen: `None` are pages, whose programs do not run here.
    pub(super) async fn built_for(
        path: &Path,
        flags: &ProgramFlags,
        target: Option<WasiTarget>,
        environment: &Environment,
    ) -> Result<Self, CommandError> {
        let Ok(real) = path.canonicalize() else {
            let message = format!("{} is not there", path.display());
            return Err(CommandError::new(ExitStatus::Usage, message)
                .with_hint("name a WebAssembly file, or the folder of a Go program".to_owned()));
        };
        if real.is_dir() {
            return folder(&real, flags, target, environment).await;
        }
        if real.extension().is_some_and(|extension| extension == "go") {
            let above = path.parent().filter(|above| !above.as_os_str().is_empty());
            let hint = format!("name its folder: {}", above.unwrap_or(Path::new(".")).display());
            let message = format!("{} is a part of a program", path.display());
            return Err(CommandError::new(ExitStatus::Usage, message).with_hint(hint));
        }
        let cache = flags.compile.cache_dir.clone().unwrap_or_else(|| environment.cache_folder.clone());
        let watch = watch::Options::default();
        Ok(Self { source: ModuleSource::File(real), watch, compiler: None, cache })
    }

    /// A host for it, which keeps compiled code.
    pub(super) fn host(&self, options: &HostOptions) -> Result<Host, CommandError> {
        let failed = |error: &wasm_host::Error| {
            CommandError::new(ExitStatus::Environment, error).with_hint(error.hint().map(str::to_owned))
        };
        std::fs::create_dir_all(&self.cache).map_err(|error| {
            let message = format!("cannot write {}: {error}", self.cache.display());
            CommandError::new(ExitStatus::Environment, message)
                .with_hint("choose another folder with --cache-dir".to_owned())
        })?;
        Host::new(&HostOptions { cache: Some(self.cache.join("wasm-host")), ..options.clone() })
            .map_err(|error| failed(&error))
    }
}

async fn folder(
    folder: &Path,
    flags: &ProgramFlags,
    target: Option<WasiTarget>,
    environment: &Environment,
) -> Result<Found, CommandError> {
    let file = config::load(folder, environment)
        .map_err(|error| CommandError::new(ExitStatus::Usage, &error).with_hint(error.hint()))?;
    let settings = flags.compile.settings().over(file);
    let toolchain = Toolchain::locate(environment).await;
    let mut environment = environment.clone();
    if let Some(cache) = &settings.cache_dir {
        environment.cache_folder = std::path::absolute(cache).unwrap_or_else(|_| cache.clone());
    }
    let ldflags = settings.ldflags.clone().unwrap_or_default();
    let build_flags = BuildFlags::new(&settings.tags.clone().unwrap_or_default(), &ldflags)
        .map_err(|error| CommandError::new(ExitStatus::Usage, &error).with_hint(error.hint().to_owned()))?;
    let own_tags = build_flags.tags().to_vec();
    let Chosen { compiler, name, mut tags } =
        choose(&settings, &toolchain, target, (build_flags, flags.of_tinygo()), &environment)?;
    tags.extend(own_tags);
    let go = toolchain.go.as_ref().map_err(tool_missing)?;
    let mut load = load_options(folder, &settings, go, &environment, tags);
    // The later one of two counts.
    load.environment.extend(target.iter().flat_map(|target| target.variables()));
    let cache = environment.cache_folder;
    // Modules for pages are taken as they are, too.
    let taken_for = target.unwrap_or(WasiTarget::Preview1);
    let builder = WasiBuilder::new(compiler, taken_for, &cache.join("wasi"))
        .map_err(|error| CommandError::new(ExitStatus::Environment, &error).with_hint(error.hint()))?;
    let mode = if flags.release { Mode::Release } else { Mode::Development };
    let mut watch = watch::Options { ignored: vec![cache.clone()], ..watch::Options::default() };
    if let Some(milliseconds) = settings.poll {
        watch.polling = true;
        watch.timing.poll = Duration::from_millis(milliseconds.get().max(10));
    }
    let source = ModuleSource::Folder(Folder { load, builder, mode });
    Ok(Found { source, watch, compiler: Some(name), cache })
}

struct Chosen {
    compiler: Arc<dyn Compiler>,
    name: String,
    tags: Vec<String>,
}

fn choose(
    settings: &Settings,
    toolchain: &Toolchain,
    target: Option<WasiTarget>,
    (flags, of_tinygo): (BuildFlags, Vec<String>),
    environment: &Environment,
) -> Result<Chosen, CommandError> {
    let go = toolchain.go.as_ref().map_err(tool_missing)?;
    let limits = limits(settings);
    match (settings.compiler.unwrap_or(CompilerChoice::Auto), &toolchain.tinygo, target) {
        (CompilerChoice::Go, _, Some(WasiTarget::Preview2)) => {
            Err(CommandError::new(ExitStatus::Usage, "Go compiles for wasip1 only")
                .with_hint("leave --target out, or compile with --compiler tinygo".to_owned()))
        }
        (CompilerChoice::Go, _, _) | (CompilerChoice::Auto, Err(_), Some(WasiTarget::Preview1) | None)
            if !of_tinygo.is_empty() =>
        {
            Err(CommandError::new(ExitStatus::Usage, "--opt, --gc and --scheduler are flags of TinyGo")
                .with_hint("leave them out, or compile with --compiler tinygo".to_owned()))
        }
        (CompilerChoice::Go, _, _) | (CompilerChoice::Auto, Err(_), Some(WasiTarget::Preview1) | None) => {
            let wasm_opt = toolchain.wasm_opt.as_ref().ok().map(|tool| tool.binary.clone());
            let compiler = GoCompiler::new(go, environment, flags, limits, wasm_opt);
            let compiler = match target {
                Some(target) => compiler.for_wasi(target),
                None => compiler,
            };
            let name = format!("Go {}", go.version);
            Ok(Chosen { compiler: Arc::new(compiler), name, tags: Vec::new() })
        }
        (_, Err(missing), _) => Err(tool_missing(missing)),
        (_, Ok(tool), _) => {
            let compiler = TinyGoCompiler::new(tool, go, environment, flags, limits);
            let compiler = match target {
                Some(target) => compiler.for_wasi(&tool.wasi(target, environment).map_err(|error| {
                    CommandError::new(ExitStatus::Environment, &error).with_hint(error.hint())
                })?),
                None => compiler,
            };
            let compiler = compiler.with(of_tinygo);
            let own = target.map_or(&[][..], WasiTarget::build_tags);
            let tags = tool.build_tags.iter().cloned();
            let tags = tags.chain(own.iter().map(|tag| (*tag).to_owned())).collect();
            let name = format!("TinyGo {}", tool.version);
            Ok(Chosen { compiler: Arc::new(compiler), name, tags })
        }
    }
}
