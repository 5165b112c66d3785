//! Where the spans of a save are: one after the other, with what no stage accounts for between the server and the page.
//!
//! What is told of a save is how long each stage took, in their order, and how long all of it. The page's marks and the
//! inspector lay the same numbers out in the same way.

use serde::Serialize;

use crate::printer::StageRow;
use crate::telemetry::stage;

/// Below so many milliseconds a rest is what clocks and the way of the answer make of it.
const SMALLEST_REST: f64 = 0.5;

/// What nobody accounts for.
const WAITING: &str = "waiting";

/// A stage of a save. Times are milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Span {
    /// As in traces for a collector; the name of a stage that this version does not know is that of the event.
    pub(super) name: String,
    /// What it is a part of.
    pub(super) group: Group,
    /// From the save on.
    pub(super) from_ms: f64,
    /// How long it took.
    pub(super) ms: f64,
}

/// Who works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Group {
    /// The watcher.
    Watch,
    /// What finds out what the edit means.
    Analyse,
    /// The compiler and the linker.
    Build,
    /// Nobody.
    Waiting,
    /// The page, and the way there.
    Page,
}

impl Group {
    /// In words.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::Analyse => "analyse",
            Self::Build => "build",
            Self::Waiting => WAITING,
            Self::Page => "page",
        }
    }

    fn of(name: &str, after_page: bool) -> Self {
        match name {
            "watch" => Self::Watch,
            "parse" | "diff" | "analyse" | "graph" => Self::Analyse,
            _ if is_known(name) && stage(name).on_page => Self::Page,
            // A stage of a newer server works at a build until something was said of a page.
            _ if !is_known(name) && after_page => Self::Page,
            _ => Self::Build,
        }
    }
}

/// The stages of a release and those of a page's answer to it. A page that was given a whole module says the server's
/// stages, too.
pub(super) fn joined(release: &[StageRow], answer: &[StageRow]) -> Vec<StageRow> {
    let said = |row: &StageRow| answer.iter().any(|other| other.name == row.name);
    let before: &[StageRow] = if release.iter().any(said) { &[] } else { release };
    before.iter().chain(answer).cloned().collect()
}

/// Spans of all stages in their order. Where `total` is more than the stages say, the rest lies where nobody has looked:
/// before the page.
pub(super) fn spans(stages: &[StageRow], total: f64) -> Vec<Span> {
    let mut merged: Vec<(String, Group, f64)> = Vec::new();
    for row in stages {
        let after_page = merged.last().is_some_and(|(_, group, _)| *group == Group::Page);
        let group = Group::of(&row.name, after_page);
        let name = if is_known(&row.name) { stage(&row.name).name } else { row.name.as_str() };
        // One that was come back to is one stage, at its first place.
        match merged.iter_mut().find(|(known, ..)| known == name) {
            Some((.., ms)) => *ms += row.ms,
            None => merged.push((name.to_owned(), group, row.ms)),
        }
    }
    let rest = total - merged.iter().map(|(.., ms)| ms).sum::<f64>();
    if rest >= SMALLEST_REST {
        let place = merged.iter().position(|(_, group, _)| *group == Group::Page).unwrap_or(merged.len());
        merged.insert(place, (WAITING.to_owned(), Group::Waiting, rest));
    }
    let mut from_ms = 0.0;
    let span = |(name, group, ms): (String, Group, f64)| {
        let span = Span { name, group, from_ms, ms };
        from_ms += ms;
        span
    };
    merged.into_iter().map(span).collect()
}

fn is_known(name: &str) -> bool {
    stage(name).name != "other"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(stages: &[(&str, f64)]) -> Vec<StageRow> {
        stages.iter().map(|(name, ms)| StageRow { name: (*name).to_owned(), ms: *ms }).collect()
    }

    fn seen(spans: &[Span]) -> Vec<(&str, Group, f64, f64)> {
        spans.iter().map(|span| (span.name.as_str(), span.group, span.from_ms, span.ms)).collect()
    }

    #[test]
    fn what_nobody_accounts_for_lies_before_the_page() {
        let release = rows(&[("watch", 3.0), ("parse", 1.0), ("front end", 4.0), ("link", 2.0)]);
        let answer = rows(&[("transfer", 1.0), ("apply", 2.0), ("first_frame", 5.0)]);
        let found = spans(&joined(&release, &answer), 20.0);
        let expected = [
            ("watch", Group::Watch, 0.0, 3.0),
            ("parse", Group::Analyse, 3.0, 1.0),
            ("check", Group::Build, 4.0, 4.0),
            ("link", Group::Build, 8.0, 2.0),
            ("waiting", Group::Waiting, 10.0, 2.0),
            ("transfer", Group::Page, 12.0, 1.0),
            ("apply", Group::Page, 13.0, 2.0),
            ("first_frame", Group::Page, 15.0, 5.0),
        ];
        assert_eq!(seen(&found), expected);
        let exact = spans(&joined(&release, &answer), 18.2);
        assert!(exact.iter().all(|span| span.name != WAITING), "{exact:?}");
    }

    #[test]
    fn a_stage_is_shown_once_and_those_of_newer_servers_by_their_names() {
        let release = rows(&[("watch", 1.0), ("talk", 2.0), ("dream", 3.0), ("talk", 4.0)]);
        let answer = rows(&[("watch", 1.0), ("dream", 3.0), ("swap", 2.0), ("glow", 1.0)]);
        let found = spans(&joined(&release, &answer), 0.0);
        let expected = [
            ("watch", Group::Watch, 0.0, 1.0),
            ("dream", Group::Build, 1.0, 3.0),
            ("swap", Group::Page, 4.0, 2.0),
            ("glow", Group::Page, 6.0, 1.0),
        ];
        assert_eq!(seen(&found), expected);
        let alone = spans(&release, 30.0);
        assert_eq!(seen(&alone)[1], ("talk", Group::Build, 1.0, 6.0));
        assert_eq!(seen(&alone)[3], ("waiting", Group::Waiting, 10.0, 20.0));
        assert!(spans(&[], 0.0).is_empty());
    }
}
