//! Connections by peer, so that nobody on the network takes all that there are.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Who has how many connections.
///
/// The lock is held for a map lookup only and never over an await.
#[derive(Debug)]
pub(super) struct Peers {
    most: usize,
    counts: Mutex<HashMap<IpAddr, usize>>,
}

/// One connection of a peer; dropping it ends it.
#[derive(Debug)]
pub(super) struct Place {
    /// `None` for who is not counted.
    counted: Option<(Arc<Peers>, IpAddr)>,
}

impl Peers {
    /// Each may have so many.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, counts: Mutex::default() })
    }

    /// A place for a connection of `peer`; `None` when it has as many as it may. Programs of this machine, such as a reverse
    /// proxy through which all come, are not counted.
    pub(super) fn enter(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let peer = peer.to_canonical();
        if peer.is_loopback() {
            return Some(Place { counted: None });
        }
        let peer = network(peer);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(peer).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Place { counted: Some((Arc::clone(self), peer)) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((peers, peer)) = self.counted.take() else { return };
        let mut counts = peers.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&peer) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&peer);
            }
        }
    }
}

/// A machine has all IPv6 addresses with the same first half.
fn network(peer: IpAddr) -> IpAddr {
    match peer {
        IpAddr::V4(_) => peer,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_machine_has_so_many_and_this_one_as_many_as_it_likes() {
        let peers = Peers::new(2);
        let enter = |peer: &str| peers.enter(peer.parse().unwrap());
        let first = enter("192.0.2.1").unwrap();
        let _second = enter("::ffff:192.0.2.1").unwrap();
        assert!(enter("192.0.2.1").is_none());
        assert!(enter("192.0.2.2").is_some());
        drop(first);
        assert!(enter("192.0.2.1").is_some());
        let _six = [enter("2001:db8::1").unwrap(), enter("2001:db8::2").unwrap()];
        assert!(enter("2001:db8::3").is_none() && enter("2001:db8:0:1::1").is_some());
        let home: Vec<_> = (0..10).map(|_| enter("127.0.0.1").unwrap()).collect();
        assert!(enter("::1").is_some());
        drop(home);
        assert_eq!(peers.counts.lock().unwrap().len(), 2, "who has none is forgotten");
    }
}
