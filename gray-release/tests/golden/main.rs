//! Golden vectors in `fixtures/`, read here and by `web/test/flags.test.ts`: same buckets, same values.
//! `REGENERATE=1 cargo test -p gray-release --test golden` writes them anew.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that can write its own fixtures")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use gray_release::{BUCKETS, Client, ClientId, Device, DeviceReport, Document, Format, Value, bucket};
use serde_json::{Value as Json, json};

/// Ids of all lengths, with borders of UTF-8 and bytes that are none.
fn ids() -> Vec<Vec<u8>> {
    let mut ids: Vec<Vec<u8>> = [
        "",
        "a",
        "ab",
        "abc",
        "abcd",
        "abcde",
        "abcdef",
        "abcdefg",
        "abcdefgh",
        "client-1",
        "client-2",
        "client-10",
        "Client-1",
        "0",
        "00",
        " ",
        "\0",
        "\0\0\0\0",
        "ä",
        "ß",
        "é",
        "e\u{301}",
        "日本語",
        "🦀",
        "👩‍👩‍👧",
        "\u{ffff}",
        "\u{10ffff}",
        "5f0c8e1e-9d5b-4c53-a0fd-5b3e7d0a3c11",
        "https://example.org/?a=1&b=2",
    ]
    .into_iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    ids.extend([vec![255], vec![128, 0, 255], vec![255; 64], (0..64).collect(), (100..163).collect()]);
    ids
}

const SALTS: &[&str] = &["", "a", "release.channel", "telemetry.sample, clients", "frühling 🌱", "0"];

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").unwrap();
        digits
    })
}

fn buckets() -> Vec<Json> {
    let vector = |salt: &str, id: &[u8]| json!({ "salt": salt, "id": hexadecimal(id), "bucket": bucket(salt, &ClientId::new(id).unwrap()) });
    SALTS.iter().flat_map(|salt| ids().into_iter().map(move |id| vector(salt, &id))).collect()
}

/// The first id of its kind that falls into that bucket.
fn id_in(salt: &str, wanted: u16) -> ClientId {
    let ids = (0_u32..).map(|number| ClientId::new(format!("id {number}").as_bytes()).unwrap());
    ids.into_iter().find(|id| bucket(salt, id) == wanted).unwrap()
}

fn document(name: &str) -> Document {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    Document::read(&fs::read_to_string(path).unwrap(), Format::Toml).unwrap()
}

/// Devices as JSON, as the page has them.
fn devices() -> Vec<Json> {
    vec![
        json!({}),
        json!({ "browser": "firefox", "version": 120, "cores": 8, "memory": 8192, "platform": "linux", "mobile": false, "custom": { "team": "blue", "stage": "1" } }),
        json!({ "browser": "firefox", "version": 119, "cores": 4, "platform": "windows", "mobile": false }),
        json!({ "browser": "chrome", "version": 130, "cores": 2, "memory": 2048, "platform": "android", "mobile": true, "custom": { "team": "red" } }),
        json!({ "browser": "chrome", "version": 131, "cores": 3, "memory": 2047, "platform": "linux" }),
        json!({ "browser": "safari", "version": 17, "cores": 1, "memory": 4096, "platform": "macos", "mobile": false, "custom": { "constructor": "x", "team": "blü🌱" } }),
        json!({ "version": 0, "cores": 0, "memory": 0, "mobile": true, "custom": { "team": "" } }),
        json!({ "browser": "samsung internet", "version": 4_294_967_295_u32, "cores": 4_294_967_295_u32, "memory": 4_294_967_295_u32, "platform": "chrome os", "custom": { "team": "blue" } }),
    ]
}

fn device(json: &Json) -> Device {
    let custom: Vec<(&str, &str)> = json["custom"]
        .as_object()
        .map(|pairs| pairs.iter().map(|(key, value)| (key.as_str(), value.as_str().unwrap())).collect())
        .unwrap_or_default();
    let number = |key: &str| json[key].as_u64().map(|number| u32::try_from(number).unwrap());
    Device::new(&DeviceReport {
        browser: json["browser"].as_str().unwrap_or_default(),
        version: number("version"),
        cores: number("cores"),
        memory: number("memory"),
        platform: json["platform"].as_str().unwrap_or_default(),
        mobile: json["mobile"].as_bool(),
        custom: &custom,
    })
    .unwrap()
}

/// What a flag is; `null` for one that does not exist.
fn value(document: &Document, flag: &str, client: &Json) -> Json {
    let digits = client["id"].as_str().unwrap();
    let bytes: Vec<u8> =
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect();
    let (id, device) = (ClientId::new(&bytes).unwrap(), device(&client["device"]));
    let client = Client { id: &id, device: &device, program: client["program"].as_str().unwrap() };
    match document.evaluate(flag, &client).map(|answer| answer.value) {
        None => Json::Null,
        Some(Value::Bool(value)) => json!(value),
        Some(Value::Integer(value)) => json!(value),
        Some(Value::Text(value)) => json!(value),
    }
}

fn evaluations() -> (Vec<Json>, Vec<Json>, Vec<Json>) {
    let client = |id: &[u8], device: Json, program: &str| json!({ "id": hexadecimal(id), "device": device, "program": program });
    let mut clients: Vec<Json> = Vec::new();
    let programs = ["counter", "", "zähler", "counter", "Counter", "counter", "counter2", "counter"];
    for ((device, program), id) in devices().into_iter().zip(programs).zip(ids().iter().skip(19)) {
        clients.push(client(id, device, program));
    }
    let mut cases = Vec::new();
    let documents = [document("operators.toml"), document("borders.toml"), document("switches.toml")];
    let unknown = ["constructor", "__proto__", "toString", "no.such.flag", ""];
    let case = |number: usize, flag: &str, client: usize, json: &Json| {
        json!([number, flag, client, value(&documents[number], flag, json)])
    };
    for number in [0, 2] {
        let custom =
            documents[number].flags().map(|(name, _)| name).filter(|name| number == 2 || !name.contains('.'));
        let names: Vec<&str> = custom.chain(unknown.into_iter().filter(|_| number == 2)).collect();
        for name in names {
            cases.extend(clients.iter().enumerate().map(|(place, json)| case(number, name, place, json)));
        }
    }
    // The borders of percentages: clients exactly on both sides of each.
    let all = BUCKETS - 1;
    for wanted in [0, 1, 2, 4999, 5000, all - 1, all] {
        for salt in ["border", "border 🌱"] {
            clients.push(client(id_in(salt, wanted).bytes(), json!({}), ""));
            let place = clients.len() - 1;
            let names: Vec<&str> =
                documents[1].flags().map(|(name, _)| name).filter(|name| !name.contains('.')).collect();
            cases.extend(names.into_iter().map(|name| case(1, name, place, &clients[place])));
        }
    }
    let documents =
        documents.iter().map(|document| serde_json::from_str(&document.to_json()).unwrap()).collect();
    (documents, clients, cases)
}

/// One entry a line, so that a change is seen as what it is.
fn lines(entries: &[Json]) -> String {
    entries.iter().map(ToString::to_string).collect::<Vec<_>>().join(",\n")
}

fn compare(name: &str, fresh: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    if std::env::var_os("REGENERATE").is_some() {
        fs::write(&path, fresh).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == fresh,
        "{name} is stale: run `REGENERATE=1 cargo test -p gray-release --test golden`"
    );
}

#[test]
fn buckets_are_those_of_the_vectors() {
    compare("buckets.json", &format!("[\n{}\n]\n", lines(&buckets())));
}

#[test]
fn values_are_those_of_the_vectors() {
    let (documents, clients, cases) = evaluations();
    let values: std::collections::BTreeSet<String> = cases.iter().map(|case| case[3].to_string()).collect();
    assert!(cases.len() > 300 && values.len() > 40, "{} cases, {} values", cases.len(), values.len());
    let [documents, clients, cases] = [documents, clients, cases].map(|entries| lines(&entries));
    let text = format!(
        "{{\n\"documents\": [\n{documents}\n],\n\"clients\": [\n{clients}\n],\n\"cases\": [\n{cases}\n]\n}}\n"
    );
    compare("evaluations.json", &text);
}
