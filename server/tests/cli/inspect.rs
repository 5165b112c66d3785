//! `size` and `explain`: programs of Go and TinyGo taken apart, and files that are none.

use serde_json::Value;

use crate::machine::{MODULE, Machine};
use crate::run::dev_server;

const PROGRAM: &str = r#"package main

import "os"

type Board struct{ cells []int }

var table [3000]byte

//go:noinline
func (b *Board) Add(by int) int {
	total := by
	for _, cell := range b.cells {
		total += cell
	}
	return total
}

//go:noinline
func Add(a, b int) int {
	sum := a + b
	if sum > 100 {
		return double(sum)
	}
	return sum
}

//go:noinline
func double(n int) int { return n * 2 }

func main() {
	b := &Board{cells: []int{1, 2}}
	table[1] = byte(Add(len(os.Args), b.Add(2)))
	println(table[1])
}
"#;

fn machine() -> Machine {
    Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM)])
}

async fn json(machine: &Machine, words: &[&str]) -> Value {
    let ran = machine.run(words.iter().copied().chain(["--json"])).await;
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.stdout.lines().count(), 1, "{ran:?}");
    serde_json::from_str(&ran.stdout).unwrap()
}

fn sum(rows: &Value, key: &str) -> u64 {
    rows.as_array().unwrap().iter().map(|row| row[key].as_u64().unwrap()).sum()
}

#[tokio::test]
async fn what_a_module_is_made_of_adds_up_for_each_compiler_and_target() {
    let machine = machine();
    for words in [
        &["--compiler", "tinygo"][..],
        &["--compiler", "tinygo", "--target", "wasip2"],
        &["--compiler", "tinygo", "--target", "browser", "--opt", "z"],
        &["--compiler", "go"],
        &["--compiler", "go", "--target", "browser"],
    ] {
        let line = json(&machine, &[&["size", "."], words].concat()).await;
        assert_eq!(sum(&line["sections"], "bytes"), line["file"].as_u64().unwrap(), "{words:?}");
        assert_eq!(sum(&line["packages"], "code"), line["code"].as_u64().unwrap(), "{words:?}");
        assert_eq!(sum(&line["packages"], "data"), line["data"].as_u64().unwrap(), "{words:?}");
        let packages = line["packages"].as_array().unwrap();
        for wanted in ["main", "runtime"] {
            let found = packages.iter().find(|row| row["name"] == wanted);
            assert!(found.is_some_and(|row| row["code"].as_u64() > Some(0)), "{words:?}: {packages:?}");
        }
        assert_eq!(line["functions"].as_array().unwrap().len(), 15, "{words:?}");
    }
    let ran = machine.run(["size", "--compiler", "tinygo", "--top", "0"]).await;
    assert_eq!(ran.status, 0, "{ran:?}");
    for wanted in ["main.(*Board).Add\n", "main.table  + 3 000 zeroed", "  together\n", "(custom)"] {
        assert!(ran.stdout.contains(wanted), "{wanted}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains(" more)"), "{}", ran.stdout);
}

#[tokio::test]
async fn builds_of_both_compilers_are_compared_with_their_starts() {
    let machine = machine();
    // Eight modules, which takes its time.
    let compared = dev_server(&machine.project(), &["size", ".", "--compare", "--json"]).await;
    let line = compared.ended_with(0).json();
    let rows = line["rows"].as_array().unwrap();
    let modules: Vec<_> = rows.iter().map(|row| row["module"].as_str().unwrap()).collect();
    assert_eq!(modules, ["debug", "no_debug", "stripped", "wasm_opt"].repeat(2));
    for row in rows {
        assert_eq!(row["problem"], Value::Null, "{row}");
        let start = &row["start"];
        let time = |name: &str| start[name].as_f64().unwrap();
        assert!(time("compile") > 0.0 && time("first_effect") >= time("instantiate"), "{row}");
    }
    for compiler in rows.chunks(4) {
        let bytes: Vec<_> = compiler.iter().map(|row| row["bytes"].as_u64().unwrap()).collect();
        assert!(bytes[1] <= bytes[0] && bytes[2] < bytes[0] && bytes[3] <= bytes[2], "{bytes:?}");
        assert!(compiler[2]["percent"].as_f64() < Some(0.0), "{compiler:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_compared_is_a_row_that_says_why() {
    let machine = machine();
    let environment = dev_server::environment::Environment::capture().unwrap();
    let real = environment.find("go").unwrap();
    machine.script("go", &format!("exec '{}' \"$@\"", real.display()));
    let (bin, empty) = (machine.path("bin"), machine.path("empty"));
    // What Go keeps of its library takes a minute to make again.
    std::fs::create_dir(&empty).unwrap();
    let kept = environment.cache_folder.with_file_name("go-build");
    std::os::unix::fs::symlink(kept, empty.join("go-build")).unwrap();
    let machine = machine.variable("PATH", bin).variable("XDG_CACHE_HOME", empty);
    let line = json(&machine, &["size", ".", "--compare"]).await;
    let rows = line["rows"].as_array().unwrap();
    let problem = |index: usize| rows[index]["problem"].as_str().unwrap_or_default().to_owned();
    assert!((0..4).all(|index| problem(index).contains("tinygo was not found")), "{rows:?}");
    assert!(problem(7).contains("wasm-opt was not found on PATH"), "{}", rows[7]);
    assert!((4..7).all(|index| rows[index]["bytes"].as_u64() > Some(100_000)), "{rows:?}");
}

/// Lines of the sources, each with the instructions below it.
fn explained(line: &Value) -> Vec<(u64, Vec<&Value>)> {
    let lines = line["functions"][0]["lines"].as_array().unwrap();
    let own = lines.iter().filter(|line| line["file"].as_str().is_some_and(|file| file.ends_with("main.go")));
    own.map(|line| {
        (line["line"].as_u64().unwrap(), line["instructions"].as_array().unwrap().iter().collect())
    })
    .collect()
}

fn number(text: &str) -> u64 {
    PROGRAM.lines().position(|line| line.contains(text)).unwrap() as u64 + 1
}

#[tokio::test]
async fn both_compilers_say_which_line_became_what() {
    let machine = machine();
    for compiler in ["tinygo", "go"] {
        let line = json(&machine, &["explain", ".", "main.Add", "--compiler", compiler]).await;
        let lines = explained(&line);
        for text in ["sum := a + b", "if sum > 100", "return double(sum)", "return sum"] {
            assert!(lines.iter().any(|(line, _)| *line == number(text)), "{compiler}: {text}: {lines:?}");
        }
        let is = |text: &str, class: &str, note: Option<&str>| {
            let fits = |one: &&Value| one["class"] == class && note.is_none_or(|note| one["note"] == note);
            lines.iter().any(|(line, instructions)| *line == number(text) && instructions.iter().any(&fits))
        };
        assert!(is("if sum > 100", "compare", None), "{compiler}: {lines:?}");
        assert!(is("return double(sum)", "call", Some("main.double")), "{compiler}: {lines:?}");
        let sources = line["sources"].as_object().unwrap();
        let shown = number("sum := a + b").to_string();
        assert!(sources.values().any(|file| file[&shown] == "\tsum := a + b"), "{compiler}: {sources:?}");
    }
}

#[tokio::test]
async fn a_function_is_shown_in_words_and_both_side_by_side() {
    let machine = machine();
    let ran = machine.run(["explain", ".", "Add", "--compiler", "tinygo"]).await;
    assert_eq!(ran.status, 1, "two have this name: {ran:?}");
    ran.refuses(1, "Add may be one of 2 functions", "main.(*Board).Add, main.Add");
    let ran = machine.run(["explain", ".", "main.Add", "--compiler", "tinygo"]).await;
    assert_eq!(ran.status, 0, "{ran:?}");
    for wanted in ["main.Add: TinyGo ", "parameters: a int (local 0), b int", "    sum := a + b", "compare"] {
        assert!(ran.stdout.contains(wanted), "{wanted}: {}", ran.stdout);
    }
    let ran = machine.run(["explain", ".", "(*Board).Add", "--both"]).await;
    assert_eq!(ran.status, 0, "{ran:?}");
    let head =
        ran.stdout.lines().find(|line| line.contains("TinyGo ") && line.contains("  Go ")).map(str::to_owned);
    assert!(head.is_some() && ran.stdout.contains("total += cell"), "{}", ran.stdout);
}

#[tokio::test]
async fn names_that_are_not_there_and_files_that_are_no_modules_are_refused() {
    let machine = machine();
    let ran = machine.run(["explain", ".", "main.Ad", "--compiler", "go"]).await;
    ran.refuses(1, "there is no function main.Ad", "main.Add");
    machine.run(["explain", "nowhere", "Add"]).await.refuses(
        2,
        "nowhere is not there",
        "folder of a Go program",
    );
    machine.run(["size", "nowhere"]).await.refuses(2, "nowhere is not there", "folder of a Go program");
    for (text, wanted) in [
        ("", "it is empty"),
        ("MZ\u{1b}[31m", "it is no WebAssembly: it begins with \"MZ\\x1b[31m\""),
        ("\0asm\u{1}\0\0\0\u{1}", "it is damaged at byte"),
    ] {
        machine.write("project/odd.wasm", text);
        for words in [&["size", "odd.wasm"][..], &["explain", "odd.wasm", "Add"]] {
            machine.run(words.iter().copied()).await.refuses(1, wanted, "");
        }
    }
    let ran = machine.run(["size", "odd.wasm", "--compare"]).await;
    ran.refuses(2, "odd.wasm is a module", "leave --compare out");
    let ran = machine.run(["explain", "odd.wasm", "Add", "--both"]).await;
    ran.refuses(2, "odd.wasm was built already", "leave --both out");
    let ran = machine.run(["size", ".", "--compiler", "go", "--target", "wasip2"]).await;
    ran.refuses(2, "Go compiles for wasip1 only", "--compiler tinygo");
    machine.write("project/main.go", "package main\n\nfunc main() {\n\tmissing()\n}\n");
    let ran = machine.run(["size", ".", "--compiler", "go"]).await;
    ran.refuses(1, "main.go:4:2: undefined: missing", "");
}

#[tokio::test]
async fn a_file_is_looked_at_as_it_is() {
    let machine = machine();
    // One function that computes, named by hand.
    let module = "\0asm\u{1}\0\0\0\u{1}\u{4}\u{1}\u{60}\0\0\u{3}\u{2}\u{1}\0\u{a}\u{4}\u{1}\u{2}\0\u{b}\0\u{13}\u{4}name\u{1}\u{c}\u{1}\0\u{9}main.main";
    machine.write("project/small.wasm", module);
    let line = json(&machine, &["size", "small.wasm"]).await;
    assert_eq!(
        (&line["functions"][0]["name"], &line["compiler"]),
        (&"main.main".into(), &Value::Null),
        "{line}"
    );
    let ran = machine.run(["explain", "small.wasm", "main"]).await;
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.contains("note: nothing says which lines"), "{}", ran.stdout);
}
