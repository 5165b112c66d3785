//! Initial values of what comes with a patch: computed once, in the order of the packages, or the old code runs on.

use dev_server::hot::HotOutcome;

use crate::page::Page;
use crate::project::{Project, fresh, patch};
use crate::tools::Tools;

const MAIN: &str = r#"package main

import (
	"time"

	"example.test/app/shapes"
)

var ticks int32
var feed = make(chan int32)

//go:wasmexport report
func report() int32 { return ticks + shapes.Count() }

func main() {
	for {
		time.Sleep(time.Millisecond)
		ticks++
	}
}
"#;

const SHAPES: &str = r#"package shapes

var made []string

func note(word string) string {
	made = append(made, word)
	return word
}

func Count() int32 { return 0 }

//go:wasmexport made
func Made() {
	for _, word := range made {
		println(word)
	}
}
"#;

async fn started(tools: &Tools) -> (Project, Page) {
    let mut project = Project::with_files(tools, &[("main.go", MAIN), ("shapes/shapes.go", SHAPES)]);
    let base = fresh(project.bring().await);
    let (page, said) = Page::open(tools, &project.module(base.module)).await;
    assert_eq!(said.error, None);
    (project, page)
}

#[tokio::test]
async fn each_is_computed_once_and_after_what_it_needs() {
    let tools = Tools::find().await;
    let (mut project, mut page) = started(&tools).await;

    // A new package between two that are there: below it a new variable, above it one that reads it.
    let shapes = SHAPES.replace(
        "var made",
        "var Second = note(\"second \" + First)\nvar First = note(\"first\")\n\nvar made",
    );
    let shapes =
        shapes.replace("func note", "func Note(word string) string { return note(word) }\n\nfunc note");
    project.write("shapes/shapes.go", &shapes);
    project.write(
        "middle/middle.go",
        "package middle\n\nimport \"example.test/app/shapes\"\n\nvar Word = shapes.Note(\"middle \" + shapes.Second)\n\nfunc init() { shapes.Note(\"init\") }\n",
    );
    let main = MAIN
        .replace("\"example.test/app/shapes\"", "\"example.test/app/middle\"\n\t\"example.test/app/shapes\"")
        .replace("var feed", "var last = shapes.Note(\"main \" + middle.Word)\nvar feed");
    project.write("main.go", &main);
    assert_eq!(page.patch(&patch(project.bring().await)).await.error, None);
    let order = "first\nsecond first\nmiddle second first\ninit\nmain middle second first\n";
    assert_eq!(page.call("made", &[]).await.printed, order);

    // Not once more, whatever changes around them.
    project.write("main.go", &main.replace("return ticks", "return 1 + ticks + int32(len(last))"));
    project.write("shapes/shapes.go", &shapes.replace("return 0", "return int32(len(First))"));
    assert_eq!(page.patch(&patch(project.bring().await)).await.error, None);
    assert_eq!(page.call("made", &[]).await.printed, order);
}

#[tokio::test]
async fn one_that_waits_or_panics_leaves_the_old_code_running() {
    let tools = Tools::find().await;
    for waiting in [
        "func() int32 { time.Sleep(time.Millisecond); return 1 }()",
        "<-feed",
        "func() int32 { c := make(chan int32); go func() { c <- 1 }(); return <-c }()",
        "func() int32 { panic(\"no value\") }()",
    ] {
        let (mut project, mut page) = started(&tools).await;
        let before = page.call("report", &[]).await.value.as_i64().unwrap();
        let text = MAIN.replace("var feed", &format!("var value int32 = {waiting}\nvar feed"));
        project.write("main.go", &text.replace("return ticks", "return value - 1000000 + ticks"));
        let said = page.patch(&patch(project.bring().await)).await;
        assert!(said.error.is_some(), "{waiting}");
        // The goroutine that was asleep wakes up, and what is called is the old function.
        let said = page.ask(&serde_json::json!({ "wait": 50 })).await;
        assert_eq!(said.error, None, "{waiting}");
        let after = page.call("report", &[]).await.value.as_i64().unwrap();
        assert!(after > before, "{waiting}: {before}, then {after}");
    }
}

#[tokio::test]
async fn what_keeps_its_value_is_said_also_after_a_build_that_was_overtaken() {
    let tools = Tools::find().await;
    let counting = MAIN.replace("var ticks int32", "var ticks int32 = 5");
    let mut project = Project::with_files(&tools, &[("main.go", &counting), ("shapes/shapes.go", SHAPES)]);
    fresh(project.bring().await);
    let kept = |outcome: HotOutcome| match outcome {
        HotOutcome::Followed { notes, .. } => notes,
        other => panic!("{other:?}"),
    };

    project.write("main.go", &counting.replace("= 5", "= 7"));
    let overtaken = kept(project.bring_in_vain().await);
    assert!(overtaken[0].starts_with("main.ticks keeps its value"), "{overtaken:?}");

    project.write("shapes/shapes.go", &SHAPES.replace("return 0", "return 1"));
    let published = kept(project.bring().await);
    assert_eq!(published, overtaken);

    // Once is enough.
    project.write("shapes/shapes.go", &SHAPES.replace("return 0", "return 2"));
    assert_eq!(kept(project.bring().await), [""; 0]);
}
