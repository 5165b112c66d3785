//! Functions that JavaScript calls: old ones run new code, new ones can be called.

use serde_json::json;

use crate::page::Page;
use crate::project::{Project, fresh, patch};
use crate::tools::Tools;

const PROGRAM: &str = r#"package main

var calls int32

//go:wasmexport add
func add(one, other int32) int32 {
	calls++
	return one + other
}

//export legacy
func legacy(one int32) int32 { return one }

type counter struct{ count int32 }

// A method that is called like what runs at the start is an ordinary one.
func (c *counter) init() { c.count = 1 }

//go:wasmexport counted
func counted() int32 {
	var one counter
	one.init()
	return calls*10 + one.count
}

func main() { select {} }
"#;

async fn value(page: &mut Page, name: &str, given: &[i32]) -> i64 {
    let said = page.call(name, given).await;
    assert_eq!(said.error, None, "{name}");
    said.value.as_i64().unwrap()
}

#[tokio::test]
async fn what_javascript_calls_is_the_newest_code() {
    let tools = Tools::find().await;
    let mut project = Project::with_files(&tools, &[("main.go", PROGRAM)]);
    let base = fresh(project.bring().await);
    let (mut page, started) = Page::open(&tools, &project.module(base.module)).await;
    assert_eq!(started.error, None);
    assert_eq!(value(&mut page, "add", &[2, 3]).await, 5);
    assert_eq!(value(&mut page, "legacy", &[7]).await, 7);

    let mut text = PROGRAM.to_owned();
    let mut step = async |page: &mut Page, old: &str, new: &str| {
        assert!(text.contains(old), "{old}");
        text = text.replacen(old, new, 1);
        project.write("main.go", &text);
        let change = patch(project.bring().await);
        assert_eq!(page.patch(&change).await.error, None);
        change
    };
    step(&mut page, "return one + other", "return one * other").await;
    assert_eq!(value(&mut page, "add", &[2, 3]).await, 6);
    step(&mut page, "return one }", "return -one }").await;
    assert_eq!(value(&mut page, "legacy", &[7]).await, -7);
    step(&mut page, "c.count = 1", "c.count = 5").await;
    assert_eq!(value(&mut page, "counted", &[]).await, 25);

    // New, and changed once more.
    step(
        &mut page,
        "func main()",
        "//go:wasmexport twice\nfunc twice(n int32) int32 { return 2 * n }\n\nfunc main()",
    )
    .await;
    assert_eq!(value(&mut page, "twice", &[21]).await, 42);
    step(&mut page, "return 2 * n", "return n + n + calls").await;
    assert_eq!(value(&mut page, "twice", &[21]).await, 44);
    step(&mut page, "func main()", "//export modest\nfunc modest() int32 { return 1 }\n\nfunc main()").await;
    step(&mut page, "{ return 1 }", "{ return 2 }").await;
    assert_eq!(value(&mut page, "modest", &[]).await, 2);

    // Another name for the same function: the code is there already.
    step(&mut page, "wasmexport twice", "wasmexport double").await;
    assert_eq!(value(&mut page, "double", &[1]).await, 4);

    // Other parameters under the same name.
    step(&mut page, "add(one, other int32)", "add(one, other, third int32)").await;
    step(&mut page, "return one * other", "return one * other * third").await;
    assert_eq!(value(&mut page, "add", &[2, 3, 4]).await, 24);
}

#[tokio::test]
async fn a_package_that_comes_with_a_patch_can_be_called_and_changed() {
    let tools = Tools::find().await;
    let text = PROGRAM.replace("package main", "package main\n\nimport \"strconv\"\n\nvar _ = strconv.Itoa");
    let mut project = Project::with_files(&tools, &[("main.go", text.as_str())]);
    let base = fresh(project.bring().await);
    let (mut page, started) = Page::open(&tools, &project.module(base.module)).await;
    assert_eq!(started.error, None);

    let added = r#"package words

var count = func() int32 { return 3 }

//go:wasmexport words
func Words() int32 { return count() }
"#;
    project.write("words/words.go", added);
    project.write(
        "main.go",
        &text.replace("import \"strconv\"", "import (\n\t\"strconv\"\n\n\t_ \"example.test/app/words\"\n)"),
    );
    assert_eq!(page.patch(&patch(project.bring().await)).await.error, None);
    assert_eq!(value(&mut page, "words", &[]).await, 3);
    project.write("words/words.go", &added.replace("return count()", "return -count()"));
    assert_eq!(page.patch(&patch(project.bring().await)).await.error, None);
    assert_eq!(value(&mut page, "words", &[]).await, -3);
    let said = page.ask(&json!({ "wait": 1 })).await;
    assert_eq!(said.error, None);
}
