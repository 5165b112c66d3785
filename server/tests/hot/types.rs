//! Types that are local to functions: two of one name are two types, before and after patches.

use crate::page::Page;
use crate::project::{Project, fresh, patch};
use crate::tools::Tools;

const PROGRAM: &str = r#"package main

import "fmt"

type A struct{}

func (A) Name() string { return "A" }

type B struct{}

func (B) Name() string { return "B" }

type namer interface{ Name() string }

func same[T any](value T) any { return value }

var kept []any

func first(value any) (any, bool) {
	type point struct{ x int }
	type named struct{ A }
	_, known := value.(point)
	fmt.Println(namer(named{}).Name(), same(named{}).(namer).Name())
	return point{1}, known
}

func second(value any) (any, bool) {
	type point struct{ x int }
	type named struct{ B }
	_, known := value.(point)
	fmt.Println(namer(named{}).Name(), same(named{}).(namer).Name())
	if true {
		type point struct{ x int }
		if _, inner := value.(point); inner || same(point{3}) == any(point{4}) {
			fmt.Println("the inner type is the outer one")
		}
	}
	return point{2}, known
}

//go:wasmexport report
func report() {
	one, _ := first(nil)
	two, _ := second(nil)
	kept = append(kept, one, two)
	for _, value := range kept {
		_, isFirst := first(value)
		_, isSecond := second(value)
		fmt.Printf("%T %v %v\n", value, isFirst, isSecond)
	}
}

func main() { select {} }
"#;

/// Without the lines of the functions themselves.
fn kinds(printed: &str) -> Vec<&str> {
    printed.lines().filter(|line| line.len() > 3).collect()
}

#[tokio::test]
async fn two_of_one_name_are_two_types() {
    let tools = Tools::find().await;
    let mut project = Project::with_files(&tools, &[("main.go", PROGRAM)]);
    let base = fresh(project.bring().await);
    let (mut page, started) = Page::open(&tools, &project.module(base.module)).await;
    assert_eq!(started.error, None);
    let said = page.call("report", &[]).await;
    assert!(said.printed.starts_with("A A\nB B\n"), "{}", said.printed);
    assert_eq!(kinds(&said.printed), ["main.point true false", "main.point false true"]);

    // The same type with other code around it: what was made before is of it.
    let edited = PROGRAM.replace("point{1}", "point{11}");
    project.write("main.go", &edited);
    let applied = page.patch(&patch(project.bring().await)).await;
    assert_eq!(applied.error, None);
    let said = page.call("report", &[]).await;
    let each = ["main.point true false", "main.point false true"];
    assert_eq!(kinds(&said.printed), [each, each].concat());

    // Another layout is another type, also when the layout is that of another function's type.
    let edited = edited.replacen("point struct{ x int }", "point struct{ x string }", 1);
    project.write("main.go", &edited.replace("point{11}", "point{\"11\"}"));
    let change = patch(project.bring().await);
    assert!(change.notes.iter().any(|note| note.contains("main.point")), "{:?}", change.notes);
    assert_eq!(page.patch(&change).await.error, None);
    let said = page.call("report", &[]).await;
    let old = ["main.point false false", "main.point false true"];
    assert_eq!(kinds(&said.printed), [old, old, each].concat());
}
