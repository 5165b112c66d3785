//! Makes a TinyGo in the user's cache folder from its Go module and the LLVM of the system.
//!
//! Its own release archive is not fetched: the module proxy and the system's packages are sources that are
//! verified already. What the module lacks (`lib/wasi-libc`, `src/net`) comes from the system and from Go.

mod ingredients;
mod recipe;
mod mend;
mod make;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::go::GoTool;
use super::tinygo::TinyGoTool;
use crate::environment::Environment;

pub(super) use ingredients::Ingredients;
pub(super) use make::make;
pub use make::{ProvisionError, Step};

/// Written last into a finished folder: what `find` would otherwise have to run TinyGo for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    version: String,
    build_tags: Vec<String>,
}

const LABEL: &str = "dev-server.json";

/// The TinyGo that was made for this Go and these libraries, when there is one.
pub(super) fn find(environment: &Environment, go: &GoTool) -> Option<TinyGoTool> {
    let ingredients = Ingredients::find(environment).ok()?;
    read(&folder(environment, go, &ingredients))
}

/// Where it lies: the name says what it was made from, so that a change of Go or LLVM makes another one.
fn folder(environment: &Environment, go: &GoTool, ingredients: &Ingredients) -> PathBuf {
    let name = format!("{}-{}", recipe::VERSION, recipe::key(go, ingredients));
    shelf(environment).join(name)
}

fn shelf(environment: &Environment) -> PathBuf {
    environment.cache_folder.join("tinygo")
}

fn read(root: &Path) -> Option<TinyGoTool> {
    let bytes = std::fs::read(root.join(LABEL)).ok()?;
    let label: Label = serde_json::from_slice(&bytes).ok()?;
    let tool = TinyGoTool::made(root, &label.version, root.join(recipe::TARGET), label.build_tags);
    tool.binary.is_file().then_some(tool)
}
