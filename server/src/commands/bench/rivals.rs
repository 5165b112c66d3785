//! The ways of others from an edit to the screen, ready to be measured between edits of ours.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::analyse::{Program, ProgramGraph};
use crate::config::{CompilerChoice, HotChoice, Settings};
use crate::exit::ExitStatus;
use crate::printer::milliseconds;

use super::super::CommandError;
use super::super::compose::{Parts, compose};
use super::cold_build::{GoBuild, NotBuilt, TinyGoBuild};
use super::edit_point::EditPoint;
use super::measure::{Plan, follow};
use super::project_copy::ProjectCopy;
use super::serving::{Ground, Serving, Subject, failed};
use super::{load, no_edit_point, on_copy};

/// What others took for one edit, in milliseconds.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// `tinygo build` in development, and a module swap in the browser.
    pub(super) reload: Option<f64>,
    /// The standard Go compiler alone.
    pub(super) go: Option<f64>,
    /// `tinygo build` as it is by default, alone.
    pub(super) tinygo: Option<f64>,
}

/// Others, each with a copy of the project of its own.
pub(super) struct Rivals {
    reload: Reload,
    alone: Alone,
}

/// A server that builds with TinyGo and swaps whole modules.
struct Reload {
    subject: Subject,
    point: EditPoint,
    serving: Serving,
    _copy: ProjectCopy,
}

/// Compilers that run in a folder that nobody watches.
struct Alone {
    point: EditPoint,
    package: PathBuf,
    output: PathBuf,
    /// `None` once one has failed.
    tinygo: Option<TinyGoBuild>,
    go: Option<GoBuild>,
    _copy: ProjectCopy,
}

impl Rivals {
    /// Gets all ready for a project, of which `ours` is a copy. Why one of them cannot take part is added to `left_out`.
    pub(super) async fn start(
        ground: &Ground<'_>,
        project: &Path,
        ours: &Subject,
        first: u32,
        left_out: &mut Vec<String>,
    ) -> Result<Self, CommandError> {
        let alone = Alone::start(ground, project, ours, first, left_out).await?;
        let copy = copy(project)?;
        let settings = Settings { hot: Some(HotChoice::Off), ..on_copy(ours.settings.clone(), &copy) };
        let subject = Subject { folder: copy.folder.clone(), settings, ..ours.clone() };
        let parts = compose(&subject.folder, subject.settings.clone(), ground.environment).await?;
        let graph = load(&parts.load, ground.shutdown).await?;
        let point = EditPoint::find(&graph, first).map_err(no_edit_point)?;
        let (serving, _) = ground.serve(&subject, true).await?;
        Ok(Self { reload: Reload { subject, point, serving, _copy: copy }, alone })
    }

    /// One edit for each. Who cannot build it takes no part any more, and is added to `left_out`.
    pub(super) async fn turn(
        &mut self,
        ground: &Ground<'_>,
        left_out: &mut Vec<String>,
    ) -> Result<Turn, CommandError> {
        let (go, tinygo) = self.alone.turn(ground, left_out).await?;
        let Reload { subject, point, serving, .. } = &mut self.reload;
        let plan = Plan { program: &subject.program, edits: 1, screen: true, deadline: ground.deadline() };
        let arrival = serving
            .attend(async |events| follow(events, plan, 0, || point.save()).await.map_err(failed))
            .await?;
        Ok(Turn { reload: Some(arrival.total), go, tinygo })
    }

    /// Ends what runs.
    pub(super) async fn end(self) -> Result<(), CommandError> {
        self.reload.serving.end().await
    }
}

impl Alone {
    async fn start(
        ground: &Ground<'_>,
        project: &Path,
        ours: &Subject,
        first: u32,
        left_out: &mut Vec<String>,
    ) -> Result<Self, CommandError> {
        let copy = copy(project)?;
        let settings = on_copy(ours.settings.clone(), &copy);
        let parts = compose(&copy.folder, settings.clone(), ground.environment).await?;
        let graph = load(&parts.load, ground.shutdown).await?;
        let point = EditPoint::find(&graph, first).map_err(no_edit_point)?;
        let package = named(&graph, &point.program).map(|program| program.package_folder.clone());
        let output = ground.scratch.join("tinygo.wasm");
        let tinygo = Some(tinygo(&parts, ground)?);
        let go = go(&copy, settings, &point.program, ground).await;
        let go = go.map_err(|error| left_out.push(format!("the standard Go compiler ({error})"))).ok();
        Ok(Self { point, package: package.unwrap_or_default(), output, tinygo, go, _copy: copy })
    }

    /// What the standard Go compiler and TinyGo took.
    async fn turn(
        &mut self,
        ground: &Ground<'_>,
        left_out: &mut Vec<String>,
    ) -> Result<(Option<f64>, Option<f64>), CommandError> {
        let saved = self.point.save().and_then(|()| self.point.save_entry());
        saved.map_err(|error| {
            CommandError::new(ExitStatus::Environment, format!("an edit cannot be saved: {error}"))
        })?;
        let mut noted = |time: Result<Duration, NotBuilt>| {
            time.map(milliseconds).map_err(|error| left_out.push(error.to_string())).ok()
        };
        let mut times = (None, None);
        if let Some(go) = &self.go {
            times.0 = noted(go.run(ground.shutdown).await);
        }
        if let Some(tinygo) = &self.tinygo {
            times.1 = noted(tinygo.run(&self.package, &[], &self.output, ground.shutdown).await);
        }
        self.go = self.go.take().filter(|_| times.0.is_some());
        self.tinygo = self.tinygo.take().filter(|_| times.1.is_some());
        Ok(times)
    }
}

/// The standard compiler, with all packages in its cache that are not edited. It may see another program than TinyGo,
/// or none at all: files can be for one compiler only.
async fn go(
    copy: &ProjectCopy,
    settings: Settings,
    program: &str,
    ground: &Ground<'_>,
) -> Result<GoBuild, CommandError> {
    let settings = Settings { compiler: Some(CompilerChoice::Go), ..settings };
    let parts = compose(&copy.folder, settings, ground.environment).await?;
    let graph = load(&parts.load, ground.shutdown).await?;
    let program = named(&graph, program).ok_or_else(|| failed("it finds no such program"))?;
    let folder = ground.scratch.join("go");
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let build = GoBuild::new(Arc::clone(&parts.compiler), program.clone(), folder);
    build.run(ground.shutdown).await.map_err(failed)?;
    Ok(build)
}

fn named<'a>(graph: &'a ProgramGraph, name: &str) -> Option<&'a Program> {
    graph.programs.iter().find(|program| program.name == name)
}

/// `tinygo build` with what the project sets.
pub(super) fn tinygo(parts: &Parts, ground: &Ground<'_>) -> Result<TinyGoBuild, CommandError> {
    let missing = |missing: &crate::toolchain::Missing| {
        CommandError::new(ExitStatus::ToolMissing, missing).with_hint(missing.hint())
    };
    let toolchain = &parts.toolchain;
    let go = toolchain.go.as_ref().map_err(missing)?;
    let tool = toolchain.tinygo.as_ref().map_err(missing)?;
    let tags = parts.settings.tags.clone().unwrap_or_default();
    Ok(TinyGoBuild::new(tool, go, ground.environment, tags, ground.build_time))
}

fn copy(project: &Path) -> Result<ProjectCopy, CommandError> {
    ProjectCopy::make(project)
        .map_err(|error| CommandError::new(ExitStatus::Usage, &error).with_hint(error.hint()))
}
