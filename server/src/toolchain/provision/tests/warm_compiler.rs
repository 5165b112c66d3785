//! Making the warm compiler.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::super::warm::{find, folder_name, shelf};
use super::super::{Ingredients, Product, ProvisionError, Step, make, make_warm_compiler};
use super::machine::{self, Machine, TINYGO, writes};

fn folders(machine: &Machine) -> Vec<PathBuf> {
    machine::folders(&shelf(machine.tools.environment()))
}

#[tokio::test]
async fn it_is_made_once_from_what_is_embedded_and_found_afterwards() {
    let build = format!(
        "[ -f go.mod ] && [ -f internal/back/support.ll ] && [ ! -e service_test.go ] || exit 1; {}",
        writes("exit 0")
    );
    let machine = Machine::new(&writes(TINYGO), &build);
    let tinygo = machine.make_tinygo().await.unwrap();
    let nothing = || find(machine.tools.environment(), &machine.go, &machine.ingredients);
    assert!(nothing().is_none(), "a TinyGo alone is none");
    let (none, steps) = (CancellationToken::new(), Mutex::new(Vec::new()));
    let tell = |step| steps.lock().unwrap().push(step);
    let first = make_warm_compiler(&machine.kitchen(&none, &tell), tinygo.clone()).await.unwrap();
    let product = Product::WarmCompiler;
    assert_eq!(*steps.lock().unwrap(), [Step::Compiling(product), Step::Trying(product)]);
    let folder = first.binary.ancestors().nth(2).unwrap();
    assert!(first.binary.is_file() && !folder.join("module").exists());
    assert_eq!((&first.root, &first.build_tags), (&tinygo.root, &tinygo.build_tags));
    assert_eq!(first.target, tinygo.root.join("targets/dev-server-wasm.json"));
    assert_eq!(first.wasm_opt, machine.ingredients.wasm_opt, "and not the script of the TinyGo");
    assert_eq!(nothing().unwrap(), first);
    assert_eq!(machine.make_warm_compiler().await.unwrap(), first);
    assert_eq!(machine.builds(), ["tinygo", "warm-compiler"]);
    assert_eq!(folders(&machine).len(), 1);
}

#[tokio::test]
async fn without_its_tinygo_it_is_none() {
    let machine = Machine::working();
    let made = machine.make_warm_compiler().await.unwrap();
    std::fs::remove_dir_all(made.root).unwrap();
    assert!(find(machine.tools.environment(), &machine.go, &machine.ingredients).is_none());
    machine.make_warm_compiler().await.unwrap();
    assert_eq!(machine.builds(), ["tinygo", "warm-compiler", "tinygo"], "it was there still");
}

#[tokio::test]
async fn another_libc_is_for_tinygo_only_and_another_llvm_for_both() {
    let mut machine = Machine::working();
    machine.make_warm_compiler().await.unwrap();
    machine.ingredients = Ingredients { libc: "/other.a".into(), ..machine.ingredients };
    machine.make_warm_compiler().await.unwrap();
    assert_eq!(machine.builds(), ["tinygo", "warm-compiler", "tinygo"]);
    machine.ingredients = Ingredients { llvm: "/other".into(), ..machine.ingredients };
    machine.make_warm_compiler().await.unwrap();
    assert_eq!(machine.builds()[3..], ["tinygo", "warm-compiler"]);
}

#[tokio::test]
async fn two_at_once_make_one() {
    let machine = Machine::working();
    let (first, second) = tokio::join!(machine.make_warm_compiler(), machine.make_warm_compiler());
    assert_eq!(first.unwrap(), second.unwrap());
    assert_eq!((machine.builds().len(), folders(&machine).len()), (2, 1));
}

#[tokio::test]
async fn one_that_is_not_compiled_or_does_not_start_is_not_kept() {
    for build in ["echo out of luck >&2; exit 1".to_owned(), writes("echo out of luck >&2; exit 127")] {
        let machine = Machine::new(&writes(TINYGO), &build);
        let error = machine.make_warm_compiler().await.unwrap_err();
        assert!(error.to_string().contains("the warm compiler failed: out of luck"), "{error}");
        assert_eq!(folders(&machine), Vec::<PathBuf>::new());
        assert!(machine.make_tinygo().await.is_ok() && machine.builds().len() == 2, "TinyGo stays");
    }
}

#[tokio::test]
async fn what_was_damaged_or_left_behind_is_neither_used_nor_kept() {
    let machine = Machine::working();
    let shelf = shelf(machine.tools.environment());
    let target = shelf.folder.join(folder_name(&machine.go, &machine.ingredients));
    for folder in [&target, &shelf.folder.join(".unfinished-abc")] {
        std::fs::create_dir_all(folder.join("bin")).unwrap();
        std::fs::write(folder.join("bin/compiler"), "").unwrap();
    }
    let made = machine.make_warm_compiler().await.unwrap();
    assert_eq!((made.binary, folders(&machine).len()), (target.join("bin/compiler"), 1));
}

#[tokio::test]
async fn a_cancelled_one_leaves_nothing() {
    let machine = Machine::new(&writes(TINYGO), "/bin/sleep 60");
    let tinygo = machine.make_tinygo().await.unwrap();
    let cancel = CancellationToken::new();
    let tell = |step| {
        if step == Step::Compiling(Product::WarmCompiler) {
            let cancel = cancel.clone();
            tokio::spawn(async move { cancel.cancel() });
        }
    };
    let kitchen = machine.kitchen(&cancel, &tell);
    let making = make_warm_compiler(&kitchen, tinygo);
    let error = tokio::time::timeout(Duration::from_secs(30), making).await.unwrap().unwrap_err();
    assert!(matches!(error, ProvisionError::Cancelled(Product::WarmCompiler)), "{error}");
    assert_eq!(folders(&machine), Vec::<PathBuf>::new());
    assert!(make::find(machine.tools.environment(), &machine.go, &machine.ingredients).is_some());
}

#[tokio::test]
async fn its_environment_is_clean_and_names_the_sources() {
    let machine = Machine::working();
    let made = machine.make_warm_compiler().await.unwrap();
    let variables = made.clean_environment(&machine.go, machine.tools.environment());
    let value = |name: &str| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value);
    assert_eq!(value("TINYGOROOT").unwrap(), made.root.as_os_str());
    assert_eq!(value("GOTOOLCHAIN").unwrap(), "local");
    assert_eq!(value("WASMOPT"), None);
    assert!(
        std::env::split_paths(value("PATH").unwrap()).next() == machine.go.binary.parent().map(Into::into)
    );
}
