//! The secret that a server and its hubs share: whoever has it may say what hubs serve.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::{BufMut as _, Bytes, BytesMut};

use crate::private_file::{self, PrivateFileError};

/// Bytes of the hash in front of what is sealed.
const SEAL: usize = blake3::OUT_LEN;

/// 32 random bytes and what is derived from them. `Debug` and errors show none of it.
#[derive(Clone)]
pub struct BackplaneKey {
    name: String,
    seal: [u8; 32],
    token: [u8; 32],
}

/// There is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It cannot be read or made.
    #[error("cannot use the key of the backplane in {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others may read it.
    #[error("the key of the backplane in {path} can be read by others")]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// It is no key.
    #[error("{path} does not hold the key of a backplane")]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// The system has no random numbers.
    #[error("no random numbers for a key: {0}")]
    Random(#[from] getrandom::Error),
}

impl KeyError {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::File { path, .. } => {
                format!(
                    "copy the file that `dev-server serve --backplane` has named to {}, readable for this user only",
                    path.display()
                )
            }
            Self::Exposed { path } => format!("chmod 600 {}", path.display()),
            Self::Malformed { path } => {
                format!(
                    "remove {} and start `dev-server serve --backplane` again: it makes another key",
                    path.display()
                )
            }
            Self::Random(_) => "check that /dev/urandom exists".to_owned(),
        }
    }
}

impl BackplaneKey {
    /// The key in the file.
    pub fn open(path: &Path) -> Result<Self, KeyError> {
        let error = |source| KeyError::File { path: path.to_owned(), source };
        let text = fs::read_to_string(path).map_err(error)?;
        if fs::metadata(path).map_err(error)?.permissions().mode() & 0o077 != 0 {
            return Err(KeyError::Exposed { path: path.to_owned() });
        }
        let bytes = URL_SAFE_NO_PAD.decode(text.trim_end()).ok().and_then(|bytes| bytes.try_into().ok());
        let bytes: [u8; 32] = bytes.ok_or_else(|| KeyError::Malformed { path: path.to_owned() })?;
        Ok(Self::from_bytes(&bytes))
    }

    /// The key in the file, which is made with a new one when it is missing.
    pub fn open_or_make(path: &Path) -> Result<Self, KeyError> {
        match Self::open(path) {
            Err(KeyError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            other => return other,
        }
        let error = |source| KeyError::File { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(error)?;
        }
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        let text = URL_SAFE_NO_PAD.encode(bytes) + "\n";
        match private_file::write(path, text.as_bytes(), false) {
            // Another process was faster: its key is the one.
            Err(PrivateFileError::Write { source, .. }) if source.kind() != io::ErrorKind::AlreadyExists => {
                Err(error(source))
            }
            _ => Self::open(path),
        }
    }

    fn from_bytes(bytes: &[u8; 32]) -> Self {
        let derive = |purpose| blake3::derive_key(purpose, bytes);
        let name = derive("dev-server 2026 backplane, name at the broker");
        Self {
            name: blake3::Hash::from_bytes(name).to_hex()[..16].to_owned(),
            seal: derive("dev-server 2026 backplane, seal of entries"),
            token: derive("dev-server 2026 backplane, token of hubs"),
        }
    }

    /// Under which everything of this key lies at the broker: 16 hexadecimal digits that tell nothing of the key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The secret of pages that hubs serve: the same at all of them, so that a page goes from one to another.
    pub const fn token(&self) -> &[u8; 32] {
        &self.token
    }

    /// `content` with its seal for one place; at another it is worth nothing.
    pub(super) fn seal(&self, place: &str, content: &[u8]) -> Bytes {
        let mut sealed = BytesMut::with_capacity(SEAL + content.len());
        sealed.put_slice(self.hash(place, content).as_bytes());
        sealed.put_slice(content);
        sealed.freeze()
    }

    /// What was sealed for that place; `None` when it was not by this key. Takes the same time for every wrong seal.
    pub(super) fn open_sealed(&self, place: &str, mut sealed: Bytes) -> Option<Bytes> {
        if sealed.len() < SEAL {
            return None;
        }
        let content = sealed.split_off(SEAL);
        let seal = blake3::Hash::from_slice(&sealed).ok()?;
        (self.hash(place, &content) == seal).then_some(content)
    }

    fn hash(&self, place: &str, content: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.seal);
        hasher.update(&(place.len() as u64).to_le_bytes()).update(place.as_bytes()).update(content);
        hasher.finalize()
    }
}

impl fmt::Debug for BackplaneKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "BackplaneKey({})", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/app.key");
        assert!(matches!(BackplaneKey::open(&path), Err(KeyError::File { .. })));
        let made = BackplaneKey::open_or_make(&path).unwrap();
        assert_eq!(BackplaneKey::open_or_make(&path).unwrap().name(), made.name());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(BackplaneKey::open(&path), Err(KeyError::Exposed { .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "short").unwrap();
        assert!(matches!(BackplaneKey::open_or_make(&path), Err(KeyError::Malformed { .. })));
    }

    #[test]
    fn a_seal_is_good_for_its_place_its_content_and_its_key() {
        let key = BackplaneKey::from_bytes(&[1; 32]);
        let sealed = key.seal("a.b", b"content");
        assert_eq!(key.open_sealed("a.b", sealed.clone()).unwrap(), &b"content"[..]);
        assert_eq!(key.open_sealed("a", sealed.clone()), None);
        assert_eq!(BackplaneKey::from_bytes(&[2; 32]).open_sealed("a.b", sealed.clone()), None);
        for at in 0..sealed.len() {
            let mut wrong = sealed.to_vec();
            wrong[at] ^= 1;
            assert_eq!(key.open_sealed("a.b", wrong.into()), None, "{at}");
            assert_eq!(key.open_sealed("a.b", sealed.slice(..at)), None, "{at}");
        }
        // What is behind the place must not be able to pass for a part of it.
        let shifted = key.seal("a.bc", b"ontent");
        assert_eq!(key.open_sealed("a.b", shifted), None);
        assert!(!format!("{key:?}").contains("[1"));
    }
}
