//! Browsers that `bench` and the tests can drive, and `serve` can open.

use std::ffi::OsString;
use std::path::PathBuf;

use super::missing::Missing;
use super::probe::Prober;
use super::tool::Tool;
use super::version::first_number;
use crate::environment::Environment;

/// A browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browser {
    /// Which one.
    pub kind: BrowserKind,
    /// The program.
    pub binary: PathBuf,
    /// Its version.
    pub version: String,
}

/// The families that can be driven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrowserKind {
    /// Chromium and Chrome.
    Chromium,
    /// Firefox.
    Firefox,
}

impl BrowserKind {
    /// Names of the program, the preferred one first.
    const fn commands(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"],
            Self::Firefox => &["firefox-esr", "firefox"],
        }
    }

    /// Where it lies on macOS, which has no commands for applications.
    const fn application(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &[
                "/Applications/Chromium.app/Contents/MacOS/Chromium",
                "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
            ],
            Self::Firefox => &["/Applications/Firefox.app/Contents/MacOS/firefox"],
        }
    }
}

impl Browser {
    /// The first one of the family.
    pub(super) async fn locate(
        kind: BrowserKind,
        environment: &Environment,
        prober: &Prober,
    ) -> Result<Self, Missing> {
        let tool = match kind {
            BrowserKind::Chromium => Tool::Chromium,
            BrowserKind::Firefox => Tool::Firefox,
        };
        let mut applications = kind.application().iter().map(PathBuf::from).filter(|path| path.is_file());
        let binary = kind
            .commands()
            .iter()
            .find_map(|name| environment.find(name))
            .or_else(|| applications.next())
            .ok_or(Missing::NotFound { tool })?;
        // Debian's are shell scripts that want commands of the system, and a home folder.
        let path = std::env::join_paths(&environment.search_path).unwrap_or_default();
        let variables: [(OsString, OsString); 2] =
            [("PATH".into(), path), ("HOME".into(), environment.home.clone().into())];
        let text = prober.ask(tool, &binary, &["--version"], &variables, "").await?;
        let version = first_number(&text).ok_or_else(|| Missing::Broken {
            tool,
            path: binary.clone(),
            reason: "it does not say its version".to_owned(),
        })?;
        Ok(Self { kind, version: version.to_owned(), binary })
    }
}
