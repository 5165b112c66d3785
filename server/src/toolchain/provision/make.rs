//! The steps of making a TinyGo, and where it lies.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::go::GoTool;
use super::super::tinygo::{TinyGoTool, build_tags};
use super::error::{ProvisionError, at};
use super::ingredients::Ingredients;
use super::kitchen::Kitchen;
use super::shelf::{Shelf, label};
use super::step::{Product, Step};
use super::{mend, recipe};
use crate::environment::Environment;
use crate::process::Program;

/// The smallest program that shows that the runtime is built and linked for the page.
const TRIAL: &str = "package main\n\nfunc main() { println(\"hello\") }\n";

/// What one would otherwise have to run TinyGo for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    version: String,
    build_tags: Vec<String>,
}

/// The TinyGo that was made for this Go and these libraries, when there is one.
pub(in crate::toolchain) fn find(
    environment: &Environment,
    go: &GoTool,
    ingredients: &Ingredients,
) -> Option<TinyGoTool> {
    read(&shelf(environment).folder.join(folder_name(go, ingredients)))
}

/// Finds or makes the TinyGo for this Go and these ingredients.
pub(in crate::toolchain) async fn make(kitchen: &Kitchen<'_>) -> Result<TinyGoTool, ProvisionError> {
    let shelf = shelf(kitchen.environment);
    let name = folder_name(kitchen.go, kitchen.ingredients);
    let finished = |folder: &Path| read(folder).is_some();
    let place = shelf.reserve(&name, finished, kitchen.cancel, kitchen.on_step).await?;
    let folder = match place {
        None => shelf.folder.join(name),
        Some(place) => {
            let steps = Steps { kitchen, root: place.folder() };
            (kitchen.on_step)(Step::Compiling(Product::TinyGo));
            let module = steps.compile().await?;
            (kitchen.on_step)(Step::Copying);
            steps.copy(module).await?;
            (kitchen.on_step)(Step::Trying(Product::TinyGo));
            let build_tags = steps.try_out().await?;
            place.finish(&Label { version: recipe::VERSION.to_owned(), build_tags })?
        }
    };
    read(&folder).ok_or_else(|| ProvisionError::Sources(format!("{} is not complete", folder.display())))
}

pub(super) fn shelf(environment: &Environment) -> Shelf {
    Shelf { folder: environment.cache_folder.join("tinygo"), product: Product::TinyGo }
}

/// It says what it was made from, so that a change of Go or LLVM makes another one.
pub(super) fn folder_name(go: &GoTool, ingredients: &Ingredients) -> String {
    format!("{}-{}", recipe::VERSION, recipe::key(go, ingredients))
}

pub(super) fn read(root: &Path) -> Option<TinyGoTool> {
    let label: Label = label(root)?;
    let tool = TinyGoTool::made(root, &label.version, root.join(recipe::TARGET), label.build_tags);
    tool.binary.is_file().then_some(tool)
}

/// What all steps need.
struct Steps<'a> {
    kitchen: &'a Kitchen<'a>,
    root: &'a Path,
}

impl Steps<'_> {
    /// Compiles the command and returns the folder of its module.
    async fn compile(&self) -> Result<PathBuf, ProvisionError> {
        let folder = self.root.join("module");
        fs::create_dir(&folder).map_err(at(&folder))?;
        for (name, text) in [("go.mod", recipe::MODULE), ("go.sum", recipe::CHECKSUMS)] {
            fs::write(folder.join(name), text).map_err(at(&folder.join(name)))?;
        }
        let go = self.kitchen.go(&folder);
        let build = go
            .clone()
            .args(["build", "-tags", recipe::LLVM_TAG, "-o"])
            .arg(self.root.join("bin/tinygo"))
            .arg(recipe::PACKAGE);
        self.run("compiling TinyGo", build).await?;
        let list = go.args(["list", "-m", "-f", "{{.Dir}}", recipe::PACKAGE]);
        let module = PathBuf::from(self.run("finding TinyGo's module", list).await?.trim());
        if !module.is_absolute() {
            return Err(ProvisionError::Sources(format!(
                "`go list` names no folder for {}",
                recipe::PACKAGE
            )));
        }
        Ok(module)
    }

    /// Fills TINYGOROOT. Copies and not links: TinyGo skips linked folders.
    async fn copy(&self, module: PathBuf) -> Result<(), ProvisionError> {
        let root = self.root.to_owned();
        let web = self.kitchen.go.root.join("src/net/http");
        let ingredients = self.kitchen.ingredients.clone();
        let copying = tokio::task::spawn_blocking(move || {
            for name in ["src", "targets", "lib"] {
                copy_folder(&module.join(name), &root.join(name))?;
            }
            // A submodule that is not in the Go module. A program that really uses it gets a compile error;
            // without the folder no program would compile.
            copy_folder(&web, &root.join("src/net/http"))?;
            mend::apply(&root).map_err(|error| ProvisionError::Sources(error.to_string()))?;
            let target = root.join(recipe::TARGET);
            fs::write(&target, recipe::target(&ingredients)).map_err(at(&target))?;
            let script = root.join("bin/wasm-opt");
            fs::write(&script, recipe::wasm_opt(&ingredients.wasm_opt)).map_err(at(&script))?;
            fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).map_err(at(&script))
        });
        copying.await.map_err(|error| ProvisionError::Sources(error.to_string()))?
    }

    /// Builds a program, and returns the build tags of the target when that went well.
    async fn try_out(&self) -> Result<Vec<String>, ProvisionError> {
        let trial = self.root.join("trial");
        fs::create_dir(&trial).map_err(at(&trial))?;
        for (name, text) in [("main.go", TRIAL), ("go.mod", "module trial\n")] {
            fs::write(trial.join(name), text).map_err(at(&trial.join(name)))?;
        }
        let target = self.root.join(recipe::TARGET);
        let tool = TinyGoTool::made(self.root, recipe::VERSION, target.clone(), Vec::new());
        let tinygo = Program::new(&tool.binary, &trial)
            .envs(tool.clean_environment(self.kitchen.go, self.kitchen.environment))
            // TinyGo remembers where its sources lie, and these are about to move.
            .env("XDG_CACHE_HOME", &trial);
        let info = tinygo.clone().args(["info", "-target"]).arg(&target);
        let build_tags = build_tags(&self.run("asking TinyGo about its target", info).await?);
        let build = tinygo.args(["build", "-opt=0", "-target"]).arg(&target).args(["-o", "trial.wasm", "."]);
        self.run("trying TinyGo out", build).await?;
        for folder in [trial, self.root.join("module")] {
            fs::remove_dir_all(&folder).map_err(at(&folder))?;
        }
        Ok(build_tags)
    }

    async fn run(&self, what: &'static str, program: Program) -> Result<String, ProvisionError> {
        self.kitchen.run(Product::TinyGo, what, program).await
    }
}

/// Copies contents only: files of the module cache are read-only, and a copy that is could not be mended.
fn copy_folder(from: &Path, to: &Path) -> Result<(), ProvisionError> {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(from).to_owned();
            ProvisionError::File { path, source: error.into() }
        })?;
        let path = to.join(entry.path().strip_prefix(from).unwrap_or(entry.path()));
        if entry.file_type().is_dir() {
            fs::create_dir_all(&path).map_err(at(&path))?;
        } else if entry.file_type().is_file() {
            let bytes = fs::read(entry.path()).map_err(at(entry.path()))?;
            fs::write(&path, bytes).map_err(at(&path))?;
        }
    }
    Ok(())
}
