//! The standard Go toolchain.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::missing::Missing;
use super::probe;
use super::tool::Tool;
use super::version::GoVersion;
use crate::environment::Environment;

/// Settings of the user that decide where modules come from and lie. Nothing else of the user's
/// configuration is asked for: GOFLAGS and the like could make a build run other programs.
const QUESTIONS: [&str; 10] = [
    "GOROOT",
    "GOVERSION",
    "GOPATH",
    "GOMODCACHE",
    "GOCACHE",
    "GOPROXY",
    "GOSUMDB",
    "GONOSUMDB",
    "GONOPROXY",
    "GOPRIVATE",
];

/// The standard Go toolchain and where it keeps things.
#[derive(Debug, Clone)]
pub struct GoTool {
    /// The `go` command.
    pub binary: PathBuf,
    /// GOROOT.
    pub root: PathBuf,
    /// Its version.
    pub version: GoVersion,
    /// GOPATH.
    pub path: PathBuf,
    /// GOMODCACHE.
    pub module_cache: PathBuf,
    /// GOCACHE.
    pub build_cache: PathBuf,
    /// The user's GOPROXY without `direct`, which would run version control programs; `off` when nothing is left.
    pub proxy: String,
    /// GOSUMDB.
    pub checksum_database: String,
    /// GONOSUMDB: modules whose checksums are not asked for in public.
    pub private_checksums: String,
    /// GONOPROXY: modules whose names are not told to a proxy.
    pub private_modules: String,
}

impl GoTool {
    /// The one on the search path. GOROOT and GOENV of the surroundings are not heeded.
    pub(super) async fn locate(environment: &Environment) -> Result<Self, Missing> {
        let tool = Tool::Go;
        let binary = environment.find("go").ok_or(Missing::NotFound { tool })?;
        let mut arguments = vec!["env", "-json"];
        arguments.extend(QUESTIONS);
        // Not remembered: the answer depends on the user's settings, and takes 10 ms.
        let text = probe::run(tool, &binary, &arguments, &question_environment(environment)).await?;
        let broken = |reason: &str| Missing::Broken { tool, path: binary.clone(), reason: reason.to_owned() };
        let answers: BTreeMap<String, String> =
            serde_json::from_str(&text).map_err(|_| broken("`go env -json` does not print JSON"))?;
        let answer = |name: &str| answers.get(name).map(String::as_str).unwrap_or_default();
        let folder = |name: &str| {
            Some(PathBuf::from(answer(name)))
                .filter(|path| path.is_absolute())
                .ok_or_else(|| broken(&format!("`go env` names no folder for {name}")))
        };
        let version: GoVersion =
            answer("GOVERSION").parse().map_err(|_| broken("it does not say its version"))?;
        if !version.fits() {
            let (major, minor) = GoVersion::OLDEST;
            let reason = format!("Go {major}.{minor} or newer is needed");
            return Err(Missing::Unfit { tool, path: binary.clone(), version: version.to_string(), reason });
        }
        Ok(Self {
            root: folder("GOROOT")?,
            path: first_folder(answer("GOPATH"))
                .ok_or_else(|| broken("`go env` names no folder for GOPATH"))?,
            module_cache: folder("GOMODCACHE")?,
            build_cache: folder("GOCACHE")?,
            proxy: without_direct(answer("GOPROXY")),
            checksum_database: answer("GOSUMDB").to_owned(),
            private_checksums: answer("GONOSUMDB").to_owned(),
            private_modules: answer("GONOPROXY").to_owned(),
            version,
            binary,
        })
    }
}

/// What `go env` may see: where the user's settings are, and those settings that were asked for.
fn question_environment(environment: &Environment) -> Vec<(OsString, OsString)> {
    let mut variables: Vec<(OsString, OsString)> = vec![
        ("PATH".into(), std::env::join_paths(&environment.search_path).unwrap_or_default()),
        ("HOME".into(), environment.home.clone().into()),
        ("GOTOOLCHAIN".into(), "local".into()),
    ];
    let from_user = QUESTIONS.iter().filter(|name| !matches!(**name, "GOROOT" | "GOVERSION"));
    for name in from_user.chain(&["XDG_CONFIG_HOME", "XDG_CACHE_HOME"]) {
        if let Some(value) = environment.variable(name) {
            variables.push((name.into(), value.into()));
        }
    }
    variables
}

/// GOPATH may be a list, of which downloads use the first.
fn first_folder(list: &str) -> Option<PathBuf> {
    std::env::split_paths(list).find(|folder| folder.is_absolute())
}

/// A list of proxies with the separators of the user, which say when the next one is tried.
fn without_direct(proxies: &str) -> String {
    let mut kept = String::new();
    for part in proxies.split_inclusive([',', '|']) {
        let name = part.trim_end_matches([',', '|']).trim();
        if !name.is_empty() && name != "direct" {
            kept.push_str(part.trim());
        }
    }
    let kept = kept.trim_end_matches([',', '|']);
    if kept.is_empty() { "off".to_owned() } else { kept.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::locate::fake_tools::{FakeTools, script};
    use super::*;

    #[test]
    fn h14_direct_is_taken_out_of_the_proxies() {
        for (given, kept) in [
            ("https://proxy.example,direct", "https://proxy.example"),
            ("https://a.example|https://b.example,direct", "https://a.example|https://b.example"),
            ("direct|https://a.example", "https://a.example"),
            ("direct", "off"),
            (" direct ", "off"),
            ("off", "off"),
            ("", "off"),
            ("file:///srv/modules", "file:///srv/modules"),
        ] {
            assert_eq!(without_direct(given), kept, "{given}");
        }
    }

    #[tokio::test]
    async fn h1_h12_go_is_asked_without_flags_root_and_settings_file_of_the_shell() {
        let mut tools = FakeTools::new();
        tools.add("go", &script("/usr/bin/env >&2; exit 9"));
        for name in ["GOFLAGS", "GOROOT", "GOENV", "GOTOOLCHAIN", "LD_PRELOAD", "GOPROXY"] {
            tools.set(name, "/tmp/evil");
        }
        let seen = question_environment(tools.environment());
        let names: Vec<_> = seen.iter().map(|(name, _)| name.to_str().unwrap()).collect();
        assert_eq!(names, ["PATH", "HOME", "GOTOOLCHAIN", "GOPROXY"]);
        assert_eq!(seen[2].1, "local");
        assert!(matches!(GoTool::locate(tools.environment()).await, Err(Missing::Broken { .. })));
    }
}
