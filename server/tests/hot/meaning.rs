//! Edits that mean nothing to the comparison of syntax trees mean nothing to the compiler either: what is not built for
//! their sake is not missed.

use ast_diff::{File, Outline, Parser, Verdict, judge};
use dev_server::hot::HotOutcome;

use crate::project::{Project, fresh};
use crate::tools::Tools;

const MAIN: &str = r#"package main

import (
	"strings"
	"time"
)

type point struct{ x, y int }

const limit, step = 0x10, 1

var words = []string{"a", "b"}

//go:wasmexport report
func report() int32 {
	at := point{x: 1, y: len(words)}
	return int32(at.x+at.y) + measure(strings.Join(words, ","))
}

//go:noinline
func measure(text string) int32 {
	switch n := len(text); {
	case n > limit:
		return limit
	default:
		return int32(n + step)
	}
}

func (p *point) move() { p.x++ }

func main() {
	for {
		time.Sleep(time.Millisecond)
		new(point).move()
	}
}
"#;

fn verdict(before: &str, after: &str) -> Verdict {
    let mut parser = Parser::new();
    let mut outline = |text: &str| Outline::of(&parser.parse(text.as_bytes()).tree);
    let (before, after) = (outline(before), outline(after));
    let file = |outline| [File { name: "main.go", outline }];
    judge(&file(&before), &file(&after)).verdict
}

/// Edits that only change how the text looks.
fn looks(text: &str) -> Vec<String> {
    vec![
        text.replace("func main() {", "// main waits.\nfunc main() {\n\n\t// for ever\n"),
        text.replace("point{x: 1, y: len(words)}", "point{\n\t\tx: 1,\n\t\ty: len(words),\n\t}"),
        text.replace("const limit, step = 0x10, 1", "const (\n\tlimit, step = 0x10, 1 // both\n)"),
        text.replace("func (p *point) move() { p.x++ }", "func (p *point) move() {\n\tp.x++;\n}"),
        text.replace('\n', "\r\n"),
    ]
}

/// Edits of an order that has no meaning, in a text without directives.
fn orders(text: &str) -> Vec<String> {
    let measure = &text[text.find("func measure").unwrap()..text.find("func (p *point)").unwrap()];
    vec![
        text.replace("\"strings\"\n\t\"time\"", "\"time\"\n\t\"strings\""),
        text.replace("import (\n\t\"strings\"\n\t\"time\"\n)", "import \"strings\"\nimport \"time\""),
        text.replace(measure, "").replace("func main() {", &format!("{measure}func main() {{")),
    ]
}

async fn nothing_is_made_for(text: &str, edits: Vec<String>) {
    let tools = Tools::find().await;
    let mut project = Project::with_files(&tools, &[("main.go", text)]);
    fresh(project.bring().await);
    for edited in &edits {
        assert_ne!(edited, text);
        assert_eq!(verdict(text, edited), Verdict::Nothing, "{edited}");
        project.write("main.go", edited);
        match project.bring().await {
            HotOutcome::Followed { patch: None, notes, .. } => assert_eq!(notes, [""; 0], "{edited}"),
            other => panic!("{edited}\n{other:?}"),
        }
        project.write("main.go", text);
        project.bring().await;
    }
}

#[tokio::test]
async fn nothing_is_an_empty_difference_of_fingerprints() {
    nothing_is_made_for(MAIN, looks(MAIN)).await;
    let plain = MAIN
        .replace("//go:wasmexport report\n", "")
        .replace("//go:noinline\n", "")
        .replace("new(point).move()", "new(point).move()\n\t\tprintln(report())");
    nothing_is_made_for(&plain, [looks(&plain), orders(&plain)].concat()).await;
}
