//! Where a server is and the token that opens it, read from an address as `dev-server serve` prints it.

use std::fmt;
use std::str::FromStr;

use http::Uri;
use http::header::{AUTHORIZATION, HeaderValue};

/// Path of the socket on every server.
const SOCKET: &str = "/__dev/socket";

/// A server. The token is shown by nothing: neither `Debug` nor `Display` nor an error has it.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    secure: bool,
    authority: String,
    token: Option<HeaderValue>,
}

/// The text is no address of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// No URL at all.
    #[error("it is not a URL")]
    Malformed,
    /// Neither `http`, `https`, `ws` nor `wss`.
    #[error("it must start with http://, https://, ws:// or wss://")]
    Scheme,
    /// A user or a password in it: servers know tokens only.
    #[error("it names a user, but servers know tokens only")]
    User,
    /// The token has bytes that no token has.
    #[error("its token has characters that no token has")]
    Token,
}

impl Address {
    /// The same server, opened by another token.
    pub fn with_token(self, token: &str) -> Result<Self, AddressError> {
        Ok(Self { token: Some(bearer(token)?), ..self })
    }

    /// True for `https` and `wss`.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// Host and port as a URL has them.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Host and port, as a TCP connection needs them.
    pub fn host_and_port(&self) -> (String, u16) {
        let default = if self.secure { 443 } else { 80 };
        // Only a colon behind the brackets of an IPv6 address is one before a port.
        match self.authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                (unbracketed(host).to_owned(), port.parse().unwrap_or(default))
            }
            _ => (unbracketed(&self.authority).to_owned(), default),
        }
    }

    /// Address of the socket.
    pub(crate) fn socket(&self) -> String {
        format!("{}://{}{SOCKET}", if self.secure { "wss" } else { "ws" }, self.authority)
    }

    /// What a request has to bear.
    pub fn authorization(&self) -> Option<(http::HeaderName, HeaderValue)> {
        self.token.clone().map(|token| (AUTHORIZATION, token))
    }
}

impl FromStr for Address {
    type Err = AddressError;

    /// Reads the address of any page of the server, such as `http://127.0.0.1:7700/?token=...`.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let uri: Uri = text.trim().parse().map_err(|_| AddressError::Malformed)?;
        let secure = match uri.scheme_str() {
            Some("http" | "ws") => false,
            Some("https" | "wss") => true,
            _ => return Err(AddressError::Scheme),
        };
        let authority = uri.authority().ok_or(AddressError::Malformed)?.as_str().to_owned();
        if authority.contains('@') {
            return Err(AddressError::User);
        }
        let query = uri.query().unwrap_or_default();
        let token = query.split('&').find_map(|pair| pair.strip_prefix("token="));
        Ok(Self { secure, authority, token: token.map(bearer).transpose()? })
    }
}

fn bearer(token: &str) -> Result<HeaderValue, AddressError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| AddressError::Token)?;
    value.set_sensitive(true);
    Ok(value)
}

fn unbracketed(host: &str) -> &str {
    host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host)
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}://{}/", if self.secure { "https" } else { "http" }, self.authority)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_address_works_as_it_is() {
        let address: Address = "http://127.0.0.1:7700/?token=s3cret".parse().unwrap();
        assert_eq!(address.socket(), "ws://127.0.0.1:7700/__dev/socket");
        assert_eq!(address.host_and_port(), ("127.0.0.1".to_owned(), 7700));
        assert_eq!(address.authorization().unwrap().1, "Bearer s3cret");
        let shown = format!("{address} {address:?} {:?}", address.authorization());
        assert!(!shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn every_form_of_a_host_is_read() {
        for (text, socket, host, port) in [
            ("https://dev.example/app/?a=b&token=x", "wss://dev.example/__dev/socket", "dev.example", 443),
            ("ws://localhost", "ws://localhost/__dev/socket", "localhost", 80),
            ("http://[::1]:7700/", "ws://[::1]:7700/__dev/socket", "::1", 7700),
            ("http://[::1]/", "ws://[::1]/__dev/socket", "::1", 80),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.socket(), socket);
            assert_eq!(address.host_and_port(), (host.to_owned(), port));
        }
        let address: Address = "http://localhost:1/?token=old".parse().unwrap();
        assert_eq!(address.with_token("new").unwrap().authorization().unwrap().1, "Bearer new");
    }

    #[test]
    fn what_is_no_address_is_refused_by_reason() {
        for (text, reason) in [
            ("localhost:7700", AddressError::Scheme),
            ("/socket", AddressError::Scheme),
            ("file:///etc/passwd", AddressError::Malformed),
            ("ftp://localhost/", AddressError::Scheme),
            ("http://user:secret@localhost/", AddressError::User),
            ("", AddressError::Malformed),
        ] {
            assert_eq!(text.parse::<Address>(), Err(reason), "{text}");
        }
        let address: Address = "http://localhost/".parse().unwrap();
        assert_eq!(address.with_token("a\nb"), Err(AddressError::Token));
    }
}
