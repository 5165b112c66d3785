//! Flags of a server that runs, from another terminal, and what its clients hear of them.

use std::time::{Duration, Instant};

use dev_server_client::{Client, ClientEvent, Failed, Options};
use dev_server_proto::v1::{self, flag::Value};

use crate::machine::{MODULE, Machine, PROGRAM};
use crate::running::{Running, within};
use crate::serving::Serving;

const FORM: &str = "[flags.form]\ntype = \"bool\"\ndefault = false\noff = false\n";

/// A server of the machine's project, and its address with the token.
async fn serve(machine: &Machine) -> (Running, String) {
    let cache = machine.path("cache").display().to_string();
    let words = ["serve", "--json", "--compiler", "go", "--port", "0", "--cache-dir", &cache];
    let mut server = Running::start(machine, &words);
    let listening = server.event("listening").await;
    let word = |name: &str| listening[name].as_str().unwrap().to_owned();
    (server, format!("{}?token={}", word("url"), word("token")))
}

/// A client with an id and a browser of its own.
fn client(url: &str, number: u8, browser: &str) -> Client {
    let device = Some(v1::Device { browser: browser.into(), ..v1::Device::default() });
    let client_id = vec![number; 16].into();
    Client::connect(Options { client_id, device, ..Options::new(url.parse().unwrap()) })
}

/// What the flag is for a client that is told of it next.
async fn form(client: &mut Client) -> Option<Value> {
    within("flags", async {
        loop {
            match client.next().await.expect("the client has ended") {
                ClientEvent::Flags(told) => {
                    let flag = told.body.flags.into_iter().find(|flag| flag.name == "form");
                    return flag.and_then(|flag| flag.value);
                }
                ClientEvent::State(dev_server_client::State::Closed { code, reason }) => {
                    panic!("{code} {reason}");
                }
                _ => {}
            }
        }
    })
    .await
}

#[tokio::test]
async fn files_and_commands_decide_for_every_client_and_outlive_the_server() {
    let machine = Machine::with(&[("go.mod", MODULE), ("main.go", PROGRAM), ("dev-flags.toml", FORM)]);
    let (mut server, url) = serve(&machine).await;
    let browsers = ["firefox", "chrome", "safari"];
    let mut clients: Vec<_> =
        (0..9_u8).map(|number| client(&url, number, browsers[usize::from(number) % 3])).collect();
    for client in &mut clients {
        assert_eq!(form(client).await, Some(Value::BoolValue(false)));
    }
    // The server is found by the folder.
    let set = machine.run(["flags", "set", "form", "true", "--where", "browser=firefox"]).await;
    assert_eq!(
        (set.status, set.stdout.as_str()),
        (0, "form: new rule 1: true for 100 % of clients where browser is firefox\n"),
        "{set:?}"
    );
    for client in clients.iter_mut().step_by(3) {
        assert_eq!(form(client).await, Some(Value::BoolValue(true)));
    }
    assert_eq!(server.event("flags").await["cause"], "command");

    let ran = machine.run(["flags", "kill", "form"]).await;
    assert_eq!(ran.stdout, "form: killed, every client gets false\n", "{ran:?}");
    for client in clients.iter_mut().step_by(3) {
        assert_eq!(form(client).await, Some(Value::BoolValue(false)), "the others had that already");
    }
    // A save of the file takes effect, and does not revive what was killed.
    machine.write("project/dev-flags.toml", &FORM.replace("off = false", "off = true"));
    for client in &mut clients {
        assert_eq!(form(client).await, Some(Value::BoolValue(true)));
    }
    let killed = [server.event("flags").await, server.event("flags").await];
    assert_eq!([&killed[0]["cause"], &killed[1]["cause"]], ["command", "file"]);
    machine.write("project/dev-flags.toml", "[flags.form]\ntype = \"boolean\"\n");
    let notice = server.event("notice").await;
    assert!(notice["message"].as_str().unwrap().starts_with("dev-flags.toml: "), "{notice}");
    assert_eq!(server.interrupt().await.0, 0);
    let ran = machine.run(["flags", "get"]).await;
    ran.refuses(2, "no server runs for the project", "dev-server serve");

    machine.write("project/dev-flags.toml", &FORM.replace("off = false", "off = true"));
    let (again, url) = serve(&machine).await;
    let ran = machine.run(["flags", "get", "form"]).await;
    // The rule of the command went with the file's new word about the flag.
    assert_eq!(ran.stdout, "form = false (killed: true for everybody)\n", "{ran:?}");
    assert_eq!(form(&mut client(&url, 1, "chrome")).await, Some(Value::BoolValue(true)));
    assert_eq!(again.interrupt().await.0, 0);
}

#[tokio::test]
async fn what_is_refused_says_what_to_do_and_has_its_status() {
    let machine = Machine::with(&[]);
    let serving = Serving::start(&machine, 0).await;
    serving.rollout.declare(FORM).unwrap();
    let url = serving.url();
    let flags = |words: &'static [&'static str]| {
        let all = ["flags", "--server", &url].into_iter().chain(words.iter().copied());
        let machine = &machine;
        let all: Vec<_> = all.collect();
        async move { machine.run(all).await }
    };
    flags(&["get", "from"]).await.refuses(2, "there is no flag `from`", "dev-server flags get");
    flags(&["kill", "from"]).await.refuses(2, "there is no flag `from`", "did you mean `form`?");
    flags(&["set", "update.highest_level", "9"]).await.refuses(2, "update.highest_level", "");
    flags(&["set", "form", "maybe"]).await.refuses(2, "`maybe` is not of the flag's type", "true or false");
    flags(&["set", "form", "true", "--where", "browsr=x"]).await.refuses(2, "browsr", "`browser`");
    assert_eq!(flags(&["set", "form", "true", "--percent", "50"]).await.status, 0);
    let narrower = flags(&["set", "form", "--rule", "1", "--percent", "5"]).await;
    narrower.refuses(1, "would lose what they have", "dev-server flags kill form");
    flags(&["set", "release.channel", "candidate"]).await.refuses(
        2,
        "get the newest release",
        "another flag",
    );
    let json = flags(&["get", "form", "--json"]).await.stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["rules"][0]["percent"], 50);
    let same = flags(&["set", "form", "true", "--percent", "50", "--json"]).await.stdout;
    assert_eq!(same, "{\"differences\":[],\"revision\":2,\"unkept\":null}\n");

    let address = format!("http://{}/", serving.address);
    let ran = machine.run(["flags", "get", "--server", &address, "--token", "s3cret"]).await;
    ran.refuses(2, "does not know this token", "token included");
    assert!(!ran.stderr.contains("s3cret"), "{ran:?}");
    serving.end().await;
    let ran = machine.run(["flags", "get", "--server", &address, "--token", "s3cret"]).await;
    ran.refuses(2, "nobody answers at http://127.0.0.1:", "dev-server serve");
}

#[tokio::test]
async fn changes_are_watched_and_other_events_are_not() {
    let machine = Machine::with(&[]);
    let serving = Serving::start(&machine, 0).await;
    serving.happens(r#"{"event":"notice","message":"a notice","hint":null}"#);
    serving.happens(r#"{"event":"flags","revision":2,"cause":"command","changes":["form: killed"]}"#);
    let mut watch = Running::start(&machine, &["flags", "watch", "--server", &serving.url()]);
    assert_eq!(watch.line().await, "* form: killed (command)");
    serving.happens(r#"{"event":"flags","revision":3,"cause":"file","changes":["form: revived"]}"#);
    assert_eq!(watch.line().await, "* form: revived (file)");
    assert_eq!(watch.interrupt().await.0, 0);
}

/// Half of the clients have what is tried, and none of those can apply an update any more.
#[tokio::test]
async fn what_is_tried_is_taken_back_when_those_who_have_it_fail() {
    let machine = Machine::with(&[]);
    let serving = Serving::start(&machine, 0).await;
    serving.rollout.declare(FORM).unwrap();
    let url = serving.url();
    let ran = machine
        .run(["flags", "set", "form", "true", "--trial", "50", "--sessions", "500", "--server", &url])
        .await;
    assert_eq!(ran.status, 0, "{ran:?}");
    serving.releases(b"module");
    let rollout = std::sync::Arc::clone(&serving.rollout);
    let told = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let heard = std::sync::Arc::clone(&told);
    rollout.tells(move |changed| *heard.lock().unwrap() = changed.reason.clone().unwrap_or_default());
    let looking = tokio::spawn(async move {
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        loop {
            looks.tick().await;
            rollout.look();
        }
    });
    let mut tried = Vec::new();
    let mut others = Vec::new();
    for number in 0..60 {
        let client_id = vec![number; 16].into();
        let options = Options::new(url.parse().unwrap());
        let mut client = Client::connect(Options { client_id, program: "app".into(), ..options });
        let has_it = form(&mut client).await == Some(Value::BoolValue(true));
        let update = within("an update", async {
            loop {
                if let Some(ClientEvent::Update(update)) = client.next().await {
                    return update;
                }
            }
        })
        .await;
        let speaker = client.speaker();
        if has_it {
            speaker.failed(&update, Failed { stage: "start".into(), ..Failed::default() }).await.unwrap();
            tried.push(client);
        } else {
            speaker.applied(&update, update.done(&bytes::Bytes::new(), 0)).await.unwrap();
            others.push(client);
        }
    }
    assert!(!tried.is_empty() && !others.is_empty(), "{} and {}", tried.len(), others.len());
    for client in &mut tried {
        assert_eq!(form(client).await, Some(Value::BoolValue(false)));
    }
    let reason = told.lock().unwrap().clone();
    assert!(reason.starts_with("the candidate could not be applied by "), "{reason}");
    looking.abort();
    serving.end().await;
}

/// The budget of ten thousand clients is a second; this many are connected at once in any test run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_reaches_hundreds_of_clients_at_once() {
    let machine = Machine::with(&[]);
    let serving = Serving::start(&machine, 0).await;
    serving.rollout.declare(FORM).unwrap();
    serving.rollout.order(&["set", "form", "true", "--percent", "100"]).unwrap();
    let url = serving.url();
    let mut clients = Vec::new();
    for number in 0..=255 {
        let mut client = client(&url, number, "chrome");
        assert_eq!(form(&mut client).await, Some(Value::BoolValue(true)));
        clients.push(client);
    }
    let began = Instant::now();
    serving.rollout.order(&["kill", "form"]).unwrap();
    for client in &mut clients {
        assert_eq!(form(client).await, Some(Value::BoolValue(false)));
    }
    println!("{} clients in {:?}", clients.len(), began.elapsed());
    serving.end().await;
}
