//! A machine whose Go "compiles" by writing scripts.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::super::super::go::GoTool;
use super::super::super::locate::fake_tools::{FakeTools, go_tool, script};
use super::super::super::tinygo::TinyGoTool;
use super::super::super::warm_compiler::WarmCompiler;
use super::super::shelf::Shelf;
use super::super::{Ingredients, Kitchen, ProvisionError, Step, make_tinygo, make_warm_compiler};

pub(in crate::toolchain) struct Machine {
    pub(in crate::toolchain) tools: FakeTools,
    pub(super) go: GoTool,
    pub(super) ingredients: Ingredients,
}

/// A shell command that writes what the fake `go build` was asked for: `$5` is the file.
pub(in crate::toolchain) fn writes(program: &str) -> String {
    format!(
        "/bin/mkdir -p \"$(/usr/bin/dirname \"$5\")\"; printf '#!/bin/sh\\n{program}\\n' > \"$5\"; /bin/chmod +x \"$5\""
    )
}

/// What a TinyGo does that works.
pub(in crate::toolchain) const TINYGO: &str = "[ \"$1\" = info ] && echo \"build tags: tinygo\"\\nexit 0";

impl Machine {
    /// What the fake `go build` does for TinyGo, and for the warm compiler.
    pub(in crate::toolchain) fn new(tinygo: &str, warm_compiler: &str) -> Self {
        let tools = FakeTools::new();
        let folder = tools.folder().to_owned();
        let module = folder.join("module");
        for name in ["src/runtime", "targets", "lib"] {
            std::fs::create_dir_all(module.join(name)).unwrap();
        }
        let events = "var handleEvent func()\n\nfunc setEventHandler(fn func()) {\n";
        std::fs::write(module.join("src/runtime/runtime_wasm_js.go"), events).unwrap();
        std::fs::write(module.join("src/runtime/synctest.go"), "//go:linkname synctest_acquire x\n").unwrap();
        let root = folder.join("goroot");
        std::fs::create_dir_all(root.join("src/net/http")).unwrap();
        let body = format!(
            "case $1$6 in\nbuild.) echo warm-compiler >> {log}; {warm_compiler};;\nbuild*) echo tinygo >> {log}; {tinygo};;\nlist*) echo {module};;\nesac",
            log = folder.join("log").display(),
            module = module.display(),
        );
        let binary = tools.add("go", &script(&body));
        let go = GoTool { binary, root, ..go_tool() };
        let ingredients = Ingredients {
            llvm: "/llvm".into(),
            include: "/include".into(),
            libc: "/libc.a".into(),
            builtins: "/builtins.a".into(),
            wasm_opt: "/usr/bin/wasm-opt".into(),
            clang: "/usr/bin/clang-19".into(),
            linker: "/usr/bin/wasm-ld-19".into(),
        };
        Self { tools, go, ingredients }
    }

    /// One where everything works.
    pub(in crate::toolchain) fn working() -> Self {
        Self::new(&writes(TINYGO), &writes("exit 0"))
    }

    pub(in crate::toolchain) fn kitchen<'a>(
        &'a self,
        cancel: &'a CancellationToken,
        on_step: &'a (dyn Fn(Step) + Sync),
    ) -> Kitchen<'a> {
        Kitchen {
            environment: self.tools.environment(),
            go: &self.go,
            ingredients: &self.ingredients,
            cancel,
            on_step,
        }
    }

    pub(super) async fn make_tinygo(&self) -> Result<TinyGoTool, ProvisionError> {
        make_tinygo(&self.kitchen(&CancellationToken::new(), &|_| {})).await
    }

    pub(super) async fn make_warm_compiler(&self) -> Result<WarmCompiler, ProvisionError> {
        let tinygo = self.make_tinygo().await?;
        make_warm_compiler(&self.kitchen(&CancellationToken::new(), &|_| {}), tinygo).await
    }

    /// What was compiled, in its order.
    pub(super) fn builds(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.tools.folder().join("log")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

/// Names of all folders on the shelf, unfinished ones too.
pub(super) fn folders(shelf: &Shelf) -> Vec<PathBuf> {
    std::fs::read_dir(&shelf.folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name().into())
        .filter(|name: &PathBuf| name.as_os_str() != ".lock")
        .collect()
}
