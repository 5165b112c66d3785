//! `build`: everything or nothing, sizes, and errors with their lines.

use crate::run::{dev_server, names, program, write_main};

#[tokio::test]
async fn a_build_is_written_as_a_whole_and_a_failed_one_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let project = program(home.path(), "app");
    let cache = home.path().join("cache").display().to_string();
    let arguments = ["build", "--compiler", "go", "--cache-dir", &cache, "--out", "../site"];
    let built = dev_server(&project, &arguments).await.ended_with(0);
    assert!(built.stdout.contains("main.wasm") && built.stdout.contains(" bytes in "), "{built:?}");
    let site = home.path().join("site");
    let expected = [".dev-server-build", "boot.js", "index.html", "main.wasm", "wasm_exec.js"];
    assert_eq!(names(&site), expected);
    let first = std::fs::read(site.join("main.wasm")).unwrap();

    write_main(&project, "undefinedName()\n\totherName()");
    let failed = dev_server(&project, &arguments).await.ended_with(1);
    assert!(failed.stdout.contains("main.go:4:2: error: undefined: undefinedName"), "{failed:?}");
    assert!(failed.stdout.contains(">    5 | \totherName()"), "{failed:?}");
    assert!(failed.stderr.is_empty(), "{failed:?}");
    assert_eq!(std::fs::read(site.join("main.wasm")).unwrap(), first);

    write_main(&project, "println(\"good day\")");
    dev_server(&project, &arguments).await.ended_with(0);
    assert_eq!(names(&site), expected);
    assert_ne!(std::fs::read(site.join("main.wasm")).unwrap(), first);
    assert_eq!(names(home.path()), ["app", "cache", "site"], "nothing is left beside them");
}

#[tokio::test]
async fn the_result_is_one_object_of_json_also_when_it_fails() {
    let home = tempfile::tempdir().unwrap();
    let project = program(home.path(), "app");
    let arguments = ["build", "--compiler", "go", "--json"];
    let report = dev_server(&project, &arguments).await.ended_with(0).json();
    assert_eq!((&report["ok"], &report["mode"]), (&true.into(), &"development".into()));
    assert!(report["out"].as_str().unwrap().ends_with("/app/dist"), "{report}");
    let app = &report["programs"][0];
    assert_eq!(app["module"].as_str().unwrap().len(), 64);
    assert!(app["stages"].as_array().unwrap().iter().any(|stage| stage["name"] == "build"), "{app}");

    write_main(&project, "undefinedName()");
    let report = dev_server(&project, &arguments).await.ended_with(1).json();
    assert_eq!((&report["ok"], &report["out"]), (&false.into(), &serde_json::Value::Null));
    let item = &report["programs"][0]["diagnostics"][0];
    assert_eq!((&item["line"], &item["message"]), (&4.into(), &"undefined: undefinedName".into()));

    std::fs::remove_file(project.join("go.mod")).unwrap();
    let report = dev_server(&project, &arguments).await.ended_with(1).json();
    let item = &report["diagnostics"][0];
    assert!(item["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{report}");
}

#[tokio::test]
async fn several_programs_get_a_folder_each_and_a_page_gets_its_module() {
    let home = tempfile::tempdir().unwrap();
    let project = program(home.path(), "app");
    std::fs::remove_file(project.join("main.go")).unwrap();
    for name in ["one", "two"] {
        let folder = project.join("cmd").join(name);
        std::fs::create_dir_all(folder.join("web")).unwrap();
        write_main(&folder, &format!("println(\"{name}\")"));
    }
    let page =
        "<script src=\"wasm_exec.js\"></script>\n<script>const go = new Go(); fetch(\"two.wasm\")</script>";
    std::fs::write(project.join("cmd/two/web/index.html"), page).unwrap();
    dev_server(&project, &["build", "--compiler", "go", "--out", "dist"]).await.ended_with(0);
    let dist = project.join("dist");
    assert_eq!(names(&dist), [".dev-server-build", "index.html", "one", "two"]);
    assert_eq!(names(&dist.join("one")), ["boot.js", "index.html", "main.wasm", "wasm_exec.js"]);
    assert_eq!(names(&dist.join("two")), ["index.html", "two.wasm", "wasm_exec.js"]);
    assert_eq!(std::fs::read_to_string(dist.join("two/index.html")).unwrap(), page);
}

#[tokio::test]
async fn a_folder_that_is_no_build_is_refused_before_anything_is_compiled() {
    let home = tempfile::tempdir().unwrap();
    let project = program(home.path(), "app");
    let refused = dev_server(&project, &["build", "--compiler", "go", "--out", "."]).await.ended_with(2);
    assert!(refused.stderr.contains("hint: name another folder with --out"), "{refused:?}");
    assert_eq!(names(&project), ["go.mod", "main.go"]);
    let none = dev_server(&project, &["build", "nowhere"]).await.ended_with(2);
    assert!(none.stderr.contains("nowhere") && none.stderr.contains("hint: "), "{none:?}");
}
