//! How fast the code of the warm compiler runs, compared with optimised code: the same programs from both in one browser.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::Html;
use axum::routing::{get, post};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::{CompilerChoice, HotChoice, Settings};
use crate::exit::ExitStatus;
use crate::hot::WarmTools;
use crate::pipeline::Pipeline;
use crate::printer::Event;

use super::super::CommandError;
use super::super::compose::{Parts, compose};
use super::super::serve::{assemble, fatal};
use super::cold_build::TinyGoBuild;
use super::serving::{Ground, ended_early, failed, reason};
use super::statistics::{Sample, geometric_mean};

/// The programs, and the page that runs them.
const GO_MOD: &str = include_str!("../../../templates/speed/go.mod.template");
const PROGRAMS: &str = include_str!("../../../templates/speed/main.go.template");
const PAGE: &str = include_str!("../../../templates/speed/page.html");

/// What the warm compiler's code is compared with.
const FLAGS: [&str; 1] = ["-opt=1"];

/// How fast a program runs: 2 is twice as fast as what it is compared with.
#[derive(Debug, Default)]
pub(super) struct Speed {
    /// The ratio of each turn, by program.
    pub(super) programs: BTreeMap<String, Sample>,
}

impl Speed {
    /// Of all programs; each counts with its median.
    pub(super) fn ratio(&self) -> Option<f64> {
        let medians: Vec<f64> = self.programs.values().filter_map(|sample| sample.percentile(50)).collect();
        geometric_mean(&medians)
    }

    /// Pairs of times behind it.
    pub(super) fn len(&self) -> usize {
        self.programs.values().map(Sample::len).sum()
    }
}

/// A module with what starts it.
struct Build {
    module: Vec<u8>,
    glue: Vec<u8>,
}

/// Builds the programs with both compilers and runs them in a browser.
pub(super) async fn compare(
    ground: &Ground<'_>,
    settings: &Settings,
    warm: &WarmTools,
    rival: (&TinyGoBuild, &Path),
) -> Result<Speed, CommandError> {
    let Some(browser) = ground.browser else { return Ok(Speed::default()) };
    let folder = ground.scratch.join("speed");
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text);
    std::fs::create_dir_all(&folder)
        .and_then(|()| write("go.mod", GO_MOD))
        .and_then(|()| write("main.go", PROGRAMS))
        .map_err(|error| no_file(&error))?;
    let (tinygo, glue) = rival;
    let output = ground.scratch.join("rival.wasm");
    tinygo.run(&folder, &FLAGS, &output, ground.shutdown).await.map_err(failed)?;
    let read = |path: &Path| std::fs::read(path).map_err(|error| no_file(&error));
    let base = Build { module: base(ground, settings, &folder).await?, glue: read(&warm.glue)? };
    let rival = Build { module: read(&output)?, glue: read(glue)? };
    let stop = ground.shutdown.child_token();
    let mut tasks = JoinSet::new();
    let (url, mut answers, serving) =
        stand(base, rival, stop.clone()).await.map_err(|error| no_file(&error))?;
    tasks.spawn(async move { serving.await.map_err(|error| no_file(&error)) });
    ground.show(browser, url, &mut tasks, &stop)?;
    let answer = tokio::select! {
        answer = tokio::time::timeout(ground.deadline(), answers.recv()) => answer,
        ended = tasks.join_next() => return Err(reason(ended)),
    };
    stop.cancel();
    while tasks.join_next().await.is_some() {}
    match answer {
        Ok(Some(answer)) => read_answer(&answer),
        Ok(None) => Err(ended_early()),
        Err(_) => Err(failed("the programs for comparing speed did not end in time")),
    }
}

/// The module of the programs as the warm compiler makes it.
async fn base(ground: &Ground<'_>, settings: &Settings, folder: &Path) -> Result<Vec<u8>, CommandError> {
    // Of the project only what is of the machine.
    let settings = Settings {
        compiler: Some(CompilerChoice::TinyGo),
        hot: Some(HotChoice::On),
        port: Some(0),
        host: Some(Ipv4Addr::LOCALHOST.into()),
        open: Some(false),
        cache_dir: settings.cache_dir.clone(),
        build_timeout: settings.build_timeout,
        build_memory: settings.build_memory,
        ..Settings::default()
    };
    let parts = compose(folder, settings, ground.environment).await?;
    let Parts { blobs, .. } = &parts;
    let blobs = blobs.clone();
    let mut served = assemble(parts, false).await?;
    served.options.work.once = true;
    let module = Arc::new(Mutex::new(None));
    let observer = {
        let module = Arc::clone(&module);
        // Once in the run, so nobody waits for the lock.
        move |event: &Event| {
            if let Event::Release { module: hash, .. } = event {
                *module.lock().unwrap_or_else(PoisonError::into_inner) = hash.parse().ok();
            }
        }
    };
    Pipeline::run(served.options, served.listener, Arc::new(observer), ground.shutdown.child_token())
        .await
        .map_err(|error| fatal(&error))?;
    let hash = *module.lock().unwrap_or_else(PoisonError::into_inner);
    let hash =
        hash.ok_or_else(|| failed("the warm compiler did not build the programs for comparing speed"))?;
    std::fs::read(blobs.path(hash)).map_err(|error| no_file(&error))
}

/// Serves the page with both builds until `stop`: its address, and what it says in the end.
async fn stand(
    base: Build,
    rival: Build,
    stop: CancellationToken,
) -> std::io::Result<(
    String,
    mpsc::Receiver<String>,
    impl Future<Output = std::io::Result<()>> + Send + 'static,
)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}/", listener.local_addr()?);
    // The page says one thing; a second one would be lost, and nobody waits for it.
    let (sender, answers) = mpsc::channel(1);
    let script = |bytes: Vec<u8>| get(async || ([(header::CONTENT_TYPE, "text/javascript")], bytes));
    let module = |bytes: Vec<u8>| get(async || ([(header::CONTENT_TYPE, "application/wasm")], bytes));
    let answered = post(async move |answer: String| {
        let _ = sender.try_send(answer);
        StatusCode::NO_CONTENT
    });
    let router = Router::new()
        .route("/", get(async || Html(PAGE)))
        .route("/base.js", script(base.glue))
        .route("/base.wasm", module(base.module))
        .route("/rival.js", script(rival.glue))
        .route("/rival.wasm", module(rival.module))
        .route("/answer", answered);
    let serving = async move {
        tokio::select! {
            () = stop.cancelled() => Ok(()),
            ended = axum::serve(listener, router) => ended,
        }
    };
    Ok((url, answers, serving))
}

/// What the page says: times of each turn, ours first.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Programs(BTreeMap<String, Vec<(f64, f64)>>),
    Error(String),
}

fn read_answer(text: &str) -> Result<Speed, CommandError> {
    match serde_json::from_str(text).map_err(failed)? {
        Answer::Error(error) => Err(failed(format!("the programs for comparing speed failed: {error}"))),
        Answer::Programs(programs) => {
            let ratios =
                |pairs: Vec<(f64, f64)>| pairs.into_iter().map(|(ours, theirs)| theirs / ours).collect();
            let programs = programs.into_iter().map(|(name, pairs)| (name, ratios(pairs)));
            Ok(Speed { programs: programs.collect() })
        }
    }
}

fn no_file(error: &std::io::Error) -> CommandError {
    CommandError::new(ExitStatus::Environment, format!("speed cannot be compared: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_turns_become_ratios() {
        let text = r#"{"programs":{"a":[[2,1],[4,1],[4,2]],"b":[[1,2],[1,2],[0.5,2]]}}"#;
        let speed = read_answer(text).unwrap();
        assert_eq!(speed.len(), 6);
        assert_eq!(speed.programs["a"].percentile(50), Some(0.5));
        assert_eq!(speed.programs["b"].percentile(50), Some(2.0));
        assert!(speed.ratio().is_some_and(|ratio| (ratio - 1.0).abs() < 1e-9), "{speed:?}");
        assert_eq!(Speed::default().ratio(), None);
    }

    #[test]
    fn what_the_page_cannot_do_is_told() {
        let error = read_answer(r#"{"error":"numbers: 1 is not 2"}"#).unwrap_err();
        assert!(error.to_string().contains("numbers: 1 is not 2"), "{error}");
        assert!(read_answer("").is_err());
    }
}
