//! How a request proves that it may be answered: by the project's token or by the secret of a paired device, in a cookie or
//! in `Authorization: Bearer`, the token also in `?token=`.

use axum::http::{HeaderMap, header};

use super::pairing::Pairing;
use super::token::Token;

/// Cookies of our name that are looked at. Any program on another port of this machine can set some beside ours.
const COOKIES: usize = 8;

/// What a request brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Credential {
    /// Nothing.
    None,
    /// Something, none of it right.
    Wrong,
    /// The token, at a place where it counts on this machine only.
    Away,
    /// The token.
    Right(Source),
    /// The secret of a paired device.
    Device(Source),
}

/// What is accepted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys<'a> {
    pub(super) token: &'a Token,
    /// Knows the devices; `None` where the server is for this machine alone.
    pub(super) pairing: Option<&'a Pairing>,
    /// The request comes from this machine.
    pub(super) at_home: bool,
}

/// Where the right secret was; the first that fits in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// In the query.
    Query,
    /// In the Authorization header.
    Bearer,
    /// In the cookie.
    Cookie,
}

impl Credential {
    /// Looks at all three places: a stale link must not lock out a tab with a good cookie, nor the other way round.
    ///
    /// On other machines the token counts as Bearer only: whoever puts it there has chosen to, while in an address or in
    /// a cookie it stays behind on a machine that was to be paired instead.
    pub(super) fn of(query: Option<&str>, headers: &HeaderMap, keys: Keys<'_>) -> Self {
        let Keys { token, pairing, at_home } = keys;
        let mut found = Self::None;
        let in_query = query.and_then(token_in_query).map(str::as_bytes);
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| bearer(value.as_bytes()));
        let cookies = cookies(headers, token.cookie_name()).map(|value| (Source::Cookie, value));
        let explicit = [(Source::Query, in_query), (Source::Bearer, bearer)];
        let explicit = explicit.into_iter().filter_map(|(source, value)| Some((source, value?)));
        for (source, value) in explicit.chain(cookies.take(COOKIES)) {
            if token.matches(value) {
                if at_home || source == Source::Bearer {
                    return Self::Right(source);
                }
                found = Self::Away;
            } else if source != Source::Query && pairing.is_some_and(|pairing| pairing.knows(value)) {
                return Self::Device(source);
            } else if found == Self::None {
                found = Self::Wrong;
            }
        }
        found
    }

    /// A cookie is all that proves who asks: a browser sends it by itself.
    pub(super) fn is_cookie(self) -> bool {
        matches!(self, Self::Right(Source::Cookie) | Self::Device(Source::Cookie))
    }
}

/// The value of the first `token` parameter. Tokens need no percent-encoding, so none is undone.
pub(super) fn token_in_query(query: &str) -> Option<&str> {
    query.split('&').find_map(|parameter| parameter.strip_prefix("token="))
}

/// The query without `token` parameters; empty when nothing else was in it.
pub(super) fn query_without_token(query: &str) -> String {
    let kept = query.split('&').filter(|parameter| {
        !parameter.is_empty() && *parameter != "token" && !parameter.starts_with("token=")
    });
    kept.collect::<Vec<_>>().join("&")
}

/// The value of `Bearer`.
pub(super) fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| rest.trim_ascii())
}

fn cookies<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
        .filter_map(move |pair| pair.trim_ascii().strip_prefix(name.as_bytes())?.strip_prefix(b"="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_is_looked_at_and_a_wrong_one_does_not_hide_a_right_one() {
        let state = tempfile::tempdir().unwrap();
        let token = Token::open(state.path(), std::path::Path::new("/project")).unwrap();
        let (right, name) = (token.reveal(), token.cookie_name());
        let check = |query: Option<String>, headers: &[(header::HeaderName, String)]| {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(name, value.parse().unwrap());
            }
            let keys = Keys { token: &token, pairing: None, at_home: true };
            Credential::of(query.as_deref(), &map, keys)
        };
        assert_eq!(check(None, &[]), Credential::None);
        assert_eq!(check(Some(format!("a=b&token={right}")), &[]), Credential::Right(Source::Query));
        assert_eq!(check(Some("token=".into()), &[]), Credential::Wrong);
        let authorization = (header::AUTHORIZATION, format!("bearer {right}"));
        assert_eq!(check(None, &[authorization]), Credential::Right(Source::Bearer));
        let cookie = (header::COOKIE, format!("x=1; {name}=no; {name}={right}"));
        assert_eq!(check(Some("token=stale".into()), &[cookie]), Credential::Right(Source::Cookie));
        let similar = (header::COOKIE, format!("{name}x={right}; x{name}={right}"));
        assert_eq!(check(None, &[similar]), Credential::None);
        let flood = (header::COOKIE, format!("{name}=no; ").repeat(COOKIES) + &format!("{name}={right}"));
        assert_eq!(check(None, &[flood]), Credential::Wrong);
    }

    #[test]
    fn the_token_leaves_the_query_and_nothing_else_does() {
        assert_eq!(query_without_token("token=x"), "");
        assert_eq!(query_without_token("a=1&token=x&tokens=2&token"), "a=1&tokens=2");
    }

    #[test]
    fn elsewhere_the_token_counts_as_bearer_only_and_a_device_by_its_own_secret() {
        use Credential::{Away, Device, Right, Wrong};
        use Source::{Bearer, Cookie, Query};
        let state = tempfile::tempdir().unwrap();
        let token = Token::open(state.path(), std::path::Path::new("/project")).unwrap();
        let devices = super::super::pairing::Devices::open(state.path(), token.project()).unwrap();
        let pairing = Pairing::new("http://192.0.2.7/".into(), devices);
        let offer = pairing.offer().unwrap();
        let peer = [192, 0, 2, 9].into();
        let redeemed = pairing.redeem(&offer.code, "phone", peer, std::time::Instant::now());
        let super::super::pairing::Redeemed::Paired { secret, .. } = redeemed else { panic!("{redeemed:?}") };
        let check = |secret: &str, at_home| {
            let keys = Keys { token: &token, pairing: Some(&pairing), at_home };
            let one = |name: header::HeaderName, value: String| {
                HeaderMap::from_iter([(name, value.parse().unwrap())])
            };
            [
                Credential::of(Some(&format!("token={secret}")), &HeaderMap::new(), keys),
                Credential::of(None, &one(header::AUTHORIZATION, format!("Bearer {secret}")), keys),
                Credential::of(None, &one(header::COOKIE, format!("{}={secret}", token.cookie_name())), keys),
            ]
        };
        assert_eq!(check(token.reveal(), true), [Right(Query), Right(Bearer), Right(Cookie)]);
        assert_eq!(check(token.reveal(), false), [Away, Right(Bearer), Away]);
        assert_eq!(check(&secret, false), [Wrong, Device(Bearer), Device(Cookie)]);
        assert_eq!(check(&"x".repeat(43), false), [Wrong; 3]);
    }
}
