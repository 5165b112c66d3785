//! Makes what lies in the user's folders, and tells what must be installed by other means.

use tokio_util::sync::CancellationToken;

use super::locate::Toolchain;
use super::provision::{self, Ingredients, Kitchen, Product, ProvisionError, Step};
use super::system::System;
use super::tool::FORMULAS;
use crate::environment::Environment;

/// What `fix` did and could not do.
#[derive(Debug)]
pub struct Fixed {
    /// The tools as they are now.
    pub toolchain: Toolchain,
    /// What was made just now.
    pub made: Vec<Product>,
    /// The exact command that installs what is still needed and lies outside user folders: for TinyGo when there is
    /// none, else for the warm compiler.
    pub install: Option<String>,
    /// What could not be made although everything for it is there.
    pub failure: Option<Failure>,
}

/// Something could not be made.
#[derive(Debug, thiserror::Error)]
#[error("{product} could not be made: {error}")]
pub struct Failure {
    /// What.
    pub product: Product,
    /// Why.
    pub error: ProvisionError,
}

/// Makes what is not there.
pub async fn fix(
    environment: &Environment,
    cancel: &CancellationToken,
    on_step: &(dyn Fn(Step) + Sync),
) -> Fixed {
    let toolchain = Toolchain::locate(environment).await;
    let mut fixed = Fixed { toolchain, made: Vec::new(), install: None, failure: None };
    let Ok(go) = fixed.toolchain.go.clone() else { return fixed };
    let wanted = match (&fixed.toolchain.tinygo, &fixed.toolchain.warm_compiler) {
        (Err(_), _) => Product::TinyGo,
        (Ok(_), Err(_)) => Product::WarmCompiler,
        (Ok(_), Ok(_)) => return fixed,
    };
    match Ingredients::find(environment) {
        Ok(ingredients) => {
            let kitchen = Kitchen { environment, go: &go, ingredients: &ingredients, cancel, on_step };
            fixed.failure = make(&kitchen, &mut fixed.toolchain, &mut fixed.made).await.err();
        }
        Err(missing) => fixed.install = install_line(System::detect(), wanted, &missing),
    }
    fixed
}

/// Both: the warm compiler reads the sources of the TinyGo that is made here, whichever one the user has.
async fn make(
    kitchen: &Kitchen<'_>,
    toolchain: &mut Toolchain,
    made: &mut Vec<Product>,
) -> Result<(), Failure> {
    let failed = |product| move |error| Failure { product, error };
    let known = provision::find_tinygo(kitchen.environment, kitchen.go, kitchen.ingredients).is_some();
    let tinygo = provision::make_tinygo(kitchen).await.map_err(failed(Product::TinyGo))?;
    if !known {
        made.push(Product::TinyGo);
    }
    if toolchain.tinygo.is_err() {
        toolchain.tinygo = Ok(tinygo.clone());
    }
    let warm_compiler = provision::make_warm_compiler(kitchen, tinygo).await;
    let warm_compiler = warm_compiler.map_err(failed(Product::WarmCompiler))?;
    if toolchain.warm_compiler.is_err() {
        toolchain.warm_compiler = Ok(warm_compiler);
        made.push(Product::WarmCompiler);
    }
    Ok(())
}

/// The command that brings something, or what it is made from.
fn install_line(system: System, product: Product, packages: &[&str]) -> Option<String> {
    match (system, product) {
        (System::Debian, _) => Some(apt_line(packages)),
        (System::Fedora, Product::TinyGo) => Some("sudo dnf install tinygo binaryen".to_owned()),
        (System::MacOs, Product::TinyGo) => {
            Some("brew tap tinygo-org/tools && brew install tinygo binaryen".to_owned())
        }
        (System::MacOs, Product::WarmCompiler) => Some(format!("brew install {FORMULAS}")),
        (System::Fedora, Product::WarmCompiler) | (System::Other, _) => None,
    }
}

pub(super) fn apt_line(packages: &[&str]) -> String {
    format!("sudo apt-get install --no-install-recommends {}", packages.join(" "))
}

#[cfg(test)]
mod tests {
    use super::super::locate::fake_tools::{FakeTools, tinygo_tool};
    use super::super::provision::tests::machine::{Machine, TINYGO, writes};
    use super::*;

    /// What `make` comes to where the user has a TinyGo already, or none.
    async fn made(machine: &Machine, own: bool) -> (Result<(), Failure>, Toolchain, Vec<Product>) {
        let empty = FakeTools::new();
        let mut toolchain = Toolchain::locate(empty.environment()).await;
        if own {
            toolchain.tinygo = Ok(tinygo_tool());
        }
        let (cancel, mut made) = (CancellationToken::new(), Vec::new());
        let ended = make(&machine.kitchen(&cancel, &|_| {}), &mut toolchain, &mut made).await;
        (ended, toolchain, made)
    }

    #[tokio::test]
    async fn both_are_made_and_a_tinygo_of_the_user_stays_the_one_that_is_used() {
        for own in [true, false] {
            let machine = Machine::working();
            let (ended, toolchain, products) = made(&machine, own).await;
            ended.unwrap();
            assert_eq!(products, [Product::TinyGo, Product::WarmCompiler]);
            assert_eq!(toolchain.tinygo.unwrap().provisioned, !own);
            let root = toolchain.warm_compiler.unwrap().root;
            assert!(root.starts_with(&machine.tools.environment().cache_folder), "{}", root.display());
            // New sources of the warm compiler find the TinyGo that is there.
            std::fs::remove_dir_all(machine.tools.environment().cache_folder.join("compiler")).unwrap();
            let (ended, _, products) = made(&machine, own).await;
            assert!(ended.is_ok() && products == [Product::WarmCompiler], "{products:?}");
        }
    }

    #[tokio::test]
    async fn a_failure_names_what_could_not_be_made_and_keeps_the_rest() {
        let fails = "echo no luck >&2; exit 1";
        let (ended, toolchain, products) = made(&Machine::new(fails, fails), false).await;
        assert_eq!(
            ended.unwrap_err().to_string(),
            "TinyGo could not be made: compiling TinyGo failed: no luck"
        );
        assert!(toolchain.tinygo.is_err() && products.is_empty());
        let (ended, toolchain, products) = made(&Machine::new(&writes(TINYGO), fails), false).await;
        assert_eq!(ended.unwrap_err().product, Product::WarmCompiler);
        assert!(toolchain.tinygo.is_ok() && toolchain.warm_compiler.is_err());
        assert_eq!(products, [Product::TinyGo]);
    }

    #[tokio::test]
    async fn without_go_nothing_is_made() {
        let tools = FakeTools::new();
        let fixed = fix(tools.environment(), &CancellationToken::new(), &|_| {}).await;
        assert!(fixed.made.is_empty() && fixed.install.is_none() && fixed.failure.is_none(), "{fixed:?}");
        assert!(fixed.toolchain.go.is_err());
    }

    #[test]
    fn the_install_line_can_be_pasted() {
        for product in [Product::TinyGo, Product::WarmCompiler] {
            assert_eq!(
                install_line(System::Debian, product, &["lld-19", "wasi-libc"]).unwrap(),
                "sudo apt-get install --no-install-recommends lld-19 wasi-libc"
            );
            assert!(install_line(System::MacOs, product, &["lld-19"]).unwrap().starts_with("brew "));
            assert_eq!(install_line(System::Other, product, &["lld-19"]), None);
        }
        assert!(install_line(System::Fedora, Product::TinyGo, &["x"]).unwrap().starts_with("sudo dnf "));
        assert_eq!(install_line(System::Fedora, Product::WarmCompiler, &["x"]), None);
    }
}
