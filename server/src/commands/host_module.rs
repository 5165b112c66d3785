//! The program of this machine that `serve` lets answer a route.

use std::path::{Component, Path, PathBuf};

use wasm_host::{Functions, HostOptions};

use crate::cli::{CompileFlags, ProgramFlags, WasiBuildFlags};
use crate::config::Settings;
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::guest::Workshop;
use crate::http::Route;
use crate::pipeline::GuestOptions;

use super::CommandError;
use super::wasi::Found;

/// Where it answers when nothing is said.
const ROUTE: &str = "/api";

/// Requests that it answers at once.
const GUESTS: u32 = 64;

/// `None`: there is none. `flag`: what the command line says, which may be anywhere; a project names what is in it.
pub(super) async fn host_module(
    flag: Option<&Path>,
    compile: &CompileFlags,
    settings: &Settings,
    folder: &Path,
    environment: &Environment,
) -> Result<Option<GuestOptions>, CommandError> {
    let path = match (flag, &settings.host_module) {
        (Some(path), _) => path.to_owned(),
        (None, Some(path)) => inside(folder, path)?,
        (None, None) => return Ok(None),
    };
    let route = Route::new(settings.route.as_deref().unwrap_or(ROUTE))
        .map_err(|error| CommandError::new(ExitStatus::Usage, &error).with_hint(error.hint().to_owned()))?;
    let target = settings.host_target;
    let how = ProgramFlags { compile: compile.clone(), ..ProgramFlags::default() };
    let flags = WasiBuildFlags { target, how };
    let found = Found::at(&path, &flags, environment).await?;
    let host =
        found.host(&HostOptions { guests: GUESTS, module_bytes: 256 << 20, ..HostOptions::default() })?;
    let mut workshop = Workshop::new(host, found.source, Functions::new());
    workshop.watch(found.watch).map_err(|error| {
        CommandError::new(ExitStatus::Environment, &error).with_hint(error.hint().to_owned())
    })?;
    let compiler = found.compiler.unwrap_or_default();
    Ok(Some(GuestOptions { workshop, route, compiler, guests: GUESTS as usize }))
}

fn inside(folder: &Path, path: &Path) -> Result<PathBuf, CommandError> {
    let is_inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if path.components().all(is_inside) {
        return Ok(folder.join(path));
    }
    Err(CommandError::new(ExitStatus::Usage, format!("`{}` is not in the project", path.display()))
        .with_hint(format!("name a folder below {} for `host_module`", folder.display())))
}
