//! Tickets: a session over HTTP/3 brings neither cookie nor header, so who has shown the token gets a word that opens one
//! session, soon.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// From the answer that has it to the session that brings it.
const VALID: Duration = Duration::from_mins(1);

/// Tickets that were given out and not used. A page uses its own within a second.
const OUTSTANDING: usize = 4096;

/// Tickets that are good. What is kept is their hash, which tells a thief of the memory, or of the time that a comparison
/// takes, nothing.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    given: Mutex<HashMap<blake3::Hash, Instant>>,
}

impl Tickets {
    /// A new one; `None` when there are too many, or no random numbers.
    pub(super) fn give(&self, now: Instant) -> Option<String> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).ok()?;
        let ticket = URL_SAFE_NO_PAD.encode(bytes);
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        if given.len() >= OUTSTANDING {
            given.retain(|_, until| *until > now);
            if given.len() >= OUTSTANDING {
                return None;
            }
        }
        given.insert(blake3::hash(ticket.as_bytes()), now + VALID);
        Some(ticket)
    }

    /// True once for each ticket that was given, while it is valid.
    pub(super) fn take(&self, ticket: &str, now: Instant) -> bool {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.remove(&blake3::hash(ticket.as_bytes())).is_some_and(|until| until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b6_a_ticket_is_good_once_and_for_a_minute() {
        let tickets = Tickets::default();
        let now = Instant::now();
        let ticket = tickets.give(now).unwrap();
        assert!(tickets.take(&ticket, now));
        assert!(!tickets.take(&ticket, now));
        let late = tickets.give(now).unwrap();
        assert!(!tickets.take(&late, now + VALID));
        assert!(!tickets.take("", now) && !tickets.take(&"x".repeat(1 << 20), now));
    }

    #[test]
    fn too_many_are_refused_until_old_ones_are_of_no_use() {
        let tickets = Tickets::default();
        let now = Instant::now();
        for _ in 0..OUTSTANDING {
            tickets.give(now).unwrap();
        }
        assert_eq!(tickets.give(now), None);
        assert!(tickets.give(now + VALID).is_some());
        assert_eq!(tickets.given.lock().unwrap().len(), 1);
    }
}
