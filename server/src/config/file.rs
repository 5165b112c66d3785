//! Reading settings files, with errors that say what to write instead.

use std::io;
use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::source_file;

use super::Settings;

/// Name of the settings file of a project, beside its go.mod or in the folder that is served.
pub const PROJECT_FILE: &str = "dev-server.toml";

/// A settings file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is not TOML, or has a value of a wrong type or a key that does not exist.
    #[error("{path}:{line}:{column}: {message}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What is wrong.
        message: String,
        /// The key that was probably meant.
        suggestion: Option<String>,
    },
    /// A project's file sets what only the user may set.
    #[error("{path}: `{key}` cannot be set by a project")]
    UserOnly {
        /// The file.
        path: PathBuf,
        /// The key.
        key: &'static str,
        /// Where the user may set it.
        user_file: PathBuf,
    },
}

impl ConfigError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { path, .. } => Some(format!("make {} readable, or delete it", path.display())),
            Self::Invalid { suggestion, .. } => {
                suggestion.as_ref().map(|key| format!("did you mean `{key}`?"))
            }
            Self::UserOnly { key, user_file, .. } => {
                Some(format!("set `{key}` in {} or by its flag", user_file.display()))
            }
        }
    }
}

/// The user's own settings file.
pub fn user_file(environment: &Environment) -> PathBuf {
    environment
        .variable("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .unwrap_or_else(|| environment.home.join(".config"))
        .join("dev-server")
        .join("config.toml")
}

/// Settings of the project in `folder` over those of the user. Files that are not there are empty.
pub fn load(folder: &Path, environment: &Environment) -> Result<Settings, ConfigError> {
    let user_path = user_file(environment);
    let user = read(&user_path)?;
    let path = folder.join(PROJECT_FILE);
    let project = read(&path)?;
    match project.user_only().first() {
        Some(key) => Err(ConfigError::UserOnly { path, key, user_file: user_path }),
        None => Ok(project.over(user)),
    }
}

fn read(path: &Path) -> Result<Settings, ConfigError> {
    let text = match source_file::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Settings::default()),
        Err(source) => return Err(ConfigError::Read { path: path.to_owned(), source }),
    };
    toml::from_str(&text).map_err(|error| {
        let before = &text[..error.span().map_or(0, |span| span.start.min(text.len()))];
        ConfigError::Invalid {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before.rsplit('\n').next().unwrap_or_default().chars().count() + 1,
            message: error.message().to_owned(),
            suggestion: suggest(error.message()),
        }
    })
}

/// Serde names the unknown field and all that are expected; the nearest of them is probably meant.
fn suggest(message: &str) -> Option<String> {
    let mut names = message.split('`').skip(1).step_by(2);
    let unknown = names.next()?;
    if !message.starts_with("unknown ") {
        return None;
    }
    names
        .map(|name| (strsim::damerau_levenshtein(unknown, name), name))
        .filter(|(distance, _)| *distance <= 3)
        .min()
        .map(|(_, name)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(text: &str) -> Result<Settings, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(PROJECT_FILE), text).unwrap();
        let environment = Environment { home: folder.path().join("home"), ..Environment::default() };
        load(folder.path(), &environment)
    }

    fn fails(text: &str) -> (String, String) {
        let error = project(text).unwrap_err();
        let message = error.to_string();
        let shown = message.split_once(PROJECT_FILE).unwrap().1.to_owned();
        (shown, error.hint().unwrap_or_default())
    }

    #[test]
    fn a_misspelt_key_is_an_error_with_a_suggestion() {
        let (message, hint) = fails("port = 80\nstrict_prot = true\n");
        assert!(message.starts_with(":2:1: unknown field `strict_prot`"), "{message}");
        assert_eq!(hint, "did you mean `strict_port`?");
        let (_, hint) = fails("[program.app]\nworkr = true\n");
        assert_eq!(hint, "did you mean `worker`?");
    }

    #[test]
    fn a_wrong_type_and_a_wrong_choice_are_named_with_their_place() {
        let (message, _) = fails("port = \"high\"\n");
        assert!(message.starts_with(":1:8: invalid type"), "{message}");
        let (message, hint) = fails("compiler = \"tinyggo\"\n");
        assert!(message.contains("unknown variant"), "{message}");
        assert_eq!(hint, "did you mean `tinygo`?");
        let (message, _) = fails("port = \n");
        assert!(message.starts_with(":1:"), "{message}");
    }

    #[test]
    fn a_project_cannot_name_programs_to_run_or_open_the_machine() {
        for line in [
            "editor = [\"/tmp/x\"]",
            "host = \"0.0.0.0\"",
            "allowed_hosts = [\"evil.example\"]",
            "cache_dir = \"/home\"",
            "tls_cert = \"/tmp/x\"",
            "tls_key = \"/tmp/x\"",
            "trusted_folders = [\"/\"]",
            "otlp = \"http://evil.example\"",
        ] {
            let (message, hint) = fails(line);
            assert!(message.contains("cannot be set by a project"), "{line}: {message}");
            assert!(hint.contains("config.toml"), "{hint}");
        }
    }

    #[test]
    fn the_project_wins_over_the_user() {
        let folder = tempfile::tempdir().unwrap();
        let environment = Environment { home: folder.path().to_owned(), ..Environment::default() };
        let user = user_file(&environment);
        std::fs::create_dir_all(user.parent().unwrap()).unwrap();
        std::fs::write(user, "port = 1\neditor = [\"code\"]\n").unwrap();
        std::fs::write(folder.path().join(PROJECT_FILE), "port = 2\n").unwrap();
        let settings = load(folder.path(), &environment).unwrap();
        assert_eq!((settings.port, settings.editor), (Some(2), Some(vec!["code".to_owned()])));
    }
}
