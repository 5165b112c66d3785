//! A server on a program, and a browser that shows it, for as long as something is measured.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::pipeline::Pipeline;
use crate::printer::Event;
use crate::toolchain::Browser;

use super::super::CommandError;
use super::super::compose::compose;
use super::super::serve::{assemble, fatal};
use super::browser;
use super::doorway::Doorway;
use super::events::Events;

/// How long the page may take to show the program, and what an edit may take beyond its build.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// What all servers of one run have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground<'a> {
    /// The surroundings, with a folder of the run's own for state.
    pub(super) environment: &'a Environment,
    /// Is there until the end of the run.
    pub(super) scratch: &'a Path,
    /// Shows the pages; without one a server is measured up to its release.
    pub(super) browser: Option<&'a Browser>,
    /// Longest time of one build.
    pub(super) build_time: Duration,
    /// Ends the run.
    pub(super) shutdown: &'a CancellationToken,
}

/// What is served.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    /// Folder of the project.
    pub(super) folder: PathBuf,
    /// How it is compiled and served.
    pub(super) settings: Settings,
    /// Name of the program that is looked at.
    pub(super) program: String,
    /// The project has several.
    pub(super) several: bool,
}

/// A server that runs.
#[derive(Debug)]
pub(super) struct Serving {
    events: Events,
    tasks: JoinSet<Result<(), CommandError>>,
    stop: CancellationToken,
}

impl Ground<'_> {
    /// Longest time of one edit.
    pub(super) fn deadline(&self) -> Duration {
        self.build_time + PATIENCE
    }

    /// Starts a server and waits for the first screen, or for the first release when there is no browser or none is
    /// wanted. How long that took is counted from a browser that waits already, as the user's own does.
    pub(super) async fn serve(
        &self,
        subject: &Subject,
        screen: bool,
    ) -> Result<(Serving, Duration), CommandError> {
        let stop = self.shutdown.child_token();
        let mut tasks = JoinSet::new();
        let doorway = match self.browser.filter(|_| screen) {
            Some(browser) => Some(self.open(browser, &mut tasks, &stop).await?),
            None => None,
        };
        let began = Instant::now();
        let parts = compose(&subject.folder, subject.settings.clone(), self.environment).await?;
        let served = assemble(parts, false).await?;
        let (observer, events) = Events::channel();
        let running = Pipeline::run(served.options, served.listener, observer, stop.clone());
        tasks.spawn(async { running.await.map(drop).map_err(|error| fatal(&error)) });
        let mut serving = Serving { events, tasks, stop };
        let deadline = self.deadline();
        serving
            .attend(async |events| {
                let url = released(events, subject, deadline).await?;
                let Some(doorway) = doorway else { return Ok(()) };
                doorway.open(url);
                let shown = events.wait("the first frame in the browser", PATIENCE, |observed| {
                    matches!(&observed.event, Event::Applied { program, .. } if *program == subject.program)
                        .then_some(())
                });
                shown.await.map_err(failed)
            })
            .await?;
        Ok((serving, began.elapsed()))
    }

    /// A browser that waits.
    async fn open(
        &self,
        browser: &Browser,
        tasks: &mut JoinSet<Result<(), CommandError>>,
        stop: &CancellationToken,
    ) -> Result<Doorway, CommandError> {
        let no_door = |error| {
            CommandError::new(ExitStatus::Environment, format!("no page for the browser to wait at: {error}"))
        };
        let (doorway, serving) = Doorway::build(stop.clone()).await.map_err(no_door)?;
        tasks.spawn(async move { serving.await.map_err(no_door) });
        self.show(browser, doorway.url.clone(), tasks, stop)?;
        let waiting = async {
            let arrived = tokio::time::timeout(PATIENCE, doorway.arrived()).await;
            arrived.map_err(|_| {
                CommandError::new(ExitStatus::Environment, "the browser did not open a page within a minute")
            })
        };
        tokio::select! {
            arrived = waiting => arrived?,
            ended = tasks.join_next() => return Err(reason(ended)),
        }
        Ok(doorway)
    }

    /// Shows a page in a browser of its own until `stop`.
    pub(super) fn show(
        &self,
        browser: &Browser,
        url: String,
        tasks: &mut JoinSet<Result<(), CommandError>>,
        stop: &CancellationToken,
    ) -> Result<(), CommandError> {
        let profile =
            tempfile::Builder::new().prefix("browser-").tempdir_in(self.scratch).map_err(|error| {
                CommandError::new(ExitStatus::Environment, format!("no temporary folder: {error}"))
            })?;
        let (browser, environment, stop) = (browser.clone(), self.environment.clone(), stop.clone());
        tasks.spawn(async move {
            let shown = browser::show(&browser, &url, profile.path(), &environment, &stop).await;
            shown.map_err(|error| CommandError::new(ExitStatus::Environment, error))
        });
        Ok(())
    }
}

/// Waits for the first release. Returns the address of the page.
async fn released(
    events: &mut Events,
    subject: &Subject,
    deadline: Duration,
) -> Result<String, CommandError> {
    let wait = events.wait("the address of the server", PATIENCE, |observed| match &observed.event {
        Event::Listening { url, token, .. } => Some((url.clone(), token.clone())),
        _ => None,
    });
    let (url, token) = wait.await.map_err(failed)?;
    let first = events.wait("the first build", deadline, |observed| match &observed.event {
        Event::Release { program, .. } if *program == subject.program => Some(Ok(())),
        Event::Build { status: "failed", diagnostics, .. } => {
            Some(Err(diagnostics.first().map(|item| item.message.clone()).unwrap_or_default()))
        }
        _ => None,
    });
    first.await.map_err(failed)?.map_err(|message| {
        CommandError::new(ExitStatus::Failure, format!("the program does not compile: {message}"))
            .with_hint("see all that is wrong with `dev-server build`".to_owned())
    })?;
    let below = if subject.several { format!("{}/", subject.program) } else { String::new() };
    Ok(format!("{url}{below}?token={token}"))
}

impl Serving {
    /// Does something with its events. Ends early when the server or the browser does.
    pub(super) async fn attend<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Events) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        let done = tokio::select! {
            done = work(&mut self.events) => done,
            ended = self.tasks.join_next() => return Err(reason(ended)),
        };
        match done {
            // Events end with the server, which knows why.
            Err(error) => match self.tasks.try_join_next() {
                Some(ended) => Err(reason(Some(ended))),
                None => Err(error),
            },
            done => done,
        }
    }

    /// Ends the server and the browser, and waits until they are gone.
    pub(super) async fn end(mut self) -> Result<(), CommandError> {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            if let Ok(ended) = ended {
                ended?;
            }
        }
        Ok(())
    }
}

/// How a task ended.
type Ended = Option<Result<Result<(), CommandError>, tokio::task::JoinError>>;

/// Why something ended that was to stay.
pub(super) fn reason(ended: Ended) -> CommandError {
    match ended {
        Some(Ok(Err(error))) => error,
        Some(Ok(Ok(())) | Err(_)) | None => ended_early(),
    }
}

/// The run was ended from outside, or by a defect.
pub(super) fn ended_early() -> CommandError {
    CommandError::new(ExitStatus::Failure, "ended before the measurement was done")
}

/// Something that was waited for did not come.
pub(super) fn failed(error: impl std::fmt::Display) -> CommandError {
    CommandError::new(ExitStatus::Failure, error)
        .with_hint("run `dev-server serve` on the program and look at what it prints".to_owned())
}
