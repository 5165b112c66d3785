//! `serve --host-module` with components that answer HTTP themselves: as files that are exchanged, and as a folder of Go.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::host_module::{Answer, answers, ask, talk};
use crate::machine::{MODULE, Machine, PROGRAM};
use crate::running::{Running, within};

/// What `handle` may call.
const PRELUDE: &str = include_str!("../../../wasm-host/tests/http_guest.wat");

/// A component; its `handle` has `$request` and `$out`, and the text at 1024.
fn component(text: &str, handle: &str) -> Vec<u8> {
    let module = format!(
        r#"(module {PRELUDE} (data (i32.const 1024) "{text}")
        (func (export "wasi:http/incoming-handler@0.2.0#handle") (param $request i32) (param $out i32)
          (local $body i32) (local $stream i32) (local $from i32) (local $count i32)
          {handle}))"#
    );
    wasm_host::component_of("component", wat::parse_str(module).unwrap()).unwrap()
}

/// Says its version, the path that it sees, the route, and its version again, with 64 KiB between them: more than may wait, so
/// that it writes while it is read.
fn version(text: &str) -> Vec<u8> {
    let length = text.len();
    let handle = format!(
        r#"
      (local.set $body (call $answer (local.get $out) (i32.const 201) (call $fields)))
      (local.set $stream (call $stream_of (local.get $body)))
      (drop (call $put (local.get $stream) (i32.const 1024) (i32.const {length})))
      (call $path (local.get $request) (i32.const 64))
      (drop (call $put (local.get $stream) (i32.load (i32.const 68)) (i32.load (i32.const 72))))
      (call $get (call $headers (local.get $request)) (i32.const 1280) (i32.const 18) (i32.const 64))
      (drop (call $put (local.get $stream)
        (i32.load (i32.load (i32.const 64))) (i32.load (i32.add (i32.load (i32.const 64)) (i32.const 4)))))
      (local.set $count (i32.const 64))
      (loop $again
        (drop (call $put (local.get $stream) (i32.const 2048) (i32.const 4096)))
        (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
      (drop (call $put (local.get $stream) (i32.const 1024) (i32.const {length})))
      (call $drop_output (local.get $stream))
      (call $end (local.get $body))"#
    );
    let module = format!("{text}{}x-forwarded-prefix", " ".repeat(256 - length));
    component(&module, &handle)
}

/// Reads all that it is sent and answers with its length in units of 64 KiB.
const SWALLOWS: &str = r#"
  (call $consume (local.get $request) (i32.const 16))
  (call $request_stream (i32.load (i32.const 20)) (i32.const 16))
  (local.set $from (i32.load (i32.const 20)))
  (block $over (loop $next
    (call $read (local.get $from) (i64.const 65536) (i32.const 48))
    (br_if $over (i32.load8_u (i32.const 48)))
    (local.set $count (i32.add (local.get $count) (i32.load (i32.const 56))))
    (br $next)))
  (i32.store8 (i32.const 1024) (i32.add (i32.const 48) (i32.shr_u (local.get $count) (i32.const 16))))
  (local.set $body (call $answer (local.get $out) (i32.const 200) (call $fields)))
  (local.set $stream (call $stream_of (local.get $body)))
  (drop (call $put (local.get $stream) (i32.const 1024) (i32.const 1)))
  (call $drop_output (local.get $stream))
  (call $end (local.get $body))"#;

/// Exchanges the file at once, as builds do.
fn install(machine: &Machine, component: &[u8]) {
    let (new, file) = (machine.path("project/new"), machine.path("project/api.wasm"));
    std::fs::write(&new, component).unwrap();
    std::fs::rename(new, file).unwrap();
}

fn machine(first: &[u8]) -> Machine {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM)]);
    install(&machine, first);
    machine
}

async fn serve(machine: &Machine, module: &str, more: &[&str]) -> (Running, String, String) {
    let words =
        ["serve", "--json", "--port", "0", "--compiler", "go", "--host-module", module, "--route", "/api"];
    let mut running = Running::start(machine, &[&words[..], more].concat());
    let listening = running.event("listening").await;
    let url = listening["url"].as_str().unwrap();
    let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    (running, address, listening["token"].as_str().unwrap().to_owned())
}

async fn error(running: &mut Running) -> String {
    let told = async {
        loop {
            let log = running.event("client_log").await;
            if log["severity"] == "error" {
                return log["text"].as_str().unwrap().to_owned();
            }
        }
    };
    within("the reason", told).await
}

/// What is between the zeros that its body is filled with.
fn words(answer: &Answer) -> Vec<String> {
    let letters: String =
        answer.body.chars().map(|letter| if letter == '\0' { ' ' } else { letter }).collect();
    letters.split_whitespace().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_component_answers_below_its_route_and_one_that_fails_gives_way_to_the_one_before() {
    let machine = machine(&version("v1"));
    let (mut running, address, token) = serve(&machine, "api.wasm", &[]).await;
    let first = ask(&address, &token, "GET /api/items?a=1&token=x", "").await;
    assert_eq!((first.status, &*first.headers["x-dev-server-module"]), (201, "1"), "{}", first.body);
    assert!(first.body.contains("v1/items?a=1/api"), "{:?}", &first.body[..100]);
    assert!(words(&first).iter().any(|word| word.ends_with("v1")));
    assert_eq!(ask(&address, "wrong", "GET /api/items", "").await.status, 401);
    assert_eq!(first.headers["cache-control"], "no-store");
    let head = ask(&address, &token, "HEAD /api", "").await;
    assert_eq!((head.status, &*head.body), (201, ""));

    install(&machine, &component("", SWALLOWS));
    answers(&mut running, "api.wasm", 2).await;
    let swallowed = ask(&address, &token, "POST /api", &"x".repeat(3 << 16)).await;
    assert_eq!((swallowed.status, &*swallowed.headers["content-length"], &*swallowed.body), (200, "1", "3"));
    // Announced, and not sent.
    let head = format!(
        "POST /api HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: close"
    );
    let refused = talk(&address, &format!("{head}\r\nContent-Length: {}\r\n\r\n", (64 << 20) + 1)).await;
    assert_eq!(refused.status, 413, "{}", refused.body);

    install(&machine, &component("", ""));
    answers(&mut running, "api.wasm", 3).await;
    for _ in 0..5 {
        let failed = ask(&address, &token, "GET /api", "").await;
        assert_eq!((failed.status, &*failed.headers["content-type"]), (502, "text/html; charset=utf-8"));
        let told = error(&mut running).await;
        assert!(told.contains("came to its end without an answer (call `response-outparam.set`"), "{told}");
    }
    let again = ask(&address, &token, "POST /api", &"x".repeat(1 << 16)).await;
    assert_eq!((&*again.headers["x-dev-server-module"], &*again.body), ("2", "1"));

    install(&machine, &component("", "(loop $again (br $again))"));
    answers(&mut running, "api.wasm", 4).await;
    let late = ask(&address, &token, "GET /api", "").await;
    assert_eq!(late.status, 504, "{}", late.body);
    assert!(error(&mut running).await.contains("computed for more than 5s"));

    let library = wat::parse_str(
        r#"(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))
      (func (export "f") (canon lift (core func $i "f"))))"#,
    );
    install(&machine, &library.unwrap());
    let failed = loop {
        let build = running.event("build").await;
        if build["status"] == "failed" {
            break build;
        }
    };
    let message = failed["diagnostics"][0]["message"].as_str().unwrap();
    assert!(message.contains("no `wasi:http/incoming-handler`"), "{message}");
    running.interrupt().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exchanges_under_load_drop_no_request_and_mix_no_answer() {
    const EXCHANGES: usize = 20;
    const CLIENTS: usize = 4;
    let machine = machine(&version("v1"));
    let (mut running, address, token) = serve(&machine, "api.wasm", &[]).await;
    answers(&mut running, "api.wasm", 1).await;
    let (stop, made) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (address, token, stop, made) =
                (address.clone(), token.clone(), Arc::clone(&stop), Arc::clone(&made));
            tokio::spawn(async move {
                let mut newest = 0;
                while !stop.load(Ordering::Relaxed) {
                    made.fetch_add(1, Ordering::Relaxed);
                    let answer = ask(&address, &token, "GET /api", "").await;
                    assert_eq!(answer.status, 201, "{}", answer.body);
                    let module: u64 = answer.headers["x-dev-server-module"].parse().unwrap();
                    let version = format!("v{module}");
                    let words = words(&answer);
                    assert!(
                        words.iter().any(|word| *word == format!("{version}//api")),
                        "{module}: {words:?}"
                    );
                    assert!(words.contains(&version), "{module}: {words:?}");
                    assert!(module >= newest, "nobody goes back");
                    newest = module;
                }
            })
        })
        .collect();
    for number in 2..=EXCHANGES + 1 {
        let before = made.load(Ordering::Relaxed);
        let asked = async {
            while made.load(Ordering::Relaxed) < before + CLIENTS {
                tokio::task::yield_now().await;
            }
        };
        within("requests", asked).await;
        install(&machine, &version(&format!("v{number}")));
        answers(&mut running, "api.wasm", number).await;
    }
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    running.interrupt().await;
}

#[tokio::test]
async fn a_folder_of_go_becomes_a_component_that_answers_http() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM)]);
    let service =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/gif/service").canonicalize().unwrap();
    let more = ["--host-target", "wasip2", "--compiler", "tinygo"];
    let service = service.to_str().unwrap();
    let words = ["serve", "--json", "--port", "0", "--host-module", service, "--route", "/gif"];
    let mut running = Running::start(&machine, &[&words[..], &more[..]].concat());
    let listening = running.event("listening").await;
    let address =
        listening["url"].as_str().unwrap().trim_start_matches("http://").trim_end_matches('/').to_owned();
    let token = listening["token"].as_str().unwrap().to_owned();
    answers(&mut running, "service", 1).await;
    let head = ask(&address, &token, "HEAD /gif?frames=3&width=16&height=8", "").await;
    assert_eq!((head.status, &*head.headers["content-type"]), (200, "image/gif"), "{}", head.body);
    assert!(head.headers["content-length"].parse::<usize>().unwrap() > 40);
    let wrong = ask(&address, &token, "GET /gif?frames=none", "").await;
    assert_eq!((wrong.status, &*wrong.body), (400, "frames is no whole number\n"));
    let other = ask(&address, &token, "DELETE /gif", "").await;
    assert_eq!((other.status, &*other.headers["allow"]), (405, "GET, HEAD"));
    running.interrupt().await;
}
