//! Addresses under which other machines find this one. The only file that asks the system about network devices.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;

/// Addresses of this machine that others may use, the most likely one first. No loopback and no link-local one.
pub fn lan_addresses() -> Vec<IpAddr> {
    let mut addresses: Vec<IpAddr> = getifaddrs()
        .into_iter()
        .flatten()
        .filter_map(|found| {
            let up = found.flags.contains(InterfaceFlags::IFF_UP)
                && !found.flags.contains(InterfaceFlags::IFF_LOOPBACK);
            let address = found.address?;
            let v4 = || address.as_sockaddr_in().map(|address| IpAddr::V4(address.ip()));
            let v6 = || address.as_sockaddr_in6().map(|address| IpAddr::V6(address.ip()));
            up.then(|| v4().or_else(v6)).flatten()
        })
        .filter(|address| is_for_others(*address))
        .collect();
    let usual = usual_address();
    // Bridges of containers and virtual machines are no way for a phone; that of the default route is.
    addresses.sort_by_key(|address| (Some(*address) != usual, address.is_ipv6(), *address));
    addresses.dedup();
    addresses
}

/// The one that packets to somewhere else leave from. Nothing is sent: the system is only asked for the way.
fn usual_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // TEST-NET-3: an address of nobody.
    socket.connect((Ipv4Addr::new(203, 0, 113, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

fn is_for_others(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            !address.is_loopback() && !address.is_link_local() && !address.is_unspecified()
        }
        IpAddr::V6(address) => {
            !address.is_loopback() && !address.is_unicast_link_local() && !address.is_unspecified()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_others_can_use_are_found() {
        let found = lan_addresses();
        assert!(found.iter().all(|address| is_for_others(*address)), "{found:?}");
        for text in ["127.0.0.1", "169.254.1.1", "::1", "fe80::1", "0.0.0.0"] {
            assert!(!is_for_others(text.parse().unwrap()), "{text}");
        }
    }
}
