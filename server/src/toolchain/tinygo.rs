//! TinyGo: the user's own when it fits the Go toolchain, else the one that this program has made.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::go::GoTool;
use super::missing::Missing;
use super::probe::Prober;
use super::provision::{self, Ingredients};
use super::scrub;
use super::tool::Tool;
use super::version::first_number;
use super::wasm_opt::WasmOpt;
use crate::environment::Environment;

/// The target that a TinyGo with everything inside brings along.
const OWN_TARGET: &str = "wasm";

/// A TinyGo that can build for the browser with the Go toolchain that was found.
#[derive(Debug, Clone)]
pub struct TinyGoTool {
    /// The `tinygo` command.
    pub binary: PathBuf,
    /// TINYGOROOT.
    pub root: PathBuf,
    /// Its version, such as `0.41.1`.
    pub version: String,
    /// What it is asked to build for.
    pub target: TinyGoTarget,
    /// Build tags that it sets for that target: `go list` needs them to choose the same files.
    pub build_tags: Vec<String>,
    /// What WASMOPT is set to; `None` when there is none, and a build fails with a clear message.
    pub wasm_opt: Option<PathBuf>,
    /// Made by this program and not by the user.
    pub provisioned: bool,
}

/// What is passed as `-target`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TinyGoTarget {
    /// A target that TinyGo brings along.
    Named(String),
    /// A description that was written for the libraries of this machine. Never a file of the project.
    File(PathBuf),
}

impl TinyGoTarget {
    /// The value of `-target`.
    pub fn argument(&self) -> OsString {
        match self {
            Self::Named(name) => name.into(),
            Self::File(path) => path.into(),
        }
    }
}

impl TinyGoTool {
    /// The `wasm_exec.js` that goes with its modules.
    pub fn glue(&self) -> PathBuf {
        self.root.join("targets/wasm_exec.js")
    }

    pub(super) async fn locate(
        environment: &Environment,
        go: &GoTool,
        wasm_opt: Option<&WasmOpt>,
        prober: &Prober,
    ) -> Result<Self, Missing> {
        let own = Self::own(environment, go, wasm_opt, prober).await;
        if own.is_ok() {
            return own;
        }
        // The reason why the user's own cannot be used is worth more than that ours is not there.
        let made = Ingredients::find(environment)
            .ok()
            .and_then(|ingredients| provision::find_tinygo(environment, go, &ingredients));
        made.map_or(own, Ok)
    }

    /// The one on the search path.
    async fn own(
        environment: &Environment,
        go: &GoTool,
        wasm_opt: Option<&WasmOpt>,
        prober: &Prober,
    ) -> Result<Self, Missing> {
        let tool = Tool::TinyGo;
        let binary = environment.find("tinygo").ok_or(Missing::NotFound { tool })?;
        let mut variables = go.clean_environment(environment);
        variables.push(("XDG_CACHE_HOME".into(), scrub::cache_folder(environment).into()));
        if let Some(wasm_opt) = wasm_opt {
            variables.push(("WASMOPT".into(), wasm_opt.binary.clone().into()));
        }
        // Which Go it is asked with decides about the answers.
        let context = format!("go {} {}", go.version, go.root.display());
        let ask =
            |arguments: &'static [&'static str]| prober.ask(tool, &binary, arguments, &variables, &context);
        let target = ["info", "-target", OWN_TARGET];
        let (version, root) = tokio::join!(ask(&["version"]), ask(&["env", "TINYGOROOT"]));
        let broken = |reason: &str| Missing::Broken { tool, path: binary.clone(), reason: reason.to_owned() };
        let version = version?;
        let version = first_number(&version).ok_or_else(|| broken("it does not say its version"))?.to_owned();
        let root = PathBuf::from(root?.trim());
        if !root.join("targets/wasm_exec.js").is_file() {
            return Err(broken("its TINYGOROOT has no targets/wasm_exec.js"));
        }
        // `info` checks that it goes with this Go, and fails otherwise.
        let text = match prober.ask(tool, &binary, &target, &variables, &context).await {
            Ok(text) => text,
            Err(Missing::Broken { reason, .. }) => {
                return Err(Missing::Unfit { tool, path: binary.clone(), version, reason });
            }
            Err(error) => return Err(error),
        };
        let bundled = root.join("bin/wasm-opt");
        let wasm_opt = match WasmOpt::at(bundled, prober).await {
            Ok(bundled) => Some(bundled.binary),
            Err(_) => wasm_opt.map(|found| found.binary.clone()),
        };
        let target = TinyGoTarget::Named(OWN_TARGET.to_owned());
        Ok(Self {
            build_tags: build_tags(&text),
            binary,
            root,
            version,
            target,
            wasm_opt,
            provisioned: false,
        })
    }

    /// Reads the version and the tags of a TinyGo that has just been made in `root`.
    pub(super) fn made(root: &Path, version: &str, target: PathBuf, build_tags: Vec<String>) -> Self {
        Self {
            binary: root.join("bin/tinygo"),
            root: root.to_owned(),
            version: version.to_owned(),
            target: TinyGoTarget::File(target),
            build_tags,
            wasm_opt: Some(root.join("bin/wasm-opt")),
            provisioned: true,
        }
    }
}

/// The line `build tags:` of `tinygo info`.
pub(super) fn build_tags(info: &str) -> Vec<String> {
    info.lines()
        .find_map(|line| line.strip_prefix("build tags:"))
        .map(|tags| tags.split_whitespace().map(str::to_owned).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_tags_are_read_from_what_info_prints() {
        let text = "LLVM triple:       wasm32-unknown-wasi\nbuild tags:        tinygo.wasm tinygo purego\nscheduler:         asyncify\n";
        assert_eq!(build_tags(text), ["tinygo.wasm", "tinygo", "purego"]);
        assert!(build_tags("nothing").is_empty());
    }
}
