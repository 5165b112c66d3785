//! Which paths go to which backend, and which backends are never asked.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use super::authority::Authority;

/// Paths below a prefix, and the backend that answers them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyRule {
    prefix: String,
    target: Authority,
}

/// A rule that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyRuleError {
    /// The path.
    #[error("`{0}` is not a path prefix")]
    Prefix(String),
    /// The backend.
    #[error("`{0}` is not a backend for the proxy")]
    Target(String),
    /// An address that hands out secrets of the machine or is not a machine's at all.
    #[error("the proxy does not forward to {0}: link-local and metadata addresses are never asked")]
    Forbidden(String),
}

impl ProxyRuleError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Prefix(_) => {
                "write a path such as \"/api\"; \"/\", \"/m\" and \"/__dev\" are the server's own"
            }
            Self::Target(_) => "write an address such as \"http://127.0.0.1:8080\", without a path",
            Self::Forbidden(_) => "forward to a service of your own, such as \"http://127.0.0.1:8080\"",
        }
    }
}

/// A path prefix that is not one of the server's own, with its leading slash and no other at its end.
pub(super) fn prefix(text: &str) -> Result<String, ProxyRuleError> {
    let name = text.strip_prefix('/').unwrap_or_default().trim_end_matches('/');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let own = matches!(name.split('/').next(), Some("" | "m" | "__dev"));
    let dots = name.split('/').any(|segment| matches!(segment, "" | "." | ".."));
    if own || dots || !name.bytes().all(plain) {
        return Err(ProxyRuleError::Prefix(text.to_owned()));
    }
    Ok(format!("/{name}"))
}

impl ProxyRule {
    /// `prefix` is a path such as `/api`, `target` the backend's address such as `http://127.0.0.1:8080`.
    pub fn new(prefix: &str, target: &str) -> Result<Self, ProxyRuleError> {
        let prefix = self::prefix(prefix)?;
        let rest = target.strip_prefix("http://").map(|rest| rest.strip_suffix('/').unwrap_or(rest));
        let address: Authority = rest
            .and_then(|rest| rest.parse().ok())
            .ok_or_else(|| ProxyRuleError::Target(target.to_owned()))?;
        let literal = address.host().trim_start_matches('[').trim_end_matches(']').parse();
        if literal.is_ok_and(is_forbidden) {
            return Err(ProxyRuleError::Forbidden(address.to_string()));
        }
        Ok(Self { prefix, target: address })
    }

    /// Does a path (decoded, with its leading slash) belong to this rule?
    pub(super) fn takes(&self, path: &str) -> bool {
        path.strip_prefix(&self.prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    pub(super) const fn target(&self) -> &Authority {
        &self.target
    }
}

impl fmt::Display for ProxyRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} -> http://{}", self.prefix, self.target)
    }
}

/// Asked again for every address that a name resolves to: a name may point anywhere.
pub(super) fn is_forbidden(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_link_local()
                || address.is_multicast()
                || address.is_broadcast()
                || address.octets() == [100, 100, 100, 200]
        }
        IpAddr::V6(address) => {
            address.is_unicast_link_local()
                || address.is_multicast()
                || address == Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x254)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_takes_whole_segments() {
        let rule = ProxyRule::new("/api/", "http://127.0.0.1:9000/").unwrap();
        assert!(rule.takes("/api") && rule.takes("/api/x") && !rule.takes("/apix") && !rule.takes("/x/api"));
        assert_eq!(rule.to_string(), "/api -> http://127.0.0.1:9000");
    }

    #[test]
    fn what_cannot_be_forwarded_is_refused_with_a_remedy() {
        for prefix in ["", "/", "api", "/m", "/m/x", "/__dev/socket", "/a//b", "/../x", "/a b", "/a%2f"] {
            let error = ProxyRule::new(prefix, "http://127.0.0.1:1").unwrap_err();
            assert!(matches!(error, ProxyRuleError::Prefix(_)), "{prefix}: {error}");
        }
        for target in
            ["127.0.0.1:1", "https://127.0.0.1", "file:///etc/passwd", "http://a/b", "http://u@a", "http://"]
        {
            let error = ProxyRule::new("/api", target).unwrap_err();
            assert!(matches!(error, ProxyRuleError::Target(_)), "{target}: {error}");
        }
        for target in
            ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "100.100.100.200", "[fd00:ec2::254]"]
        {
            let error = ProxyRule::new("/api", &format!("http://{target}")).unwrap_err();
            assert!(matches!(error, ProxyRuleError::Forbidden(_)), "{target}: {error}");
        }
    }
}
