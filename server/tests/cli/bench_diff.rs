//! `bench diff`: our diff, and stand-ins for the programs that it is compared with.

use serde_json::{Value, json};

use crate::machine::Machine;

const OLD: &str = "package p\n\nfunc f() {\n\tg(1, nil)\n}\n";

/// Of a machine that has none of the other programs.
fn machine() -> Machine {
    let edited = OLD.replace('1', "2");
    let remark = OLD.replace("func", "// f calls g.\nfunc");
    let machine = Machine::with(&[
        ("pairs/one.a.go", OLD),
        ("pairs/one.b.go", &edited),
        ("pairs/two.a.go", OLD),
        ("pairs/two.b.go", &remark),
    ]);
    let bin = machine.path("bin");
    machine.variable("PATH", bin)
}

async fn measured(machine: &Machine) -> Value {
    let ran = machine.run(["bench", "diff", "--pairs", "pairs", "--json"]).await;
    assert_eq!((ran.status, ran.stdout.lines().count()), (0, 1), "{ran:?}");
    serde_json::from_str(&ran.stdout).unwrap()
}

fn row<'a>(line: &'a Value, name: &str) -> &'a Value {
    let found = line["rows"].as_array().unwrap().iter().find(|row| row["name"] == name);
    found.unwrap_or_else(|| panic!("{name}: {line}"))
}

fn names(rows: &Value, key: &str) -> Vec<String> {
    rows.as_array().unwrap().iter().map(|row| row[key].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn without_other_programs_the_rest_is_compared_and_what_is_missing_named() {
    let line = measured(&machine()).await;
    assert_eq!(line["bench"], "diff");
    assert!(line["machine"]["cores"].as_u64().unwrap() > 0, "{line}");
    let counts = ["pairs", "differ", "only_layout", "patched", "marked"].map(|key| &line[key]);
    assert_eq!(counts, [&json!(2), &json!(1), &json!(1), &json!(1), &json!(2)]);
    assert_eq!(names(&line["rows"], "name"), ["dev_server", "dev_server_program", "lines", "lines_bare"]);
    assert_eq!(names(&line["left_out"], "name"), ["difftastic", "diffsitter", "zstd"]);
    assert!(names(&line["left_out"], "hint")[0].contains("cargo install"), "{line}");

    let ours = row(&line, "dev_server");
    for (key, value) in [("handled", 2), ("applied", 2), ("operations", 1), ("changed_words", 2)] {
        assert_eq!(ours[key], value, "{key}: {ours}");
    }
    assert_eq!((&ours["called_equal"], &ours["called_equal_besides"]), (&json!(1), &json!(0)));
    let bytes = |row: &Value, key: &str| row[key]["sum"].as_f64().unwrap();
    assert!((bytes(ours, "payload_bytes") - bytes(ours, "payload_bare_bytes") - 28.0).abs() < 0.1, "{ours}");
    assert!(ours["cpu_us"]["p50"].as_f64().unwrap() > 0.0 && ours["start_us"].is_null(), "{ours}");

    let program = row(&line, "dev_server_program");
    assert!(program["start_us"].as_f64().unwrap() > 0.0, "{program}");
    assert_eq!((&program["applied"], &program["payload_bytes"]), (&json!(2), &Value::Null));

    let lines = row(&line, "lines");
    for (key, value) in [("applied", 2), ("changed_lines", 3), ("changed_words", 6), ("called_equal", 0)] {
        assert_eq!(lines[key], value, "{key}: {lines}");
    }
    assert!(bytes(lines, "payload_bytes") > bytes(ours, "payload_bytes"), "{line}");
    assert_eq!(row(&line, "lines_bare")["called_equal"], 1);
}

#[tokio::test]
async fn what_other_programs_print_is_counted_and_what_they_cannot_do_named() {
    let machine = machine();
    machine.script(
        "difft",
        r#"case "$*" in
        --version) echo 'Difftastic 9.8.7';;
        *empty.a.go*) echo '{"language":"Go","path":"b.go","status":"unchanged"}';;
        *one.a.go*) echo '{"chunks":[[{"lhs":{"line_number":3,"changes":[{"start":3,"end":4}]}}]],
            "language":"Go","path":"b.go","status":"changed"}';;
        *) echo 'a panic' >&2; exit 101;;
        esac"#,
    );
    machine.script(
        "diffsitter",
        r#"[ "$1" = --version ] && echo 'diffsitter 1.2.3' || echo '{"hunks":[],"old":{},"new":{}}'"#,
    );
    let line = measured(&machine).await;
    assert_eq!((&line["patched"], &line["marked"]), (&json!(1), &json!(1)));
    let difftastic = row(&line, "difftastic");
    assert_eq!((&difftastic["version"], &difftastic["handled"]), (&json!("9.8.7"), &json!(1)));
    let failed = json!([{ "reason": "it ended with status 101: a panic", "pairs": 1, "first": "two" }]);
    assert_eq!(difftastic["failed"], failed);
    assert_eq!((&difftastic["changed_words"], &difftastic["called_equal"]), (&json!(1), &json!(0)));
    let lead = json!({ "pairs": 1, "most": [{ "pair": "one", "ours": 2, "theirs": 1 }] });
    assert_eq!(difftastic["marks_less"], lead);
    assert!(difftastic["applied"].is_null() && difftastic["payload_bytes"].is_null(), "{difftastic}");
    let diffsitter = row(&line, "diffsitter");
    assert_eq!((&diffsitter["called_equal"], &diffsitter["called_equal_besides"]), (&json!(1), &json!(1)));

    let ran = machine.run(["bench", "diff", "--pairs", "pairs"]).await;
    assert_eq!(ran.status, 0, "{ran:?}");
    let counted = ran.stdout.lines().find(|line| line.starts_with("difftastic 9.8.7 ")).unwrap();
    assert!(counted.split_whitespace().eq(["difftastic", "9.8.7", "1", "1", "0", "0"]), "{}", ran.stdout);
    for words in [
        "\ndifftastic 9.8.7 failed in 1, such as two: it ended with status 101: a panic\n",
        "\nleft out: zstd, which is not on PATH (to get it: the package zstd of the system)\n",
    ] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
}

#[tokio::test]
async fn without_pairs_some_are_made() {
    let machine = machine();
    let ran = machine.run(["bench", "diff", "--json"]).await;
    assert_eq!(ran.status, 0, "{ran:?}");
    let line: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(line["pairs"].as_u64().unwrap() >= 60, "{line}");
    for name in ["dev_server", "dev_server_program", "lines", "lines_bare"] {
        assert_eq!(
            (&row(&line, name)["handled"], &row(&line, name)["applied"]),
            (&line["pairs"], &line["pairs"])
        );
    }
    assert_eq!(row(&line, "dev_server")["called_equal"], line["only_layout"]);
}

#[tokio::test]
async fn a_folder_without_pairs_is_refused() {
    let machine = machine();
    machine.run(["bench", "diff", "--pairs", "."]).await.refuses(2, "has no pairs of files", "NAME.a.go");
    machine.run(["bench", "diff", "--pairs", "gone"]).await.refuses(2, "gone is not a folder", "");
}
