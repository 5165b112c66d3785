//! `diff`, `apply` and `bench hash`: files in, words, figures and patches out.

use std::path::Path;

use crate::run::{Run, dev_server};

const OLD: &str = "package p\n\nimport \"fmt\"\n\nfunc total(numbers []int) (sum int) {\n\tfor _, number := range numbers {\n\t\tsum += number\n\t}\n\treturn sum\n}\n\nfunc Print() { fmt.Println(total(nil)) }\n";

fn home(files: &[(&str, &str)]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(home.path().join(name), text).unwrap();
    }
    home
}

async fn compared(home: &Path) -> Run {
    dev_server(home, &["diff", "old.go", "new.go", "--json"]).await.ended_with(0)
}

#[tokio::test]
async fn an_edit_is_told_in_words_and_as_json() {
    let new = OLD.replace("sum += number", "sum += 2 * number");
    let home = home(&[("old.go", OLD), ("new.go", &new)]);
    let said = dev_server(home.path(), &["diff", "old.go", "new.go"]).await.ended_with(0);
    assert!(said.stdout.starts_with("changes body: total\n"), "{said:?}");
    assert!(said.stdout.contains(" bytes\n"), "{said:?}");

    let json = compared(home.path()).await.json();
    assert_eq!(json["verdict"], "body");
    assert_eq!(json["functions"], serde_json::json!(["total"]));
    assert_eq!((&json["equal"], &json["round_trip"]), (&false.into(), &true.into()));
    assert!((1..=40).contains(&json["payload_bytes"].as_u64().unwrap()), "{json}");
    assert!((1..=3).contains(&json["ops"].as_u64().unwrap()), "{json}");
    assert_ne!(json["root_old"], json["root_new"]);
    assert_eq!(json["root_new"].as_str().unwrap().len(), 64);
    for phase in ["parse", "hash", "match", "encode", "apply"] {
        assert!(json["cpu_us"][phase].as_f64().unwrap() > 0.0, "{phase}: {json}");
    }
}

#[tokio::test]
async fn comments_and_formatting_are_nothing() {
    let new = OLD.replace("func Print", "// Print prints.\nfunc Print").replace("{ fmt", "{\n\tfmt");
    let home = home(&[("old.go", OLD), ("new.go", &new)]);
    let json = compared(home.path()).await.json();
    assert_eq!(json["verdict"], "nothing");
    assert_eq!((&json["equal"], &json["ops"], &json["payload_bytes"]), (&true.into(), &0.into(), &0.into()));
    assert_eq!(json["root_old"], json["root_new"]);
}

#[tokio::test]
async fn a_patch_makes_the_new_file_and_no_other() {
    let new =
        OLD.replace("number", "value").replace("sum += value", "if value > 0 {\n\t\t\tsum += value\n\t\t}");
    let home = home(&[("old.go", OLD), ("new.go", &new), ("other.go", "package p\n")]);
    let here = home.path();
    dev_server(here, &["diff", "old.go", "new.go", "--patch", "p"]).await.ended_with(0);
    dev_server(here, &["apply", "old.go", "p", "--out", "made.go"]).await.ended_with(0);
    let json = dev_server(here, &["diff", "new.go", "made.go", "--json"]).await.json();
    assert_eq!(json["equal"], true, "{}", std::fs::read_to_string(here.join("made.go")).unwrap());

    let refused = dev_server(here, &["apply", "other.go", "p"]).await.ended_with(1);
    assert!(
        refused.stderr.contains("error: p: the patch is for another tree\nhint: make it anew"),
        "{refused:?}"
    );
    let mut damaged = std::fs::read(here.join("p")).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x40;
    std::fs::write(here.join("damaged"), damaged).unwrap();
    dev_server(here, &["apply", "old.go", "damaged"]).await.ended_with(1);
}

#[tokio::test]
async fn a_file_with_mistakes_is_compared_all_the_same() {
    let new = OLD.replace("func Print() {", "func Print() }{");
    let home = home(&[("old.go", OLD), ("new.go", &new)]);
    let said = dev_server(home.path(), &["diff", "old.go", "new.go"]).await.ended_with(0);
    assert!(said.stdout.starts_with("new line 12: "), "{said:?}");
    assert!(said.stdout.contains("changes everything: a part of file.go cannot be read"), "{said:?}");
    assert_eq!(compared(home.path()).await.json()["round_trip"], true);
}

#[tokio::test]
async fn a_folder_of_pairs_is_summed_up() {
    let home = home(&[
        ("one.a.go", OLD),
        ("one.b.go", &OLD.replace("sum += number", "sum -= number")),
        ("two.a.go", OLD),
        ("two.b.go", &OLD.replace('\t', "  ")),
    ]);
    let json = dev_server(home.path(), &["diff", "--pairs", ".", "--json"]).await.ended_with(0).json();
    assert_eq!((&json["pairs"], &json["round_trip_ok"], &json["equal"]), (&2.into(), &2.into(), &1.into()));
    assert_eq!(json["verdicts"], serde_json::json!({ "body": 1, "nothing": 1 }));
    for figure in ["ops", "moves", "inserted_leaves", "payload_bytes", "cpu_us_match"] {
        for column in ["sum", "p50", "p95", "p99", "max"] {
            assert!(json[figure][column].is_number(), "{figure} {column}: {json}");
        }
    }
    assert_eq!(json["ops"]["sum"], 1.0);
    assert!(json["cpu_total_s"].as_f64().unwrap() > 0.0);
    let table = dev_server(home.path(), &["diff", "--pairs", "."]).await.ended_with(0).stdout;
    assert!(table.starts_with("2 pairs, 1 equal, 2 came through"), "{table}");
}

#[tokio::test]
async fn what_is_asked_wrongly_is_said() {
    let home = home(&[("old.go", OLD)]);
    let here = home.path();
    let said = dev_server(here, &["diff", "old.go"]).await.ended_with(2);
    assert!(said.stderr.contains("two files are needed"), "{said:?}");
    let said = dev_server(here, &["diff", "old.go", "gone.go"]).await.ended_with(2);
    assert!(said.stderr.contains("gone.go cannot be read"), "{said:?}");
    let said = dev_server(here, &["diff", "--pairs", "."]).await.ended_with(2);
    assert!(said.stderr.contains("NAME.a.go"), "{said:?}");
}

#[tokio::test]
async fn hash_functions_are_compared() {
    let home = home(&[("old.go", OLD)]);
    let json = dev_server(home.path(), &["bench", "hash", "--json"]).await.ended_with(0).json();
    let rows = json["rows"].as_array().unwrap();
    let names: Vec<_> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["BLAKE3", "SHA-256", "xxh3"]);
    assert!(rows.iter().all(|row| row["ns_per_node"].as_f64().unwrap() > 0.0), "{json}");
    let bounds: Vec<_> = rows.iter().map(|row| row["collision_of_billion"].as_f64().unwrap()).collect();
    assert!(bounds[0] < 1e-50 && bounds[2] > 1e-25 && bounds[2] < 1e-15, "{bounds:?}");
    let said = dev_server(home.path(), &["bench", "hash"]).await.ended_with(0).stdout;
    assert!(said.contains("SHA-256"), "{said}");
}
