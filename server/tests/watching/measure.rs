//! How long a write takes to become an event. Printed, never judged: times on a shared machine are noise.

use std::time::{Duration, Instant};

use dev_server::watch::WatchEvent;

use crate::project::Project;

#[tokio::test]
async fn from_write_to_event_over_200_writes() {
    let mut project = Project::with_files(&[("main.go", "package main\n")]);
    let (mut total, mut noticed) = (Vec::new(), Vec::new());
    for number in 0..200 {
        let start = Instant::now();
        project.write("main.go", &format!("package main // {number}\n"));
        let Some(WatchEvent::Changed { first_event_at, .. }) = project.next().await else {
            panic!("only changes are expected here")
        };
        total.push(start.elapsed());
        noticed.push(first_event_at.saturating_duration_since(start));
    }
    println!("write to event: {}; of it to the first notice: {}", summary(&mut total), summary(&mut noticed));
    // Without debounce the wait would be shorter than it: then double writes would be two builds. The file is written
    // and closed, so that the shorter quiet time counts.
    assert!(total[0] >= Duration::from_millis(3));
}

fn summary(times: &mut [Duration]) -> String {
    times.sort();
    let at = |percent: usize| times[times.len() * percent / 100].as_secs_f64() * 1000.0;
    format!("p50 {:.2} ms, p95 {:.2} ms", at(50), at(95))
}
