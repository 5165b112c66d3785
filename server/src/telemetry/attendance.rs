//! Which clients are there now, and how far each of them is.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::content::ContentHash;

/// Clients that are described; those beyond are counted elsewhere, and nobody reads longer lists.
const DESCRIBED: usize = 256;

/// Of all programs, by the number of the connection.
///
/// The lock is held for a map lookup or a copy of some hundred entries and never over an await.
#[derive(Debug, Default)]
pub struct Attendance(Mutex<BTreeMap<u64, Attendant>>);

/// One client as it has described itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Attendant {
    /// Name of the program that it shows.
    pub program: String,
    /// What it runs on, in words.
    pub device: String,
    /// The module that runs there.
    pub base: Option<ContentHash>,
    /// Number of the last patch on it.
    pub patch: u32,
    /// The program has ended there.
    pub ended: bool,
    /// The last update that it applied.
    pub update: Option<AttendantUpdate>,
    /// Why it could not apply the last one.
    pub failed: Option<String>,
    /// What the program holds.
    pub memory: Option<ProgramMemory>,
}

/// An update that one client applied.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AttendantUpdate {
    /// To this state of the sources.
    pub revision: u64,
    /// 0 to 4.
    pub level: u8,
    /// Milliseconds from the save to its answer; null when no edit caused it.
    pub ms: Option<f64>,
}

/// What a program holds on its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct ProgramMemory {
    /// Pages of 64 KiB of its memory.
    pub pages: u32,
    /// Values of JavaScript that it refers to.
    pub values: u32,
    /// Functions among them that call it.
    pub functions: u32,
    /// Entries of its function table.
    pub table: u32,
}

impl Attendance {
    /// A client is there.
    pub fn came(&self, session: u64, attendant: Attendant) {
        let mut all = self.lock();
        if all.len() < DESCRIBED {
            all.insert(session, attendant);
        }
    }

    /// Something is other now.
    pub fn note(&self, session: u64, change: impl FnOnce(&mut Attendant)) {
        if let Some(attendant) = self.lock().get_mut(&session) {
            change(attendant);
        }
    }

    /// It is gone.
    pub fn left(&self, session: u64) {
        self.lock().remove(&session);
    }

    /// All that are described.
    pub fn now(&self) -> BTreeMap<u64, Attendant> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Attendant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_come_change_and_go_and_not_more_are_kept_than_are_shown() {
        let attendance = Attendance::default();
        for session in 0..2 * DESCRIBED as u64 {
            attendance.came(session, Attendant::default());
        }
        assert_eq!(attendance.now().len(), DESCRIBED);
        attendance.note(3, |attendant| attendant.patch = 7);
        attendance.note(u64::MAX, |attendant| attendant.patch = 8);
        assert_eq!(attendance.now()[&3].patch, 7);
        attendance.left(3);
        assert!(!attendance.now().contains_key(&3));
        attendance.came(u64::MAX, Attendant::default());
        assert_eq!(attendance.now().len(), DESCRIBED, "there is room again");
    }
}
