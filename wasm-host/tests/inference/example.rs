//! The example, compiled by TinyGo and by Go.

use std::path::{Path, PathBuf};

use wasm_host::{Done, Functions, Inference, InferenceOptions, Outcome, Setup};

use crate::{GIVEN, HOST, compilers, library, repository};

const EXPECTED: &str = "0 xor 0 = 0\n0 xor 1 = 1\n1 xor 0 = 1\n1 xor 1 = 0\n";

fn folder() -> PathBuf {
    repository().join("examples/inference")
}

fn go(module: &Path) {
    compilers::go(&folder(), module, &[]);
}

fn tinygo(module: &Path) {
    let beside = module.parent().unwrap();
    let target = compilers::target(beside, "wasip1", compilers::PREVIEW1);
    compilers::tinygo(&folder(), &target, module, &[]);
}

async fn run(module: &Path, inference: &Inference) -> Done {
    let functions = Functions::new().inference(inference).unwrap();
    let compiled = HOST.module_file(module).unwrap().compile_elsewhere(&functions).await.unwrap();
    compiled.run(Setup::kept()).await.unwrap()
}

async fn is_told_what_it_asks(build: fn(&Path)) {
    let built = tempfile::tempdir().unwrap();
    let module = built.path().join("guest.wasm");
    let to = module.clone();
    tokio::task::spawn_blocking(move || build(&to)).await.unwrap();
    let done = run(&module, &GIVEN).await;
    assert!(done.outcome.is_success(), "{done:?}");
    assert_eq!(done.stdout.text(), EXPECTED);
    let device = GIVEN.models().into_iter().find(|model| model.name == "xor").unwrap().device;
    assert_eq!(done.stderr.text(), format!("computed on the {device}\n"));
    // Without its model it says what is missing, in the host's words.
    let none = InferenceOptions { library: library(), ..InferenceOptions::default() };
    let done = run(&module, &Inference::new(&none).unwrap()).await;
    assert_eq!((&done.outcome, &*done.stdout.text()), (&Outcome::Exited(1), ""), "{done:?}");
    assert_eq!(done.stderr.text(), "load the model: no model is called \"xor\": there is no model\n");
}

#[tokio::test]
async fn by_go() {
    is_told_what_it_asks(go).await;
}

#[tokio::test]
async fn by_tinygo() {
    is_told_what_it_asks(tinygo).await;
}
