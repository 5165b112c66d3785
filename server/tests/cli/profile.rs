//! `profile`: where programs compute and allocate, as `go tool pprof` reads it and as a page shows it.

use dev_server::environment::Environment;
use dev_server::process::{Ending, Limits, Program};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::machine::{MODULE, Machine, Ran};
use crate::running::Running;

/// Computes in a function for some hundred milliseconds, allocates in two others, and ends with 3.
const PROGRAM: &str = r#"package main

import "os"

var sink, kept [][]byte

//go:noinline
func burn(rounds int) (sum uint32) {
	for i := 0; i < rounds; i++ {
		sum = sum*1664525 + uint32(i)>>3
	}
	return sum
}

//go:noinline
func drop(size int) {
	sink = [][]byte{make([]byte, size)}
}

//go:noinline
func keep(size int) {
	kept = append(kept, make([]byte, size))
}

func main() {
	if burn(400_000_000) == 1 {
		println("never")
	}
	for i := 0; i < 400; i++ {
		drop(10_000)
		if i%20 == 0 {
			keep(10_000)
		}
	}
	println("done")
	os.Exit(3)
}
"#;

fn machine(program: &str) -> Machine {
    Machine::with(&[("go.mod", MODULE), ("main.go", program)])
}

/// What `go tool pprof` says of a profile in the project's folder.
async fn pprof(machine: &Machine, words: &[&str]) -> String {
    let environment = Environment::capture().unwrap();
    let go = environment.find("go").unwrap();
    let program =
        Program::new(go, machine.project()).envs(&environment.variables).args(["tool", "pprof"]).args(words);
    match program.run(Limits::default(), &CancellationToken::new()).await.unwrap() {
        Ending::Exited { status, stdout, stderr, .. } => {
            assert!(status.success(), "{}", stderr.text());
            stdout.text()
        }
        other => panic!("{other:?}"),
    }
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

/// The share of the lines of `go tool pprof -top` in which this is.
fn share(top: &str, name: &str) -> f64 {
    let shares = top.lines().filter(|line| line.contains(name)).map(|line| {
        let share = line.split_whitespace().nth(1).unwrap();
        share.trim_end_matches('%').parse::<f64>().unwrap()
    });
    shares.sum()
}

#[tokio::test]
async fn go_tool_pprof_reads_where_a_tinygo_program_computes_by_line() {
    let machine = machine(PROGRAM);
    let ran = machine.run(["profile", ".", "--compiler", "tinygo", "--flame", "flame.html"]).await;
    assert_eq!(ran.status, 0, "{ran:?}");
    let is_there = |line: &str| ran.stdout.contains(&format!("main.burn main.go:{line}\n"));
    assert!(is_there("9") || is_there("10"), "{ran:?}");
    assert!(ran.stdout.contains("project ended with exit code 3."), "{ran:?}");
    assert!(ran.stderr.contains("done"), "what it writes goes on: {ran:?}");
    let top = pprof(&machine, &["-top", "-lines", "profile.pb.gz"]).await;
    assert!(top.contains("Type: cpu"), "{top}");
    assert!(share(&top, "main.go:10") + share(&top, "main.go:9") > 60.0, "{top}");
    assert!(share(&top, "main.burn") > 60.0, "{top}");
    let peek = pprof(&machine, &["-peek", "main.burn", "profile.pb.gz"]).await;
    assert!(peek.contains("main.main"), "who called it: {peek}");
    let page = std::fs::read_to_string(machine.project().join("flame.html")).unwrap();
    assert!(page.contains(r#"aria-label="main.burn, "#) && page.contains("<caption>"), "{page}");
}

#[tokio::test]
async fn go_tool_pprof_reads_where_a_go_program_computes_by_function() {
    let machine = machine(PROGRAM);
    let ran = machine.run(["profile", ".", "--compiler", "go", "--json", "--output", "cpu.pb.gz"]).await;
    assert_eq!(ran.status, 0, "{ran:?}");
    let told = json(&ran);
    assert_eq!((&told["kind"], &told["functions"][0]["function"]), (&"cpu".into(), &"main.burn".into()));
    let [cpu, unseen] = ["cpu_ms", "unseen_ms"].map(|key| told[key].as_f64().unwrap());
    let seen = told["totals"][1]["total"].as_f64().unwrap() / 1e6;
    assert!((seen + unseen - cpu).abs() < 0.1, "all of it is in a sample or said to be in none: {told}");
    let top = pprof(&machine, &["-top", "cpu.pb.gz"]).await;
    assert!(share(&top, "main.burn") > 60.0, "{top}");
}

#[tokio::test]
async fn callers_of_go_are_known_also_when_their_goroutine_has_waited() {
    let program = PROGRAM
        .replace("import \"os\"", "import (\n\t\"os\"\n\t\"runtime\"\n)")
        .replace("if burn(", "if middle(")
        .replace(
            "func main() {",
            "//go:noinline\nfunc middle(rounds int) uint32 {\n\truntime.Gosched()\n\treturn burn(rounds)\n}\n\nfunc main() {",
        );
    let machine = machine(&program);
    let told = json(&machine.run(["profile", ".", "--compiler", "go", "--json"]).await);
    let all = total(&told, "cpu");
    for caller in ["main.burn", "main.middle", "main.main", "runtime.main"] {
        assert!(of(&told, caller) > 0.6 * all, "{caller} in {told}");
    }
    let words = ["profile", ".", "--compiler", "go", "--memory", "--alloc-rate", "1", "--json"];
    let told = json(&machine.run(words).await);
    assert!(of(&told, "main.main") >= 4.2e6, "{told}");
}

#[tokio::test]
async fn a_component_is_profiled_as_a_module_is() {
    let machine = machine(&PROGRAM.replace("os.Exit(3)", "os.Exit(0)"));
    let words = ["profile", ".", "--compiler", "tinygo", "--target", "wasip2", "--json"];
    let told = json(&machine.run(words).await);
    assert_eq!(told["functions"][0]["function"], "main.burn", "{told}");
    assert!(told["functions"][0]["place"].as_str().unwrap().starts_with("main.go:"), "{told}");
    let words = ["profile", ".", "--compiler", "tinygo", "--target", "wasip2", "--memory"];
    machine.run(words).await.refuses(1, "within a component", "wasip1");
}

/// What a function and those that it calls have of what is counted, by the JSON of the command.
fn of(told: &Value, function: &str) -> f64 {
    let rows = told["functions"].as_array().unwrap();
    let row = rows.iter().find(|row| row["function"] == function);
    row.unwrap_or_else(|| panic!("{function} in {told}"))["cumulative"].as_f64().unwrap()
}

fn total(told: &Value, kind: &str) -> f64 {
    let totals = told["totals"].as_array().unwrap();
    totals.iter().find(|total| total["kind"] == kind).unwrap()["total"].as_f64().unwrap()
}

#[tokio::test]
async fn allocations_of_tinygo_are_counted_where_they_are_made_and_followed_to_their_end() {
    let machine = machine(PROGRAM);
    let words = ["profile", ".", "--compiler", "tinygo", "--memory", "--alloc-rate", "1", "--json"];
    let told = json(&machine.run(words).await);
    assert!(of(&told, "main.drop") >= 4e6 && of(&told, "main.drop") < 4.1e6, "{told}");
    assert!(of(&told, "main.keep") >= 2e5 && of(&told, "main.keep") < 2.2e5, "{told}");
    let (all, live) = (total(&told, "alloc_space"), total(&told, "inuse_space"));
    assert!(live >= 2e5 && live < all / 2.0, "{told}");
    let top = pprof(&machine, &["-top", "-sample_index=inuse_space", "-cum", "profile.pb.gz"]).await;
    assert!(top.contains("main.keep"), "{top}");
    // An estimate of the same.
    let words = ["profile", ".", "--compiler", "tinygo", "--memory", "--alloc-rate", "50000", "--json"];
    let told = json(&machine.run(words).await);
    assert!((of(&told, "main.drop") / 4e6 - 1.0).abs() < 0.5, "{told}");
}

#[tokio::test]
async fn allocations_of_go_are_counted_where_they_are_made() {
    let machine = machine(PROGRAM);
    let words = ["profile", ".", "--compiler", "go", "--memory", "--alloc-rate", "1", "--json"];
    let told = json(&machine.run(words).await);
    let dropped = of(&told, "main.drop");
    assert!((4e6..4.1e6).contains(&dropped), "{told}");
    assert!(told["totals"].as_array().unwrap().iter().all(|total| total["kind"] != "inuse_space"), "{told}");
    assert!(told["notes"].to_string().contains("not known"), "{told}");
    let top = pprof(&machine, &["-top", "-cum", "profile.pb.gz"]).await;
    assert!(top.contains("Type: alloc_space") && top.contains("main.drop"), "{top}");
}

#[tokio::test]
async fn a_loop_without_an_end_is_profiled_until_it_is_stopped() {
    let machine = machine(
        "package main\n\nfunc main() {\n\tfor i := 0; ; i++ {\n\t\tif i == -1 {\n\t\t\tprintln()\n\t\t}\n\t}\n}\n",
    );
    let words = ["profile", ".", "--compiler", "go", "--seconds", "1", "--json"];
    let told = json(&machine.run(words).await);
    assert_eq!(told["ended"], "was stopped after 1 s", "{told}");
    assert_eq!(told["functions"][0]["function"], "main.main", "{told}");
    std::fs::remove_file(machine.project().join("profile.pb.gz")).unwrap();
    // And by Ctrl-C, once it runs.
    let program = "package main\n\nfunc main() {\n\tprintln(\"begun\")\n\tfor i := 0; ; i++ {\n\t\tif i == -1 {\n\t\t\tprintln()\n\t\t}\n\t}\n}\n";
    machine.write("project/main.go", program);
    let mut running = Running::noted(&machine, &["profile", ".", "--compiler", "go"]);
    while !running.note().await.contains("begun") {}
    let (status, rest) = running.interrupt().await;
    assert_eq!(status, 0, "{rest}");
    assert!(rest.contains("was interrupted"), "{rest}");
    assert!(machine.project().join("profile.pb.gz").exists());
}

#[tokio::test]
async fn programs_that_hardly_run_or_write_very_much_have_a_profile_too() {
    let machine =
        machine("package main\n\nfunc main() {\n\tvar nobody map[string]int\n\tnobody[\"x\"] = 1\n}\n");
    let ran = machine.run(["profile", ".", "--compiler", "tinygo", "--flame", "flame.html"]).await;
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.contains("profile.pb.gz"), "{ran:?}");
    pprof(&machine, &["-top", "profile.pb.gz"]).await;
    let loud = "package main\n\nimport \"os\"\n\nfunc main() {\n\tpiece := make([]byte, 1<<20)\n\tfor i := 0; i < 64; i++ {\n\t\tos.Stdout.Write(piece)\n\t}\n}\n";
    machine.write("project/main.go", loud);
    let told = json(&machine.run(["profile", ".", "--compiler", "go", "--json"]).await);
    assert_eq!(told["ended"], "ended with exit code 0", "{told}");
    let deep = "package main\n\nfunc down(n int) int {\n\tif n == 0 {\n\t\tsum := 0\n\t\tfor i := 0; i < 300_000_000; i++ {\n\t\t\tsum += i >> 3\n\t\t}\n\t\treturn sum\n\t}\n\treturn down(n-1) + 1\n}\n\nfunc main() { println(down(1000)) }\n";
    machine.write("project/main.go", deep);
    let told = json(&machine.run(["profile", ".", "--compiler", "tinygo", "--json"]).await);
    assert_eq!(told["functions"][0]["function"], "main.down", "{told}");
    assert!(told["notes"].to_string().contains("256 frames"), "{told}");
}

#[tokio::test]
async fn what_cannot_be_profiled_is_said() {
    let machine = machine("package main\n\nfunc main() { println(missing) }\n");
    let ran = machine.run(["profile", ".", "--compiler", "go"]).await;
    assert_eq!((ran.status, &*ran.stdout), (1, ""), "{ran:?}");
    assert!(ran.stderr.contains("undefined: missing"), "{ran:?}");
    machine.write("project/main.go", "package main\n\nfunc main() {}\n");
    let words = ["profile", ".", "--compiler", "go", "--output", "nowhere/profile"];
    machine.run(words).await.refuses(5, "cannot write nowhere/profile", "--output");
    let words = ["profile", ".", "--compiler", "go", "--memory", "--ldflags", "-s -w"];
    machine.run(words).await.refuses(1, "no allocator was found", "-s");
    machine.write("project/no.wasm", "text");
    machine.run(["profile", "no.wasm"]).await.refuses(1, "is no WebAssembly", "build it");
    assert!(!machine.project().join("profile.pb.gz").exists());
}
