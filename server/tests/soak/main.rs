//! Random edits against the whole pipeline: whatever was done, and however fast, the board ends at what the final bytes say.

#![expect(clippy::unwrap_used, reason = "a test")]

mod compiler;
mod editing;
mod page;
mod project;

use std::sync::Arc;
use std::time::{Duration, Instant};

use editing::Editor;
use page::Page;
use project::{Project, main_file};

/// A machine that is busy with other tests takes a while for one `go list`.
const DEADLINE: Duration = Duration::from_mins(1);

/// Edits for `duration` and compares after each burst. The seed is in every message, so that a failure can be repeated.
async fn soak(seed: u64, duration: Duration) {
    let project = Arc::new(Project::new());
    let (served, server) = project.serve().await;
    let mut page = Page::open(&served).await;
    let mut editor = Editor::new(seed, Arc::clone(&project));
    page.settles_at(&project, DEADLINE).await.unwrap_or_else(|problem| panic!("at the start: {problem}"));
    let start = Instant::now();
    let mut bursts = 0;
    while start.elapsed() < duration {
        editor.burst().await;
        bursts += 1;
        if let Err(problem) = page.settles_at(&project, DEADLINE).await {
            panic!("seed {seed}, burst {bursts}: {problem}\nedits:\n{}", editor.history());
        }
    }
    served.stop.cancel();
    server.await.unwrap().unwrap();
    assert!(bursts > 5, "only {bursts} bursts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_edit_wins_whatever_was_done_before() {
    soak(20, Duration::from_secs(10)).await;
}

/// As in a quick `git checkout` there and back: the file is what it was before when the watcher looks, so no change
/// follows, but the list of packages was made while it was gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_packages_made_while_a_file_was_gone_is_not_believed() {
    let project = Project::new();
    let (served, server) = project.serve_with(|go| project.tripping_go(go, "gamma/gamma.go")).await;
    let mut page = Page::open(&served).await;
    page.settles_at(&project, DEADLINE).await.unwrap_or_else(|problem| panic!("at the start: {problem}"));
    for round in 1..=5 {
        // Twice in a row: the first failure is doubted anyway, since more is watched from then on.
        std::fs::write(project.trip_wire(), "once\ntwice\n").unwrap();
        let imports: &[&str] = if round % 2 == 0 { &["alpha", "beta"] } else { &["beta"] };
        std::fs::write(project.root.join("main.go"), main_file(imports, round)).unwrap();
        let start = Instant::now();
        while !std::fs::read(project.trip_wire()).unwrap().is_empty() {
            assert!(start.elapsed() < DEADLINE, "the packages were not listed");
            page.settles_at(&project, DEADLINE).await.ok();
        }
        page.settles_at(&project, DEADLINE)
            .await
            .unwrap_or_else(|problem| panic!("round {round}: {problem}"));
    }
    served.stop.cancel();
    server.await.unwrap().unwrap();
}

/// By hand, with seeds of the clock: `cargo test --test soak -- --ignored`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes two minutes and is not the same twice"]
async fn the_last_edit_wins_for_two_minutes() {
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    soak(seed, Duration::from_mins(2)).await;
}
