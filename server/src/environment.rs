//! The process environment, read once at the edge and handed on as data.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What this program takes from its surroundings. Tests build one by hand.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// Absolute folders of PATH in order. Relative ones are left out: they would find programs of the project.
    pub search_path: Vec<PathBuf>,
    /// The user's home folder.
    pub home: PathBuf,
    /// Where caches of this program go, such as `~/.cache/dev-server`.
    pub cache_folder: PathBuf,
    /// Where state that must survive goes, such as `~/.local/state/dev-server`.
    pub state_folder: PathBuf,
    /// All variables, for the few that are passed on by name.
    pub variables: BTreeMap<OsString, OsString>,
}

/// The home folder of the user is not known.
#[derive(Debug, thiserror::Error)]
#[error("the home folder is not known: set HOME")]
pub struct NoHome;

impl Environment {
    /// Reads the environment of this process.
    pub fn capture() -> Result<Self, NoHome> {
        use etcetera::BaseStrategy as _;
        let folders = etcetera::choose_base_strategy().map_err(|_| NoHome)?;
        let variables: BTreeMap<_, _> = std::env::vars_os().collect();
        let search_path = variables
            .get(std::ffi::OsStr::new("PATH"))
            .map(|path| std::env::split_paths(path).filter(|folder| folder.is_absolute()).collect())
            .unwrap_or_default();
        Ok(Self {
            search_path,
            home: folders.home_dir().to_owned(),
            cache_folder: folders.cache_dir().join("dev-server"),
            state_folder: folders.state_dir().unwrap_or_else(|| folders.data_dir()).join("dev-server"),
            variables,
        })
    }

    /// A variable that is set, not empty, and UTF-8.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(std::ffi::OsStr::new(name))?.to_str().filter(|value| !value.is_empty())
    }

    /// The first executable file of that name on the search path.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        self.search_path.iter().map(|folder| folder.join(name)).find(|path| is_executable(path))
    }
}

fn is_executable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok() && path.is_file()
}
