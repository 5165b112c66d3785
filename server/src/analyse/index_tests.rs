//! Edits of a real project, one after the other, and what they mean.

use std::fmt::Write as _;
use std::time::Instant;

use super::super::test_project::{MAIN, MODULE, TestProject};
use super::*;
use crate::analyse::{AssetPath, Effect};

const FILES: &[(&str, &str)] = &[
    ("go.mod", MODULE),
    (
        "main.go",
        "package main\n\nimport (\n\t_ \"embed\"\n\n\t\"example.test/p/lib\"\n)\n\n//go:embed data\nvar _ string\n\nfunc main() { lib.F() }\n",
    ),
    ("left_linux.go", "package main\n"),
    ("data/a.txt", "a"),
    ("lib/lib.go", "package lib\n\nfunc F() {}\n"),
    ("web/index.html", "<p>"),
    ("web/style.css", "p {}"),
];

struct Judged {
    project: TestProject,
    graph: ProgramGraph,
    index: Index,
}

async fn judged() -> Judged {
    let project = TestProject::with_files(FILES);
    let graph = project.load(".").await;
    let mut index = Index::default();
    index.refresh(&graph);
    let digest = index.digest(&graph.programs[0]);
    index.judged_good(&graph.programs[0], digest);
    Judged { project, graph, index }
}

impl Judged {
    /// Writes (or removes) the files and judges the change.
    fn edit(&mut self, edits: &[(&str, Option<&str>)]) -> Option<Verdict> {
        let mut changes = Vec::new();
        for (name, text) in edits {
            let path = self.project.path(name);
            let existed = path.exists();
            let kind = if let Some(text) = text {
                self.project.write(name, text);
                if existed { ChangeKind::Modified } else { ChangeKind::Created }
            } else {
                std::fs::remove_file(&path).unwrap();
                ChangeKind::Removed
            };
            changes.push(Change { path, kind });
        }
        let mut verdicts = self.index.judge(&self.graph, &changes);
        assert!(verdicts.len() <= 1);
        verdicts.pop().map(|(_, verdict)| verdict)
    }

    /// The text of a file with one part replaced.
    fn with(&self, name: &str, from: &str, to: &str) -> String {
        let text = std::fs::read_to_string(self.project.path(name)).unwrap();
        assert!(text.contains(from), "{from} is not in {name}");
        text.replace(from, to)
    }
}

fn body(words: &str) -> Verdict {
    Verdict::Code(Effect::Body, words.to_owned())
}

fn whole(reason: &str) -> Verdict {
    Verdict::Whole(reason.to_owned())
}

fn original(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[tokio::test]
async fn an_edit_is_built_and_its_undoing_is_nothing() {
    let mut judged = judged().await;
    let edited = judged.with("main.go", "lib.F()", "lib.F(); lib.F()");
    assert_eq!(judged.edit(&[("main.go", Some(&edited))]), Some(body("main changed")));
    // Nothing was built yet: the same bytes again are still to be built.
    assert_eq!(judged.edit(&[("main.go", Some(&edited))]), Some(body("main changed")));
    assert_eq!(judged.edit(&[("main.go", original("main.go"))]), Some(Verdict::Nothing));
    // Two edits, one undone: the other still counts.
    let library = judged.with("lib/lib.go", "{}", "{ println() }");
    let both = judged.edit(&[("main.go", Some(&edited)), ("lib/lib.go", Some(&library))]);
    assert_eq!(both, Some(body("main changed, F changed")));
    assert_eq!(judged.edit(&[("main.go", original("main.go"))]), Some(body("F changed")));
    assert_eq!(judged.edit(&[("lib/lib.go", original("lib/lib.go"))]), Some(Verdict::Nothing));
}

#[tokio::test]
async fn comments_formatting_and_order_mean_nothing() {
    let mut judged = judged().await;
    let library = "// Package lib is described.\npackage lib\n\n// F does nothing.\nfunc F() {\n}\n";
    assert_eq!(judged.edit(&[("lib/lib.go", Some(library))]), Some(Verdict::Same));
    assert!(judged.index.is_good(&judged.graph.programs[0]));
    assert_eq!(judged.edit(&[("lib/lib.go", original("lib/lib.go"))]), Some(Verdict::Same));
    let edited = judged.with("lib/lib.go", "{}", "{ println() }");
    assert_eq!(judged.edit(&[("lib/lib.go", Some(&edited))]), Some(body("F changed")));
    let formatted = edited.replace("{ println() }", "{\n\tprintln() // Prints.\n}");
    assert_eq!(
        judged.edit(&[("lib/lib.go", Some(&formatted))]),
        Some(body("F changed")),
        "nothing was built"
    );
    // A file that is no text of Go changed before and was not built: the comment is not all there is.
    judged.edit(&[("lib/lib.go", original("lib/lib.go")), ("data/a.txt", Some("b"))]);
    assert_eq!(judged.edit(&[("lib/lib.go", Some(library))]), Some(whole("lib/lib.go changed")));
}

#[tokio::test]
async fn a_go_file_that_is_embedded_is_content() {
    let embeds_itself = "package main\n\nimport _ \"embed\"\n\n// Version one.\n//\n//go:embed main.go\nvar source string\n\nfunc main() { println(source) }\n";
    let project = TestProject::with_files(&[("go.mod", MODULE), ("main.go", embeds_itself)]);
    let graph = project.load(".").await;
    let mut index = Index::default();
    index.refresh(&graph);
    let digest = index.digest(&graph.programs[0]);
    index.judged_good(&graph.programs[0], digest);
    let mut judged = Judged { project, graph, index };
    let edited = embeds_itself.replace("one", "two");
    assert_eq!(judged.edit(&[("main.go", Some(&edited))]), Some(whole("main.go changed")));
}

#[tokio::test]
async fn positions_can_be_exact() {
    let mut judged = judged().await;
    judged.index.exact_positions = true;
    let library = "package lib\n\n// F does nothing.\nfunc F() {}\n";
    assert_eq!(judged.edit(&[("lib/lib.go", Some(library))]), Some(whole("lib/lib.go changed")));
}

#[tokio::test]
async fn what_was_never_judged_good_is_never_nothing() {
    let mut judged = judged().await;
    judged.index.forget("project");
    assert_eq!(judged.edit(&[("main.go", original("main.go"))]), Some(whole("main.go changed")));
}

#[tokio::test]
async fn a_good_build_is_the_new_reference() {
    let mut judged = judged().await;
    let edited = judged.with("main.go", "lib.F()", "lib.F(); lib.F()");
    judged.edit(&[("main.go", Some(&edited))]);
    assert!(!judged.index.is_good(&judged.graph.programs[0]));
    let digest = judged.index.digest(&judged.graph.programs[0]);
    assert_eq!(digest, SourceDigest::read(&judged.graph, &judged.graph.programs[0]));
    judged.index.judged_good(&judged.graph.programs[0], digest);
    assert!(judged.index.is_good(&judged.graph.programs[0]));
    assert_eq!(judged.edit(&[("main.go", Some(&edited))]), Some(Verdict::Nothing));
    assert_eq!(judged.edit(&[("main.go", original("main.go"))]), Some(body("main changed")));
}

#[tokio::test]
async fn what_may_change_the_graph_loads_it_again_and_its_undoing_is_nothing() {
    for (name, from, to) in [
        ("main.go", "\"example.test/p/lib\"", "\"example.test/p/lib\"\n\t_ \"fmt\""),
        ("main.go", "//go:embed data", "//go:embed data/a.txt"),
        ("lib/lib.go", "package lib", "package other"),
        ("lib/lib.go", "package lib", "//go:build tinygo\n\npackage lib"),
        ("go.mod", "go 1.22", "go 1.23"),
    ] {
        let mut judged = judged().await;
        let edited = judged.with(name, from, to);
        assert_eq!(judged.edit(&[(name, Some(&edited))]), Some(Verdict::Graph), "{name}: {to}");
        assert_eq!(judged.edit(&[(name, original(name))]), Some(Verdict::Nothing), "{name}: {to}");
    }
    for name in ["main.go", "lib/lib.go", "go.mod", "data/a.txt"] {
        let mut judged = judged().await;
        assert_eq!(judged.edit(&[(name, None)]), Some(Verdict::Graph), "{name}");
        assert_eq!(judged.edit(&[(name, original(name))]), Some(Verdict::Nothing), "{name}");
    }
    for name in
        ["new.go", "lib/new.go", "lib/new.c", "go.sum", "go.work", "data/new.txt", "data/deep/new.txt"]
    {
        let mut judged = judged().await;
        assert_eq!(judged.edit(&[(name, Some("new"))]), Some(Verdict::Graph), "{name}");
    }
}

#[tokio::test]
async fn files_that_are_no_input_concern_no_program() {
    let mut judged = judged().await;
    for name in ["main_test.go", "notes.md", "elsewhere/x.go", "web/notes.md"] {
        assert_eq!(judged.edit(&[(name, Some("new"))]), None, "{name}");
        assert_eq!(judged.edit(&[(name, Some("newer"))]), None, "{name}");
        assert_eq!(judged.edit(&[(name, None)]), None, "{name}");
    }
    // A file that constraints keep out matters only when they might let it in.
    let edited = "package main\n\nvar leftOut int\n";
    assert_eq!(judged.edit(&[("left_linux.go", Some(edited))]), None);
    let constrained = "//go:build !js\n\npackage main\n";
    assert_eq!(judged.edit(&[("left_linux.go", Some(constrained))]), Some(Verdict::Graph));
}

#[tokio::test]
async fn embedded_files_are_built_and_page_files_are_not() {
    let mut judged = judged().await;
    assert_eq!(judged.edit(&[("data/a.txt", Some("b"))]), Some(whole("data/a.txt changed")));
    assert_eq!(judged.edit(&[("data/a.txt", Some("a"))]), Some(Verdict::Nothing));
    let asset = |name: &str| Some(Verdict::Asset(vec![AssetPath(name.to_owned())]));
    assert_eq!(judged.edit(&[("web/style.css", Some("p { }"))]), asset("style.css"));
    assert_eq!(judged.edit(&[("web/img/new.png", Some("png"))]), asset("img/new.png"));
    assert_eq!(judged.edit(&[("web/style.css", None)]), asset("style.css"));
    // An asset together with a source that is as it was.
    let both = judged.edit(&[("web/style.css", Some("p")), ("main.go", original("main.go"))]);
    assert_eq!(both, asset("style.css"));
    let edited = judged.with("lib/lib.go", "{}", "{ println() }");
    let both = judged.edit(&[("web/style.css", Some("pp")), ("lib/lib.go", Some(&edited))]);
    assert_eq!(both, Some(body("F changed")));
}

#[tokio::test]
async fn a_page_that_moves_loads_the_graph_again() {
    let mut judged = judged().await;
    assert_eq!(judged.edit(&[("web/index.html", None)]), Some(Verdict::Graph));
    assert_eq!(judged.edit(&[("static/index.html", Some("<p>"))]), Some(Verdict::Graph));
}

#[tokio::test]
async fn a_new_program_loads_the_graph_again() {
    let project =
        TestProject::with_files(&[("go.mod", MODULE), ("one/main.go", MAIN), ("two/main.go", MAIN)]);
    let graph = project.load(".").await;
    let mut index = Index::default();
    index.refresh(&graph);
    project.write("three/main.go", MAIN);
    let change = Change { path: project.path("three/main.go"), kind: ChangeKind::Created };
    let verdicts = index.judge(&graph, &[change]);
    assert!(verdicts.iter().all(|(_, verdict)| *verdict == Verdict::Graph) && !verdicts.is_empty());
    // An edit of one program does not concern the other.
    project.write("one/main.go", "package main\n\nfunc main() { println() }\n");
    let change = Change { path: project.path("one/main.go"), kind: ChangeKind::Modified };
    let names: Vec<String> = index.judge(&graph, &[change]).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["one"]);
}

#[tokio::test]
async fn digests_tell_settings_and_contents_apart_and_nothing_else() {
    let mut judged = judged().await;
    let program = judged.graph.programs[0].clone();
    let digest = judged.index.digest(&program);
    judged.graph.tags = vec!["tinygo".to_owned()];
    judged.index.refresh(&judged.graph);
    assert_ne!(judged.index.digest(&program), digest);
    judged.graph.tags.clear();
    judged.graph.go_version = "1.27".to_owned();
    judged.index.refresh(&judged.graph);
    assert_ne!(judged.index.digest(&program), digest);
    // The same project in another place is the same input.
    let copy = TestProject::with_files(FILES);
    let graph = copy.load(".").await;
    assert_eq!(SourceDigest::read(&graph, &graph.programs[0]), digest);
}

#[tokio::test]
async fn the_time_of_a_verdict_over_200_files() {
    let mut files = vec![("go.mod".to_owned(), MODULE.to_owned())];
    let mut main = "package main\n\nimport (\n".to_owned();
    let body = "// Text that makes the file as long as files are.\n".repeat(80);
    for number in 0..20 {
        writeln!(main, "\t_ \"example.test/p/p{number}\"").unwrap();
        for file in 0..10 {
            files.push((format!("p{number}/f{file}.go"), format!("package p{number}\n\n{body}")));
        }
    }
    files.push(("main.go".to_owned(), format!("{main})\n\nfunc main() {{}}\n")));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let project = TestProject::with_files(&files);
    let start = Instant::now();
    let graph = project.load(".").await;
    println!("load of 201 files: {:.1} ms", start.elapsed().as_secs_f64() * 1000.0);
    let start = Instant::now();
    let mut index = Index::default();
    index.refresh(&graph);
    println!("first look at all of them: {:.2} ms", start.elapsed().as_secs_f64() * 1000.0);
    let digest = index.digest(&graph.programs[0]);
    index.judged_good(&graph.programs[0], digest);
    let mut times = Vec::new();
    for number in 0..200 {
        project.write("p7/f3.go", &format!("package p7\n\n{body}// {number}\n"));
        let change = Change { path: project.path("p7/f3.go"), kind: ChangeKind::Modified };
        let start = Instant::now();
        let verdicts = index.judge(&graph, &[change]);
        times.push(start.elapsed());
        assert_eq!(verdicts, [("project".to_owned(), Verdict::Same)]);
    }
    times.sort();
    let at = |percent: usize| times[times.len() * percent / 100].as_secs_f64() * 1000.0;
    println!("judge of one edit among 201 files: p50 {:.3} ms, p95 {:.3} ms", at(50), at(95));
}
