//! What a server is to the network: where it is found, who is let in, and what of it the user is told.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use crate::config::Settings;
use crate::exit::ExitStatus;
use crate::http::{Devices, Pairing, Tls, Token, lan_addresses};

use super::CommandError;
use super::serve::Notice;

/// How other machines find the server.
#[derive(Debug)]
pub(super) struct Lan {
    /// Addresses of this machine, the most likely one first.
    pub(super) addresses: Vec<IpAddr>,
    port: u16,
}

impl Lan {
    /// Of a server that listens at `address`; `None` when only this machine reaches it.
    pub(super) fn of(address: SocketAddr) -> Option<Self> {
        let ip = address.ip().to_canonical();
        let addresses = match ip {
            _ if ip.is_loopback() => return None,
            _ if !ip.is_unspecified() => vec![ip],
            // Whoever listens at 0.0.0.0 is not asked over IPv6.
            _ => lan_addresses().into_iter().filter(|found| address.is_ipv6() || found.is_ipv4()).collect(),
        };
        Some(Self { addresses, port: address.port() })
    }

    /// Address that devices are told, ending in a slash.
    pub(super) fn url(&self, scheme: &str) -> String {
        match self.addresses.first() {
            Some(ip) => format!("{scheme}://{}/", SocketAddr::new(*ip, self.port)),
            // Without a network the code can still be shown; the address comes with the network.
            None => format!("{scheme}://localhost:{}/", self.port),
        }
    }

    /// The door for devices of the project.
    pub(super) fn pairing(
        &self,
        scheme: &str,
        state_folder: &Path,
        token: &Token,
    ) -> Result<Arc<Pairing>, CommandError> {
        Ok(Arc::new(Pairing::new(self.url(scheme), open_devices(state_folder, token)?)))
    }
}

/// What the server proves itself with, if the settings want it to.
pub(super) fn tls(
    settings: &Settings,
    state_folder: &Path,
    lan: Option<&Lan>,
) -> Result<Option<Arc<Tls>>, CommandError> {
    let tls = match (&settings.tls_cert, &settings.tls_key) {
        _ if settings.tls == Some(false) => return Ok(None),
        (Some(certificate), Some(key)) => Tls::load(certificate, key),
        (None, None) if settings.tls == Some(true) => Tls::generated(state_folder, &names(settings, lan)),
        (None, None) => return Ok(None),
        (Some(_), None) | (None, Some(_)) => {
            return Err(CommandError::new(ExitStatus::Usage, "a certificate needs its key, and a key its certificate")
                .with_hint(
                    "give both --tls-cert FILE and --tls-key FILE, or only --tls for a certificate that is made here"
                        .to_owned(),
                ));
        }
    };
    tls.map(|tls| Some(Arc::new(tls)))
        .map_err(|error| CommandError::new(ExitStatus::Usage, &error).with_hint(error.hint()))
}

/// What a certificate of this machine has to be good for.
fn names(settings: &Settings, lan: Option<&Lan>) -> Vec<String> {
    let usual = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let addresses = lan.iter().flat_map(|lan| &lan.addresses).map(ToString::to_string);
    let named = settings.allowed_hosts.iter().flatten();
    let named = named.map(|name| name.split(':').next().unwrap_or_default().to_lowercase());
    let mut names: Vec<_> = usual.into_iter().chain(addresses).chain(named).collect();
    names.sort();
    names.dedup();
    names
}

/// What the user should know of a server that listens at `address`, and is asked at `url` from this machine.
pub(super) fn notices(address: SocketAddr, tls: Option<&Tls>, url: &str) -> Vec<Notice> {
    let mut notices = Vec::new();
    if Lan::of(address).is_some() {
        let (encrypted, hint) = match tls {
            Some(_) => ("", None),
            None => (
                ", and what they say can be read and changed on the way",
                Some("--tls encrypts it; without it use networks that you trust only".to_owned()),
            ),
        };
        notices.push(Notice {
            message: format!(
                "every machine that reaches {address} can ask this server; only devices that were paired get an \
                 answer{encrypted}"
            ),
            hint,
        });
    }
    if let Some(tls) = tls {
        let hint = format!("{url}__dev/trust says how a browser comes to trust it");
        notices.push(Notice {
            message: format!("SHA-256 of the certificate: {}", tls.fingerprint()),
            hint: tls.is_generated().then_some(hint),
        });
    }
    notices
}

/// The devices that were paired with a project.
pub(super) fn open_devices(state_folder: &Path, token: &Token) -> Result<Devices, CommandError> {
    Devices::open(state_folder, token.project())
        .map_err(|error| CommandError::new(ExitStatus::Environment, &error).with_hint(error.hint()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lan(address: &str) -> Option<Lan> {
        Lan::of(address.parse().unwrap())
    }

    #[test]
    fn a_server_says_what_it_is_to_the_network() {
        let state = tempfile::tempdir().unwrap();
        let told = |address: &str, settings: Settings| {
            let address = address.parse().unwrap();
            let tls = tls(&settings, state.path(), Lan::of(address).as_ref()).unwrap();
            let notices = notices(address, tls.as_deref(), "https://localhost:7700/");
            notices
                .into_iter()
                .map(|notice| format!("{} {:?}", notice.message, notice.hint))
                .collect::<Vec<_>>()
        };
        let encrypted = Settings { tls: Some(true), ..Settings::default() };
        assert_eq!(told("127.0.0.1:7700", Settings::default()), [""; 0]);
        let plain = told("0.0.0.0:7700", Settings::default());
        assert!(plain[0].contains("0.0.0.0:7700") && plain[0].contains("--tls"), "{plain:?}");
        let both = told("192.0.2.7:7700", encrypted);
        assert!(both[0].contains("paired") && !both[0].contains("on the way"), "{both:?}");
        assert!(both[1].contains("localhost:7700/__dev/trust"), "{both:?}");
    }

    #[test]
    fn half_of_a_certificate_is_no_certificate() {
        let settings = Settings { tls_cert: Some("a.pem".into()), ..Settings::default() };
        let error = tls(&settings, Path::new("/nowhere"), None).unwrap_err();
        assert!(error.hint().unwrap().contains("--tls-key"), "{error}");
        let off = Settings { tls: Some(false), ..settings };
        assert!(tls(&off, Path::new("/nowhere"), None).unwrap().is_none());
    }

    #[test]
    fn only_a_server_that_others_reach_is_on_the_network() {
        assert!(lan("127.0.0.1:7700").is_none() && lan("[::1]:7700").is_none());
        assert_eq!(lan("192.0.2.7:7700").unwrap().url("http"), "http://192.0.2.7:7700/");
        assert_eq!(lan("[2001:db8::7]:7700").unwrap().url("https"), "https://[2001:db8::7]:7700/");
        let every = lan("0.0.0.0:7700").unwrap();
        assert!(every.addresses.iter().all(|ip| ip.is_ipv4() && !ip.is_loopback()), "{every:?}");
    }
}
