//! The real tools, found as the program finds them. A missing one fails the test: nothing is skipped.

use std::path::Path;
use std::sync::Arc;

use dev_server::analyse::SourceDigest;
use dev_server::build::{BuildFlags, GoCompiler, TinyGoCompiler};
use dev_server::content::ContentHash;
use dev_server::environment::Environment;
use dev_server::process::{Ending, Limits, Program};
use dev_server::toolchain::{GoTool, TinyGoTool, Toolchain, WarmCompiler};
use tokio_util::sync::CancellationToken;

pub(crate) fn environment() -> Environment {
    Environment::capture().unwrap()
}

pub(crate) fn digest(hash: ContentHash) -> SourceDigest {
    SourceDigest(hash)
}

pub(crate) async fn go_tool() -> GoTool {
    let found = Toolchain::locate(&environment()).await.go;
    found.unwrap_or_else(|missing| panic!("{missing}: see `dev-server doctor`"))
}

pub(crate) async fn tinygo_tool() -> TinyGoTool {
    let found = Toolchain::locate(&environment()).await.tinygo;
    found.unwrap_or_else(|missing| panic!("{missing}: run `dev-server doctor --fix`"))
}

pub(crate) async fn warm_compiler() -> WarmCompiler {
    let found = Toolchain::locate(&environment()).await.warm_compiler;
    found.unwrap_or_else(|missing| panic!("{missing}: run `dev-server doctor --fix`"))
}

pub(crate) async fn go() -> Arc<GoCompiler> {
    go_with(BuildFlags::default(), Limits::default()).await
}

pub(crate) async fn go_with(flags: BuildFlags, limits: Limits) -> Arc<GoCompiler> {
    let wasm_opt = environment().find("wasm-opt");
    Arc::new(GoCompiler::new(&go_tool().await, &environment(), flags, limits, wasm_opt))
}

pub(crate) async fn tinygo() -> Arc<TinyGoCompiler> {
    tinygo_with(BuildFlags::default()).await
}

pub(crate) async fn tinygo_with(flags: BuildFlags) -> Arc<TinyGoCompiler> {
    // The first build of a fresh cache compiles the C library and the runtime, beside other tests.
    let limits = Limits { time: std::time::Duration::from_mins(8), ..Limits::default() };
    let (tinygo, go) = (tinygo_tool().await, go_tool().await);
    Arc::new(TinyGoCompiler::new(&tinygo, &go, &environment(), flags, limits))
}

/// Runs a script with node and returns both streams, standard output first.
pub(crate) async fn node(script: &str, arguments: &[&Path]) -> String {
    let environment = environment();
    let node = environment.find("node").expect("node is needed for tests of the glue");
    let program = Program::new(node, "/").arg("-e").arg(script).arg("--").args(arguments);
    let ending = program.run(Limits::default(), &CancellationToken::new()).await.unwrap();
    let Ending::Exited { stdout, stderr, .. } = ending else { panic!("{ending:?}") };
    stdout.text() + &stderr.text()
}
