//! An authority of this user's own and a certificate that it has signed, kept in one private file.
//!
//! The authority may vouch for names of this machine and of local networks only, so that who steals its key has nothing
//! against devices that trust it. The only file that knows the library that makes certificates.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints,
};
use serde::{Deserialize, Serialize};

use super::TlsError;
use crate::private_file;

const DAY: Duration = Duration::from_hours(24);

/// Devices trust the authority by hand, which nobody wants to do often.
const AUTHORITY_DAYS: u32 = 5 * 365;

/// Systems take no certificate of an authority of the user's that is valid for more than 825 days.
const LEAF_DAYS: u32 = 365;

/// Both are replaced so long before they end: a server may run for weeks.
const SPARE_DAYS: u64 = 30;

/// Endings of names that the authority may vouch for.
const LOCAL: [&str; 6] = ["localhost", "local", "lan", "internal", "test", "home.arpa"];

const LONGEST: u64 = 64 * 1024;

/// A certificate and what it was signed by; DER.
pub(super) struct Made {
    pub(super) leaf: Vec<u8>,
    /// PKCS #8.
    pub(super) key: Vec<u8>,
    pub(super) authority: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    authority: Pair,
    leaf: Pair,
    names: Vec<String>,
}

/// In base64.
#[derive(Serialize, Deserialize)]
struct Pair {
    certificate: String,
    key: String,
    /// Seconds since 1970.
    until: u64,
}

/// The certificate for `names`, made when there is none, when it ends soon, or when the names are others.
pub(super) fn open(state_folder: &Path, names: &[String]) -> Result<Made, TlsError> {
    open_at(state_folder, names, SystemTime::now())
}

/// The certificate of the authority, without making one.
pub(super) fn kept_authority(state_folder: &Path) -> Option<Vec<u8>> {
    let text = private_file::read(&state_folder.join("tls/certificates"), LONGEST).ok()?;
    decode(&serde_json::from_slice::<Kept>(&text).ok()?.authority.certificate)
}

fn open_at(state_folder: &Path, names: &[String], now: SystemTime) -> Result<Made, TlsError> {
    let folder = state_folder.join("tls");
    private_file::make_folder(&folder)?;
    let path = folder.join("certificates");
    let names: Vec<String> = names.iter().filter(|name| is_local(name)).cloned().collect();
    let kept = match private_file::read(&path, LONGEST) {
        // What cannot be read any more is made anew; devices notice.
        Ok(text) => serde_json::from_slice::<Kept>(&text).ok(),
        Err(error) if error.is_missing() => None,
        Err(error) => return Err(error.into()),
    };
    let kept = kept.filter(|kept| kept.authority.lasts(now));
    if let Some(kept) = &kept
        && kept.leaf.lasts(now)
        && kept.names == names
        && let Some(made) = kept.made()
    {
        return Ok(made);
    }
    let fail = |error: rcgen::Error| TlsError::Make(error.to_string());
    let kept_key = kept.as_ref().and_then(|kept| KeyPair::try_from(decode(&kept.authority.key)?).ok());
    let (authority, key) = if let (Some(kept), Some(key)) = (kept, kept_key) {
        (kept.authority, key)
    } else {
        let key = KeyPair::generate().map_err(fail)?;
        let certificate = authority(&key, now).self_signed(&key).map_err(fail)?;
        (Pair::new(certificate.der(), &key, now, AUTHORITY_DAYS), key)
    };
    let leaf_key = KeyPair::generate().map_err(fail)?;
    let issuer = Issuer::new(self::authority(&key, now), key);
    let leaf = leaf(&names, now).and_then(|leaf| leaf.signed_by(&leaf_key, &issuer)).map_err(fail)?;
    let kept = Kept { authority, leaf: Pair::new(leaf.der(), &leaf_key, now, LEAF_DAYS), names };
    private_file::write(&path, &serde_json::to_vec(&kept).unwrap_or_default(), true)?;
    kept.made().ok_or_else(|| TlsError::Make("what was made cannot be read".to_owned()))
}

impl Kept {
    fn made(&self) -> Option<Made> {
        Some(Made {
            leaf: decode(&self.leaf.certificate)?,
            key: decode(&self.leaf.key)?,
            authority: decode(&self.authority.certificate)?,
        })
    }
}

impl Pair {
    fn new(certificate: &[u8], key: &KeyPair, now: SystemTime, days: u32) -> Self {
        Self {
            certificate: STANDARD.encode(certificate),
            key: STANDARD.encode(key.serialized_der()),
            until: seconds(now + days * DAY),
        }
    }

    fn lasts(&self, now: SystemTime) -> bool {
        seconds(now) + SPARE_DAYS * DAY.as_secs() < self.until
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// An address, or a name that nobody else in the world has.
fn is_local(name: &str) -> bool {
    name.parse::<std::net::IpAddr>().is_ok()
        || LOCAL
            .iter()
            .any(|end| name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

/// The same for the same key, but for the time: the name tells several users' authorities apart.
fn authority(key: &KeyPair, now: SystemTime) -> CertificateParams {
    let mark: String = super::hash_of(key.public_key_raw()).chars().take(8).collect();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, format!("dev-server authority {mark}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: LOCAL.iter().map(|name| GeneralSubtree::DnsName((*name).to_owned())).collect(),
        excluded_subtrees: Vec::new(),
    });
    valid(&mut params, now, AUTHORITY_DAYS);
    params
}

fn leaf(names: &[String], now: SystemTime) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names.to_vec())?;
    params.distinguished_name.push(DnType::CommonName, "dev-server");
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    valid(&mut params, now, LEAF_DAYS);
    Ok(params)
}

/// From yesterday on: clocks of devices differ.
fn valid(params: &mut CertificateParams, now: SystemTime, days: u32) {
    params.not_before = (now - DAY).into();
    params.not_after = (now + days * DAY).into();
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio_rustls::rustls::client::WebPkiServerVerifier;
    use tokio_rustls::rustls::client::danger::ServerCertVerifier as _;
    use tokio_rustls::rustls::pki_types::{ServerName, UnixTime};
    use tokio_rustls::rustls::{RootCertStore, crypto};

    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn is_trusted(made: &Made, name: &str, now: SystemTime) -> bool {
        let mut roots = RootCertStore::empty();
        roots.add(made.authority.clone().into()).unwrap();
        let provider = Arc::new(crypto::ring::default_provider());
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        let time = UnixTime::since_unix_epoch(now.duration_since(UNIX_EPOCH).unwrap());
        let name = ServerName::try_from(name.to_owned()).unwrap();
        verifier.verify_server_cert(&made.leaf.clone().into(), &[], &name, &[], time).is_ok()
    }

    #[test]
    fn who_trusts_the_authority_trusts_the_server_under_its_names() {
        let state = tempfile::tempdir().unwrap();
        let wanted = names(&["localhost", "127.0.0.1", "192.0.2.7", "::1", "box.local", "dev.example"]);
        let now = SystemTime::now();
        let made = open_at(state.path(), &wanted, now).unwrap();
        for name in ["localhost", "127.0.0.1", "192.0.2.7", "::1", "box.local"] {
            assert!(is_trusted(&made, name, now), "{name}");
        }
        for name in ["dev.example", "192.0.2.8", "other.local"] {
            assert!(!is_trusted(&made, name, now), "{name}");
        }
        assert!(!is_trusted(&made, "localhost", now + LEAF_DAYS * DAY + DAY));
    }

    #[test]
    fn the_authority_vouches_for_no_name_of_the_world() {
        let now = SystemTime::now();
        let key = KeyPair::generate().unwrap();
        let certificate = authority(&key, now).self_signed(&key).unwrap();
        let authority_der = certificate.der().to_vec();
        let issuer = Issuer::new(authority(&key, now), key);
        let leaf_key = KeyPair::generate().unwrap();
        let made = |name: &str| Made {
            leaf: leaf(&names(&[name]), now).unwrap().signed_by(&leaf_key, &issuer).unwrap().der().to_vec(),
            key: Vec::new(),
            authority: authority_der.clone(),
        };
        assert!(is_trusted(&made("box.local"), "box.local", now));
        assert!(!is_trusted(&made("bank.example"), "bank.example", now));
        assert!(!is_trusted(&made("notlocal"), "notlocal", now));
    }

    #[test]
    fn it_is_kept_until_it_ends_soon_or_the_names_change() {
        let state = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        let here = names(&["localhost"]);
        let first = open_at(state.path(), &here, now).unwrap();
        let again = open_at(state.path(), &here, now + DAY).unwrap();
        assert_eq!((&first.leaf, &first.key), (&again.leaf, &again.key));
        let moved = open_at(state.path(), &names(&["localhost", "192.0.2.7"]), now).unwrap();
        assert_ne!(moved.leaf, again.leaf);
        assert_eq!(moved.authority, again.authority);
        let later = now + (LEAF_DAYS - 20) * DAY;
        let renewed = open_at(state.path(), &names(&["localhost", "192.0.2.7"]), later).unwrap();
        assert_ne!(renewed.leaf, moved.leaf);
        assert_eq!(renewed.authority, moved.authority);
        assert!(is_trusted(&renewed, "192.0.2.7", later));
        let years = now + (AUTHORITY_DAYS - 20) * DAY;
        assert_ne!(open_at(state.path(), &here, years).unwrap().authority, first.authority);
    }

    #[test]
    fn its_file_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let state = tempfile::tempdir().unwrap();
        open(state.path(), &names(&["localhost"])).unwrap();
        let path = state.path().join("tls/certificates");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let Err(error) = open(state.path(), &names(&["localhost"])) else { panic!("it was used") };
        assert!(error.hint().contains("delete"), "{error}");
    }
}
