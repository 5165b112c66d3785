//! Programs built by TinyGo.

use dev_server::build::{BuildFlags, GlueKind, Mode};
use tokio_util::sync::CancellationToken;

use crate::go::{RUN, run};
use crate::project::{Project, built, failed};
use crate::tools;

const PANICS: &str = r#"package main

type Board struct{ cells []int }

//go:noinline
func (b *Board) Step(n int) int {
	if n > 3 {
		panic("too far")
	}
	return b.cells[n]
}

//go:noinline
func helper(b *Board, n int) int {
	run := func() int {
		return b.Step(n) + 1
	}
	return run()
}

var start string

func main() {
	println("start", start)
	println(helper(&Board{cells: make([]int, 3)}, 7))
}
"#;

/// (function index, offset) of the frames that V8 prints as `wasm-function[77]:0xae17`.
fn frames(stack: &str) -> Vec<(u32, u64)> {
    let parts = stack.split("wasm-function[").skip(1);
    parts
        .filter_map(|part| {
            let (index, rest) = part.split_once("]:0x")?;
            let end = rest.find(|character: char| !character.is_ascii_hexdigit())?;
            Some((index.parse().ok()?, u64::from_str_radix(&rest[..end], 16).ok()?))
        })
        .collect()
}

#[tokio::test]
async fn a_panic_in_the_published_module_is_found_at_its_go_line() {
    let project = Project::with_files(&[("main.go", PANICS)]);
    let flags = BuildFlags::from_arguments(&["-ldflags=-X main.start=given"]).unwrap();
    let artifact = built(project.build(tools::tinygo_with(flags).await).await);
    assert_eq!(artifact.glue.kind, GlueKind::TinyGo);
    let symbols = artifact.symbols.expect("the DWARF is kept apart");
    let (published, full) = (project.blob(artifact.module), project.blob(symbols));
    assert_eq!(published.len() as u64, artifact.size);
    assert!(published.len() < full.len(), "{} against {}", published.len(), full.len());
    assert!(!published.windows(6).any(|window| window == b".debug"));

    let stack = run(&project, &artifact).await;
    assert!(stack.contains("start given") && stack.contains("panic: too far"), "{stack}");
    // The stripped module fails at the same offsets as the full one: one is symbolised by the other.
    let blobs = project.blobs();
    let of_full = tools::node(RUN, &[&blobs.path(artifact.glue.hash), &blobs.path(symbols)]).await;
    let places = frames(&stack);
    assert!(places.len() > 3, "{stack}");
    assert_eq!(places, frames(&of_full));

    let found = project.symbolizer().frames(artifact.module, &places);
    let line_of = |function: &str| {
        let frame = found.iter().find(|frame| frame.function == function);
        let position = frame.and_then(|frame| frame.position.clone());
        position.filter(|position| position.file == project.path("main.go")).map(|position| position.line)
    };
    assert_eq!(line_of("main.(*Board).Step"), Some(8), "{found:#?}");
    assert_eq!(line_of("main.helper.func1"), Some(16), "{found:#?}");
    assert_eq!(line_of("main.helper"), Some(18), "{found:#?}");
    assert_eq!(line_of("main.main"), Some(25), "{found:#?}");

    // A module that nobody knows has no symbols, but an answer.
    let unknown = project.symbolizer().frames(symbols_of_nothing(), &places);
    assert_eq!(unknown[0].function, format!("wasm-function[{}]", places[0].0));
}

fn symbols_of_nothing() -> dev_server::content::ContentHash {
    dev_server::content::ContentHash::of(b"no module")
}

#[tokio::test]
async fn a_release_is_smaller_and_runs() {
    let project = Project::with_files(&[("main.go", "package main\n\nfunc main() { println(\"hello\") }\n")]);
    let compiler = tools::tinygo().await;
    let development = built(project.build(compiler.clone()).await);
    let request = project.request(Mode::Release);
    let release = built(project.builder(compiler).build(request, &CancellationToken::new()).await);
    assert!(release.size < development.size, "{} against {}", release.size, development.size);
    assert_eq!(release.symbols, None);
    assert_eq!(run(&project, &release).await.trim(), "hello");
}

#[tokio::test]
async fn an_import_that_nobody_offers_is_reported_at_its_declaration() {
    let project = Project::with_files(&[(
        "main.go",
        "package main\n\n//go:wasmimport host answer\nfunc answer(x int32) int64\n\nfunc main() { println(answer(1)) }\n",
    )]);
    let found = failed(project.build(tools::tinygo().await).await);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].message.contains("host.answer func(i32) -> i64"), "{found:#?}");
    assert_eq!(found[0].position.as_ref().map(|position| position.line), Some(4));
}
