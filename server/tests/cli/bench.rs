//! `bench edit`: real edits of a copy, seen by a real browser.

use std::collections::BTreeSet;

use crate::run::{dev_server, names, program, write_main};

fn rows(line: &serde_json::Value) -> BTreeSet<String> {
    let rows = line["rows"].as_array().unwrap().iter();
    rows.map(|row| row["name"].as_str().unwrap().to_owned()).collect()
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
        let row = line["rows"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap();
        assert_eq!((&row["n"], &row["unit"]), (&3.into(), &"ms".into()), "{row}");
        row["value"].as_f64().unwrap()
    };
    assert!(value("save_to_screen_p50") > value("server_share_p50"), "{line}");
    assert!(value("server_share_p50") > value("own_share_p50"), "{line}");
    assert!(value("own_share_p50") > 0.0 && value("build_p50") > 0.0, "{line}");
    assert_eq!(std::fs::read(project.join("main.go")).unwrap(), before);
    assert_eq!(names(home.path()), ["clicks"]);
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
