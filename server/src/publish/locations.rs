//! Numbers for places in source files. A page names a place by number only, so no string of a page ever becomes a path.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::diagnostic::Position;

/// How many places are remembered. An overlay shows at most some hundred; older numbers are answered as unknown.
const REMEMBERED: usize = 16 * 1024;

/// Places that were given out, by number. Shared by all connections.
///
/// The lock is held for a map lookup only and never over an await.
#[derive(Debug, Default)]
pub struct Locations {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    numbers: HashMap<Position, u64>,
    positions: HashMap<u64, Position>,
    last: u64,
}

impl Locations {
    /// The number of a place; the same place keeps its number while it is remembered.
    pub fn number(&self, position: &Position) -> u64 {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = inner.numbers.get(position) {
            return *number;
        }
        inner.last += 1;
        let number = inner.last;
        inner.numbers.insert(position.clone(), number);
        inner.positions.insert(number, position.clone());
        if let Some(oldest) = number.checked_sub(REMEMBERED as u64)
            && let Some(position) = inner.positions.remove(&oldest)
        {
            inner.numbers.remove(&position);
        }
        number
    }

    /// The place behind a number that was given out and is still remembered.
    pub fn position(&self, number: u64) -> Option<Position> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).positions.get(&number).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(line: u32) -> Position {
        Position { file: "/p/main.go".into(), line, column: 1 }
    }

    #[test]
    fn a_place_keeps_its_number_and_old_ones_are_forgotten() {
        let locations = Locations::default();
        let first = locations.number(&position(1));
        assert_eq!(locations.number(&position(1)), first);
        assert_eq!(locations.position(first), Some(position(1)));
        assert_eq!(locations.position(first + 1), None);
        for line in 2..=REMEMBERED as u32 + 1 {
            locations.number(&position(line));
        }
        assert_eq!(locations.position(first), None);
        assert_ne!(locations.number(&position(1)), first);
    }
}
