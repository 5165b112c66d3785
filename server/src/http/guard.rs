//! Which requests may enter at all, decided from the head alone and before any route is looked at.
//!
//! A browser sends requests on behalf of every page it shows, so an address on the loopback device protects nothing.
//! What tells a page of this server from another one is the Host that was asked (rebinding), the Origin and the
//! Sec-Fetch headers that the browser sets (cross-site requests), and the token (everything else).
//!
//! Choices where several would do: every name below `.localhost` is ours, because browsers resolve it to the loopback
//! device without asking the network; a name with a trailing dot, and every other spelling of an address, is not.

use std::net::SocketAddr;

use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header};

use super::authority::{Authority, Origin};
use crate::telemetry::Refused;

/// Which guards are on. All of them, except in the test that proves each one to be needed; no flag and no key of the
/// configuration reaches this.
#[derive(Debug, Clone, Copy)]
pub struct Guards {
    /// The Host header names this server.
    pub host: bool,
    /// An absolute request target names the same host.
    pub target: bool,
    /// The Origin header, where there is one, is this server's.
    pub origin: bool,
    /// A cookie proves nothing without an Origin where browsers send one.
    pub cookie_origin: bool,
    /// What the browser says about a cross-site request.
    pub fetch_metadata: bool,
    /// The token.
    pub token: bool,
    /// Wrong tokens are counted.
    pub wrong_tokens: bool,
    /// Away from this machine the token counts as Bearer only.
    pub home: bool,
    /// Wrong codes of devices are counted.
    pub wrong_codes: bool,
    /// Paths have one spelling.
    pub path: bool,
    /// No `#` in a request line.
    pub fragment: bool,
    /// Security headers on every answer.
    pub headers: bool,
    /// The content security policy of pages.
    pub content_policy: bool,
    /// One range at most.
    pub range: bool,
    /// Messages on a socket have a size limit and a known form.
    pub messages: bool,
    /// Only a program of this machine is told the metrics without the token.
    pub local: bool,
    /// A machine of the network has so many connections at most.
    pub peers: bool,
}

impl Default for Guards {
    fn default() -> Self {
        Self {
            host: true,
            target: true,
            origin: true,
            cookie_origin: true,
            fetch_metadata: true,
            token: true,
            wrong_tokens: true,
            home: true,
            wrong_codes: true,
            path: true,
            fragment: true,
            headers: true,
            content_policy: true,
            range: true,
            messages: true,
            local: true,
            peers: true,
        }
    }
}

/// Who may be asked and who may ask.
#[derive(Debug, Clone, Default)]
pub(super) struct Admitted {
    /// Host names beside the loopback ones; one without a port stands for the port of the listener.
    pub(super) names: Vec<Authority>,
    /// Origins of pages beside those that this server served, such as that of a reverse proxy.
    pub(super) origins: Vec<Origin>,
    /// The server speaks TLS.
    pub(super) secure: bool,
}

/// What the guard looks at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) method: &'a Method,
    pub(super) uri: &'a Uri,
    pub(super) headers: &'a HeaderMap,
    /// Address that the connection came in at.
    pub(super) local: SocketAddr,
    /// The cookie is the only thing that proves who asks.
    pub(super) by_cookie: bool,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It may go on to the token and the routes.
    Allow,
    /// It ends here.
    Refuse(Refusal),
}

/// Which guard said no, how, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) guard: Refused,
    pub(super) status: StatusCode,
    pub(super) reason: &'static str,
}

impl Refusal {
    const fn new(guard: Refused, status: StatusCode, reason: &'static str) -> Self {
        Self { guard, status, reason }
    }
}

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// May this request enter?
pub(super) fn judge(head: &Head<'_>, admitted: &Admitted, guards: &Guards) -> Verdict {
    match check(head, admitted, guards) {
        Ok(()) => Verdict::Allow,
        Err(refusal) => Verdict::Refuse(refusal),
    }
}

fn check(head: &Head<'_>, admitted: &Admitted, guards: &Guards) -> Result<(), Refusal> {
    let host = if guards.host {
        let host = asked_host(head)?;
        if !admitted.serves(&host, head.local) {
            return Err(Refusal::new(
                Refused::Host,
                StatusCode::FORBIDDEN,
                "this host name is not one of this server's (see `allowed_hosts`)",
            ));
        }
        Some(host)
    } else {
        asked_host(head).ok()
    };
    if guards.target {
        check_target(head.uri, host.as_ref(), admitted.scheme())?;
    }
    if guards.origin {
        check_origin(head, admitted, host.as_ref())?;
    }
    if guards.cookie_origin
        && head.by_cookie
        && (is_upgrade(head.headers) || !is_safe(head.method))
        && !head.headers.contains_key(header::ORIGIN)
    {
        return Err(Refusal::new(
            Refused::CookieOrigin,
            StatusCode::FORBIDDEN,
            "a cookie counts only together with an Origin here",
        ));
    }
    if guards.fetch_metadata {
        check_fetch_metadata(head)?;
    }
    Ok(())
}

fn asked_host(head: &Head<'_>) -> Result<Authority, Refusal> {
    let malformed = |reason| Refusal::new(Refused::Host, StatusCode::BAD_REQUEST, reason);
    let mut hosts = head.headers.get_all(header::HOST).iter();
    let host = hosts.next().ok_or(malformed("the Host header is missing"))?;
    if hosts.next().is_some() {
        return Err(malformed("there is more than one Host header"));
    }
    let host = host.to_str().ok().and_then(|host| host.parse().ok());
    host.ok_or(malformed("the Host header is malformed"))
}

/// A proxy would believe the target and a server the header: only a request that says the same twice is clear.
fn check_target(uri: &Uri, host: Option<&Authority>, scheme: &str) -> Result<(), Refusal> {
    let scheme_fits = uri.scheme_str().is_none_or(|asked| asked == scheme);
    let agrees = match uri.authority() {
        None => true,
        Some(target) => target.as_str().parse::<Authority>().ok().as_ref() == host,
    };
    if scheme_fits && agrees && uri.path().starts_with('/') {
        Ok(())
    } else {
        let reason = "the request target does not fit this server";
        Err(Refusal::new(Refused::Target, StatusCode::BAD_REQUEST, reason))
    }
}

/// Checked on every request that has one, not only where a browser must send it. That Origin equals Host proves
/// nothing by itself: after rebinding both name the attacker. The Host was compared with the list before.
fn check_origin(head: &Head<'_>, admitted: &Admitted, host: Option<&Authority>) -> Result<(), Refusal> {
    let mut origins = head.headers.get_all(header::ORIGIN).iter();
    let Some(first) = origins.next() else { return Ok(()) };
    let origin = first.to_str().ok().and_then(|origin| origin.parse::<Origin>().ok());
    let ours = match origin {
        Some(origin) => {
            admitted.origins.contains(&origin)
                || host.is_some_and(|host| origin.serves(host, head.local, admitted.secure))
        }
        // Our own `Referrer-Policy: no-referrer` makes browsers hide the origin of a form that a page of ours sends;
        // that it is ours they say in a header that no page can set.
        None => {
            first.as_bytes() == b"null"
                && !is_upgrade(head.headers)
                && head.headers.get(SITE).is_some_and(|site| site.as_bytes() == b"same-origin")
        }
    };
    if ours && origins.next().is_none() {
        Ok(())
    } else {
        let reason = "pages of other origins may not use this server";
        Err(Refusal::new(Refused::Origin, StatusCode::FORBIDDEN, reason))
    }
}

/// `same-site` counts as foreign: every program on another port of this machine is same-site.
/// A link or an address typed by hand may come from anywhere, for it shows the page to the user only.
fn check_fetch_metadata(head: &Head<'_>) -> Result<(), Refusal> {
    let forbidden = |reason| Refusal::new(Refused::FetchMetadata, StatusCode::FORBIDDEN, reason);
    let one = |name: &HeaderName| {
        let mut values = head.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Some(""),
            (Some(value), None) => value.to_str().ok(),
            (Some(_), Some(_)) => None,
        }
    };
    let (Some(site), Some(mode), Some(dest)) = (one(&SITE), one(&MODE), one(&DEST)) else {
        return Err(forbidden("the Sec-Fetch headers are malformed"));
    };
    let top_level = mode == "navigate" && dest == "document" && is_safe(head.method);
    match site {
        // Without the header it is no browser of today, or a plain address of the local network where browsers
        // leave it out; there the token and Cross-Origin-Resource-Policy hold.
        "" | "same-origin" | "none" => Ok(()),
        "cross-site" | "same-site" if top_level => Ok(()),
        _ => Err(forbidden("pages of other sites may not use this server")),
    }
}

impl Admitted {
    /// True for the origin of a page that this server serves, or that it was told of.
    pub(super) fn has_page(&self, origin: &str, local: SocketAddr) -> bool {
        let Ok(parsed) = origin.parse::<Origin>() else { return false };
        let host = origin.split_once("://").and_then(|(_, host)| host.parse::<Authority>().ok());
        self.origins.contains(&parsed)
            || host.is_some_and(|host| self.serves(&host, local) && parsed.serves(&host, local, self.secure))
    }

    /// What the server speaks.
    pub(super) const fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }

    /// True when `asked` is a name of this server.
    pub(super) fn serves(&self, asked: &Authority, local: SocketAddr) -> bool {
        let port_fits = asked.port().is_none_or(|port| port == local.port());
        let host = asked.host();
        let loopback = is_loopback_name(host);
        // An address cannot be rebound, so the one that the connection really came in at is always right.
        let address = !local.ip().is_unspecified() && host == Authority::of_address(local.ip());
        let named = self.names.iter().any(|name| {
            name.host() == host
                && match name.port() {
                    None => port_fits,
                    port => port == asked.port(),
                }
        });
        named || port_fits && (loopback || address)
    }
}

/// True for a request to a name of the loopback device. Whoever asks so is on this machine, or behind a port that was
/// forwarded from it, such as that of a container.
pub(super) fn asks_loopback(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
    host.is_some_and(|host| is_loopback_name(host.host()))
}

/// A name that means this machine wherever it is asked, and that no other can be made to stand for.
fn is_loopback_name(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]") || is_below_localhost(host)
}

/// True for a request of a program on this machine: it came over the loopback device, under a name of that, and nobody
/// says to have forwarded it. A proxy on this machine has a loopback address, too, whoever its clients are.
pub(super) fn is_local(headers: &HeaderMap, local: SocketAddr, peer: SocketAddr) -> bool {
    let ends = [local, peer].iter().all(|end| end.ip().to_canonical().is_loopback());
    let forwarded = headers.keys().any(|name| {
        let name = name.as_str();
        matches!(name, "forwarded" | "via" | "x-real-ip" | "cdn-loop") || name.starts_with("x-forwarded-")
    });
    ends && !forwarded && asks_loopback(headers)
}

fn is_below_localhost(host: &str) -> bool {
    host.strip_suffix(".localhost").is_some_and(|labels| labels.split('.').all(|label| !label.is_empty()))
}

pub(super) fn is_safe(method: &Method) -> bool {
    *method == Method::GET || *method == Method::HEAD
}

pub(super) fn is_upgrade(headers: &HeaderMap) -> bool {
    headers.contains_key(header::UPGRADE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(target: &str, headers: &[(&str, &str)], by_cookie: bool) -> u16 {
        verdict_of(target, headers, by_cookie, false)
    }

    fn verdict_of(target: &str, headers: &[(&str, &str)], by_cookie: bool, secure: bool) -> u16 {
        let (method, target) = target.split_once(' ').unwrap();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        let admitted = Admitted {
            names: vec!["dev.example".parse().unwrap(), "front.example:8443".parse().unwrap()],
            origins: vec!["https://front.example:8443".parse().unwrap()],
            secure,
        };
        let head = Head {
            method: &method.parse().unwrap(),
            uri: &target.parse().unwrap(),
            headers: &map,
            local: "192.168.1.5:7700".parse().unwrap(),
            by_cookie,
        };
        match judge(&head, &admitted, &Guards::default()) {
            Verdict::Allow => 200,
            Verdict::Refuse(refusal) => refusal.status.as_u16(),
        }
    }

    #[test]
    fn the_host_names_this_server() {
        for (host, expected) in [
            ("localhost:7700", 200),
            ("localhost", 200),
            ("app.localhost:7700", 200),
            ("127.0.0.1:7700", 200),
            ("[::1]:7700", 200),
            ("192.168.1.5:7700", 200),
            ("dev.example", 200),
            ("DEV.example:7700", 200),
            ("front.example:8443", 200),
            ("front.example:7700", 403),
            ("dev.example:8443", 403),
            ("localhost:7701", 403),
            ("localhost.", 403),
            (".localhost", 403),
            ("a..localhost", 403),
            ("0.0.0.0:7700", 403),
            ("192.168.1.6:7700", 403),
            ("[::ffff:127.0.0.1]:7700", 403),
            ("2130706433:7700", 403),
            ("evil.example", 403),
            ("127.0.0.1.evil.example:7700", 403),
            ("user@127.0.0.1:7700", 400),
            ("", 400),
        ] {
            assert_eq!(verdict("GET /", &[("host", host)], false), expected, "{host}");
        }
        assert_eq!(verdict("GET /", &[], false), 400);
        assert_eq!(verdict("GET /", &[("host", "localhost"), ("host", "localhost")], false), 400);
    }

    #[test]
    fn an_absolute_target_agrees_with_the_host() {
        let host = [("host", "localhost:7700")];
        assert_eq!(verdict("GET http://localhost:7700/", &host, false), 200);
        for target in ["http://evil.example/", "https://localhost:7700/", "http://localhost/", "*"] {
            assert_eq!(verdict(&format!("GET {target}"), &host, false), 400, "{target}");
        }
    }

    #[test]
    fn an_origin_is_the_one_that_was_served() {
        for (host, origin, expected) in [
            ("localhost:7700", "http://localhost:7700", 200),
            ("localhost:7700", "HTTP://LOCALHOST:7700", 200),
            ("127.0.0.1:7700", "http://localhost:7700", 403),
            ("front.example:8443", "https://front.example:8443", 200),
            ("localhost:7700", "https://localhost:7700", 403),
            ("localhost:7700", "http://localhost", 403),
            ("localhost:7700", "null", 403),
            ("localhost:7700", "http://evil.example", 403),
            ("evil.example", "http://evil.example", 403),
        ] {
            for method in ["GET /", "POST /api"] {
                let headers = [("host", host), ("origin", origin), ("upgrade", "websocket")];
                assert_eq!(verdict(method, &headers, true), expected, "{host} {origin}");
            }
        }
    }

    #[test]
    fn over_tls_the_origin_and_the_target_are_those_of_https() {
        for (target, origin, expected) in [
            ("/", "https://localhost:7700", 200),
            ("/", "http://localhost:7700", 403),
            ("https://localhost:7700/", "https://localhost:7700", 200),
            ("http://localhost:7700/", "https://localhost:7700", 400),
        ] {
            let headers = [("host", "localhost:7700"), ("origin", origin), ("upgrade", "websocket")];
            assert_eq!(
                verdict_of(&format!("GET {target}"), &headers, true, true),
                expected,
                "{target} {origin}"
            );
        }
    }

    #[test]
    fn a_hidden_origin_is_ours_only_when_the_browser_says_so() {
        let host = ("host", "localhost:7700");
        let (null, ours) = (("origin", "null"), ("sec-fetch-site", "same-origin"));
        assert_eq!(verdict("POST /api", &[host, null, ours], true), 200);
        assert_eq!(verdict("POST /api", &[host, null], true), 403);
        assert_eq!(verdict("POST /api", &[host, null, ("sec-fetch-site", "cross-site")], true), 403);
        assert_eq!(verdict("GET /", &[host, null, ours, ("upgrade", "websocket")], true), 403);
    }

    #[test]
    fn a_cookie_needs_an_origin_where_browsers_send_one() {
        let host = ("host", "localhost:7700");
        assert_eq!(verdict("GET /", &[host], true), 200);
        assert_eq!(verdict("POST /api", &[host], true), 403);
        assert_eq!(verdict("POST /api", &[host], false), 200);
        assert_eq!(verdict("GET /__dev/socket", &[host, ("upgrade", "websocket")], true), 403);
    }

    #[test]
    fn only_who_asks_this_machine_on_this_machine_is_local() {
        let local = |host: &str, more: &str, ends: [&str; 2]| {
            let mut headers = HeaderMap::new();
            headers.insert("host", host.parse().unwrap());
            if !more.is_empty() {
                headers.insert(HeaderName::try_from(more).unwrap(), "10.0.0.1".parse().unwrap());
            }
            is_local(&headers, ends[0].parse().unwrap(), ends[1].parse().unwrap())
        };
        let both = ["127.0.0.1:7700", "127.0.0.1:50000"];
        for host in ["127.0.0.1:7700", "localhost", "a.localhost:7700", "[::1]:7700"] {
            assert!(local(host, "", both), "{host}");
        }
        assert!(local("localhost", "", ["[::ffff:127.0.0.1]:1", "[::1]:2"]));
        for host in ["dev.example", "192.168.1.5:7700", "localhost.evil.example", "user@localhost"] {
            assert!(!local(host, "", both), "{host}");
        }
        for more in ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"] {
            assert!(!local("localhost", more, both), "{more}");
        }
        assert!(!local("localhost", "", ["192.168.1.5:7700", "127.0.0.1:50000"]));
        assert!(!local("localhost", "", ["127.0.0.1:7700", "192.168.1.6:50000"]));
    }

    #[test]
    fn only_navigation_comes_from_other_sites() {
        for (site, mode, dest, expected) in [
            ("same-origin", "no-cors", "script", 200),
            ("none", "navigate", "document", 200),
            ("cross-site", "navigate", "document", 200),
            ("cross-site", "navigate", "iframe", 403),
            ("cross-site", "no-cors", "script", 403),
            ("same-site", "cors", "empty", 403),
            ("unheard-of", "navigate", "document", 403),
        ] {
            let headers = [
                ("host", "localhost:7700"),
                ("sec-fetch-site", site),
                ("sec-fetch-mode", mode),
                ("sec-fetch-dest", dest),
            ];
            assert_eq!(verdict("GET /", &headers, false), expected, "{site} {mode} {dest}");
        }
        let twice = [("host", "localhost"), ("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")];
        assert_eq!(verdict("GET /", &twice, false), 403);
    }
}
