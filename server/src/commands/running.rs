//! Where the server of a project listens, written down while it runs, for commands that ask it for something.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::private_file::{self, PrivateFileError};

const LONGEST: u64 = 4096;

/// How a server is asked from this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Running {
    /// An address of this machine.
    pub(super) address: SocketAddr,
    /// SHA-256 of its certificate, when it speaks TLS.
    pub(super) certificate: Option<String>,
    /// Process, so that nobody takes away what another one has written.
    process: u32,
}

/// Takes the note away when the server ends.
#[derive(Debug)]
pub(super) struct Noted {
    path: PathBuf,
    running: Running,
}

impl Running {
    pub(super) fn new(listening: SocketAddr, certificate: Option<String>) -> Self {
        let ip = match listening.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        Self { address: SocketAddr::new(ip, listening.port()), certificate, process: std::process::id() }
    }

    /// Of the newest server of the project; one that was killed is still there.
    pub(super) fn find(state_folder: &Path, project: &str) -> Option<Self> {
        read(&state_folder.join("running").join(project))
    }

    /// Of a server of this user's that listens on this machine's `port`, whatever its project.
    pub(super) fn at_port(state_folder: &Path, port: u16) -> Option<Self> {
        let notes = std::fs::read_dir(state_folder.join("running")).ok()?.flatten();
        notes.filter_map(|note| read(&note.path())).find(|running| running.address.port() == port)
    }

    pub(super) fn note(self, state_folder: &Path, token_project: &str) -> Result<Noted, PrivateFileError> {
        let folder = state_folder.join("running");
        private_file::make_folder(&folder)?;
        let path = folder.join(token_project);
        private_file::write(&path, &serde_json::to_vec(&self).unwrap_or_default(), true)?;
        Ok(Noted { path, running: self })
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        if read(&self.path).as_ref() == Some(&self.running) {
            // A note that stays behind leads to a port where nobody answers, and that is said then.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn read(path: &Path) -> Option<Running> {
    serde_json::from_slice(&private_file::read(path, LONGEST).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Token;

    #[test]
    fn the_newest_server_is_found_while_it_runs() {
        let state = tempfile::tempdir().unwrap();
        let project = Token::project_of(Path::new("/project"));
        let note = |address: &str| {
            Running::new(address.parse().unwrap(), None).note(state.path(), &project).unwrap()
        };
        assert_eq!(Running::find(state.path(), &project), None);
        let first = note("0.0.0.0:7700");
        let found = || Running::find(state.path(), &project).unwrap().address.to_string();
        assert_eq!(found(), "127.0.0.1:7700");
        let second = note("[::]:7701");
        drop(first);
        assert_eq!(found(), "[::1]:7701");
        assert!(
            Running::at_port(state.path(), 7701).is_some() && Running::at_port(state.path(), 7700).is_none()
        );
        drop(second);
        assert_eq!(Running::find(state.path(), &project), None);
    }
}
