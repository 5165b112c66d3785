//! What `doctor` tells, as data.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::fix::apt_line;
use super::locate::Toolchain;
use super::missing::Missing;
use super::provision::{Ingredients, Product};
use super::system::System;
use super::tool::Tool;
use crate::environment::Environment;

/// One line for each tool.
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

impl Report {
    /// Makes the report from what was found.
    pub fn new(toolchain: &Toolchain, environment: &Environment) -> Self {
        let go = row(Tool::Go, &toolchain.go, |go| (&go.binary, go.version.to_string()));
        let mut tinygo = row(Tool::TinyGo, &toolchain.tinygo, |tool| (&tool.binary, tool.version.clone()));
        let mut warm_compiler =
            row(Tool::WarmCompiler, &toolchain.warm_compiler, |tool| (&tool.binary, tool.version.clone()));
        if toolchain.go.is_ok() && !(tinygo.fits && warm_compiler.fits) {
            let made = [(&mut tinygo, Product::TinyGo), (&mut warm_compiler, Product::WarmCompiler)];
            for (row, product) in made.into_iter().filter(|(row, _)| !row.fits) {
                row.remedy = Some(remedy(product, System::detect(), Ingredients::find(environment).err()));
            }
        }
        let tools = vec![
            go,
            tinygo,
            warm_compiler,
            row(Tool::WasmOpt, &toolchain.wasm_opt, |tool| (&tool.binary, tool.version.to_string())),
            row(Tool::Chromium, &toolchain.chromium, |browser| (&browser.binary, browser.version.clone())),
            row(Tool::Firefox, &toolchain.firefox, |browser| (&browser.binary, browser.version.clone())),
        ];
        Self { tools }
    }

    /// This one can be used.
    pub fn fits(&self, tool: Tool) -> bool {
        let name = tool.to_string();
        self.tools.iter().any(|row| row.fits && row.name == name)
    }

    /// Everything is there that `serve` cannot do without.
    pub fn usable(&self) -> bool {
        self.tools.iter().all(|row| row.fits || !row.required)
    }
}

/// What to do when something that can be made is not there, and what it is made from may be `missing`.
fn remedy(product: Product, system: System, missing: Option<Vec<&'static str>>) -> String {
    let made = format!("`dev-server doctor --fix`: it builds {product} into the cache folder");
    let tool = match product {
        Product::TinyGo => Tool::TinyGo,
        Product::WarmCompiler => Tool::WarmCompiler,
    };
    match (system, missing) {
        (System::Debian, Some(packages)) => format!("run `{}`, then {made}", apt_line(&packages)),
        (_, Some(_)) => tool.remedy(system),
        (_, None) => format!("run {made}"),
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
        assert_eq!(names, ["go", "tinygo", "warm-compiler", "wasm-opt", "chromium", "firefox"]);
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
        assert_eq!(json["tools"][2]["name"], "warm-compiler");
    }

    #[test]
    fn a_remedy_names_all_that_is_to_be_done() {
        let packages = || Some(vec!["lld-19", "wasi-libc"]);
        for product in [Product::TinyGo, Product::WarmCompiler] {
            let text = remedy(product, System::Debian, packages());
            let install =
                "run `sudo apt-get install --no-install-recommends lld-19 wasi-libc`, then `dev-server";
            assert!(text.starts_with(install) && text.contains(&product.to_string()), "{text}");
            let text = remedy(product, System::Debian, None);
            assert!(text.starts_with("run `dev-server doctor --fix`: it builds"), "{text}");
        }
        let text = remedy(Product::WarmCompiler, System::MacOs, packages());
        assert!(text.contains("brew install llvm@19") && text.contains("doctor --fix"), "{text}");
        let text = remedy(Product::WarmCompiler, System::Fedora, packages());
        assert!(text.contains("Dockerfile") && !text.contains("doctor --fix"), "{text}");
        let text = remedy(Product::TinyGo, System::Fedora, packages());
        assert!(text.contains("dnf install tinygo"), "{text}");
    }
}
