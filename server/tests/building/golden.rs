//! Captured output of real compilers and the diagnostics it becomes.
//!
//! A case is one file: sources, then for each compiler what it printed and what that means. One test reads
//! the captured text; another runs the compilers and compares, and with UPDATE_GOLDEN=1 writes anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use dev_server::build::{CompilerKind, CompilerOutput, parse_output};
use dev_server::diagnostic::{Diagnostic, Severity};
use dev_server::process::{Ending, Limits, Program};
use tokio_util::sync::CancellationToken;

use crate::project::{Project, files};
use crate::tools;

const COMPILERS: [CompilerKind; 2] = [CompilerKind::Go, CompilerKind::TinyGo];

struct Case {
    path: PathBuf,
    sections: Vec<(String, String)>,
}

impl Case {
    fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/building/golden");
        let cases: Vec<_> = files(&folder).into_iter().map(|path| Self::read(&path)).collect();
        assert!(cases.len() >= 10);
        cases
    }

    fn read(path: &Path) -> Self {
        let mut sections: Vec<(String, String)> = Vec::new();
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let head = line.strip_prefix("-- ").and_then(|line| line.strip_suffix(" --"));
            if let Some(name) = head {
                sections.push((name.to_owned(), String::new()));
            } else {
                let (_, text) = sections.last_mut().expect("a section comes first");
                text.push_str(line);
                text.push('\n');
            }
        }
        Self { path: path.to_owned(), sections }
    }

    fn section(&self, name: &str) -> Option<&str> {
        self.sections.iter().find(|(other, _)| other == name).map(|(_, text)| text.as_str())
    }

    fn project(&self) -> Project {
        let sources = self.sections.iter().filter(|(name, _)| !name.contains(" of "));
        let sources: Vec<_> = sources.map(|(name, text)| (name.as_str(), text.as_str())).collect();
        Project::with_files(&sources)
    }
}

fn printed(kind: CompilerKind) -> String {
    format!("output of {}", kind.name())
}

fn meant(kind: CompilerKind) -> String {
    format!("diagnostics of {}", kind.name())
}

fn parse(kind: CompilerKind, text: &str, project: &Project) -> Vec<Diagnostic> {
    let sources: BTreeSet<PathBuf> = files(project.folder.path());
    let (origin, severity) = (kind.origin(), Severity::Error);
    parse_output(CompilerOutput { origin, text, folder: project.folder.path(), sources: &sources, severity })
}

fn describe(found: &[Diagnostic], project: &Project) -> String {
    let mut text = String::new();
    for diagnostic in found {
        if let Some(place) = &diagnostic.position {
            let file = place.file.strip_prefix(project.folder.path()).unwrap_or(&place.file);
            let _ = write!(text, "{}:{}:{}: ", file.display(), place.line, place.column);
        }
        let _ = writeln!(text, "{}", diagnostic.message);
        if let (Some(place), Some(frame)) = (&diagnostic.position, &diagnostic.frame) {
            let _ = writeln!(text, "    | {}", frame.lines[(place.line - frame.first_line) as usize]);
        }
        if let Some(hint) = &diagnostic.hint {
            let _ = writeln!(text, "    hint: {hint}");
        }
    }
    text
}

#[test]
fn captured_output_becomes_the_expected_diagnostics() {
    for case in Case::all() {
        let project = case.project();
        for kind in COMPILERS {
            let text = case.section(&printed(kind)).unwrap_or_else(|| panic!("{}", case.path.display()));
            let found = parse(kind, text, &project);
            let wanted = case.section(&meant(kind)).unwrap();
            assert_eq!(describe(&found, &project), wanted, "{} of {}", case.path.display(), kind.name());
            assert_nothing_lost(text, &found, &case.path);
        }
    }
}

/// Every word that was printed is in some diagnostic, apart from heads and places.
fn assert_nothing_lost(text: &str, found: &[Diagnostic], path: &Path) {
    let mut all: String = found.iter().map(|diagnostic| diagnostic.message.clone() + "\n").collect();
    for place in found.iter().filter_map(|diagnostic| diagnostic.position.as_ref()) {
        let _ = writeln!(all, "{}:{}:{}", place.file.display(), place.line, place.column);
    }
    for line in text.lines().filter(|line| !line.starts_with("# ") && !line.ends_with("too many errors")) {
        let said = line.rsplit(": ").next().unwrap_or(line).trim();
        assert!(all.contains(said), "{}: lost {said:?}", path.display());
    }
}

async fn capture(kind: CompilerKind, project: &Project) -> String {
    let (go, environment) = (tools::go_tool().await, tools::environment());
    let output = project.cache.path().join("main.wasm");
    let variables = go.clean_environment(&environment);
    let tinygo = tools::tinygo_tool().await;
    let program = match kind {
        CompilerKind::Go => Program::new(&go.binary, project.folder.path()).envs(variables).arg("build"),
        CompilerKind::TinyGo => {
            let variables = tinygo.clean_environment(&go, &environment);
            Program::new(&tinygo.binary, project.folder.path())
                .envs(variables)
                .args(["build", "-opt=0", "-target"])
                .arg(tinygo.target.argument())
        }
    };
    let program = program.env("TMPDIR", project.cache.path()).arg("-o").arg(output).arg(".");
    let limits = Limits { time: std::time::Duration::from_mins(8), ..Limits::default() };
    let ending = program.run(limits, &CancellationToken::new()).await.unwrap();
    let Ending::Exited { stderr, .. } = ending else { panic!("{ending:?}") };
    let mut text = stderr.text();
    for (path, name) in
        [(project.folder.path(), "/project"), (&go.root, "/goroot"), (&tinygo.root, "/tinygoroot")]
    {
        text = text.replace(path.to_str().unwrap(), name);
    }
    let words = text.split_inclusive(|character: char| character.is_whitespace() || character == '(');
    words.map(neutral).collect()
}

/// A word without what differs from machine to machine.
fn neutral(word: &str) -> String {
    if let Some((_, rest)) = word.split_once("/tinygo/goroot-") {
        return format!("/goroot/{}", rest.split_once('/').map_or("", |(_, rest)| rest));
    }
    if word.starts_with("wasm-ld-") {
        return "wasm-ld: ".to_owned();
    }
    word.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_compilers_print_what_was_captured() {
    let update = tools::environment().variable("UPDATE_GOLDEN").is_some();
    let mut wrong = BTreeMap::new();
    for case in Case::all() {
        let project = case.project();
        let mut text = String::new();
        for (name, source) in case.sections.iter().filter(|(name, _)| !name.contains(" of ")) {
            let _ = write!(text, "-- {name} --\n{source}");
        }
        for kind in COMPILERS {
            let now = capture(kind, &project).await;
            let found = describe(&parse(kind, &now, &project), &project);
            let _ = write!(text, "-- {} --\n{now}-- {} --\n{found}", printed(kind), meant(kind));
            if case.section(&printed(kind)) != Some(now.as_str()) {
                wrong.insert(format!("{} of {}", case.path.display(), kind.name()), now);
            }
        }
        if update {
            std::fs::write(&case.path, text).unwrap();
        }
    }
    assert!(
        update || wrong.is_empty(),
        "run this test with UPDATE_GOLDEN=1 and look at the difference: {wrong:#?}"
    );
}
