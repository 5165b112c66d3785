//! Hubs in unusual times: before there is a builder, and with more than one.

use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use dev_server::backplane::{BackplaneKey, LocalBroker};
use dev_server::environment::Environment;
use dev_server_client::{Client, ClientEvent, Failed, Options, State};
use dev_server_proto::v1::{self, flag::Value as FlagValue};
use serde_json::Value;

use crate::backplane::{Page, address};
use crate::machine::{MODULE, Machine, PROGRAM};
use crate::page::get;
use crate::run::program;
use crate::running::{DEADLINE, Running, within};

async fn broker(folder: &Path) -> LocalBroker {
    LocalBroker::start(folder, &Environment::capture().unwrap()).await.unwrap()
}

/// The file of a key that a server and hubs can share.
fn key(folder: &Path) -> String {
    let path = folder.join("hubs.key");
    BackplaneKey::open_or_make(&path).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Host and port, and the header with the token.
fn door(following: &Value) -> (String, String) {
    let token = following["token"].as_str().unwrap();
    (address(following).authority().to_owned(), format!("Authorization: Bearer {token}"))
}

#[tokio::test]
async fn a_hub_without_a_builder_says_so_and_begins_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (broker, key) = (broker(folder.path()).await, key(folder.path()));
    let url = broker.url();
    let mut hub = Running::here(
        &["hub", "--backplane", &url, "--backplane-key", &key, "--port", "0"],
        Stdio::inherit(),
    );
    let following = hub.event("following").await;
    let (at, bearer) = door(&following);
    let notice = hub.event("notice").await;
    assert!(notice["message"].as_str().unwrap().contains("waiting for a server that builds"), "{notice}");

    let (head, body) = get(&at, "/healthz", &[]).await;
    assert!(head.starts_with("HTTP/1.1 503 ") && head.contains("retry-after: 2"), "{head}");
    assert_eq!(body, "waiting for a builder\n");
    for target in ["/", "/app/", "/app/main.wasm", "/m/00.wasm"] {
        let (head, body) = get(&at, target, &[&bearer]).await;
        assert!(head.starts_with("HTTP/1.1 503 ") && head.contains("refresh: 2"), "{target}: {head}");
        assert!(body.contains("Waiting for a builder"), "{target}: {body}");
        let (head, body) = get(&at, target, &[]).await;
        assert!(head.starts_with("HTTP/1.1 401 ") && !body.contains("builder"), "{target}: {head}");
    }
    let (head, status) = get(&at, "/__dev/status", &[&bearer]).await;
    let status: Value = serde_json::from_str(&status).unwrap();
    assert!(head.starts_with("HTTP/1.1 200 ") && status["waiting_for"] == "a builder", "{status}");
    assert!(get(&at, "/metrics", &[]).await.1.contains("devserver_sessions"));

    // A page that was open comes and is told to come again, and does.
    let mut early = Client::connect(Options { program: "app".into(), ..Options::new(address(&following)) });
    let mut waited = false;
    while !waited {
        match within("what it is told", early.next()).await.unwrap() {
            ClientEvent::State(State::Waiting { .. }) => waited = true,
            ClientEvent::State(State::Connecting { .. }) => {}
            other => panic!("{other:?}"),
        }
    }

    let app = program(folder.path(), "app");
    let words = ["serve", app.to_str().unwrap(), "--compiler", "go", "--port", "0"];
    let builder = Running::here(
        &[&words[..], &["--backplane", &url, "--backplane-key", &key]].concat(),
        Stdio::inherit(),
    );
    let told = async {
        loop {
            if let ClientEvent::Update(update) = early.next().await.unwrap() {
                return update;
            }
        }
    };
    within("the page is told what was built", told).await;
    let begun = Instant::now();
    while !get(&at, "/healthz", &[]).await.0.starts_with("HTTP/1.1 200 ") {
        assert!(begun.elapsed() < DEADLINE);
    }
    let (head, _) = get(&at, "/app/", &[&bearer]).await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let mut page = Page::default();
    page.connect(&following);
    page.until(|page| !page.module.is_empty()).await;
    drop(builder);
}

const FORM: &str = "[flags.form]\ntype = \"bool\"\ndefault = false\noff = false\n";

/// A page at a hub that says who it is.
fn somebody(following: &Value, number: u8) -> Client {
    let device = Some(v1::Device { browser: "firefox".into(), ..v1::Device::default() });
    let client_id = vec![number; 16].into();
    let program = "project".into();
    Client::connect(Options { client_id, device, program, ..Options::new(address(following)) })
}

/// What the flag is for a client that is told of it next.
async fn form(client: &mut Client) -> bool {
    let told = async {
        loop {
            if let ClientEvent::Flags(told) = client.next().await.expect("it goes on") {
                let form = told.body.flags.into_iter().find(|flag| flag.name == "form");
                if let Some(FlagValue::BoolValue(form)) = form.and_then(|flag| flag.value) {
                    return form;
                }
            }
        }
    };
    within("flags come", told).await
}

/// A machine with a server that builds and announces to the broker.
fn builder(url: &str, key: &str, flags: &str) -> (Machine, Running) {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM), ("dev-flags.toml", flags)]);
    let cache = machine.path("cache").display().to_string();
    let words = ["serve", "--json", "--compiler", "go", "--port", "0", "--cache-dir", &cache];
    let words = [&words[..], &["--backplane", url, "--backplane-key", key]].concat();
    let running = Running::start(&machine, &words);
    (machine, running)
}

#[tokio::test]
async fn flags_of_the_builder_are_those_of_clients_at_hubs() {
    let folder = tempfile::tempdir().unwrap();
    let (broker, key) = (broker(folder.path()).await, key(folder.path()));
    let url = broker.url();
    let rule = format!("{FORM}[[flags.form.rules]]\nvalue = true\nwhere = {{ browser = ['firefox'] }}\n");
    let (machine, server) = builder(&url, &key, &rule);
    let hub = || {
        Running::here(&["hub", "--backplane", &url, "--backplane-key", &key, "--port", "0"], Stdio::inherit())
    };
    let mut first = hub();
    let following = first.event("following").await;
    let mut page = somebody(&following, 1);
    assert!(form(&mut page).await);

    let at_hub = address(&following).to_string();
    let token = following["token"].as_str().unwrap();
    let flags = |words: [&'static str; 2]| {
        ["flags", "--server", &at_hub, "--token", token].into_iter().chain(words).collect::<Vec<_>>()
    };
    machine.run(flags(["kill", "form"])).await.refuses(2, "a hub changes no flags", "ask that one");
    let ran = machine.run(["flags", "kill", "form"]).await;
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(!form(&mut page).await, "the kill switch reaches a page at a hub");
    let ran = machine.run(flags(["get", "form"])).await;
    assert_eq!(
        (ran.status, ran.stdout.lines().next()),
        (0, Some("form = false (killed: false for everybody)")),
        "{ran:?}"
    );
    // A hub that comes later never lets it live.
    let mut second = hub();
    let mut late = somebody(&second.event("following").await, 2);
    assert!(!form(&mut late).await);
    drop(server);
}

/// As in one process: half of the clients have what is tried, and none of those can apply an update any more. They come to
/// two hubs, and the server that builds has none itself.
#[tokio::test]
async fn a_trial_counts_clients_at_hubs_and_is_taken_back_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let (broker, key) = (broker(folder.path()).await, key(folder.path()));
    let url = broker.url();
    let (machine, server) = builder(&url, &key, FORM);
    let hub = || {
        Running::here(&["hub", "--backplane", &url, "--backplane-key", &key, "--port", "0"], Stdio::inherit())
    };
    let mut hubs = [hub(), hub()];
    let at = [hubs[0].event("following").await, hubs[1].event("following").await];
    let mut first = somebody(&at[0], 255);
    assert!(!form(&mut first).await);
    let words = ["flags", "set", "form", "true", "--trial", "50", "--sessions", "500"];
    let ran = machine.run(words).await;
    assert_eq!(ran.status, 0, "{ran:?}");
    // The trial has come to both of the hubs.
    for hub in &at {
        while !has_trial(hub).await {
            tokio::task::yield_now().await;
        }
    }
    let (mut tried, mut others) = (Vec::new(), Vec::new());
    for number in 0..60_u8 {
        let mut page = somebody(&at[usize::from(number) % 2], number);
        let has_it = form(&mut page).await;
        let update = async {
            loop {
                if let ClientEvent::Update(update) = page.next().await.expect("it goes on") {
                    return update;
                }
            }
        };
        let update = within("it is told what to run", update).await;
        if has_it {
            let failed = Failed { stage: "start".into(), ..Failed::default() };
            page.speaker().failed(&update, failed).await.unwrap();
            tried.push(page);
        } else {
            page.speaker().applied(&update, update.done(&bytes::Bytes::new(), 0)).await.unwrap();
            others.push(page);
        }
    }
    assert!(!tried.is_empty() && !others.is_empty(), "{} and {}", tried.len(), others.len());
    for page in &mut tried {
        assert!(!form(page).await, "it is taken back");
    }
    let ran = machine.run(["flags", "get", "form"]).await;
    assert!(ran.stdout.contains("killed"), "{ran:?}");
    drop((server, others));
}

/// Whether the hub has heard of the rule that is on trial.
async fn has_trial(hub: &Value) -> bool {
    let (at, bearer) = door(hub);
    let (_, flags) = get(&at, "/__dev/flags", &[&bearer]).await;
    flags.contains("\"trial\"")
}

/// `serve` of a small program with its own folder, which writes what it has to say of itself into a file.
fn serve(home: &Path, name: &str, url: &str, key: &str) -> Running {
    let said = std::fs::File::create(home.join(format!("{name}.said"))).unwrap();
    let folder = home.join(name);
    let words = ["serve", folder.to_str().unwrap(), "--compiler", "go", "--port", "0"];
    Running::here(&[&words[..], &["--backplane", url, "--backplane-key", key]].concat(), said.into())
}

#[tokio::test]
async fn a_page_of_a_hub_is_as_the_settings_of_the_builder_say_now() {
    let folder = tempfile::tempdir().unwrap();
    let (broker, key) = (broker(folder.path()).await, key(folder.path()));
    let url = broker.url();
    let app = program(folder.path(), "app");
    let mut first = serve(folder.path(), "app", &url, &key);
    first.event("build").await;
    let mut hub = Running::here(
        &["hub", "--backplane", &url, "--backplane-key", &key, "--port", "0"],
        Stdio::inherit(),
    );
    let (at, bearer) = door(&hub.event("following").await);
    page(&at, &bearer, "/app/", |html| !html.contains("data-worker")).await;
    first.kill().await;
    std::fs::write(app.join("dev-server.toml"), "[program.app]\nworker = true\n").unwrap();
    let second = serve(folder.path(), "app", &url, &key);
    page(&at, &bearer, "/app/", |html| html.contains("data-worker=\"true\"")).await;
    drop(second);
}

/// Asks until the page is so.
async fn page(at: &str, bearer: &str, target: &str, is_so: impl Fn(&str) -> bool) {
    let begun = Instant::now();
    loop {
        let (head, html) = get(at, target, &[bearer]).await;
        if head.starts_with("HTTP/1.1 200 ") && is_so(&html) {
            return;
        }
        assert!(begun.elapsed() < DEADLINE, "{head}\n{html}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn of_two_builders_with_one_key_both_are_told_and_hubs_have_the_later_one() {
    let folder = tempfile::tempdir().unwrap();
    let (broker, key) = (broker(folder.path()).await, key(folder.path()));
    let url = broker.url();
    let one = program(folder.path(), "one");
    program(folder.path(), "two");
    let mut first = serve(folder.path(), "one", &url, &key);
    first.event("build").await;
    let mut hub = Running::here(
        &["hub", "--backplane", &url, "--backplane-key", &key, "--port", "0"],
        Stdio::inherit(),
    );
    let (at, bearer) = door(&hub.event("following").await);
    page(&at, &bearer, "/one/", |_| true).await;
    let second = serve(folder.path(), "two", &url, &key);
    page(&at, &bearer, "/two/", |_| true).await;
    // The first goes on, and nobody at the hub hears of it.
    crate::run::write_main(&one, "println(\"again\")");
    let said = |name: &str| std::fs::read_to_string(folder.path().join(format!("{name}.said"))).unwrap();
    let told = loop {
        let notice = first.event("notice").await;
        if notice["message"].as_str().unwrap().starts_with("another server announces with the same key") {
            break notice;
        }
    };
    assert!(told["hint"].as_str().unwrap().contains("start this one again"), "{told}");
    assert!(said("two").contains("announced with this key before"), "{}", said("two"));
    let (_, status) = get(&at, "/__dev/status", &[&bearer]).await;
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["programs"].as_array().unwrap().len(), 1, "{status}");
    assert_eq!(status["programs"][0]["name"], "two");
    drop((first, second));
}
