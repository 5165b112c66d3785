//! `leaks`: programs that hold more and more, and programs that do not, of both compilers.

use serde_json::Value;

use crate::machine::{MODULE, Machine};
use crate::serving::Serving;

/// Keeps one of so many objects of 200 bytes; 0: none, but a cache of a fixed size.
const PROGRAM: &str = r#"package main

type entry struct {
	next *entry
	data [192]byte
}

var kept *entry
var cache [1000]*entry

//go:noinline
func remember(e *entry) {
	e.next = kept
	kept = e
}

//go:noinline
func answer(i int) *entry {
	e := &entry{}
	e.data[0] = byte(i)
	return e
}

const every = EVERY

func main() {
	for i := 0; i < ROUNDS; i++ {
		e := answer(i)
		if every > 0 && i%(every+1) == 0 {
			remember(e)
		} else {
			cache[i%len(cache)] = e
		}
	}
}
"#;

fn machine(every: usize, rounds: usize) -> Machine {
    let program = PROGRAM.replace("EVERY", &every.to_string()).replace("ROUNDS", &rounds.to_string());
    Machine::with(&[("go.mod", MODULE), ("main.go", &program)])
}

async fn leaks(machine: &Machine, status: i32, words: &[&str]) -> Value {
    let ran = machine.run(["leaks", ".", "--json"].into_iter().chain(words.iter().copied())).await;
    assert_eq!(ran.status, status, "{ran:?}");
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

#[tokio::test]
async fn a_tinygo_program_that_keeps_what_it_makes_grows_and_its_line_is_told() {
    let machine = machine(9, 600_000);
    let told = leaks(&machine, 1, &["--compiler", "tinygo"]).await;
    assert_eq!(told["verdict"], "grows", "{told}");
    let first = &told["live"][0];
    assert!(first["at"].as_str().unwrap().starts_with("main.answer main.go:"), "{told}");
    assert!(first["now"].as_f64().unwrap() > 1.3 * first["before"].as_f64().unwrap(), "{told}");
    assert!(first["callers"][0].as_str().unwrap().starts_with("main.main main.go:"), "{told}");
    let steps = told["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["to"].as_u64() > step["from"].as_u64()), "{told}");
    assert!(steps.last().unwrap()["by"].as_str().unwrap().starts_with("main."), "{told}");
    let ran = machine.run(["leaks", ".", "--compiler", "tinygo"]).await;
    assert!(ran.stdout.starts_with("project: grows without bound: what lives"), "{ran:?}");
}

#[tokio::test]
async fn a_tinygo_program_with_a_cache_is_steady() {
    let told = leaks(&machine(0, 600_000), 0, &["--compiler", "tinygo"]).await;
    assert_eq!(told["verdict"], "steady", "{told}");
    assert!(told["collections"].as_array().unwrap().len() >= 4, "{told}");
}

#[tokio::test]
async fn a_go_program_that_keeps_what_it_makes_grows() {
    let told = leaks(&machine(2, 500_000), 1, &["--compiler", "go"]).await;
    assert_eq!(told["verdict"], "grows", "{told}");
    assert_eq!(told["live"], Value::Null, "which objects live is not known: {told}");
    assert!(told["allocated"][0]["at"].as_str().unwrap().starts_with("main.answer"), "{told}");
}

#[tokio::test]
async fn a_go_program_with_a_cache_is_steady() {
    let told = leaks(&machine(0, 500_000), 0, &["--compiler", "go"]).await;
    assert_eq!(told["verdict"], "steady", "{told}");
}

#[tokio::test]
async fn of_a_program_that_never_collects_nothing_is_claimed() {
    let told = leaks(&machine(0, 10), 0, &["--compiler", "go"]).await;
    assert_eq!(told["verdict"], "unknown", "{told}");
    assert!(told["reason"].as_str().unwrap().contains("nothing was collected"), "{told}");
    let told = leaks(&machine(0, 100_000), 1, &["--compiler", "tinygo", "--gc", "leaking"]).await;
    assert!(told["reason"].as_str().unwrap().contains("no collector"), "{told}");
}

#[tokio::test]
async fn functions_that_pages_do_not_release_are_told_by_what_pages_have_said() {
    let machine = Machine::with(&[]);
    let serving = Serving::start(&machine, 0).await;
    let url = serving.url();
    let applied = |functions: usize| {
        let memory = serde_json::json!({"pages": 2, "values": 9, "functions": functions, "table": 3});
        let event = serde_json::json!({
            "event": "applied", "program": "app", "session": 7, "level": 2, "memory": memory,
        });
        serving.happens(&event.to_string());
    };
    let listen = ["leaks", "--url", &url, "--seconds", "2", "--json"];
    for round in 0..8 {
        applied(10 + round * 4);
    }
    let ran = machine.run(listen).await;
    assert_eq!(ran.status, 1, "{ran:?}");
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&told["verdict"], &told["pages"][0]["session"]), (&"grows".into(), &7.into()), "{told}");
    assert_eq!(told["pages"][0]["functions"][7], 38, "{told}");
    for _ in 0..40 {
        applied(42);
    }
    let ran = machine.run(listen).await;
    assert!(ran.status == 0 && ran.stdout.contains(r#""verdict":"steady""#), "{ran:?}");
    serving.end().await;
    let ran = machine.run(listen).await;
    ran.refuses(2, "nobody answers at", "dev-server serve");
    let ran = machine.run(["leaks"]).await;
    assert!(ran.status == 2 && ran.stderr.contains("PROGRAM"), "{ran:?}");
}
