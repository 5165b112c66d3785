//! What `doctor` tells, as data, and what it mends.

use std::path::{Path, PathBuf};

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::locate::Toolchain;
use super::missing::Missing;
use super::provision::{self, Ingredients, ProvisionError, Step};
use super::system::System;
use super::tool::Tool;
use crate::environment::Environment;

/// One line for each tool, and for what is needed to make TinyGo when it is not there.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The tools in the order of their weight.
    pub tools: Vec<ToolRow>,
}

/// What there is to say about one tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToolRow {
    /// Name of its command.
    pub name: String,
    /// Where it is.
    pub path: Option<PathBuf>,
    /// Its version.
    pub version: Option<String>,
    /// It can be used.
    pub fits: bool,
    /// Nothing works without it.
    pub required: bool,
    /// What it is for.
    pub purpose: &'static str,
    /// Why it cannot be used.
    pub problem: Option<String>,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// What `fix` did and could not do.
#[derive(Debug)]
pub struct Fixed {
    /// The tools as they are now.
    pub toolchain: Toolchain,
    /// TinyGo was made just now.
    pub made_tinygo: bool,
    /// The exact command that installs what is still needed and lies outside user folders.
    pub install: Option<String>,
    /// Why TinyGo could not be made although everything for it is there.
    pub failure: Option<ProvisionError>,
}

impl Report {
    /// Makes the report from what was found.
    pub fn new(toolchain: &Toolchain, environment: &Environment) -> Self {
        let go = row(Tool::Go, &toolchain.go, |go| (&go.binary, go.version.to_string()));
        let mut tinygo = row(Tool::TinyGo, &toolchain.tinygo, |tool| (&tool.binary, tool.version.clone()));
        if toolchain.go.is_ok() && !tinygo.fits {
            if let (System::Debian, Err(missing)) = (System::detect(), Ingredients::find(environment)) {
                tinygo.remedy = Some(format!(
                    "run `{}`, then `dev-server doctor --fix`: it builds TinyGo into the cache folder",
                    apt_line(&missing)
                ));
            }
        }
        let tools = vec![
            go,
            tinygo,
            row(Tool::WasmOpt, &toolchain.wasm_opt, |tool| (&tool.binary, tool.version.to_string())),
            row(Tool::Chromium, &toolchain.chromium, |browser| (&browser.binary, browser.version.clone())),
            row(Tool::Firefox, &toolchain.firefox, |browser| (&browser.binary, browser.version.clone())),
        ];
        Self { tools }
    }

    /// Everything is there that `serve` cannot do without.
    pub fn usable(&self) -> bool {
        self.tools.iter().all(|row| row.fits || !row.required)
    }
}

fn row<T>(tool: Tool, found: &Result<T, Missing>, facts: impl Fn(&T) -> (&PathBuf, String)) -> ToolRow {
    let mut row = ToolRow {
        name: tool.to_string(),
        path: None,
        version: None,
        fits: found.is_ok(),
        required: tool.required(),
        purpose: tool.purpose(),
        problem: None,
        remedy: None,
    };
    match found {
        Ok(found) => {
            let (path, version) = facts(found);
            row.path = Some(path.clone());
            row.version = Some(version);
        }
        Err(missing) => {
            row.path = missing.found().map(Path::to_owned);
            if let Missing::Unfit { version, .. } = missing {
                row.version = Some(version.clone());
            }
            row.problem = Some(missing.to_string());
            row.remedy = Some(missing.hint());
        }
    }
    row
}

/// Makes what lies in the user's folders, and tells what must be installed by other means.
pub async fn fix(
    environment: &Environment,
    cancel: &CancellationToken,
    on_step: &(dyn Fn(Step) + Sync),
) -> Fixed {
    let toolchain = Toolchain::locate(environment).await;
    let unchanged = |toolchain, install, failure| Fixed { toolchain, made_tinygo: false, install, failure };
    let (Ok(go), Err(_)) = (&toolchain.go, &toolchain.tinygo) else {
        return unchanged(toolchain, None, None);
    };
    let ingredients = match Ingredients::find(environment) {
        Ok(ingredients) => ingredients,
        Err(missing) => {
            let install = install_line(System::detect(), &missing);
            return unchanged(toolchain, install, None);
        }
    };
    match provision::make(environment, go, &ingredients, cancel, on_step).await {
        Ok(tinygo) => {
            let toolchain = Toolchain { tinygo: Ok(tinygo), ..toolchain };
            Fixed { toolchain, made_tinygo: true, install: None, failure: None }
        }
        Err(failure) => unchanged(toolchain, None, Some(failure)),
    }
}

/// The command that brings TinyGo, or what it is made from.
fn install_line(system: System, packages: &[&str]) -> Option<String> {
    match system {
        System::Debian => Some(apt_line(packages)),
        System::Fedora => Some("sudo dnf install tinygo binaryen".to_owned()),
        System::MacOs => Some("brew tap tinygo-org/tools && brew install tinygo binaryen".to_owned()),
        System::Other => None,
    }
}

fn apt_line(packages: &[&str]) -> String {
    format!("sudo apt-get install --no-install-recommends {}", packages.join(" "))
}

#[cfg(test)]
mod tests {
    use super::super::locate::fake_tools::{FakeTools, go_tool, tinygo_tool};
    use super::*;

    async fn empty() -> (FakeTools, Toolchain) {
        let tools = FakeTools::new();
        let toolchain = Toolchain::locate(tools.environment()).await;
        (tools, toolchain)
    }

    #[tokio::test]
    async fn every_missing_tool_has_a_problem_and_a_remedy() {
        let (tools, toolchain) = empty().await;
        let report = Report::new(&toolchain, tools.environment());
        let names: Vec<_> = report.tools.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["go", "tinygo", "wasm-opt", "chromium", "firefox"]);
        for row in &report.tools {
            assert!(!row.fits && row.problem.is_some() && row.remedy.is_some(), "{row:?}");
        }
        assert!(!report.usable());
    }

    #[tokio::test]
    async fn only_go_is_needed_and_json_tells_the_same() {
        let (tools, mut toolchain) = empty().await;
        toolchain.go = Ok(go_tool());
        toolchain.tinygo = Ok(tinygo_tool());
        let report = Report::new(&toolchain, tools.environment());
        assert!(report.usable());
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["tools"][0]["version"], "1.26.8");
        assert_eq!(json["tools"][1]["fits"], true);
        assert_eq!(json["tools"][2]["fits"], false);
    }

    #[tokio::test]
    async fn without_go_nothing_is_made() {
        let (tools, _) = empty().await;
        let fixed = fix(tools.environment(), &CancellationToken::new(), &|_| {}).await;
        assert!(!fixed.made_tinygo && fixed.install.is_none() && fixed.failure.is_none(), "{fixed:?}");
        assert!(fixed.toolchain.go.is_err());
    }

    #[test]
    fn the_install_line_can_be_pasted() {
        assert_eq!(
            install_line(System::Debian, &["lld-19", "wasi-libc"]).unwrap(),
            "sudo apt-get install --no-install-recommends lld-19 wasi-libc"
        );
        assert!(install_line(System::MacOs, &["lld-19"]).unwrap().starts_with("brew "));
        assert!(install_line(System::Fedora, &["lld-19"]).unwrap().starts_with("sudo dnf "));
        assert_eq!(install_line(System::Other, &["lld-19"]), None);
    }
}
