//! The server's side of TLS: a certificate of the user's or one that was made here, and what becomes of a connection.

mod generated;
mod pinned;
mod plain;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

use super::listener::Connection;
use crate::private_file::PrivateFileError;

pub use pinned::connect_pinned;
pub(super) use plain::send_away;

/// A connection that is encrypted.
pub(super) type TlsStream<S = TcpStream> = tokio_rustls::server::TlsStream<S>;

/// First byte of everything that a TLS client sends to begin with (RFC 8446, 5.1); no request of HTTP begins so.
const HANDSHAKE: u8 = 22;

/// What the server proves itself with.
pub struct Tls {
    acceptor: TlsAcceptor,
    certificate: String,
    authority: Option<Bytes>,
}

/// There is no certificate to be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file of the user's cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is not what it should be.
    #[error("{path} holds no {wanted} in PEM form")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// A certificate or a private key.
        wanted: &'static str,
    },
    /// The two do not fit, or cannot be used.
    #[error("the certificate {path} cannot be used with its key: {problem}")]
    Unfit {
        /// The file of the certificate.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The certificate that was made cannot be kept.
    #[error(transparent)]
    Kept(#[from] PrivateFileError),
    /// None could be made.
    #[error("no certificate could be made: {0}")]
    Make(String),
}

impl TlsError {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Read { path, .. } => format!("make {} readable, or name another file", path.display()),
            Self::Malformed { wanted, .. } => {
                format!("name a file with a block -----BEGIN ...-----, as mkcert and openssl write them, for the {wanted}")
            }
            Self::Unfit { .. } => {
                "give the key that belongs to the first certificate of the file, or leave both flags out and use --tls"
                    .to_owned()
            }
            Self::Kept(PrivateFileError::Exposed { path, .. }) => {
                format!("delete {}: another one is made, which devices have to trust anew", path.display())
            }
            Self::Kept(PrivateFileError::Write { path, .. } | PrivateFileError::Read { path, .. }) => {
                format!("make {} readable and writable for this user", path.display())
            }
            Self::Make(_) => "use a certificate of your own: --tls-cert FILE --tls-key FILE".to_owned(),
        }
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tls").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

/// What a client on the port speaks.
pub(super) enum Accepted<S> {
    /// TLS.
    Secure(Box<TlsStream<S>>),
    /// Something else: nothing was read of it.
    Plain(S),
}

impl Tls {
    /// With the user's own certificate chain and key, in PEM form.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let read = |path: &Path| {
            std::fs::read(path).map_err(|source| TlsError::Read { path: path.to_owned(), source })
        };
        let malformed = |path: &Path, wanted| TlsError::Malformed { path: path.to_owned(), wanted };
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&read(certificate)?)
            .collect::<Result<_, _>>()
            .map_err(|_| malformed(certificate, "certificate"))?;
        if chain.is_empty() {
            return Err(malformed(certificate, "certificate"));
        }
        let key = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|_| malformed(key, "private key"))?;
        Self::new(chain, key, None)
            .map_err(|error| TlsError::Unfit { path: certificate.to_owned(), problem: error.to_string() })
    }

    /// With a certificate for `names` of an authority that was made here and is kept in `state_folder`.
    pub fn generated(state_folder: &Path, names: &[String]) -> Result<Self, TlsError> {
        let made = generated::open(state_folder, names)?;
        let chain = vec![made.leaf.into(), made.authority.clone().into()];
        let key = PrivateKeyDer::Pkcs8(made.key.into());
        Self::new(chain, key, Some(made.authority.into())).map_err(|error| TlsError::Make(error.to_string()))
    }

    /// The authority that was made for this user's servers, if one was; DER.
    pub fn own_authority(state_folder: &Path) -> Option<Vec<u8>> {
        generated::kept_authority(state_folder)
    }

    fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        authority: Option<Bytes>,
    ) -> Result<Self, rustls::Error> {
        let certificate = chain.first().map(|leaf| hash_of(leaf)).unwrap_or_default();
        // Named, and not the one of the process: there may be none.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), certificate, authority })
    }

    /// SHA-256 of the server's certificate.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// SHA-256 of what a device is to trust, for people: of the authority that was made here, else of the certificate.
    pub fn fingerprint(&self) -> String {
        let hash = self.authority.as_ref().map_or_else(|| self.certificate.clone(), |made| hash_of(made));
        let pairs: Vec<_> = hash.as_bytes().chunks(2).map(String::from_utf8_lossy).collect();
        pairs.join(":").to_uppercase()
    }

    /// The certificate of the authority that was made here.
    pub(super) fn authority(&self) -> Option<&Bytes> {
        self.authority.as_ref()
    }

    /// True when the certificate is none of the user's.
    pub fn is_generated(&self) -> bool {
        self.authority.is_some()
    }

    /// Looks at the first byte, and shakes hands with who speaks TLS. The caller limits the time.
    pub(super) async fn accept<S: Connection>(&self, mut stream: S) -> io::Result<Accepted<S>> {
        let mut first = [0];
        if stream.peek(&mut first).await? == 1 && first[0] != HANDSHAKE {
            return Ok(Accepted::Plain(stream));
        }
        Ok(Accepted::Secure(Box::new(self.acceptor.accept(stream).await?)))
    }
}

fn hash_of(certificate: &[u8]) -> String {
    Sha256::digest(certificate).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(certificate: &str, key: &str) -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().join("a.pem"), folder.path().join("b.pem")];
        std::fs::write(&paths[0], certificate).unwrap();
        std::fs::write(&paths[1], key).unwrap();
        let [certificate, key] = paths;
        (folder, certificate, key)
    }

    fn pem(kind: &str, der: &[u8]) -> String {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        format!("-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n")
    }

    #[test]
    fn a_certificate_of_the_users_is_used_as_it_is() {
        let state = tempfile::tempdir().unwrap();
        let one = generated::open(state.path(), &["localhost".into()]).unwrap();
        let other = generated::open(tempfile::tempdir().unwrap().path(), &["localhost".into()]).unwrap();
        let certificate = pem("CERTIFICATE", &one.leaf);
        let (_folder, cert, key) = files(&certificate, &pem("PRIVATE KEY", &one.key));
        let tls = Tls::load(&cert, &key).unwrap();
        assert!(!tls.is_generated());
        assert_eq!(tls.fingerprint().replace(':', "").to_lowercase(), tls.certificate());

        let (_folder, cert, key) = files(&certificate, &pem("PRIVATE KEY", &other.key));
        let error = Tls::load(&cert, &key).unwrap_err();
        assert!(matches!(error, TlsError::Unfit { .. }), "{error}");
        let (_folder, cert, key) = files("nothing", "nothing");
        let error = Tls::load(&cert, &key).unwrap_err();
        assert!(error.to_string().contains("a.pem holds no certificate"), "{error}");
        let (_folder, cert, key) = files(&certificate, "nothing");
        assert!(Tls::load(&cert, &key).unwrap_err().to_string().contains("b.pem holds no private key"));
        let error = Tls::load(Path::new("/nowhere/a.pem"), &key).unwrap_err();
        assert!(error.hint().contains("/nowhere/a.pem"), "{error}");
    }

    #[test]
    fn a_fingerprint_is_that_of_the_authority_and_stays() {
        let state = tempfile::tempdir().unwrap();
        let first = Tls::generated(state.path(), &["localhost".into()]).unwrap();
        let second = Tls::generated(state.path(), &["localhost".into(), "192.0.2.7".into()]).unwrap();
        assert_eq!(first.fingerprint(), second.fingerprint());
        assert_ne!(first.certificate(), second.certificate());
        assert_eq!(first.fingerprint().len(), 95);
        assert!(first.is_generated() && first.authority().is_some());
    }
}
