//! The line that moves while a compiler works.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant;

use super::event::Event;

/// Builds that run, by program.
#[derive(Debug, Default)]
pub(super) struct Progress {
    running: BTreeMap<String, Running>,
}

#[derive(Debug)]
struct Running {
    since: Instant,
    compiler: String,
    expected_ms: f64,
}

impl Progress {
    pub(super) fn observe(&mut self, event: &Event) {
        if let Event::Build { status, program, compiler, ms, .. } = event {
            if *status == "started" {
                let running = Running { since: Instant::now(), compiler: compiler.clone(), expected_ms: *ms };
                self.running.insert(program.clone(), running);
            } else {
                self.running.remove(program);
            }
        }
    }

    /// Without a line end, so that the next line can take its place; empty when nothing runs.
    pub(super) fn line(&self, terminal: bool) -> String {
        let mut line = String::new();
        if !terminal {
            return line;
        }
        for (program, running) in &self.running {
            let seconds = running.since.elapsed().as_secs_f64();
            let _ = write!(line, "  compiling {program} with {} {seconds:.1} s", running.compiler);
            if running.expected_ms > 0.0 {
                let _ = write!(line, " (last time {:.1} s)", running.expected_ms / 1000.0);
            }
        }
        line
    }
}
