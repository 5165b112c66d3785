//! Where spans are sent, by settings and by the variables that OpenTelemetry has agreed on.

use std::fmt;
use std::path::PathBuf;

use hyper::Uri;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;

use crate::environment::Environment;

/// Where collectors take spans, below their address.
const PATH: &str = "v1/traces";

/// A collector of spans, and how it is spoken to.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub(super) uri: Uri,
    /// Of each request; they may hold a key, and are shown nowhere.
    pub(super) headers: HeaderMap,
    /// Whose spans they are.
    pub(super) service: String,
    /// File of the authority that vouches for it; `None`: those of the system.
    pub(super) authority: Option<PathBuf>,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Endpoint").field("uri", &self.uri).finish_non_exhaustive()
    }
}

/// An address or a header that cannot be used. What it is is not repeated: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Not a plain address.
    #[error("{0} is not an address such as http://127.0.0.1:4318")]
    Address(&'static str),
    /// Not a list of headers.
    #[error("OTEL_EXPORTER_OTLP_HEADERS is not a list such as key=value,key=value")]
    Headers,
}

impl EndpointError {
    /// What the user can do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Address(_) => {
                "write the address of an OTLP collector that takes http/protobuf, without name and password"
            }
            Self::Headers => {
                "write what the collector wants to see, percent-encoded where it has a comma or an equals sign"
            }
        }
    }
}

impl Endpoint {
    /// The collector that was set, or else the one that the environment names; `None`: nothing is sent.
    pub fn find(set: Option<&str>, environment: &Environment) -> Result<Option<Self>, EndpointError> {
        let variable = |name| environment.variable(name);
        if variable("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return Ok(None);
        }
        let below = |name, base: &str| address(name, &format!("{}/{PATH}", base.trim_end_matches('/')));
        let uri = if let Some(base) = set {
            below("`otlp`", base)?
        } else if let Some(whole) = variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") {
            address("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", whole)?
        } else if let Some(base) = variable("OTEL_EXPORTER_OTLP_ENDPOINT") {
            below("OTEL_EXPORTER_OTLP_ENDPOINT", base)?
        } else {
            return Ok(None);
        };
        let headers = variable("OTEL_EXPORTER_OTLP_HEADERS").map_or(Some(HeaderMap::new()), headers);
        let service = variable("OTEL_SERVICE_NAME").unwrap_or("dev-server").to_owned();
        let authority = variable("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE")
            .or_else(|| variable("OTEL_EXPORTER_OTLP_CERTIFICATE"))
            .map(PathBuf::from);
        Ok(Some(Self { uri, headers: headers.ok_or(EndpointError::Headers)?, service, authority }))
    }
}

fn address(name: &'static str, text: &str) -> Result<Uri, EndpointError> {
    let uri: Uri = text.parse().map_err(|_| EndpointError::Address(name))?;
    let plain = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    match uri.scheme_str() {
        Some("http" | "https") if plain && uri.query().is_none() => Ok(uri),
        _ => Err(EndpointError::Address(name)),
    }
}

fn headers(list: &str) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for pair in list.split(',').filter(|pair| !pair.trim().is_empty()) {
        let (name, value) = pair.split_once('=')?;
        let value = percent_decode_str(value.trim()).collect::<Vec<u8>>();
        let mut value = HeaderValue::from_bytes(&value).ok()?;
        value.set_sensitive(true);
        headers.append(HeaderName::try_from(name.trim()).ok()?, value);
    }
    Some(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Environment { variables, ..Environment::default() }
    }

    fn found(set: Option<&str>, variables: &[(&str, &str)]) -> Result<Option<String>, EndpointError> {
        let endpoint = Endpoint::find(set, &environment(variables))?;
        Ok(endpoint.map(|endpoint| endpoint.uri.to_string()))
    }

    #[test]
    fn what_was_set_wins_over_the_environment_and_nothing_is_sent_without() {
        let base = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/");
        let whole = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://other:1/spans");
        assert_eq!(found(None, &[]), Ok(None));
        assert_eq!(found(None, &[base]), Ok(Some("http://collector:4318/v1/traces".into())));
        assert_eq!(found(None, &[base, whole]), Ok(Some("http://other:1/spans".into())));
        assert_eq!(found(Some("https://a.example"), &[]), Ok(Some("https://a.example/v1/traces".into())));
        let set = Some("http://127.0.0.1:4318");
        assert_eq!(found(set, &[base, whole]), Ok(Some("http://127.0.0.1:4318/v1/traces".into())));
        assert_eq!(found(set, &[base, ("OTEL_SDK_DISABLED", "TRUE")]), Ok(None));
    }

    #[test]
    fn an_address_that_cannot_be_used_is_refused_and_not_repeated() {
        for address in [
            "127.0.0.1:4318",
            "http://name:secret@127.0.0.1:4318",
            "https://127.0.0.1:4318/?key=secret",
            "ftp://secret",
            "",
        ] {
            let error = found(Some(address), &[]).unwrap_err();
            assert!(!error.to_string().contains("secret") && !error.hint().is_empty());
        }
    }

    #[test]
    fn headers_are_decoded_and_shown_nowhere() {
        let base = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
        let with = |list| Endpoint::find(None, &environment(&[base, ("OTEL_EXPORTER_OTLP_HEADERS", list)]));
        let endpoint = with("x-key=secret%2C1, other = b").unwrap().unwrap();
        assert_eq!(endpoint.headers["x-key"], "secret,1");
        assert_eq!(endpoint.headers["other"], "b");
        assert!(!format!("{endpoint:?}").contains("secret"));
        assert_eq!(with("secret"), Err(EndpointError::Headers));
        assert_eq!(with("a b=secret"), Err(EndpointError::Headers));
    }
}
