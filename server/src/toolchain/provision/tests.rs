//! Making a TinyGo from scripts that stand for Go and TinyGo: what happens to the folders.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::super::locate::fake_tools::{FakeTools, go_tool, script};
use super::*;

/// A machine whose Go "compiles" TinyGo by writing a script.
struct Machine {
    tools: FakeTools,
    go: GoTool,
    ingredients: Ingredients,
}

impl Machine {
    /// `build` is what the fake `go build` does; `$4` is the file to write.
    fn new(build: &str) -> Self {
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
            "case $1 in\nbuild) echo build >> {log}; {build};;\nlist) echo {module};;\nesac",
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
        };
        Self { tools, go, ingredients }
    }

    /// One whose TinyGo works.
    fn working() -> Self {
        let tinygo = "#!/bin/sh\\n[ \"$1\" = info ] && echo \"build tags: tinygo\"\\nexit 0\\n";
        Self::new(&format!(
            "/bin/mkdir -p \"$(/usr/bin/dirname \"$5\")\"; printf '{tinygo}' > \"$5\"; /bin/chmod +x \"$5\""
        ))
    }

    async fn make(&self, cancel: &CancellationToken) -> Result<TinyGoTool, ProvisionError> {
        make(self.tools.environment(), &self.go, &self.ingredients, cancel, &|_| {}).await
    }

    fn builds(&self) -> usize {
        std::fs::read_to_string(self.tools.folder().join("log")).map_or(0, |text| text.lines().count())
    }

    fn shelf(&self) -> PathBuf {
        shelf(self.tools.environment())
    }

    fn folders(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(self.shelf())
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != ".lock")
            .collect();
        names.sort();
        names
    }
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
    let first =
        make(machine.tools.environment(), &machine.go, &machine.ingredients, &none, &tell).await.unwrap();
    assert_eq!(*steps.lock().unwrap(), [Step::Compiling, Step::Copying, Step::Trying]);
    assert_eq!((first.version.as_str(), first.provisioned), (recipe::VERSION, true));
    assert_eq!(first.build_tags, ["tinygo"]);
    assert!(text(&first.root.join("src/runtime/runtime_wasm_js.go")).contains("func() bool"));
    assert!(first.root.join("src/net/http").is_dir());
    assert!(text(&first.root.join("bin/wasm-opt")).contains("'/usr/bin/wasm-opt'"));
    assert!(!first.root.join("module").exists() && !first.root.join("trial").exists());

    let second = machine.make(&none).await.unwrap();
    assert_eq!((second.root, second.build_tags), (first.root, first.build_tags));
    assert_eq!((machine.builds(), machine.folders().len()), (1, 1));
}

#[tokio::test]
async fn two_at_once_make_one() {
    let machine = Machine::working();
    let none = CancellationToken::new();
    let (first, second) = tokio::join!(machine.make(&none), machine.make(&none));
    assert_eq!(first.unwrap().root, second.unwrap().root);
    assert_eq!((machine.builds(), machine.folders().len()), (1, 1));
}

#[tokio::test]
async fn a_failed_compilation_leaves_nothing_and_tells_the_reason() {
    let machine = Machine::new("echo 'go: downloading x' >&2; echo 'cannot find -lLLVM-19' >&2; exit 1");
    let error = machine.make(&CancellationToken::new()).await.unwrap_err();
    assert!(error.to_string().contains("cannot find -lLLVM-19"), "{error}");
    assert!(error.hint().contains("doctor --fix"));
    assert_eq!(machine.folders(), Vec::<String>::new());
}

#[tokio::test]
async fn one_that_does_not_work_is_not_kept() {
    let tinygo = "#!/bin/sh\\necho broken >&2\\nexit 1\\n";
    let machine = Machine::new(&format!(
        "/bin/mkdir -p \"$(/usr/bin/dirname \"$5\")\"; printf '{tinygo}' > \"$5\"; /bin/chmod +x \"$5\""
    ));
    let error = machine.make(&CancellationToken::new()).await.unwrap_err();
    assert!(matches!(error, ProvisionError::Run { what: "asking TinyGo about its target", .. }), "{error}");
    assert_eq!(machine.folders(), Vec::<String>::new());
}

#[tokio::test]
async fn what_a_killed_process_left_behind_is_neither_used_nor_kept() {
    let machine = Machine::working();
    let target = folder(machine.tools.environment(), &machine.go, &machine.ingredients);
    let leftover = machine.shelf().join(".unfinished-abc");
    std::fs::create_dir_all(leftover.join("bin")).unwrap();
    // Damaged later: the right name, but no label.
    std::fs::create_dir_all(target.join("bin")).unwrap();
    std::fs::write(target.join("bin/tinygo"), "").unwrap();
    assert!(read(&target).is_none());
    let tool = machine.make(&CancellationToken::new()).await.unwrap();
    assert_eq!(tool.root, target);
    assert_eq!((machine.builds(), machine.folders().len()), (1, 1));
}

#[tokio::test]
async fn a_cancelled_one_leaves_nothing() {
    let machine = Machine::new("/bin/sleep 60");
    let cancel = CancellationToken::new();
    let tell = |step| {
        if step == Step::Compiling {
            let cancel = cancel.clone();
            tokio::spawn(async move { cancel.cancel() });
        }
    };
    let making = make(machine.tools.environment(), &machine.go, &machine.ingredients, &cancel, &tell);
    let error = tokio::time::timeout(Duration::from_secs(30), making).await.unwrap().unwrap_err();
    assert!(matches!(error, ProvisionError::Cancelled), "{error}");
    assert_eq!(machine.folders(), Vec::<String>::new());
}

#[tokio::test]
async fn a_cache_that_cannot_be_written_is_named() {
    let machine = Machine::working();
    let mut environment = machine.tools.environment().clone();
    environment.cache_folder = "/proc/nowhere".into();
    let none = CancellationToken::new();
    let error = make(&environment, &machine.go, &machine.ingredients, &none, &|_| {}).await.unwrap_err();
    assert!(error.to_string().contains("/proc/nowhere"), "{error}");
    assert!(error.hint().contains("--cache-dir"));
}
