//! `serve --host-module`: a Go program answers requests, and another one takes over with each save while it does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::machine::{MODULE, Machine, PROGRAM};
use crate::running::{Running, within};

/// Says what it was asked, between twice its version.
const ANSWERS: &str = r#"package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

type request struct {
	Method, Path, Route, Query string
	Headers                    [][2]string
}

func main() {
	in, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	length := 4 + binary.LittleEndian.Uint32(in)
	var asked request
	if err := json.Unmarshal(in[4:length], &asked); err != nil {
		panic(err)
	}
	body := in[length:]
	switch asked.Path {
	case "/crash":
		panic("as it was asked to")
	case "/text":
		fmt.Println("Hello, world!")
		return
	}
	names := []string{}
	for _, header := range asked.Headers {
		names = append(names, header[0])
	}
	fmt.Fprintln(os.Stderr, "asked for", asked.Path)
	header, err := json.Marshal(map[string]any{
		"status":  201,
		"headers": [][2]string{{"content-type", "text/plain"}, {"x-version", version}, {"server", "mine"}},
	})
	if err != nil {
		panic(err)
	}
	text := fmt.Sprintln(version, asked.Method, asked.Route, asked.Path, asked.Query, string(body), strings.Join(names, ","), version)
	out := binary.LittleEndian.AppendUint32(nil, uint32(len(header)))
	os.Stdout.Write(append(append(out, header...), text...))
}
"#;

fn version(number: usize) -> String {
    format!("package main\n\nconst version = \"v{number}{}\"\n", ".".repeat(number))
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// One request on a connection of its own.
pub(crate) async fn ask(address: &str, token: &str, line: &str, body: &str) -> Answer {
    let head = format!("{line} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nX-Asked: yes");
    talk(address, &format!("{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()))
        .await
}

/// The same with a request as it is sent, which ends the connection.
pub(crate) async fn talk(address: &str, request: &str) -> Answer {
    let asked = async {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head: {text:?}"));
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap());
        let headers: BTreeMap<_, _> =
            headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        let in_pieces = headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked");
        Answer { status, headers, body: if in_pieces { together(body) } else { body.to_owned() } }
    };
    within("an answer", asked).await
}

/// A body that was sent piece by piece, all of which are there.
fn together(mut pieces: &str) -> String {
    let mut body = String::new();
    loop {
        let (length, rest) = pieces.split_once("\r\n").unwrap_or_else(|| panic!("the body is cut: {body:?}"));
        let length = usize::from_str_radix(length, 16).unwrap();
        if length == 0 {
            return body;
        }
        body.push_str(&rest[..length]);
        pieces = rest[length..].strip_prefix("\r\n").unwrap();
    }
}

async fn serve(machine: &Machine) -> (Running, String, String) {
    let words =
        ["serve", "--json", "--port", "0", "--compiler", "go", "--host-module", "api", "--route", "/api/v1"];
    let mut running = Running::start(machine, &words);
    let listening = running.event("listening").await;
    let url = listening["url"].as_str().unwrap();
    let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    (running, address, listening["token"].as_str().unwrap().to_owned())
}

fn machine() -> Machine {
    let module = version(1);
    Machine::with(&[
        ("go.mod", MODULE),
        ("main.go", PROGRAM),
        ("api/main.go", ANSWERS),
        ("api/version.go", &module),
    ])
}

/// The notice that module `number` of a program answers.
pub(crate) async fn answers(running: &mut Running, program: &str, number: usize) {
    let wanted = format!("is answered by {program}, module {number} ");
    loop {
        let notice = running.event("notice").await;
        if notice["message"].as_str().unwrap().contains(&wanted) {
            return;
        }
    }
}

#[tokio::test]
async fn a_go_program_answers_below_its_route_and_what_goes_wrong_is_told() {
    let machine = machine();
    let (mut running, address, token) = serve(&machine).await;
    // Before it was built: the request waits.
    let first = ask(&address, &token, "POST /api/v1/items?a=1&token=x", "hello").await;
    assert_eq!((first.status, &*first.headers["content-type"]), (201, "text/plain"), "{}", first.body);
    let words: Vec<_> = first.body.split_whitespace().collect();
    assert_eq!(words[..6], ["v1.", "POST", "/api/v1", "/items", "a=1", "hello"], "{}", first.body);
    assert!(words[6].contains("x-asked") && !words[6].contains("authorization"), "{}", first.body);
    assert!(!first.headers.contains_key("server") && first.headers["x-dev-server-module"] == "1");
    let log = running.event("client_log").await;
    assert_eq!((&log["program"], &log["text"]), (&"api".into(), &"asked for /items".into()));
    let root = ask(&address, &token, "DELETE /api/v1", "").await;
    assert!(root.body.starts_with("v1. DELETE /api/v1 / "), "{}", root.body);
    assert_eq!(ask(&address, "wrong", "GET /api/v1", "").await.status, 401);
    assert_ne!(ask(&address, &token, "GET /api/v2", "").await.status, 201);

    for (path, said) in [("crash", "exit code 2"), ("text", "as four bytes little-endian")] {
        let failed = ask(&address, &token, &format!("GET /api/v1/{path}"), "").await;
        assert_eq!(failed.status, 502, "{}", failed.body);
        assert!(!failed.body.contains("goroutine"), "{}", failed.body);
        let told = async {
            loop {
                let log = running.event("client_log").await;
                if log["severity"] == "error" {
                    return log["text"].as_str().unwrap().to_owned();
                }
            }
        };
        let told = within("the reason", told).await;
        assert!(told.contains(said), "{told}");
    }

    machine.write("project/api/version.go", "package main\n\nconst version = missing\n");
    let failed = loop {
        let build = running.event("build").await;
        if build["program"] == "api" && build["status"] == "failed" {
            break build;
        }
    };
    assert_eq!(failed["diagnostics"][0]["message"], Value::from("undefined: missing"));
    assert!(ask(&address, &token, "GET /api/v1", "").await.body.starts_with("v1. "), "it answers on");
    running.interrupt().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn saves_under_load_drop_no_request_and_mix_no_answer() {
    const SAVES: usize = 4;
    const CLIENTS: usize = 4;
    let machine = machine();
    let (mut running, address, token) = serve(&machine).await;
    answers(&mut running, "api", 1).await;
    let stop = Arc::new(AtomicBool::new(false));
    let made = Arc::new(AtomicUsize::new(0));
    let clients = (0..CLIENTS).map(|number| {
        let (address, token) = (address.clone(), token.clone());
        let (stop, made) = (Arc::clone(&stop), Arc::clone(&made));
        tokio::spawn(async move {
            let mut seen = BTreeMap::new();
            let mut newest = 0;
            while !stop.load(Ordering::Relaxed) {
                let count = made.fetch_add(1, Ordering::Relaxed);
                let body = format!("{number}-{count}");
                let answer = ask(&address, &token, "POST /api/v1/load", &body).await;
                assert_eq!(answer.status, 201, "{}", answer.body);
                let words: Vec<_> = answer.body.split_whitespace().collect();
                let version = &answer.headers["x-version"];
                assert_eq!((words[0], *words.last().unwrap()), (version.as_str(), version.as_str()));
                assert_eq!(words[4], body, "the answer to this request");
                let module: u64 = answer.headers["x-dev-server-module"].parse().unwrap();
                assert!(module >= newest, "nobody goes back");
                newest = module;
                let known = seen.entry(module).or_insert_with(|| version.clone());
                assert_eq!(known, version, "a module is one version");
            }
            seen
        })
    });
    let clients: Vec<_> = clients.collect();
    for number in 2..=SAVES + 1 {
        // So that requests are always between two saves.
        let before = made.load(Ordering::Relaxed);
        let asked = async {
            while made.load(Ordering::Relaxed) < before + CLIENTS {
                tokio::task::yield_now().await;
            }
        };
        within("requests", asked).await;
        machine.write("project/api/version.go", &version(number));
        answers(&mut running, "api", number).await;
    }
    let last = ask(&address, &token, "GET /api/v1", "").await;
    assert!(last.body.starts_with(&format!("v{}.", SAVES + 1)), "{}", last.body);
    stop.store(true, Ordering::Relaxed);
    let mut modules = BTreeMap::new();
    for client in clients {
        modules.extend(client.await.unwrap());
    }
    assert!(modules.len() > 1, "{modules:?}");
    assert!(made.load(Ordering::Relaxed) >= SAVES * CLIENTS);
    running.interrupt().await;
}
