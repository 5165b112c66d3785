//! The real tools, found as the program finds them. A missing one fails the test: nothing is skipped.

use std::path::{Path, PathBuf};

use dev_server::build::{BuildRequest, Compiler, CompilerKind, Compiling};
use dev_server::environment::Environment;
use dev_server::hot::WarmTools;
use dev_server::process::{Ending, Limits, Program};
use dev_server::toolchain::{GoTool, Toolchain, WarmCompiler};
use tokio_util::sync::CancellationToken;

/// What a test of the warm compiler works with.
pub(crate) struct Tools {
    pub(crate) environment: Environment,
    pub(crate) go: GoTool,
    pub(crate) compiler: WarmCompiler,
}

impl Tools {
    pub(crate) async fn find() -> Self {
        let environment = Environment::capture().unwrap();
        let Toolchain { go, warm_compiler, .. } = Toolchain::locate(&environment).await;
        let go = go.unwrap_or_else(|missing| panic!("{missing}: see `dev-server doctor`"));
        let compiler =
            warm_compiler.unwrap_or_else(|missing| panic!("{missing}: run `dev-server doctor --fix`"));
        Self { environment, go, compiler }
    }

    pub(crate) fn warm(&self) -> WarmTools {
        let compiler = &self.compiler;
        WarmTools {
            worker: compiler.binary.clone(),
            variables: compiler.clean_environment(&self.go, &self.environment),
            target: compiler.target.clone(),
            build_tags: Vec::new(),
            clang: compiler.clang.clone(),
            linker: compiler.linker.clone(),
            glue: compiler.glue(),
            cache: compiler.objects.clone(),
        }
    }

    pub(crate) fn node(&self) -> PathBuf {
        self.environment.find("node").expect("node is needed to run what was compiled")
    }

    /// What the go command prints.
    pub(crate) async fn go(&self, folder: &Path, arguments: &[&str]) -> String {
        let variables = self.go.clean_environment(&self.environment);
        let program = Program::new(&self.go.binary, folder).args(arguments).envs(variables);
        match program.run(Limits::default(), &CancellationToken::new()).await.unwrap() {
            Ending::Exited { status, stdout, .. } if status.success() => stdout.text(),
            other => panic!("go {arguments:?}: {other:?}"),
        }
    }
}

/// Stands where the other compiler would: the tests are of the warm one.
pub(crate) struct NoCompiler;

impl Compiler for NoCompiler {
    fn kind(&self) -> CompilerKind {
        CompilerKind::TinyGo
    }

    fn identity(&self) -> String {
        "none".to_owned()
    }

    fn glue(&self) -> &Path {
        Path::new("/nowhere")
    }

    fn compile<'a>(
        &'a self,
        _request: &'a BuildRequest,
        _output: &'a Path,
        _cancel: &'a CancellationToken,
    ) -> Compiling<'a> {
        panic!("the program is compiled as a whole");
    }
}
