//! Files that are embedded: their text in the program, in what a patch brings, and what becomes of it.

use dev_server::hot::HotOutcome;

use crate::page::Page;
use crate::project::{Project, fresh, patch};
use crate::tools::Tools;

const PROGRAM: &str = r#"package main

import (
	"embed"
)

//go:embed page/title.txt
var title string

//go:embed page
var page embed.FS

//go:wasmexport report
func report() {
	body, err := page.ReadFile("page/body.txt")
	if err != nil {
		panic(err)
	}
	println(title, string(body), "end")
}

func main() { select {} }
"#;

#[tokio::test]
async fn programs_that_embed_files_are_patched_and_other_files_make_another_program() {
    let tools = Tools::find().await;
    let files = [("main.go", PROGRAM), ("page/title.txt", "title"), ("page/body.txt", "body")];
    let mut project = Project::with_files(&tools, &files);
    let base = fresh(project.bring().await);
    let (mut page, started) = Page::open(&tools, &project.module(base.module)).await;
    assert_eq!(started.error, None);
    assert_eq!(page.call("report", &[]).await.printed, "title body end\n");

    project.write("main.go", &PROGRAM.replace("\"end\"", "\"changed\""));
    assert_eq!(page.patch(&patch(project.bring().await)).await.error, None);
    assert_eq!(page.call("report", &[]).await.printed, "title body changed\n");

    // A new variable, of a file that was not embedded before.
    project.write("page/more.txt", "more");
    let more = PROGRAM
        .replace(
            "//go:embed page\n",
            "//go:embed page/more.txt\nvar more []byte\n\n//go:embed page/body.txt page/title.txt\n",
        )
        .replace("\"end\"", "string(more)");
    project.write("main.go", &more);
    assert_eq!(page.patch(&patch(project.bring().await)).await.error, None);
    assert_eq!(page.call("report", &[]).await.printed, "title body more\n");

    project.write("page/title.txt", "another title");
    match project.bring().await {
        HotOutcome::Fresh { artifact, refusals, .. } => {
            assert_eq!(
                refusals,
                ["another file is embedded in main.page", "another file is embedded in main.title"]
            );
            let (mut page, _) = Page::open(&tools, &project.module(artifact.module)).await;
            assert_eq!(page.call("report", &[]).await.printed, "another title body more\n");
        }
        other => panic!("{other:?}"),
    }
}
