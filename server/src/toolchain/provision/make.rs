//! The steps of making a TinyGo, in a temporary folder that gets its name when everything is in it and works.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::super::go::GoTool;
use super::super::tinygo::{TinyGoTool, build_tags};
use super::ingredients::Ingredients;
use super::{LABEL, Label, folder, mend, read, recipe, shelf};
use crate::environment::Environment;
use crate::process::{Ending, Limits, Program};

/// Compiling TinyGo with its C++ bindings takes 25 s on a quiet machine with 2 cores, and its modules must be
/// downloaded first.
const TIME_LIMIT: Duration = Duration::from_mins(15);

/// Prefix of unfinished folders.
const UNFINISHED: &str = ".unfinished-";

/// The smallest program that shows that the runtime is built and linked for the page.
const TRIAL: &str = "package main\n\nfunc main() { println(\"hello\") }\n";

/// What is being done; told before each step, since some take long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Another process is making one.
    Waiting,
    /// `go build`.
    Compiling,
    /// Copying and mending its sources.
    Copying,
    /// Building a small program with it.
    Trying,
}

/// TinyGo could not be made. Nothing half-made is left.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// The cache folder or a source cannot be used.
    #[error("cannot write {path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A program failed.
    #[error("{what} failed: {output}")]
    Run {
        /// Which step.
        what: &'static str,
        /// The end of what it printed.
        output: String,
    },
    /// The sources are not those that are expected.
    #[error("{0}")]
    Sources(String),
    /// The caller did not want it any more.
    #[error("making TinyGo was cancelled")]
    Cancelled,
}

impl ProvisionError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::File { .. } => "make the cache folder writable, or choose another one with --cache-dir",
            Self::Run { .. } => {
                "check the connection to the Go module proxy (`go env GOPROXY`), then run `dev-server doctor --fix` again"
            }
            Self::Sources(_) => "run `go clean -modcache` and `dev-server doctor --fix` again",
            Self::Cancelled => "run `dev-server doctor --fix` again",
        }
    }
}

/// Finds or makes the TinyGo for this Go and these ingredients. Two processes may do so at once: the second
/// one waits for the first and uses what it has made.
pub(in crate::toolchain) async fn make(
    environment: &Environment,
    go: &GoTool,
    ingredients: &Ingredients,
    cancel: &CancellationToken,
    on_step: &(dyn Fn(Step) + Sync),
) -> Result<TinyGoTool, ProvisionError> {
    let target = folder(environment, go, ingredients);
    if let Some(tool) = read(&target) {
        return Ok(tool);
    }
    let shelf = shelf(environment);
    fs::create_dir_all(&shelf).map_err(at(&shelf))?;
    let _lock = lock(&shelf, cancel, on_step).await?;
    if let Some(tool) = read(&target) {
        return Ok(tool);
    }
    sweep(&shelf, &target);
    let unfinished = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(&shelf).map_err(at(&shelf))?;
    let kitchen = Kitchen { environment, go, ingredients, cancel, root: unfinished.path() };
    on_step(Step::Compiling);
    let module = kitchen.compile().await?;
    on_step(Step::Copying);
    kitchen.copy(module).await?;
    on_step(Step::Trying);
    kitchen.try_out().await?;
    fs::rename(unfinished.path(), &target).map_err(at(&target))?;
    read(&target).ok_or_else(|| ProvisionError::Sources(format!("{} is not complete", target.display())))
}

/// The lock ends with the file that is returned, and with the process whatever happens.
async fn lock(
    shelf: &Path,
    cancel: &CancellationToken,
    on_step: &(dyn Fn(Step) + Sync),
) -> Result<fs::File, ProvisionError> {
    let path = shelf.join(".lock");
    let file = fs::File::create(&path).map_err(at(&path))?;
    if file.try_lock().is_ok() {
        return Ok(file);
    }
    on_step(Step::Waiting);
    let waiting = tokio::task::spawn_blocking(move || file.lock().map(|()| file));
    tokio::select! {
        () = cancel.cancelled() => Err(ProvisionError::Cancelled),
        locked = waiting => locked.map_err(io::Error::other).and_then(|locked| locked).map_err(at(&path)),
    }
}

/// Takes away what killed processes left behind. Called with the lock held, so that none of it is in use.
fn sweep(shelf: &Path, target: &Path) {
    for entry in fs::read_dir(shelf).into_iter().flatten().flatten() {
        let unfinished = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
        // A folder without a label has the right name and was damaged later: it would be in the way.
        if unfinished || entry.path() == target {
            if let Err(error) = fs::remove_dir_all(entry.path()) {
                tracing::warn!(folder = %entry.path().display(), %error, "cannot remove an unfinished TinyGo");
            }
        }
    }
}

/// What all steps need.
struct Kitchen<'a> {
    environment: &'a Environment,
    go: &'a GoTool,
    ingredients: &'a Ingredients,
    cancel: &'a CancellationToken,
    root: &'a Path,
}

impl Kitchen<'_> {
    /// Compiles the command and returns the folder of its module.
    async fn compile(&self) -> Result<PathBuf, ProvisionError> {
        let folder = self.root.join("module");
        fs::create_dir(&folder).map_err(at(&folder))?;
        for (name, text) in [("go.mod", recipe::MODULE), ("go.sum", recipe::CHECKSUMS)] {
            fs::write(folder.join(name), text).map_err(at(&folder.join(name)))?;
        }
        let llvm = &self.ingredients.llvm;
        let go = Program::new(&self.go.binary, &folder)
            .envs(self.go.host_environment(self.environment))
            .env("CGO_ENABLED", "1")
            .env("CGO_CPPFLAGS", format!("-I{}", llvm.join("include").display()))
            .env("CGO_LDFLAGS", format!("-L{}", llvm.join("lib").display()));
        let build = go
            .clone()
            .args(["build", "-tags", "llvm19", "-o"])
            .arg(self.root.join("bin/tinygo"))
            .arg(recipe::PACKAGE);
        self.run("compiling TinyGo", build).await?;
        let list = go.args(["list", "-m", "-f", "{{.Dir}}", recipe::PACKAGE]);
        let module = PathBuf::from(self.run("finding TinyGo's module", list).await?.trim());
        if !module.is_absolute() {
            return Err(ProvisionError::Sources(format!(
                "`go list` names no folder for {}",
                recipe::PACKAGE
            )));
        }
        Ok(module)
    }

    /// Fills TINYGOROOT. Copies and not links: TinyGo skips linked folders.
    async fn copy(&self, module: PathBuf) -> Result<(), ProvisionError> {
        let root = self.root.to_owned();
        let web = self.go.root.join("src/net/http");
        let ingredients = self.ingredients.clone();
        let copying = tokio::task::spawn_blocking(move || {
            for name in ["src", "targets", "lib"] {
                copy_folder(&module.join(name), &root.join(name))?;
            }
            // A submodule that is not in the Go module. A program that really uses it gets a compile error;
            // without the folder no program would compile.
            copy_folder(&web, &root.join("src/net/http"))?;
            mend::apply(&root).map_err(|error| ProvisionError::Sources(error.to_string()))?;
            let target = root.join(recipe::TARGET);
            fs::write(&target, recipe::target(&ingredients)).map_err(at(&target))?;
            let script = root.join("bin/wasm-opt");
            fs::write(&script, recipe::wasm_opt(&ingredients.wasm_opt)).map_err(at(&script))?;
            fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).map_err(at(&script))
        });
        copying.await.map_err(|error| ProvisionError::Sources(error.to_string()))?
    }

    /// Builds a program, and writes the label when that went well.
    async fn try_out(&self) -> Result<(), ProvisionError> {
        let trial = self.root.join("trial");
        fs::create_dir(&trial).map_err(at(&trial))?;
        for (name, text) in [("main.go", TRIAL), ("go.mod", "module trial\n")] {
            fs::write(trial.join(name), text).map_err(at(&trial.join(name)))?;
        }
        let target = self.root.join(recipe::TARGET);
        let tool = TinyGoTool::made(self.root, recipe::VERSION, target.clone(), Vec::new());
        let tinygo = Program::new(&tool.binary, &trial)
            .envs(tool.clean_environment(self.go, self.environment))
            // TinyGo remembers where its sources lie, and these are about to move.
            .env("XDG_CACHE_HOME", &trial);
        let info = tinygo.clone().args(["info", "-target"]).arg(&target);
        let build_tags = build_tags(&self.run("asking TinyGo about its target", info).await?);
        let build = tinygo.args(["build", "-opt=0", "-target"]).arg(&target).args(["-o", "trial.wasm", "."]);
        self.run("trying TinyGo out", build).await?;
        for folder in [trial, self.root.join("module")] {
            fs::remove_dir_all(&folder).map_err(at(&folder))?;
        }
        let label = Label { version: recipe::VERSION.to_owned(), build_tags };
        let text = serde_json::to_vec_pretty(&label).map_err(io::Error::other).map_err(at(self.root))?;
        fs::write(self.root.join(LABEL), text).map_err(at(self.root))?;
        // Temporary folders are closed to others; this one may serve several users of a machine.
        fs::set_permissions(self.root, fs::Permissions::from_mode(0o755)).map_err(at(self.root))
    }

    async fn run(&self, what: &'static str, program: Program) -> Result<String, ProvisionError> {
        let failed = |output: String| ProvisionError::Run { what, output };
        let limits = Limits { time: TIME_LIMIT, ..Limits::default() };
        match program.run(limits, self.cancel).await {
            Ok(Ending::Exited { status, stdout, .. }) if status.success() => Ok(stdout.text()),
            Ok(Ending::Exited { stderr, .. }) => Err(failed(last_lines(&stderr.text()))),
            Ok(Ending::TimedOut { after, .. }) => Err(failed(format!("not done after {after:?}"))),
            Ok(Ending::Cancelled) => Err(ProvisionError::Cancelled),
            Err(error) => Err(failed(error.to_string())),
        }
    }
}

/// What went wrong stands at the end; what comes before is the list of downloads.
fn last_lines(text: &str) -> String {
    let text = crate::diagnostic::plain(text);
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}

/// Copies contents only: files of the module cache are read-only, and a copy that is could not be mended.
fn copy_folder(from: &Path, to: &Path) -> Result<(), ProvisionError> {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(from).to_owned();
            ProvisionError::File { path, source: error.into() }
        })?;
        let path = to.join(entry.path().strip_prefix(from).unwrap_or(entry.path()));
        if entry.file_type().is_dir() {
            fs::create_dir_all(&path).map_err(at(&path))?;
        } else if entry.file_type().is_file() {
            let bytes = fs::read(entry.path()).map_err(at(entry.path()))?;
            fs::write(&path, bytes).map_err(at(&path))?;
        }
    }
    Ok(())
}

fn at(path: &Path) -> impl Fn(io::Error) -> ProvisionError {
    let path = path.to_owned();
    move |source| ProvisionError::File { path: path.clone(), source }
}
