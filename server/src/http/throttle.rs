//! Counts wrong tokens, so that guessing costs the guesser and not the log.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Wrong tokens that a peer may send in one [`WINDOW`] before it is told to slow down.
const ALLOWED: u32 = 30;

/// Time after which a peer starts from zero.
const WINDOW: Duration = Duration::from_mins(1);

/// Peers that are remembered at once; beyond that the oldest windows are dropped.
const PEERS: usize = 1024;

/// Wrong tokens by peer. It never sees a request with the right token, so it cannot lock anybody out.
///
/// The lock is held for a map lookup only and never over an await.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    peers: Mutex<HashMap<IpAddr, (Instant, u32)>>,
}

impl Throttle {
    /// Notes a wrong token; true when the peer has sent too many.
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
        *count > ALLOWED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_slowed_down_alone_and_for_a_while() {
        let throttle = Throttle::default();
        let (start, one, other) = (Instant::now(), [10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        assert!((0..ALLOWED).all(|_| !throttle.note(one, start)));
        assert!(throttle.note(one, start));
        assert!(!throttle.note(other, start));
        assert!(!throttle.note(one, start + WINDOW));
    }

    #[test]
    fn the_number_of_remembered_peers_is_bounded() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for peer in 0..PEERS as u32 * 3 {
            throttle.note(IpAddr::from(peer.to_be_bytes()), now);
        }
        assert!(throttle.peers.lock().unwrap().len() <= PEERS);
    }
}
