//! Whom this program believes when it asks somebody over TLS: the system's authorities, or those of a file.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

/// Bytes both ways, encrypted or not.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A connection to somebody, who is believed where it is encrypted.
pub type Line = Box<dyn Stream>;

/// Authorities.
#[derive(Clone)]
pub struct Trust {
    config: Arc<ClientConfig>,
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Trust").finish_non_exhaustive()
    }
}

/// Nobody can be believed.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is none in it.
    #[error("{path} holds no certificate of an authority")]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// The system names none.
    #[error("the system names no authority that could be believed")]
    Nobody,
    /// The provider cannot be used.
    #[error("TLS cannot be used: {0}")]
    Unusable(String),
}

impl TrustError {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Read { path, .. } => format!("make {} readable, or name another file", path.display()),
            Self::Malformed { .. } => {
                "name the certificate of the authority which has signed that of the server, in PEM or DER form".to_owned()
            }
            Self::Nobody => "install the package ca-certificates, or set SSL_CERT_FILE".to_owned(),
            Self::Unusable(_) => "please report it: the provider is a part of this program".to_owned(),
        }
    }
}

impl Trust {
    /// The authorities of the system, and of `more` in DER form. With neither nobody can be believed.
    pub fn of_system(more: Option<Vec<u8>>) -> Result<Self, TrustError> {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        // Of what is installed some can always not be read.
        roots.add_parsable_certificates(found.certs.into_iter().chain(more.map(CertificateDer::from)));
        if roots.is_empty() { Err(TrustError::Nobody) } else { Self::of(roots) }
    }

    /// The authorities of a file, and no others.
    pub fn of_file(path: &Path) -> Result<Self, TrustError> {
        let bytes =
            std::fs::read(path).map_err(|source| TrustError::Read { path: path.to_owned(), source })?;
        let mut roots = RootCertStore::empty();
        let mut certificates: Vec<_> = CertificateDer::pem_slice_iter(&bytes).flatten().collect();
        if certificates.is_empty() {
            // As servers of this program give their own away.
            certificates.push(CertificateDer::from(bytes));
        }
        let (added, _) = roots.add_parsable_certificates(certificates);
        if added == 0 { Err(TrustError::Malformed { path: path.to_owned() }) } else { Self::of(roots) }
    }

    fn of(roots: RootCertStore) -> Result<Self, TrustError> {
        // Named, and not the one of the process: there may be none.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TrustError::Unusable(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config) })
    }

    /// Shakes hands with who proves to be `host`.
    pub async fn connect(&self, stream: TcpStream, host: &str) -> io::Result<Line> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        Ok(Box::new(TlsConnector::from(Arc::clone(&self.config)).connect(name, stream).await?))
    }
}

/// True when the other end answered and is not believed: asking again would change nothing.
pub fn is_distrust(error: &io::Error) -> bool {
    let error = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>());
    matches!(error, Some(rustls::Error::InvalidCertificate(_)))
}
