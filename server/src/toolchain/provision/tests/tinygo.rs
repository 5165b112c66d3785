//! Making a TinyGo.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::super::make::{folder_name, read, shelf};
use super::super::{Kitchen, Product, ProvisionError, Step, make_tinygo, recipe};
use super::machine::{self, Machine, writes};

fn folders(machine: &Machine) -> Vec<PathBuf> {
    machine::folders(&shelf(machine.tools.environment()))
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[tokio::test]
async fn it_is_made_once_and_found_afterwards() {
    let machine = Machine::working();
    let none = CancellationToken::new();
    let steps = Mutex::new(Vec::new());
    let tell = |step| steps.lock().unwrap().push(step);
    let first = make_tinygo(&machine.kitchen(&none, &tell)).await.unwrap();
    let tinygo = Product::TinyGo;
    assert_eq!(*steps.lock().unwrap(), [Step::Compiling(tinygo), Step::Copying, Step::Trying(tinygo)]);
    assert_eq!((first.version.as_str(), first.provisioned), (recipe::VERSION, true));
    assert_eq!(first.build_tags, ["tinygo"]);
    assert!(text(&first.root.join("src/runtime/runtime_wasm_js.go")).contains("func() bool"));
    assert!(first.root.join("src/net/http").is_dir());
    assert!(text(&first.root.join("bin/wasm-opt")).contains("'/usr/bin/wasm-opt'"));
    assert!(!first.root.join("module").exists() && !first.root.join("trial").exists());

    let second = machine.make_tinygo().await.unwrap();
    assert_eq!((second.root, second.build_tags), (first.root, first.build_tags));
    assert_eq!((machine.builds(), folders(&machine).len()), (vec!["tinygo".to_owned()], 1));
}

#[tokio::test]
async fn two_at_once_make_one() {
    let machine = Machine::working();
    let (first, second) = tokio::join!(machine.make_tinygo(), machine.make_tinygo());
    assert_eq!(first.unwrap().root, second.unwrap().root);
    assert_eq!((machine.builds(), folders(&machine).len()), (vec!["tinygo".to_owned()], 1));
}

#[tokio::test]
async fn a_failed_compilation_leaves_nothing_and_tells_the_reason() {
    let machine =
        Machine::new("echo 'go: downloading x' >&2; echo 'cannot find -lLLVM-19' >&2; exit 1", "exit 1");
    let error = machine.make_tinygo().await.unwrap_err();
    assert!(error.to_string().contains("cannot find -lLLVM-19"), "{error}");
    assert!(error.hint().contains("doctor --fix"));
    assert_eq!(folders(&machine), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn one_that_does_not_work_is_not_kept() {
    let machine = Machine::new(&writes("echo broken >&2\\nexit 1"), "exit 1");
    let error = machine.make_tinygo().await.unwrap_err();
    assert!(matches!(error, ProvisionError::Run { what: "asking TinyGo about its target", .. }), "{error}");
    assert_eq!(folders(&machine), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn what_a_killed_process_left_behind_is_neither_used_nor_kept() {
    let machine = Machine::working();
    let shelf = shelf(machine.tools.environment());
    let target = shelf.folder.join(folder_name(&machine.go, &machine.ingredients));
    let leftover = shelf.folder.join(".unfinished-abc");
    std::fs::create_dir_all(leftover.join("bin")).unwrap();
    // Damaged later: the right name, but no label.
    std::fs::create_dir_all(target.join("bin")).unwrap();
    std::fs::write(target.join("bin/tinygo"), "").unwrap();
    assert!(read(&target).is_none());
    let tool = machine.make_tinygo().await.unwrap();
    assert_eq!(tool.root, target);
    assert_eq!((machine.builds(), folders(&machine).len()), (vec!["tinygo".to_owned()], 1));
}

#[tokio::test]
async fn a_cancelled_one_leaves_nothing() {
    let machine = Machine::new("/bin/sleep 60", "exit 1");
    let cancel = CancellationToken::new();
    let tell = |step| {
        if step == Step::Compiling(Product::TinyGo) {
            let cancel = cancel.clone();
            tokio::spawn(async move { cancel.cancel() });
        }
    };
    let kitchen = machine.kitchen(&cancel, &tell);
    let error =
        tokio::time::timeout(Duration::from_secs(30), make_tinygo(&kitchen)).await.unwrap().unwrap_err();
    assert!(matches!(error, ProvisionError::Cancelled(Product::TinyGo)), "{error}");
    assert_eq!(folders(&machine), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_cache_that_cannot_be_written_is_named() {
    let machine = Machine::working();
    let mut environment = machine.tools.environment().clone();
    environment.cache_folder = "/proc/nowhere".into();
    let none = CancellationToken::new();
    let kitchen = Kitchen { environment: &environment, ..machine.kitchen(&none, &|_| {}) };
    let error = make_tinygo(&kitchen).await.unwrap_err();
    assert!(error.to_string().contains("/proc/nowhere"), "{error}");
    assert!(error.hint().contains("--cache-dir"));
}
