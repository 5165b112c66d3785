//! What happened last, by program, for those who ask how it stands.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// Programs that are remembered; a project has some dozen at most, and those that are gone are not asked for.
const PROGRAMS: usize = 256;

/// Of all programs.
///
/// The lock is held for a map lookup only and never over an await.
#[derive(Debug, Default)]
pub struct Recent(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    compiler: String,
    programs: BTreeMap<String, ProgramRecent>,
}

/// What happened last to one program. Times are milliseconds.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ProgramRecent {
    /// What the last edit meant.
    #[serde(rename = "last_verdict")]
    pub verdict: Option<&'static str>,
    /// The last build that ended.
    #[serde(rename = "last_build")]
    pub build: Option<LastBuild>,
    /// The last update that a page applied.
    #[serde(rename = "last_update")]
    pub update: Option<LastUpdate>,
}

/// A build that has ended.
#[derive(Debug, Clone, Serialize)]
pub struct LastBuild {
    /// Of this state of the sources.
    pub revision: u64,
    /// "built", "cached", "failed" or "cancelled".
    pub result: &'static str,
    /// How long it took.
    pub ms: f64,
    /// What each stage took, from the save on; empty when nothing was made public.
    pub stages: BTreeMap<&'static str, f64>,
}

/// An update that a page applied.
#[derive(Debug, Clone, Serialize)]
pub struct LastUpdate {
    /// To this state of the sources.
    pub revision: u64,
    /// 0 to 4.
    pub level: u8,
    /// Its name.
    pub level_name: &'static str,
    /// From the save to the page's answer; null when no edit caused it.
    pub ms: Option<f64>,
    /// What each stage took on the page.
    pub stages: BTreeMap<&'static str, f64>,
}

impl Recent {
    /// The compiler and its version, for people.
    pub fn compiles_with(&self, compiler: &str) {
        compiler.clone_into(&mut self.lock().compiler);
    }

    /// That compiler; empty before it is known.
    pub fn compiler(&self) -> String {
        self.lock().compiler.clone()
    }

    /// Something happened to a program.
    pub fn note(&self, program: &str, change: impl FnOnce(&mut ProgramRecent)) {
        let mut state = self.lock();
        if state.programs.len() >= PROGRAMS && !state.programs.contains_key(program) {
            state.programs.clear();
        }
        change(state.programs.entry(program.to_owned()).or_default());
    }

    /// What happened last to a program.
    pub fn program(&self, program: &str) -> ProgramRecent {
        self.lock().programs.get(program).cloned().unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_each_is_kept_and_not_more_programs_than_there_can_be() {
        let recent = Recent::default();
        recent.note("app", |program| program.verdict = Some("body"));
        recent.note("app", |program| program.verdict = Some("whole"));
        assert_eq!(recent.program("app").verdict, Some("whole"));
        assert_eq!(recent.program("other").verdict, None);
        for number in 0..2 * PROGRAMS {
            recent.note(&number.to_string(), |program| program.verdict = Some("body"));
        }
        assert!(recent.lock().programs.len() <= PROGRAMS);
    }
}
