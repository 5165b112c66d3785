//! Host names and origins as requests spell them, parsed strictly: what is not plain is not accepted.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// `host[:port]` of a Host header, a request target or an origin, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    host: String,
    port: Option<u16>,
}

/// `scheme://host[:port]` of an Origin header; a port that the scheme implies is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    scheme: Scheme,
    host: String,
    port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

/// The text is not a host name or an origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// Of a host.
    #[error("`{0}` is not a host name such as `dev.example` or `dev.example:8080`")]
    Host(String),
    /// Of an origin.
    #[error("`{0}` is not an origin such as `https://dev.example`")]
    Origin(String),
}

impl Authority {
    /// The host: a name, an IPv4 address, or an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, when it was written.
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// How this machine is written when it is asked under an address of its own.
    pub(super) fn of_address(address: IpAddr) -> String {
        match address.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        }
    }
}

impl FromStr for Authority {
    type Err = AuthorityError;

    /// Takes letters, digits, `-`, `_` and `.`, or an IPv6 address in brackets; user names, paths, spaces and
    /// encoded characters are refused and never repaired.
    fn from_str(text: &str) -> Result<Self, AuthorityError> {
        let error = || AuthorityError::Host(text.chars().take(100).collect());
        let end = match text.strip_prefix('[') {
            Some(rest) => rest.find(']').ok_or_else(error)? + 2,
            None => text.find(':').unwrap_or(text.len()),
        };
        let (host, rest) = text.split_at(end);
        let plain = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(inner) => inner.parse::<std::net::Ipv6Addr>().is_ok(),
            None => {
                !host.is_empty()
                    && host.len() <= 253
                    && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
            }
        };
        if !plain {
            return Err(error());
        }
        let port = match rest.strip_prefix(':') {
            None if rest.is_empty() => None,
            None => return Err(error()),
            Some(digits) => Some(port(digits).ok_or_else(error)?),
        };
        Ok(Self { host: host.to_ascii_lowercase(), port })
    }
}

/// One spelling a number: no sign, no leading zero.
fn port(digits: &str) -> Option<u16> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    plain.then(|| digits.parse().ok()).flatten()
}

impl Origin {
    /// True when a page of this origin is one that this server served under `host`: same host, the scheme that the
    /// server speaks, and the port of the listener, or the one that the page was asked under.
    pub(super) fn serves(&self, host: &Authority, local: SocketAddr, secure: bool) -> bool {
        self.scheme == (if secure { Scheme::Https } else { Scheme::Http })
            && self.host == host.host
            && self.port == host.port.unwrap_or_else(|| local.port())
    }
}

impl FromStr for Origin {
    type Err = AuthorityError;

    fn from_str(text: &str) -> Result<Self, AuthorityError> {
        let error = || AuthorityError::Origin(text.chars().take(100).collect());
        let (scheme, rest) = text.split_once("://").ok_or_else(error)?;
        let (scheme, implied) = match scheme.to_ascii_lowercase().as_str() {
            "http" => (Scheme::Http, 80),
            "https" => (Scheme::Https, 443),
            _ => return Err(error()),
        };
        let authority: Authority = rest.parse().map_err(|_| error())?;
        Ok(Self { scheme, port: authority.port.unwrap_or(implied), host: authority.host })
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(formatter, "{}:{port}", self.host),
            None => formatter.write_str(&self.host),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_spellings_are_hosts() {
        for (text, host, port) in [
            ("LocalHost:7700", "localhost", Some(7700)),
            ("127.0.0.1", "127.0.0.1", None),
            ("[::1]:80", "[::1]", Some(80)),
        ] {
            let authority: Authority = text.parse().unwrap();
            assert_eq!((authority.host(), authority.port()), (host, port));
        }
        for text in [
            "",
            ":7700",
            "user@localhost",
            "localhost:7700/../",
            "local host",
            "localhost:",
            "localhost:07700",
            "localhost:70000",
            "localhost:+1",
            "[::1",
            "[::1].evil.example",
            "[::1]evil.example:7700",
            "[evil]",
            "::1",
            "lo%63alhost",
            "b\u{fc}cher.example",
        ] {
            assert!(text.parse::<Authority>().is_err(), "{text}");
        }
    }

    #[test]
    fn origins_are_compared_after_normalising() {
        let same =
            |left: &str, right: &str| left.parse::<Origin>().unwrap() == right.parse::<Origin>().unwrap();
        assert!(same("HTTP://LOCALHOST:80", "http://localhost"));
        assert!(!same("http://localhost", "https://localhost"));
        for text in
            ["null", "file://", "http://localhost:7700@evil.example", "http://a/b", "ftp://a", "http://"]
        {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
