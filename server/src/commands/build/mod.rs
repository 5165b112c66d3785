//! `build`: every program of a project, once, into a folder that any web server can serve.

mod references;
mod site;
mod output;
mod report;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::analyse::{LoadOutcome, ManifestLimits, PageManifest, Program, ProgramGraph, SourceDigest};
use crate::build::{Artifact, BuildOutcome, BuildRequest, Builder, Mode};
use crate::cli::BuildArgs;
use crate::diagnostic::{Diagnostic, Origin};
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::printer::{DiagnosticRow, Event, Printer, StageRow, milliseconds};
use crate::revision::Revision;

use super::CommandError;
use super::compose::{Parts, compose};
use super::serve::pages;

use output::{OutputError, OutputFolder};
use report::{BuildReport, FileRow, ProgramRow};
use site::{Content, Site};

/// Folder in the project when none is named.
const DEFAULT_FOLDER: &str = "dist";

/// Time between two steps of the progress line.
const TICK: Duration = Duration::from_millis(100);

/// Builds and writes everything, or writes nothing.
pub(super) async fn run(
    arguments: BuildArgs,
    environment: &Environment,
    shutdown: CancellationToken,
    output: &mut dyn Write,
) -> Result<ExitStatus, CommandError> {
    let parts = compose(&arguments.folder, arguments.compile.settings(), environment).await?;
    let folder = arguments.out.clone().unwrap_or_else(|| parts.folder.join(DEFAULT_FOLDER));
    let folder = OutputFolder::at(&folder).map_err(|error| unwritable(&error))?;
    let printer = Printer::new(arguments.json, environment.variable("NO_COLOR").is_some());
    let mode = if arguments.release { Mode::Release } else { Mode::Development };
    let here = parts.folder.clone();
    let work = Work { parts, folder, mode, printer: (!arguments.json).then_some(printer), shutdown };
    let report = work.run().await?;
    let text = if arguments.json {
        serde_json::to_string(&report).map(|line| line + "\n").unwrap_or_default()
    } else {
        report.text(&here)
    };
    output.write_all(text.as_bytes()).map_err(|error| CommandError::output(&error))?;
    Ok(if report.ok { ExitStatus::Success } else { ExitStatus::Failure })
}

fn unwritable(error: &OutputError) -> CommandError {
    let status = match error {
        OutputError::Write { .. } => ExitStatus::Environment,
        OutputError::Foreign(_) | OutputError::NoFolder(_) => ExitStatus::Usage,
    };
    CommandError::new(status, error).with_hint(error.hint().to_owned())
}

struct Work {
    parts: Parts,
    folder: OutputFolder,
    mode: Mode,
    /// `None` when the result is printed as one object.
    printer: Option<Printer>,
    shutdown: CancellationToken,
}

impl Work {
    async fn run(&self) -> Result<BuildReport, CommandError> {
        let mut report = BuildReport {
            ok: false,
            mode: self.mode.name(),
            compiler: self.parts.compiler_name.clone(),
            out: None,
            diagnostics: Vec::new(),
            programs: Vec::new(),
            notices: Vec::new(),
        };
        let loading = Instant::now();
        let graph = match ProgramGraph::load(&self.parts.load, &self.shutdown).await {
            LoadOutcome::Loaded(graph) => graph,
            LoadOutcome::Failed(failure) => {
                let name = self.parts.folder.file_name().unwrap_or_default().to_string_lossy();
                self.tell_failure(&name, loading.elapsed(), &failure.diagnostics);
                report.diagnostics = rows(&failure.diagnostics);
                return Ok(report);
            }
            LoadOutcome::Cancelled => return Err(ended_early()),
        };
        report.diagnostics = rows(&graph.warnings);
        let builder = Builder::new(
            Arc::clone(&self.parts.compiler),
            self.parts.blobs.clone(),
            self.parts.environment.cache_folder.join("build"),
            self.parts.build.clone(),
        )
        .map_err(|error| CommandError::new(ExitStatus::Environment, &error).with_hint(error.hint()))?;
        let mut files: Vec<(PathBuf, Content)> = Vec::new();
        for program in &graph.programs {
            let digest = SourceDigest::read(&graph, program);
            let (mut row, artifact) = self.build(&builder, program, digest).await?;
            if let Some(artifact) = artifact {
                let site = self.site(program, &artifact, &mut report).await?;
                let below = if graph.programs.len() > 1 { Path::new(&program.name) } else { Path::new("") };
                for (path, content) in site.files {
                    let path = below.join(path);
                    row.files.push(FileRow { path: path.display().to_string(), size: self.size(&content) });
                    files.push((path, content));
                }
                report.notices.extend(site.notices);
            }
            report.programs.push(row);
        }
        report.ok = report.programs.iter().all(|program| program.ok);
        if report.ok {
            if graph.programs.len() > 1 {
                files.push(("index.html".into(), Content::Text(list_page(&graph.programs))));
            }
            self.write(files).await?;
            report.out = Some(self.folder.path().to_owned());
        }
        Ok(report)
    }

    async fn build(
        &self,
        builder: &Builder,
        program: &Program,
        digest: SourceDigest,
    ) -> Result<(ProgramRow, Option<Artifact>), CommandError> {
        let request = BuildRequest {
            revision: Revision::FIRST,
            program: Arc::new(program.clone()),
            digest,
            mode: self.mode,
            lenient: false,
        };
        let began = Instant::now();
        self.tell(&self.event(&program.name, "started", Duration::ZERO, false, &[]));
        let building = builder.build(request, &self.shutdown);
        tokio::pin!(building);
        let mut ticks = tokio::time::interval(TICK);
        let outcome = loop {
            tokio::select! {
                outcome = &mut building => break outcome,
                _ = ticks.tick() => if let Some(printer) = &self.printer { printer.tick() },
            }
        };
        let elapsed = began.elapsed();
        let mut row = ProgramRow {
            name: program.name.clone(),
            ok: false,
            module: None,
            ms: milliseconds(elapsed),
            from_cache: false,
            stages: Vec::new(),
            diagnostics: Vec::new(),
            files: Vec::new(),
        };
        match outcome {
            BuildOutcome::Built(artifact) => {
                let cached = artifact.from_cache;
                self.tell(&self.event(&program.name, "built", elapsed, cached, &artifact.warnings));
                row.ok = true;
                row.module = Some(artifact.module.to_string());
                row.from_cache = cached;
                row.stages = artifact.stages.iter().map(StageRow::from).collect();
                row.diagnostics = rows(&artifact.warnings);
                Ok((row, Some(artifact)))
            }
            BuildOutcome::Failed(items) => {
                self.tell_failure(&program.name, elapsed, &items);
                row.diagnostics = rows(&items);
                Ok((row, None))
            }
            BuildOutcome::Overtaken => {
                let reason = "a source was written while the compiler read it";
                let items = [Diagnostic::error(Origin::Loader, reason).hint("run the command again")];
                self.tell_failure(&program.name, elapsed, &items);
                row.diagnostics = rows(&items);
                Ok((row, None))
            }
            BuildOutcome::Cancelled => Err(ended_early()),
        }
    }

    /// The files of one program. Reading its page is work for a thread that may block.
    async fn site(
        &self,
        program: &Program,
        artifact: &Artifact,
        report: &mut BuildReport,
    ) -> Result<Site, CommandError> {
        let options = pages(&self.parts.settings).remove(&program.name).unwrap_or_default();
        let (page, artifact, blobs) = (program.page.clone(), artifact.clone(), self.parts.blobs.clone());
        let assembled = tokio::task::spawn_blocking(move || {
            let (manifest, warnings) = match &page {
                Some(page) => PageManifest::scan(page, &blobs, &ManifestLimits::default())?,
                None => (PageManifest::new(BTreeMap::new()), Vec::new()),
            };
            let program = site::Program { artifact: &artifact, options };
            Ok::<_, crate::content::StoreError>((Site::assemble(program, &manifest, &blobs), warnings))
        });
        let (site, warnings) = assembled
            .await
            .map_err(|_| ended_early())?
            .map_err(|error| CommandError::new(ExitStatus::Environment, &error).with_hint(error.hint()))?;
        report.diagnostics.extend(rows(&warnings));
        report.notices.extend(warnings.iter().map(|warning| {
            let place = warning.position.as_ref().map(|place| format!("{}: ", place.file.display()));
            format!("{}{}", place.unwrap_or_default(), warning.message)
        }));
        Ok(site)
    }

    async fn write(&self, files: Vec<(PathBuf, Content)>) -> Result<(), CommandError> {
        let (folder, blobs) = (self.folder.clone(), self.parts.blobs.clone());
        let written = tokio::task::spawn_blocking(move || {
            folder.replace(files.iter().map(|(path, content)| (path.clone(), content)), &blobs)
        });
        written.await.map_err(|_| ended_early())?.map_err(|error| unwritable(&error))
    }

    fn size(&self, content: &Content) -> u64 {
        match content {
            Content::Blob(hash) => {
                std::fs::metadata(self.parts.blobs.path(*hash)).map_or(0, |file| file.len())
            }
            Content::Text(bytes) => bytes.len() as u64,
        }
    }

    fn tell(&self, event: &Event) {
        if let Some(printer) = &self.printer {
            printer.print(event);
        }
    }

    fn tell_failure(&self, program: &str, elapsed: Duration, items: &[Diagnostic]) {
        self.tell(&self.event(program, "failed", elapsed, false, items));
    }

    fn event(
        &self,
        program: &str,
        status: &'static str,
        elapsed: Duration,
        from_cache: bool,
        items: &[Diagnostic],
    ) -> Event {
        Event::Build {
            revision: Revision::FIRST.get(),
            program: program.to_owned(),
            status,
            compiler: self.parts.compiler_name.clone(),
            ms: milliseconds(elapsed),
            from_cache,
            diagnostics: rows(items),
        }
    }
}

fn rows(items: &[Diagnostic]) -> Vec<DiagnosticRow> {
    items.iter().map(DiagnosticRow::from).collect()
}

fn ended_early() -> CommandError {
    CommandError::new(ExitStatus::Failure, "ended before the build was done; nothing was written")
}

/// Links to all programs. Their names are plain: nothing has to be escaped.
fn list_page(programs: &[Program]) -> Vec<u8> {
    let item = |program: &Program| format!("<li><a href=\"{0}/\">{0}</a></li>", program.name);
    let items = programs.iter().map(item).collect::<Vec<_>>().join("\n");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Programs</title>\n<ul>\n{items}\n</ul>\n"
    )
    .into_bytes()
}
