//! The project's token: who knows it may use the server, so it is compared, kept and shown with care.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::content::ContentHash;
use crate::private_file::{self, PrivateFileError};

/// Length of the text form: 32 bytes in base64url without padding.
const LENGTH: usize = 43;

/// The secret of one project. Neither `Debug` nor any error shows it.
#[derive(Clone)]
pub struct Token {
    text: String,
    /// Compared instead of the text: equality of BLAKE3 values takes the same time wherever they differ,
    /// and what a difference in hashing time could tell is the length of the guess, which the guesser knows.
    hash: blake3::Hash,
    cookie: String,
    project: String,
}

/// The token of a project cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// No place to keep it.
    #[error("cannot keep the token in {path}: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is there and cannot be read.
    #[error("cannot read the token in {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others may read or may have written it.
    #[error("the token in {path} is not private: {problem}")]
    Exposed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// It is no token.
    #[error("{path} does not hold a token")]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// The system has no random numbers.
    #[error("no random numbers for a token: {0}")]
    Random(#[from] getrandom::Error),
}

impl TokenError {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Write { path, .. } => format!("make {} writable for this user", path.display()),
            Self::Read { path, .. } => format!("make {} readable for this user only", path.display()),
            Self::Exposed { .. } | Self::Malformed { .. } => {
                "start once with --new-token: it makes another token, and open tabs have to be opened anew"
                    .into()
            }
            Self::Random(_) => "check that /dev/urandom exists".into(),
        }
    }
}

impl Token {
    /// The token of the project at `root` (canonical), kept in `state_folder`; made when there is none yet.
    pub fn open(state_folder: &Path, root: &Path) -> Result<Self, TokenError> {
        let path = file_of(state_folder, root)?;
        match read(&path) {
            Err(TokenError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            other => return Self::from_text(other?, root, &path),
        }
        match write(&path, false) {
            // Another process was faster with the same project: its token is the one.
            Err(TokenError::Write { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {}
            other => other?,
        }
        Self::from_text(read(&path)?, root, &path)
    }

    /// Another token for the project; the old one is worth nothing any more.
    pub fn replace(state_folder: &Path, root: &Path) -> Result<Self, TokenError> {
        let path = file_of(state_folder, root)?;
        write(&path, true)?;
        Self::from_text(read(&path)?, root, &path)
    }

    /// The token of servers that share a secret, wherever they are.
    pub fn of_secret(secret: &[u8; 32]) -> Self {
        let text = URL_SAFE_NO_PAD.encode(secret);
        let project = ContentHash::of(secret).to_string()[..32].to_owned();
        let cookie = format!("dev-server-{}", &project[..8]);
        Self { hash: blake3::hash(text.as_bytes()), text, cookie, project }
    }

    fn from_text(text: String, root: &Path, path: &Path) -> Result<Self, TokenError> {
        let bytes = URL_SAFE_NO_PAD.decode(&text).ok();
        if text.len() != LENGTH || bytes.is_none_or(|bytes| bytes.len() != 32) {
            return Err(TokenError::Malformed { path: path.to_owned() });
        }
        let project = project_hash(root);
        Ok(Self {
            hash: blake3::hash(text.as_bytes()),
            text,
            cookie: format!("dev-server-{}", &project[..8]),
            project,
        })
    }

    /// Digest of the path of a project, as [`Self::project`] says it of the token's own.
    pub fn project_of(root: &Path) -> String {
        project_hash(root)
    }

    /// The text, for the address that is printed once.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// Digest of the project's path: what belongs to the project alone is kept under this name.
    pub fn project(&self) -> &str {
        &self.project
    }

    /// Name of the cookie. It has the project in it, because cookies do not tell ports of one host apart.
    pub fn cookie_name(&self) -> &str {
        &self.cookie
    }

    /// The same token, whose cookie goes over TLS only. It has another name: browsers let a server without TLS neither see
    /// nor replace it.
    #[must_use]
    pub fn over_tls(mut self) -> Self {
        self.cookie = format!("__Host-{}", self.cookie);
        self
    }

    /// Is this the token? Takes the same time for every guess of the right length.
    pub fn matches(&self, guess: &[u8]) -> bool {
        guess.len() == LENGTH && blake3::hash(guess) == self.hash
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Token").field("cookie", &self.cookie).finish_non_exhaustive()
    }
}

fn project_hash(root: &Path) -> String {
    ContentHash::of(root.as_os_str().as_encoded_bytes()).to_string()
}

/// Outside the project, so that no manifest, archive or repository can ever hold it.
fn file_of(state_folder: &Path, root: &Path) -> Result<PathBuf, TokenError> {
    let folder = state_folder.join("tokens");
    private_file::make_folder(&folder)?;
    Ok(folder.join(project_hash(root)))
}

fn write(path: &Path, replace: bool) -> Result<(), TokenError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(private_file::write(path, URL_SAFE_NO_PAD.encode(bytes).as_bytes(), replace)?)
}

fn read(path: &Path) -> Result<String, TokenError> {
    let bytes = private_file::read(path, LENGTH as u64)?;
    String::from_utf8(bytes).map_err(|_| TokenError::Malformed { path: path.to_owned() })
}

impl From<PrivateFileError> for TokenError {
    fn from(error: PrivateFileError) -> Self {
        match error {
            PrivateFileError::Write { path, source } => Self::Write { path, source },
            PrivateFileError::Read { path, source } => Self::Read { path, source },
            PrivateFileError::Exposed { path, problem } => Self::Exposed { path, problem },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn only_file(state: &Path) -> PathBuf {
        fs::read_dir(state.join("tokens")).unwrap().next().unwrap().unwrap().path()
    }

    #[test]
    fn the_token_survives_a_restart_and_a_new_one_replaces_it() {
        let state = tempfile::tempdir().unwrap();
        let root = Path::new("/project");
        let first = Token::open(state.path(), root).unwrap();
        assert_eq!(first.reveal().len(), LENGTH);
        assert!(Token::open(state.path(), root).unwrap().matches(first.reveal().as_bytes()));
        let other_project = Token::open(state.path(), Path::new("/other")).unwrap();
        assert!(!first.matches(other_project.reveal().as_bytes()));
        assert_ne!(first.cookie_name(), other_project.cookie_name());
        let second = Token::replace(state.path(), root).unwrap();
        assert!(!second.matches(first.reveal().as_bytes()));
        assert!(!Token::open(state.path(), root).unwrap().matches(first.reveal().as_bytes()));
    }

    #[test]
    fn the_file_is_private_and_an_exposed_one_is_refused() {
        let state = tempfile::tempdir().unwrap();
        let root = Path::new("/project");
        let token = Token::open(state.path(), root).unwrap();
        let file = only_file(state.path());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(file.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);

        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let error = Token::open(state.path(), root).unwrap_err();
        assert!(matches!(error, TokenError::Exposed { .. }), "{error}");
        assert!(error.hint().contains("--new-token") && !error.to_string().contains(token.reveal()));
        Token::replace(state.path(), root).unwrap();
        Token::open(state.path(), root).unwrap();

        fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", &file).unwrap();
        assert!(matches!(Token::open(state.path(), root), Err(TokenError::Exposed { .. })));
    }

    #[test]
    fn a_broken_file_is_named_and_not_used() {
        let state = tempfile::tempdir().unwrap();
        let root = Path::new("/project");
        Token::open(state.path(), root).unwrap();
        for content in [&b"short"[..], &[0xff; LENGTH], &[b'a'; LENGTH + 1]] {
            fs::write(only_file(state.path()), content).unwrap();
            assert!(matches!(Token::open(state.path(), root), Err(TokenError::Malformed { .. })));
        }
    }

    #[test]
    fn debug_text_does_not_show_it() {
        let state = tempfile::tempdir().unwrap();
        let token = Token::open(state.path(), Path::new("/project")).unwrap();
        assert!(!format!("{token:?}").contains(token.reveal()));
    }
}
