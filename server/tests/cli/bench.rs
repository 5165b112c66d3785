//! `bench edit`: real edits of a copy, seen by a real browser.

use std::collections::BTreeSet;
use std::path::Path;

use crate::run::{dev_server, names, program, write_main};

fn rows(line: &serde_json::Value) -> BTreeSet<String> {
    let rows = line["rows"].as_array().unwrap().iter();
    rows.map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

fn row<'a>(line: &'a serde_json::Value, name: &str) -> &'a serde_json::Value {
    let found = line["rows"].as_array().unwrap().iter().find(|row| row["name"] == name);
    found.unwrap_or_else(|| panic!("{name}: {line}"))
}

#[tokio::test]
async fn edits_are_measured_to_the_screen_and_the_original_stays() {
    let home = tempfile::tempdir().unwrap();
    dev_server(home.path(), &["new", "clicks"]).await.ended_with(0);
    let project = home.path().join("clicks");
    let before = std::fs::read(project.join("main.go")).unwrap();
    let arguments = ["bench", "edit", "clicks", "--compiler", "go", "--edits", "3", "--json"];
    let line = dev_server(home.path(), &arguments).await.ended_with(0).json();
    assert_eq!(line["bench"], "edit");
    assert!(
        line["machine"]["cores"].as_u64().unwrap() > 0 && line["machine"]["compiler"].is_string(),
        "{line}"
    );
    assert!(line["machine"]["browser"].as_str().unwrap().starts_with("Chromium "), "{line}");
    let rows = rows(&line);
    for stage in [
        "save_to_screen",
        "server_share",
        "own_share",
        "watch",
        "build",
        "swap",
        "program_start",
        "first_frame",
    ] {
        assert!(
            rows.contains(&format!("{stage}_p50")) && rows.contains(&format!("{stage}_p95")),
            "{stage}: {rows:?}"
        );
    }
    let value = |name: &str| {
        let row = row(&line, name);
        assert_eq!((&row["n"], &row["unit"]), (&3.into(), &"ms".into()), "{row}");
        row["value"].as_f64().unwrap()
    };
    assert!(value("save_to_screen_p50") > value("server_share_p50"), "{line}");
    assert!(value("server_share_p50") > value("own_share_p50"), "{line}");
    assert!(value("own_share_p50") > 0.0 && value("build_p50") > 0.0, "{line}");
    assert_eq!(std::fs::read(project.join("main.go")).unwrap(), before);
    assert_eq!(names(home.path()), ["clicks"]);
}

/// With TinyGo, the warm compiler and Chromium: one edit, and everything that it is compared with.
#[tokio::test]
async fn patches_are_measured_and_compared() {
    let home = tempfile::tempdir().unwrap();
    let counter = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("examples/counter");
    let before = std::fs::read(counter.join("main.go")).unwrap();
    let counter_path = counter.to_str().unwrap();
    let arguments = ["bench", "edit", counter_path, "--compiler", "tinygo", "--edits", "1", "--json"];
    let line = dev_server(home.path(), &arguments).await.ended_with(0).json();
    let rows = rows(&line);
    for stage in
        ["watch", "analyse", "talk", "front_end", "codegen", "link", "asyncify", "apply", "first_frame"]
    {
        assert!(rows.contains(&format!("{stage}_p50")), "{stage}: {rows:?}");
    }
    let figures = [
        ("save_to_patched_p50", "ms", 1),
        ("save_to_patched_p95", "ms", 1),
        ("server_share_p95", "ms", 1),
        ("edit_to_object_p50", "ms", 1),
        ("patch_bytes_p50", "bytes", 1),
        ("ratio_tinygo_reload", "x", 1),
        ("ratio_go_build", "x", 1),
        ("base_build_ratio_tinygo", "x", 1),
        ("speed_ratio_opt1", "x", 55),
        ("warm_start", "ms", 3),
        ("worker_rss", "MiB", 1),
    ];
    for (name, unit, count) in figures {
        let row = row(&line, name);
        assert_eq!((&row["unit"], &row["n"]), (&unit.into(), &count.into()), "{row}");
        assert!(row["value"].as_f64().unwrap() > 0.0 && row["against"].is_string(), "{row}");
        assert!(row["ratio"].as_f64().unwrap() > 0.0, "{row}");
    }
    assert!(!rows.contains("save_to_screen_p50"), "a body is patched: {rows:?}");
    let value = |name: &str| row(&line, name)["value"].as_f64().unwrap();
    assert!(value("ratio_tinygo_reload") > 1.0, "{line}");
    assert!(value("patch_bytes_p50") < value("patch_bytes_plain_p50"), "{line}");
    assert_eq!(std::fs::read(counter.join("main.go")).unwrap(), before);
    assert!(names(home.path()).is_empty());
}

#[tokio::test]
async fn what_takes_long_is_left_out_on_demand() {
    let home = tempfile::tempdir().unwrap();
    dev_server(home.path(), &["new", "clicks"]).await.ended_with(0);
    let arguments = ["bench", "edit", "clicks", "--compiler", "tinygo", "--edits", "2", "--quick"];
    let printed = dev_server(home.path(), &arguments).await.ended_with(0).stdout;
    assert!(printed.contains("level 2, hot patch: 2 edits"), "{printed}");
    assert!(printed.contains("\nsave to patched ") && printed.contains("\nwarm start, ms "), "{printed}");
    assert!(!printed.contains("times faster"), "{printed}");
    assert!(printed.ends_with("left out: comparisons with other compilers and of running speed (--quick)\n"));
}

#[tokio::test]
async fn what_cannot_be_measured_is_said_with_a_remedy() {
    let home = tempfile::tempdir().unwrap();
    let project = program(home.path(), "app");
    write_main(&project, "println(1)");
    let arguments = ["bench", "edit", "--compiler", "go", "--edits", "1"];
    let failed = dev_server(&project, &arguments).await.ended_with(1);
    assert!(failed.stderr.contains("no function of these programs has a string literal"), "{failed:?}");
    assert!(
        failed.stderr.contains("hint: end a line") && failed.stderr.contains("//bench:edit"),
        "{failed:?}"
    );

    write_main(&project, "undefinedName(\"some text\")");
    let failed = dev_server(&project, &arguments).await.ended_with(1);
    assert!(failed.stderr.contains("undefined: undefinedName"), "{failed:?}");
}
