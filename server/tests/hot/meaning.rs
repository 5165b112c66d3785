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

#[tokio::test]
async fn nothing_is_an_empty_difference_of_fingerprints() {
    let tools = Tools::find().await;
    let mut project = Project::with_files(&tools, &[("main.go", MAIN)]);
    fresh(project.bring().await);
    let measure = &MAIN[MAIN.find("//go:noinline").unwrap()..MAIN.find("func (p *point)").unwrap()];
    let edits = [
        MAIN.replace("func main() {", "// main waits.\nfunc main() {\n\n\t// for ever\n"),
        MAIN.replace("\"strings\"\n\t\"time\"", "\"time\"\n\t\"strings\""),
        MAIN.replace("import (\n\t\"strings\"\n\t\"time\"\n)", "import \"strings\"\nimport \"time\""),
        MAIN.replace(measure, "").replace("func main() {", &format!("{measure}func main() {{")),
        MAIN.replace("point{x: 1, y: len(words)}", "point{\n\t\tx: 1,\n\t\ty: len(words),\n\t}"),
        MAIN.replace("const limit, step = 0x10, 1", "const (\n\tlimit, step = 0x10, 1 // both\n)"),
        MAIN.replace("func (p *point) move() { p.x++ }", "func (p *point) move() {\n\tp.x++;\n}"),
        MAIN.replace('\n', "\r\n"),
    ];
    for text in &edits {
        assert_ne!(text, MAIN);
        assert_eq!(verdict(MAIN, text), Verdict::Nothing, "{text}");
        project.write("main.go", text);
        match project.bring().await {
            HotOutcome::Followed { patch: None, notes, .. } => assert_eq!(notes, [""; 0], "{text}"),
            other => panic!("{text}\n{other:?}"),
        }
        project.write("main.go", MAIN);
        project.bring().await;
    }
}
