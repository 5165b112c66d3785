//! `assess`: what stands in the way of a move to WASI, and what compilers say to that.

use serde_json::Value;

use crate::machine::{MODULE, Machine, Ran};

/// Everything of it works.
const PLAIN: &str = "package main\n\nimport (\n\t\"fmt\"\n\t\"time\"\n)\n\nfunc main() { fmt.Println(time.Now().Year() > 2000) }\n";

/// Needs a folder, starts a program, asks by number, and looks into `/proc`.
const MIXED: &str = r#"package main

import (
	"fmt"
	"os"
	"os/exec"
	sys "syscall"
)

func main() {
	text, err := os.ReadFile("settings")
	fmt.Println(string(text), err)
	exec.Command("ls").Run()
	sys.Syscall(35, 0, 0, 0)
	os.ReadFile("/proc/self/status")
}
"#;

async fn json(machine: &Machine, more: &[&str]) -> (Value, Ran) {
    let words = ["assess", ".", "--json"].into_iter().chain(more.iter().copied());
    let ran = machine.run(words).await;
    assert_eq!(ran.stdout.lines().count(), 1, "{ran:?}");
    (serde_json::from_str(&ran.stdout).unwrap(), ran)
}

fn item<'a>(report: &'a Value, name: &str) -> &'a Value {
    let items = report["items"].as_array().unwrap();
    items.iter().find(|item| item["name"] == name).unwrap_or_else(|| panic!("{name}: {report}"))
}

#[tokio::test]
async fn a_use_is_told_with_its_place_its_verdicts_and_what_to_do() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", MIXED)]);
    let (report, ran) = json(&machine, &["--no-prove"]).await;
    assert_eq!((ran.status, &report["moves"]), (1, &false.into()), "{report}");
    let names: Vec<&str> =
        report["back_ends"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["tinygo wasip1", "tinygo wasip2", "go wasip1"]);
    let exec = item(&report, "os/exec.Command");
    assert_eq!(exec["places"][0], serde_json::json!({"file": "main.go", "line": 13, "column": 2}));
    assert_eq!((&exec["verdicts"][2], &exec["kind"]), (&"impossible".into(), &"system calls".into()));
    let read = item(&report, "os.ReadFile");
    assert_eq!((&read["uses"], &read["verdicts"][0]), (&2.into(), &"works with a flag".into()));
    assert!(read["remedy"].as_str().unwrap().contains("--dir"), "{read}");
    assert_eq!(item(&report, "syscall.Syscall 35 (SYS_NANOSLEEP)")["kind"], "timing");
    assert_eq!(item(&report, "/proc /proc/self/status")["kind"], "io");
    for column in report["back_ends"].as_array().unwrap() {
        assert!((0.0..100.0).contains(&column["score"].as_f64().unwrap()), "{column}");
        let weights: Vec<u64> =
            column["kinds"].as_array().unwrap().iter().map(|kind| kind["weight"].as_u64().unwrap()).collect();
        assert_eq!(weights, [40, 35, 25, 0]);
        let sum: f64 = column["kinds"]
            .as_array()
            .unwrap()
            .iter()
            .map(|kind| kind["percent"].as_f64().unwrap() * kind["weight"].as_f64().unwrap() / 100.0)
            .sum();
        assert!((sum - column["score"].as_f64().unwrap()).abs() < 0.2, "{column}");
        assert_eq!(column["built"], Value::Null);
    }
    let words = machine.run(["assess", ".", "--no-prove"]).await.stdout;
    for part in [
        "io (40 %)",
        "os/exec.Command\n    impossible\n    at main.go:13:2\n    hint: a guest starts no programs",
    ] {
        assert!(words.contains(part), "{part} in {words}");
    }
    assert!(words.contains("works as it is: ") && words.contains("fmt.Println"), "{words}");
}

#[tokio::test]
async fn builds_prove_what_was_said() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PLAIN)]);
    let (report, ran) = json(&machine, &["--compiler", "go", "--run"]).await;
    assert_eq!(
        (ran.status, &report["moves"], &report["best"]),
        (0, &true.into(), &"go wasip1".into()),
        "{report}"
    );
    let [proof] = &report["proofs"].as_array().unwrap()[..] else { panic!("{report}") };
    assert_eq!((&proof["built"], &proof["run"]["success"]), (&true.into(), &true.into()), "{report}");
    machine.write("project/main.go", MIXED);
    machine.write(
        "project/more.go",
        "package main\n\nimport \"syscall\"\n\nvar x = syscall.Mmap\nvar y = missing\n",
    );
    let (report, ran) = json(&machine, &["--compiler", "go"]).await;
    assert_eq!((ran.status, &report["back_ends"][0]["built"]), (1, &false.into()), "{report}");
    let errors = report["proofs"][0]["errors"].as_array().unwrap();
    let said = |line: u64| {
        errors.iter().find(|error| error["at"]["line"] == line).unwrap_or_else(|| panic!("{report}"))
    };
    assert_eq!((&said(5)["item"], &said(5)["catalogue"]), (&"syscall.Mmap".into(), &"confirms".into()));
    assert_eq!((&said(6)["item"], &said(6)["catalogue"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn packages_without_a_program_are_proved_by_go() {
    let machine = Machine::with(&[
        ("go.mod", MODULE),
        ("words.go", "package words\n\nimport \"syscall\"\n\nvar X = syscall.Getpid()\n"),
        ("deeper/deeper.go", "package deeper\n\nvar X = 1\n"),
    ]);
    let (report, ran) = json(&machine, &[]).await;
    assert_eq!(
        (&report["proofs"][0]["built"], &report["proofs"][0]["program"]),
        (&true.into(), &".".into()),
        "{ran:?}"
    );
    machine
        .write("project/deeper/deeper.go", "package deeper\n\nimport \"syscall\"\n\nvar X = syscall.Flock\n");
    let (report, _) = json(&machine, &[]).await;
    let error = &report["proofs"][0]["errors"][0];
    assert_eq!(
        (&error["at"]["file"], &error["item"]),
        (&"deeper/deeper.go".into(), &"syscall.Flock".into()),
        "{report}"
    );
}

#[tokio::test]
async fn tinygo_proves_both_previews() {
    let machine = Machine::with(&[
        ("go.mod", MODULE),
        ("main.go", "package main\n\nfunc main() { println(\"hello\") }\n"),
    ]);
    let (report, ran) = json(&machine, &["--compiler", "tinygo", "--run"]).await;
    assert_eq!(ran.status, 0, "{ran:?}");
    let proofs = report["proofs"].as_array().unwrap();
    let names: Vec<_> = proofs.iter().map(|proof| proof["back_end"].as_str().unwrap()).collect();
    assert_eq!(names, ["tinygo wasip1", "tinygo wasip2"]);
    for proof in proofs {
        assert_eq!((&proof["built"], &proof["run"]["success"]), (&true.into(), &true.into()), "{report}");
    }
}

#[tokio::test]
async fn only_files_that_a_build_takes_count_and_the_others_are_named() {
    let machine = Machine::with(&[
        ("go.mod", MODULE),
        ("main.go", "package main\n\nfunc main() { work() }\n"),
        ("work.go", "//go:build !linux\n\npackage main\n\nfunc work() {}\n"),
        (
            "work_linux.go",
            "package main\n\nimport \"os/exec\"\n\nfunc work() { exec.Command(\"ls\").Run() }\n",
        ),
        ("main_test.go", "package main\n\nimport \"os/exec\"\n\nvar c = exec.Command(\"ls\")\n"),
        ("cgo/c.go", "package cgo\n\n// int x;\nimport \"C\"\n\nvar X = C.x\n"),
        ("native/only.go", "//go:build linux && amd64 || darwin\n\npackage native\n"),
    ]);
    let (report, _) = json(&machine, &["--no-prove", "--compiler", "go"]).await;
    let names: Vec<_> =
        report["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["import \"C\""], "{report}");
    let left_out: Vec<_> =
        report["left_out"].as_array().unwrap().iter().map(|one| one["file"].as_str().unwrap()).collect();
    assert!(left_out.contains(&"work_linux.go") && !left_out.contains(&"cgo/c.go"), "{report}");
}

#[tokio::test]
async fn modules_besides_are_summed_up() {
    let machine = Machine::with(&[
        ("go.mod", "module example\n\ngo 1.24\n\nrequire example.test/x v1.0.0\n"),
        ("main.go", "package main\n\nimport \"example.test/x\"\n\nfunc main() { x.Run() }\n"),
        ("vendor/modules.txt", "# example.test/x v1.0.0\n## explicit; go 1.24\nexample.test/x\n"),
        (
            "vendor/example.test/x/x.go",
            "package x\n\nimport \"os/exec\"\n\nfunc Run() { exec.Command(\"ls\").Run() }\n",
        ),
    ]);
    let (report, _) = json(&machine, &["--no-prove"]).await;
    assert_eq!(report["items"], serde_json::json!([]));
    let [module] = &report["dependencies"].as_array().unwrap()[..] else { panic!("{report}") };
    assert_eq!((&module["name"], &module["files"]), (&"example.test/x@v1.0.0".into(), &1.into()));
    assert_eq!(module["items"][0]["name"], "os/exec.Command");
    assert_eq!(module["items"][0]["places"][0]["file"], "example.test/x/x.go");
}

#[tokio::test]
async fn what_cannot_be_read_is_told_and_the_rest_is_assessed() {
    let machine = Machine::with(&[
        ("go.mod", MODULE),
        ("main.go", "package main\n\nimport \"os\"\n\nfunc broken( {\n}\n\nfunc main() { os.Getpid() }\n"),
    ]);
    std::fs::write(machine.path("project/bytes.go"), b"package main\n\nvar x = \"\xff\"\n").unwrap();
    let (report, ran) = json(&machine, &["--no-prove"]).await;
    assert!(!ran.stderr.contains("panicked"), "{ran:?}");
    let files: Vec<_> =
        report["unreadable"].as_array().unwrap().iter().map(|one| one["file"].as_str().unwrap()).collect();
    assert_eq!(files, ["bytes.go", "main.go"], "{report}");
    item(&report, "os.Getpid");
    let words = machine.run(["assess", ".", "--no-prove"]).await.stdout;
    assert!(words.contains("bytes.go:3:10: not read: this is not UTF-8"), "{words}");
}

#[tokio::test]
async fn a_file_that_is_too_long_is_not_read() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PLAIN)]);
    let long = format!("package main\n\n/*{}*/\n", " ".repeat(33 << 20));
    machine.write("project/long.go", &long);
    let (report, _) = json(&machine, &["--no-prove", "--compiler", "go"]).await;
    assert!(report["unreadable"][0]["why"].as_str().unwrap().contains("longer than"), "{report}");
}

#[tokio::test]
async fn what_cannot_be_assessed_is_said() {
    let machine = Machine::with(&[]);
    machine.run(["assess", "nowhere"]).await.refuses(2, "nowhere is not a folder", "dev-server new");
    let ran = machine.run(["assess", "."]).await;
    ran.refuses(1, "", "go mod init");
    machine.write("project/go.mod", MODULE);
    machine.run(["assess", "."]).await.refuses(1, "there is no Go package in ", "name the folder");
    machine.write("project/go.mod", "modul example\n");
    machine.write("project/main.go", PLAIN);
    machine.run(["assess", "."]).await.refuses(1, "unknown directive", "");
}

#[tokio::test]
async fn without_go_nothing_is_assessed() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PLAIN)]);
    let bin = machine.path("bin");
    let machine = machine.variable("PATH", bin);
    machine.run(["assess", "."]).await.refuses(3, "go was not found on PATH", "go.dev");
}

#[tokio::test]
async fn without_tinygo_the_rest_is_proved() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PLAIN)]);
    let real = dev_server::environment::Environment::capture().unwrap().find("go").unwrap();
    machine.script("go", &format!("exec '{}' \"$@\"", real.display()));
    let (bin, empty) = (machine.path("bin"), machine.path("empty"));
    let machine = machine.variable("PATH", bin).variable("XDG_CACHE_HOME", empty);
    let (report, ran) = json(&machine, &[]).await;
    assert_eq!(ran.status, 0, "{ran:?}");
    let built: Vec<_> = report["proofs"].as_array().unwrap().iter().map(|proof| &proof["built"]).collect();
    assert_eq!(built, [&Value::Null, &Value::Null, &true.into()], "{report}");
    assert!(report["proofs"][0]["why"].as_str().unwrap().contains("tinygo was not found"), "{report}");
}
