//! All tools at once.

use super::browser::{Browser, BrowserKind};
use super::go::GoTool;
use super::missing::Missing;
use super::probe::Prober;
use super::tinygo::TinyGoTool;
use super::warm_compiler::WarmCompiler;
use super::wasm_opt::WasmOpt;
use crate::environment::Environment;

/// What was found on this machine. A tool that is missing is an answer, not an error: who needs it says so.
#[derive(Debug, Clone)]
pub struct Toolchain {
    /// The standard toolchain; nothing works without it.
    pub go: Result<GoTool, Missing>,
    /// TinyGo, the user's own or the one that was made.
    pub tinygo: Result<TinyGoTool, Missing>,
    /// TinyGo for single functions.
    pub warm_compiler: Result<WarmCompiler, Missing>,
    /// binaryen's optimiser.
    pub wasm_opt: Result<WasmOpt, Missing>,
    /// Chromium or Chrome.
    pub chromium: Result<Browser, Missing>,
    /// Firefox.
    pub firefox: Result<Browser, Missing>,
}

impl Toolchain {
    /// Looks for all tools at the same time and runs those whose answers are not remembered.
    pub async fn locate(environment: &Environment) -> Self {
        let prober = Prober::open(environment);
        let compilers = async {
            let (go, wasm_opt) =
                tokio::join!(GoTool::locate(environment), WasmOpt::locate(environment, &prober));
            let tinygo = match &go {
                Ok(go) => TinyGoTool::locate(environment, go, wasm_opt.as_ref().ok(), &prober).await,
                Err(missing) => Err(missing.clone()),
            };
            (go, tinygo, wasm_opt)
        };
        let ((go, tinygo, wasm_opt), chromium, firefox) = tokio::join!(
            compilers,
            Browser::locate(BrowserKind::Chromium, environment, &prober),
            Browser::locate(BrowserKind::Firefox, environment, &prober),
        );
        prober.save();
        let warm_compiler = match &go {
            Ok(go) => WarmCompiler::locate(environment, go),
            Err(missing) => Err(missing.clone()),
        };
        Self { go, tinygo, warm_compiler, wasm_opt, chromium, firefox }
    }
}

#[cfg(test)]
pub(super) mod fake_tools {
    //! A folder of shell scripts that stand for the tools.

    use std::os::unix::fs::PermissionsExt as _;
    use std::path::{Path, PathBuf};

    use super::super::{GoTool, TinyGoTarget, TinyGoTool};
    use crate::environment::Environment;

    pub(in super::super) struct FakeTools {
        folder: tempfile::TempDir,
        environment: Environment,
    }

    pub(in super::super) fn script(body: &str) -> String {
        format!("#!/bin/sh\n{body}\n")
    }

    impl FakeTools {
        pub(in super::super) fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path();
            for name in ["bin", "home", "cache", "state"] {
                std::fs::create_dir(path.join(name)).unwrap();
            }
            let environment = Environment {
                search_path: vec![path.join("bin")],
                home: path.join("home"),
                cache_folder: path.join("cache"),
                state_folder: path.join("state"),
                ..Environment::default()
            };
            Self { folder, environment }
        }

        /// Writes a program; the old one is replaced and not written over, since it may still be running.
        pub(in super::super) fn add(&self, name: &str, text: &str) -> PathBuf {
            let path = self.folder.path().join("bin").join(name);
            let mut file = tempfile::NamedTempFile::new_in(self.folder.path()).unwrap();
            std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
            file.as_file().set_permissions(std::fs::Permissions::from_mode(0o755)).unwrap();
            file.into_temp_path().persist(&path).unwrap();
            path
        }

        pub(in super::super) fn set(&mut self, name: &str, value: &str) {
            self.environment.variables.insert(name.into(), value.into());
        }

        pub(in super::super) fn folder(&self) -> &Path {
            self.folder.path()
        }

        pub(in super::super) fn environment(&self) -> &Environment {
            &self.environment
        }
    }

    pub(in super::super) fn go_tool() -> GoTool {
        GoTool {
            binary: "/fake/go/bin/go".into(),
            root: "/fake/go".into(),
            version: "go1.26.8".parse().unwrap(),
            path: "/fake/gopath".into(),
            module_cache: "/fake/gopath/pkg/mod".into(),
            build_cache: "/fake/build".into(),
            proxy: "https://proxy.example".to_owned(),
            checksum_database: "sum.example".to_owned(),
            private_checksums: String::new(),
            private_modules: "private.example/*".to_owned(),
        }
    }

    pub(in super::super) fn tinygo_tool() -> TinyGoTool {
        TinyGoTool {
            binary: "/fake/tinygo/bin/tinygo".into(),
            root: "/fake/tinygo".into(),
            version: "0.41.1".to_owned(),
            target: TinyGoTarget::Named("wasm".to_owned()),
            build_tags: Vec::new(),
            wasm_opt: Some("/fake/tinygo/bin/wasm-opt".into()),
            provisioned: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{TinyGoTarget, Tool};
    use super::fake_tools::{FakeTools, script};
    use super::*;

    fn fake_go(tools: &FakeTools, version: &str) {
        let root = tools.folder().join("goroot");
        let json = format!(
            r#"{{"GOROOT":"{root}","GOVERSION":"{version}","GOPATH":"{root}/path","GOMODCACHE":"{root}/mod","GOCACHE":"{root}/cache","GOPROXY":"https://proxy.example,direct"}}"#,
            root = root.display()
        );
        tools.add("go", &script(&format!("[ \"$1\" = env ] && echo '{json}'")));
    }

    fn fake_tinygo(tools: &FakeTools, info: &str) {
        let root = tools.folder().join("tinygo");
        std::fs::create_dir_all(root.join("targets")).unwrap();
        std::fs::write(root.join("targets/wasm_exec.js"), "// glue").unwrap();
        let body = format!(
            "case $1 in\nversion) echo 'tinygo version 0.42.0 linux/amd64 (using go version go1.26.8 and LLVM version 20.1)';;\nenv) echo '{}';;\ninfo) {info};;\nesac",
            root.display()
        );
        tools.add("tinygo", &script(&body));
    }

    #[tokio::test]
    async fn an_empty_machine_has_nothing_and_says_what_to_do() {
        let tools = FakeTools::new();
        let found = Toolchain::locate(tools.environment()).await;
        let missing = found.go.unwrap_err();
        assert_eq!(missing.to_string(), "go was not found on PATH");
        assert!(missing.hint().contains("go.dev"), "{}", missing.hint());
        assert!(matches!(found.tinygo, Err(Missing::NotFound { tool: Tool::Go })));
        assert!(found.wasm_opt.is_err() && found.chromium.is_err() && found.firefox.is_err());
    }

    #[tokio::test]
    async fn tools_are_found_with_their_versions() {
        let tools = FakeTools::new();
        fake_go(&tools, "go1.26.8");
        fake_tinygo(&tools, "echo 'build tags:  tinygo.wasm tinygo'");
        tools.add("wasm-opt", &script("echo 'wasm-opt version 108 (version_108)'"));
        tools.add("chromium", &script("echo 'Chromium 156.0.1 built on Debian'"));
        tools.add("firefox-esr", &script("echo 'Mozilla Firefox 153.0esr'"));
        let found = Toolchain::locate(tools.environment()).await;
        let go = found.go.unwrap();
        assert_eq!(
            (go.version.to_string(), go.proxy),
            ("1.26.8".to_owned(), "https://proxy.example".to_owned())
        );
        let tinygo = found.tinygo.unwrap();
        assert_eq!((tinygo.version.as_str(), tinygo.provisioned), ("0.42.0", false));
        assert_eq!(tinygo.build_tags, ["tinygo.wasm", "tinygo"]);
        assert_eq!(tinygo.target, TinyGoTarget::Named("wasm".to_owned()));
        assert_eq!(tinygo.wasm_opt, Some(tools.folder().join("bin/wasm-opt")));
        assert_eq!(found.wasm_opt.unwrap().version, 108);
        assert_eq!(found.chromium.unwrap().version, "156.0.1");
        assert_eq!(found.firefox.unwrap().version, "153.0esr");
    }

    #[tokio::test]
    async fn a_tinygo_that_refuses_this_go_does_not_fit() {
        let tools = FakeTools::new();
        fake_go(&tools, "go1.27.1");
        fake_tinygo(&tools, "echo 'requires go version 1.19 through 1.26, got go1.27' >&2; exit 1");
        let missing = Toolchain::locate(tools.environment()).await.tinygo.unwrap_err();
        assert!(matches!(missing, Missing::Unfit { .. }), "{missing}");
        assert!(missing.to_string().contains("requires go version 1.19 through 1.26"), "{missing}");
    }

    #[tokio::test]
    async fn versions_that_are_too_old_do_not_fit() {
        let tools = FakeTools::new();
        fake_go(&tools, "go1.21.3");
        tools.add("wasm-opt", &script("echo 'wasm-opt version 99'"));
        let found = Toolchain::locate(tools.environment()).await;
        assert!(matches!(found.go, Err(Missing::Unfit { .. })));
        assert!(matches!(found.wasm_opt, Err(Missing::Unfit { .. })));
    }

    #[tokio::test]
    async fn h12_a_go_in_a_relative_folder_of_the_path_is_not_run() {
        let mut tools = FakeTools::new();
        fake_go(&tools, "go1.26.8");
        let mut environment = tools.environment().clone();
        environment.search_path.clear();
        tools.set("PATH", ".:bin");
        assert!(matches!(Toolchain::locate(&environment).await.go, Err(Missing::NotFound { .. })));
    }
}
