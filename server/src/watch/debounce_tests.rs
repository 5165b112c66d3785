//! Bursts as tables: what happens when, and what comes out when.

use std::time::Duration;

use super::*;

/// What the table does at a moment, in milliseconds from the start.
enum Step {
    /// An event for this path.
    Touch(&'static str),
    /// A write to this path, which stays open.
    Write(&'static str),
    /// From now on the path looks like this.
    Becomes(&'static str, Observation),
}
use Observation::{Differs, Empty, Missing, Same, Unreadable};
use Step::{Becomes, Touch, Write};

/// Plays the steps, calls `settle` at every millisecond, and notes when something came out.
fn play(steps: &[(u64, Step)]) -> Vec<(u64, Vec<String>)> {
    let start = Instant::now();
    let mut debouncer = Debouncer::new(Timing::default());
    let mut looks: BTreeMap<PathBuf, Observation> = BTreeMap::new();
    let mut out = Vec::new();
    for millisecond in 0..8000 {
        let now = start + Duration::from_millis(millisecond);
        for (_, step) in steps.iter().filter(|(at, _)| *at == millisecond) {
            match step {
                Touch(path) => {
                    debouncer.closed(Path::new(path));
                    debouncer.touch(path.into(), now);
                }
                Write(path) => {
                    debouncer.touch(path.into(), now);
                    debouncer.writing(Path::new(path), now);
                }
                Becomes(path, observation) => {
                    looks.insert(path.into(), *observation);
                }
            }
        }
        if let Some(burst) = debouncer.settle(now, |path| looks.get(path).copied().unwrap_or(Differs)) {
            let text = |paths: Vec<PathBuf>, mark: &str| {
                paths.into_iter().map(|path| format!("{mark}{}", path.display())).collect::<Vec<_>>()
            };
            let mut names = text(burst.paths, "");
            names.extend(text(burst.unreadable, "?"));
            for name in &names {
                // What was reported is the new reference.
                looks.insert(name.into(), Same);
            }
            out.push((millisecond, names));
        }
    }
    assert_eq!(debouncer.deadline(), None, "nothing may be left behind");
    out
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_save_is_reported_when_it_was_quiet_for_ten_milliseconds() {
    assert_eq!(play(&[(0, Touch("a"))]), [(10, names(&["a"]))]);
    assert_eq!(play(&[(0, Touch("a")), (8, Touch("a")), (16, Touch("b"))]), [(26, names(&["a", "b"]))]);
    assert_eq!(play(&[(0, Touch("a")), (30, Touch("b"))]), [(10, names(&["a"])), (40, names(&["b"]))]);
}

#[test]
fn a_file_that_is_written_is_waited_for_until_it_is_closed_or_left_alone() {
    assert_eq!(play(&[(0, Write("a")), (60, Touch("a"))]), [(63, names(&["a"]))]);
    assert_eq!(
        play(&[(0, Write("a")), (60, Touch("a")), (61, Write("a")), (62, Touch("a"))]),
        [(65, names(&["a"]))]
    );
    assert_eq!(play(&[(0, Write("a"))]), [(1000, names(&["a"]))]);
    assert_eq!(play(&[(0, Write("a")), (150, Write("a"))]), [(1150, names(&["a"]))]);
    assert_eq!(play(&[(0, Write("a")), (100, Touch("b")), (105, Touch("a"))]), [(115, names(&["a", "b"]))]);
    let kept_open = [
        (0, Write("a")),
        (1200, Becomes("a", Differs)),
        (1200, Write("a")),
        (1300, Touch("a")),
        (1400, Becomes("a", Differs)),
        (1400, Write("a")),
        (1500, Touch("a")),
    ];
    let moments: Vec<_> = play(&kept_open).into_iter().map(|(at, _)| at).collect();
    assert_eq!(moments, [1000, 1210, 1503]);
    let endless: Vec<_> = (0..4000).step_by(100).map(|at| (at, Write("a"))).collect();
    assert_eq!(play(&endless).first(), Some(&(3000, names(&["a"]))));
}

#[test]
fn equal_content_is_not_reported() {
    assert_eq!(play(&[(0, Becomes("a", Same)), (0, Touch("a"))]), []);
    assert_eq!(play(&[(0, Becomes("a", Same)), (0, Touch("a")), (1, Touch("b"))]), [(11, names(&["b"]))]);
}

#[test]
fn an_endless_burst_is_reported_after_three_seconds() {
    let steps: Vec<_> = (0..4000).step_by(5).map(|at| (at, Touch("a"))).collect();
    let out = play(&steps);
    assert_eq!(out.first(), Some(&(3000, names(&["a"]))));
}

#[test]
fn an_empty_file_waits_for_its_content_and_is_believed_in_the_end() {
    let truncated = [(0, Becomes("a", Empty)), (0, Touch("a"))];
    assert_eq!(play(&truncated), [(310, names(&["a"]))]);
    let written =
        [(0, Becomes("a", Empty)), (0, Touch("a")), (200, Becomes("a", Differs)), (200, Touch("a"))];
    assert_eq!(play(&written), [(210, names(&["a"]))]);
    let undone = [(0, Becomes("a", Empty)), (0, Touch("a")), (200, Becomes("a", Same)), (200, Touch("a"))];
    assert_eq!(play(&undone), []);
}

#[test]
fn a_file_that_comes_back_was_never_gone() {
    let replaced = [
        (0, Becomes("a", Missing)),
        (0, Touch("a")),
        (50, Becomes("a", Empty)),
        (50, Touch("a")),
        (90, Becomes("a", Differs)),
        (90, Touch("a")),
    ];
    assert_eq!(play(&replaced), [(100, names(&["a"]))]);
    assert_eq!(play(&[(0, Becomes("a", Missing)), (0, Touch("a"))]), [(210, names(&["a"]))]);
}

#[test]
fn a_rename_is_one_burst() {
    let renamed = [(0, Becomes("a", Missing)), (0, Touch("a")), (0, Touch("b"))];
    assert_eq!(play(&renamed), [(210, names(&["a", "b"]))]);
}

#[test]
fn a_file_that_cannot_be_read_is_tried_again() {
    let passing = [(0, Becomes("a", Unreadable)), (0, Touch("a")), (100, Becomes("a", Differs))];
    assert_eq!(play(&passing), [(110, names(&["a"]))]);
    let lasting = [(0, Becomes("a", Unreadable)), (0, Touch("a"))];
    assert_eq!(play(&lasting), [(510, names(&["?a"]))]);
}
