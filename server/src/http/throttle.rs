//! Counts wrong tokens and wrong codes, so that guessing costs the guesser and not the log.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Wrong tokens that a peer may send in one [`WINDOW`] before it is told to slow down.
pub(super) const WRONG_TOKENS: u32 = 30;

/// Codes, right or wrong, which a person types.
pub(super) const WRONG_CODES: u32 = 5;

/// Time after which a peer starts from zero.
const WINDOW: Duration = Duration::from_mins(1);

/// Peers that are remembered at once; beyond that the oldest windows are dropped.
const PEERS: usize = 1024;

/// Guesses by peer. Of tokens it never sees a request with the right one, so that it cannot lock anybody out.
///
/// The lock is held for a map lookup only and never over an await.
#[derive(Debug)]
pub(super) struct Throttle {
    allowed: u32,
    peers: Mutex<HashMap<IpAddr, (Instant, u32)>>,
}

impl Throttle {
    /// For guesses of which so many are `allowed`.
    pub(super) fn new(allowed: u32) -> Self {
        Self { allowed, peers: Mutex::default() }
    }

    /// Notes a guess; true when the peer has sent too many.
    pub(super) fn note(&self, peer: IpAddr, now: Instant) -> bool {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if peers.len() >= PEERS && !peers.contains_key(&peer) {
            peers.retain(|_, (since, _)| now.duration_since(*since) < WINDOW);
            if peers.len() >= PEERS {
                peers.clear();
            }
        }
        let (since, count) = peers.entry(peer).or_insert((now, 0));
        if now.duration_since(*since) >= WINDOW {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count > self.allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_slowed_down_alone_and_for_a_while() {
        let throttle = Throttle::new(WRONG_TOKENS);
        let (start, one, other) = (Instant::now(), [10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        assert!((0..WRONG_TOKENS).all(|_| !throttle.note(one, start)));
        assert!(throttle.note(one, start));
        assert!(!throttle.note(other, start));
        assert!(!throttle.note(one, start + WINDOW));
    }

    #[test]
    fn the_number_of_remembered_peers_is_bounded() {
        let throttle = Throttle::new(WRONG_CODES);
        let now = Instant::now();
        for peer in 0..PEERS as u32 * 3 {
            throttle.note(IpAddr::from(peer.to_be_bytes()), now);
        }
        assert!(throttle.peers.lock().unwrap().len() <= PEERS);
    }
}
