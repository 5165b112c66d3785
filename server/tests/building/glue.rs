//! The scanner of `wasm_exec.js` against the script itself, run by a JavaScript engine.

use std::path::Path;

use dev_server::build::{GlueImports, GlueKind};

use crate::tools;

const PRINT_IMPORTS: &str = r#"
    const path = process.argv[1];
    globalThis.require = undefined;
    (0, eval)(process.getBuiltinModule("fs").readFileSync(path, "utf8"));
    const found = [];
    for (const [module, functions] of Object.entries(new globalThis.Go().importObject)) {
        for (const name of Object.keys(functions)) found.push(module + " " + name);
    }
    console.log(found.sort().join("\n"));
"#;

async fn assert_same_as_engine(path: &Path, kind: GlueKind) {
    let printed = tools::node(PRINT_IMPORTS, &[path]).await;
    let scanned = GlueImports::scan(&std::fs::read_to_string(path).unwrap());
    let mut found: Vec<_> = scanned.iter().map(|(module, name)| format!("{module} {name}")).collect();
    found.sort();
    assert!(found.len() > 20, "{printed}");
    assert_eq!(found.join("\n"), printed.trim());
    assert_eq!(scanned.kind(), Some(kind));
}

#[tokio::test]
async fn the_glue_of_go_offers_what_the_scanner_says() {
    let root = tools::go_tool().await.root;
    assert_same_as_engine(&root.join("lib/wasm/wasm_exec.js"), GlueKind::Go).await;
}

#[tokio::test]
async fn the_glue_of_tinygo_offers_what_the_scanner_says() {
    let root = tools::tinygo_tool().await.root;
    assert_same_as_engine(&root.join("targets/wasm_exec.js"), GlueKind::TinyGo).await;
}
