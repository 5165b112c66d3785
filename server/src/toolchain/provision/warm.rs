//! The steps of making the warm compiler, and the name that follows from what it is made from.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::go::GoTool;
use super::super::tinygo::TinyGoTool;
use super::super::warm_compiler::WarmCompiler;
use super::error::{ProvisionError, at};
use super::ingredients::Ingredients;
use super::kitchen::Kitchen;
use super::shelf::{Shelf, label};
use super::step::{Product, Step};
use super::{make, recipe, sources};
use crate::content::ContentHash;
use crate::environment::Environment;
use crate::process::Program;

/// Raised when the steps of making change in a way that the other parts of the key do not show.
const GENERATION: u32 = 1;

/// The program in its folder.
const BINARY: &str = "bin/compiler";

/// What the folder says about itself.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    /// Of the TinyGo in it.
    tinygo: String,
    /// That it was compiled with.
    go: String,
}

/// The one that was made from these sources with this Go and these libraries, when there is one and its TinyGo as well.
pub(in crate::toolchain) fn find(
    environment: &Environment,
    go: &GoTool,
    ingredients: &Ingredients,
) -> Option<WarmCompiler> {
    let tinygo = make::find(environment, go, ingredients)?;
    let binary = read(&shelf(environment).folder.join(folder_name(go, ingredients)))?;
    Some(WarmCompiler::made(binary, tinygo, ingredients, environment))
}

/// Finds or makes it; `tinygo` is the one whose sources it reads. A user's own has others, and does not help.
pub(in crate::toolchain) async fn make(
    kitchen: &Kitchen<'_>,
    tinygo: TinyGoTool,
) -> Result<WarmCompiler, ProvisionError> {
    let shelf = shelf(kitchen.environment);
    let name = folder_name(kitchen.go, kitchen.ingredients);
    let finished = |folder: &Path| read(folder).is_some();
    let folder = match shelf.reserve(&name, finished, kitchen.cancel, kitchen.on_step).await? {
        None => shelf.folder.join(name),
        Some(place) => {
            (kitchen.on_step)(Step::Compiling(Product::WarmCompiler));
            compile(kitchen, place.folder()).await?;
            (kitchen.on_step)(Step::Trying(Product::WarmCompiler));
            try_out(kitchen, place.folder(), &tinygo).await?;
            let go = kitchen.go.version.to_string();
            place.finish(&Label { tinygo: recipe::VERSION.to_owned(), go })?
        }
    };
    let binary = read(&folder)
        .ok_or_else(|| ProvisionError::Sources(format!("{} is not complete", folder.display())))?;
    Ok(WarmCompiler::made(binary, tinygo, kitchen.ingredients, kitchen.environment))
}

pub(super) fn shelf(environment: &Environment) -> Shelf {
    Shelf { folder: environment.cache_folder.join("compiler"), product: Product::WarmCompiler }
}

fn read(folder: &Path) -> Option<PathBuf> {
    let _: Label = label(folder)?;
    Some(folder.join(BINARY)).filter(|binary| binary.is_file())
}

pub(super) fn folder_name(go: &GoTool, ingredients: &Ingredients) -> String {
    format!("{}-{}", recipe::VERSION, key(go, ingredients))
}

/// Hash over everything that decides what is made. TinyGo is in it as what the module requires: its folder is read at
/// run time only, so that a mend of its runtime does not compile this anew, nor a change of these sources TinyGo.
fn key(go: &GoTool, ingredients: &Ingredients) -> String {
    let mut parts = vec![
        GENERATION.to_string(),
        std::env::consts::ARCH.to_owned(),
        ingredients.llvm.display().to_string(),
        go.version.to_string(),
        go.root.display().to_string(),
    ];
    for (path, content) in sources::all() {
        parts.push(path.display().to_string());
        parts.push(ContentHash::of(content).to_string());
    }
    // NUL occurs in none of the parts, so that no two lists run into the same text.
    ContentHash::of(parts.join("\0").as_bytes()).to_string()[..16].to_owned()
}

async fn compile(kitchen: &Kitchen<'_>, root: &Path) -> Result<(), ProvisionError> {
    let module = root.join("module");
    sources::write(&module)?;
    let build =
        kitchen.go(&module).args(["build", "-tags", recipe::LLVM_TAG, "-o"]).arg(root.join(BINARY)).arg(".");
    kitchen.run(Product::WarmCompiler, "compiling the warm compiler", build).await?;
    fs::remove_dir_all(&module).map_err(at(&module))
}

/// It ends by itself at the end of its input, which is empty here: what this shows is that its libraries are found.
async fn try_out(kitchen: &Kitchen<'_>, root: &Path, tinygo: &TinyGoTool) -> Result<(), ProvisionError> {
    let binary = root.join(BINARY);
    let compiler = WarmCompiler::made(binary, tinygo.clone(), kitchen.ingredients, kitchen.environment);
    let start = Program::new(&compiler.binary, root)
        .envs(compiler.clean_environment(kitchen.go, kitchen.environment));
    kitchen.run(Product::WarmCompiler, "starting the warm compiler", start).await.map(drop)
}
