//! Settings, from the weakest to the strongest: built-in, the user's file, the project's file, flags.
//!
//! Three shapes, after one another. [`Settings`] is what can be written down: every field may be missing, and a name
//! that is not a field is an error with a suggestion, because a misspelt key that does nothing costs an hour.
//! Files and flags make `Settings`; [`Settings::over`] lays one on another. The result is asked once, by
//! the command that starts the stages, for the options of each stage; no stage ever sees a `Settings`.
//!
//! A project's file comes with the project, perhaps from a stranger. What would let it run programs or open the
//! machine (`editor`, `trusted_folders`, `host`, `allowed_hosts`, `tls_cert`, `tls_key`, `cache_dir`), or what happens in it to
//! somebody else (`otlp`), is taken from the user's file and from flags only.

mod file;
mod settings;

pub use file::{ConfigError, PROJECT_FILE, load, user_file};
pub use settings::{Boot, CompilerChoice, HotChoice, Http3Choice, ProgramSettings, Settings, TargetChoice};

/// JSON schema of a settings file.
pub fn schema() -> String {
    let schema = schemars::schema_for!(Settings);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    /// `REGENERATE=1 cargo test -p dev-server config` writes the committed schema anew.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test that can write its own fixture")]
    fn the_committed_schema_is_that_of_the_settings() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("dev-server.schema.json");
        let fresh = super::schema();
        if std::env::var_os("REGENERATE").is_some() {
            std::fs::write(&path, &fresh).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == fresh, "run `REGENERATE=1 cargo test -p dev-server config`");
    }
}
