//! The environment of every run of `go` and `tinygo`: written from nothing, so that neither the shell nor the project has a say.

use std::ffi::OsString;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::go::GoTool;
use super::tinygo::TinyGoTool;
use crate::environment::Environment;

/// Variables that pass through: downloads of modules need them where a proxy or an own certificate authority is in use.
const PASSED_ON: [&str; 8] = [
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "https_proxy",
    "http_proxy",
    "no_proxy",
];

impl GoTool {
    /// The whole environment of a run that compiles for the browser. A caller adds TMPDIR again to use another folder.
    ///
    /// `-mod` is not in GOFLAGS: without it Go takes `vendor/` when it is there, and reads go.mod without
    /// changing it when not.
    pub fn clean_environment(&self, environment: &Environment) -> Vec<(OsString, OsString)> {
        let mut variables = self.host_environment(environment);
        variables.extend([
            ("CGO_ENABLED".into(), "0".into()),
            ("GOOS".into(), "js".into()),
            ("GOARCH".into(), "wasm".into()),
        ]);
        variables
    }

    /// The same for a run that compiles for this machine, which is how TinyGo itself is built.
    pub(super) fn host_environment(&self, environment: &Environment) -> Vec<(OsString, OsString)> {
        let mut variables: Vec<(OsString, OsString)> = vec![
            ("PATH".into(), self.search_path(environment)),
            ("HOME".into(), environment.home.clone().into()),
            ("LANG".into(), "C".into()),
            ("TMPDIR".into(), temporary_folder(environment).into()),
            ("GOROOT".into(), self.root.clone().into()),
            ("GOPATH".into(), self.path.clone().into()),
            ("GOMODCACHE".into(), self.module_cache.clone().into()),
            ("GOCACHE".into(), self.build_cache.clone().into()),
            ("GOENV".into(), "off".into()),
            ("GOTOOLCHAIN".into(), "local".into()),
            ("GOFLAGS".into(), "-buildvcs=false".into()),
            ("GOVCS".into(), "*:off".into()),
            ("GOPROXY".into(), self.proxy.clone().into()),
        ];
        let lists = [
            ("GOSUMDB", &self.checksum_database),
            ("GONOSUMDB", &self.private_checksums),
            ("GONOPROXY", &self.private_modules),
        ];
        variables.extend(
            lists
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| (name.into(), value.into())),
        );
        variables.extend(
            PASSED_ON
                .into_iter()
                .filter_map(|name| environment.variable(name).map(|value| (name.into(), value.into()))),
        );
        variables
    }

    /// This toolchain's folder first: TinyGo looks for `go` by name and must find this one.
    fn search_path(&self, environment: &Environment) -> OsString {
        let first = self.binary.parent().map(Path::to_owned);
        let folders = first.into_iter().chain(environment.search_path.iter().cloned());
        std::env::join_paths(folders).unwrap_or_default()
    }
}

impl TinyGoTool {
    /// The whole environment of a run of this TinyGo.
    pub fn clean_environment(&self, go: &GoTool, environment: &Environment) -> Vec<(OsString, OsString)> {
        let mut variables = with_tinygo(go, environment, &self.root);
        if let Some(wasm_opt) = &self.wasm_opt {
            variables.push(("WASMOPT".into(), wasm_opt.clone().into()));
        }
        variables
    }
}

/// The environment of what has TinyGo in it and reads its sources from `root`.
pub(super) fn with_tinygo(go: &GoTool, environment: &Environment, root: &Path) -> Vec<(OsString, OsString)> {
    let mut variables = go.clean_environment(environment);
    variables.push(("TINYGOROOT".into(), root.into()));
    variables.push(("XDG_CACHE_HOME".into(), cache_folder(environment).into()));
    variables
}

/// The parent of the folder `tinygo` with TinyGo's compiled packages.
pub(super) fn cache_folder(environment: &Environment) -> PathBuf {
    environment.cache_folder.join("tinygo-cache")
}

/// A folder that only this user can read; made when it is missing. When it cannot be made, the run that
/// needs it says so with its path.
fn temporary_folder(environment: &Environment) -> PathBuf {
    let folder = environment.cache_folder.join("temporary");
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
    if let Err(error) = made {
        tracing::warn!(folder = %folder.display(), %error, "cannot make the folder for temporary files");
    }
    folder
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::super::locate::fake_tools::{FakeTools, go_tool, tinygo_tool};
    use super::*;

    fn scrubbed(set: &[(&str, &str)]) -> BTreeMap<String, String> {
        let mut tools = FakeTools::new();
        for (name, value) in set {
            tools.set(name, value);
        }
        let go = go_tool();
        let variables = tinygo_tool().clean_environment(&go, tools.environment());
        let text = |text: OsString| text.into_string().unwrap();
        variables.into_iter().map(|(name, value)| (text(name), text(value))).collect()
    }

    #[test]
    fn h1_goflags_of_the_shell_are_scrubbed() {
        let variables = scrubbed(&[("GOFLAGS", "-toolexec=/tmp/x.sh")]);
        assert_eq!(variables["GOFLAGS"], "-buildvcs=false");
    }

    #[test]
    fn h2_no_settings_file_is_read() {
        let variables = scrubbed(&[("GOENV", "/tmp/evil/env")]);
        assert_eq!(variables["GOENV"], "off");
    }

    #[test]
    fn h3_no_other_toolchain_is_downloaded_or_run() {
        let variables = scrubbed(&[("GOTOOLCHAIN", "path:../../x")]);
        assert_eq!(variables["GOTOOLCHAIN"], "local");
    }

    #[test]
    fn h10_h11_no_variable_brings_flags_or_targets() {
        let variables = scrubbed(&[
            ("GO_EXTLINK_ENABLED", "1"),
            ("GO_LDSO", "/tmp/x"),
            ("TINYGO_GOCOMPATIBILITY", "false"),
            ("CGO_LDFLAGS", "-fplugin=/tmp/x.so"),
            ("CGO_CFLAGS_ALLOW", ".*"),
            ("GOOS", "linux"),
            ("CGO_ENABLED", "1"),
        ]);
        for name in
            ["GO_EXTLINK_ENABLED", "GO_LDSO", "TINYGO_GOCOMPATIBILITY", "CGO_LDFLAGS", "CGO_CFLAGS_ALLOW"]
        {
            assert!(!variables.contains_key(name), "{name}");
        }
        assert_eq!((&*variables["GOOS"], &*variables["CGO_ENABLED"]), ("js", "0"));
    }

    #[test]
    fn h12_tools_named_by_the_shell_are_not_run() {
        let variables = scrubbed(&[
            ("WASMOPT", "/tmp/x"),
            ("WASMTOOLS", "/tmp/x"),
            ("CC", "/tmp/x"),
            ("CXX", "/tmp/x"),
            ("LD_PRELOAD", "/tmp/x.so"),
            ("LD_LIBRARY_PATH", "/tmp"),
            ("DYLD_INSERT_LIBRARIES", "/tmp/x.so"),
            ("GOROOT", "/tmp/x"),
            ("TINYGOROOT", "/tmp/x"),
            ("GOCACHEPROG", "/tmp/x"),
            ("GIT_SSH_COMMAND", "/tmp/x"),
        ]);
        assert!(!variables.values().any(|value| value.contains("/tmp/x")), "{variables:#?}");
        for name in
            ["WASMTOOLS", "CC", "CXX", "LD_PRELOAD", "LD_LIBRARY_PATH", "GOCACHEPROG", "GIT_SSH_COMMAND"]
        {
            assert!(!variables.contains_key(name), "{name}");
        }
        assert_eq!(variables["WASMOPT"], "/fake/tinygo/bin/wasm-opt");
        for folder in std::env::split_paths(&variables["PATH"]) {
            assert!(folder.is_absolute(), "{}", folder.display());
        }
    }

    #[test]
    fn h12_relative_folders_of_the_search_path_are_not_searched() {
        // The path of this process is read once; what `capture` takes from it is absolute.
        let captured = Environment::capture().unwrap();
        assert!(captured.search_path.iter().all(|folder| folder.is_absolute()));
    }

    #[test]
    fn h13_h14_no_version_control_program_is_run() {
        let variables = scrubbed(&[("GOVCS", "*:all"), ("GOPROXY", "direct")]);
        assert_eq!(variables["GOVCS"], "*:off");
        assert_eq!(variables["GOPROXY"], "https://proxy.example");
        assert!(variables["GOFLAGS"].contains("-buildvcs=false"));
    }

    #[test]
    fn only_known_names_are_set() {
        let all = scrubbed(&[
            ("HTTPS_PROXY", "http://proxy.example"),
            ("SSL_CERT_FILE", "/etc/ca"),
            ("OTHER", "x"),
        ]);
        let names: Vec<_> = all.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "CGO_ENABLED",
                "GOARCH",
                "GOCACHE",
                "GOENV",
                "GOFLAGS",
                "GOMODCACHE",
                "GONOPROXY",
                "GOOS",
                "GOPATH",
                "GOPROXY",
                "GOROOT",
                "GOSUMDB",
                "GOTOOLCHAIN",
                "GOVCS",
                "HOME",
                "HTTPS_PROXY",
                "LANG",
                "PATH",
                "SSL_CERT_FILE",
                "TINYGOROOT",
                "TMPDIR",
                "WASMOPT",
                "XDG_CACHE_HOME",
            ]
        );
    }

    #[test]
    fn the_temporary_folder_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let tools = FakeTools::new();
        let folder = temporary_folder(tools.environment());
        assert!(folder.starts_with(&tools.environment().cache_folder));
        assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        assert_ne!(folder, Path::new("/tmp"));
    }
}
