//! `bench host`: programs of WebAssembly beside Go handlers, exchanged under load, in small.

use std::path::Path;

use dev_server::environment::Environment;

use crate::run::dev_server;

/// The rows that a run promises, and whether they must be 0.
const ROWS: [(&str, bool); 10] = [
    ("instantiate_ratio", false),
    ("gif_rps_ratio", false),
    ("gif_rps_ratio_pooled", false),
    ("gif_p95_ratio", false),
    ("swap_failed", true),
    ("swap_mixed", true),
    ("swap_p99_ratio", false),
    ("swap_memory_ratio", false),
    ("loop_loss", false),
    ("encoder_allocs_per_frame", true),
];

#[tokio::test]
async fn every_row_is_measured_and_no_request_is_lost() {
    let home = tempfile::tempdir().unwrap();
    let gif = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/gif");
    let arguments = ["bench", "host", "--quick", "--json", "--gif", gif.to_str().unwrap()];
    let line = dev_server(home.path(), &arguments).await.ended_with(0).json();
    assert_eq!(line["bench"], "host");
    let rows = line["rows"].as_array().unwrap();
    for (name, zero) in ROWS {
        let row = rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{name}: {line}"));
        let value = row["value"].as_f64().unwrap();
        assert!(value.is_finite() && row["against"].is_string(), "{row}");
        assert!(if zero { value == 0.0 } else { value > 0.0 || name == "loop_loss" }, "{row}");
    }
}

/// Where there is no wasmtime, and with one of another kind; the real one is compared where `WASMTIME` names it.
#[tokio::test]
async fn a_component_is_compared_with_wasmtime_serve_or_it_is_said_how_to_get_it() {
    let home = tempfile::tempdir().unwrap();
    let arguments = ["bench", "host", "--only", "http_ratio_serve", "--quick", "--json"];
    let other = home.path().join("wasmtime");
    std::fs::write(&other, "#!/bin/sh\necho wasmtime 41.0.2\n").unwrap();
    std::fs::set_permissions(&other, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let other = other.to_str().unwrap();
    let line = dev_server(home.path(), &[&arguments[..], &["--wasmtime", other]].concat()).await;
    let line = line.ended_with(0).json();
    let row = |name: &str| line["rows"].as_array().unwrap().iter().find(|row| row["name"] == name).cloned();
    let ratio = row("http_ratio_serve").unwrap();
    assert!(ratio["value"].is_null() && ratio["against"] == "target of 0.95", "{ratio}");
    let why = ratio["left_out"].as_str().unwrap();
    assert!(why.contains("is no wasmtime 48 (wasmtime 41.0.2)") && why.contains("cargo install"), "{why}");
    assert!(row("http_rps").unwrap()["value"].as_f64().unwrap() > 0.0 && row("http_rps_serve").is_none());
    if let Some(wasmtime) = Environment::capture().unwrap().variable("WASMTIME") {
        let named = ["--wasmtime", wasmtime];
        let line = dev_server(home.path(), &[&arguments[..], &named].concat()).await.ended_with(0).json();
        for name in ["http_ratio_serve", "http_rps", "http_p99", "http_rps_serve", "http_p99_serve"] {
            let row = line["rows"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap();
            assert!(row["value"].as_f64().unwrap() > 0.0, "{row}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_measured_is_said() {
    let home = tempfile::tempdir().unwrap();
    let nowhere = ["bench", "host", "--only", "http_ratio_serve", "--wasmtime", "nowhere"];
    let said = dev_server(home.path(), &nowhere).await.ended_with(2).stderr;
    assert!(
        said.contains("nowhere is not there") && said.contains("hint: name the program wasmtime"),
        "{said}"
    );
    let other = ["bench", "host", "--only", "loops"];
    let said = dev_server(home.path(), &other).await.ended_with(2).stderr;
    assert!(said.contains("there is no row loops") && said.contains("instantiate_ratio"), "{said}");
    let elsewhere = ["bench", "host", "--only", "gif_rps_ratio"];
    let said = dev_server(home.path(), &elsewhere).await.ended_with(2).stderr;
    assert!(
        said.contains("not the folder of the animation") && said.contains("hint: name it with --gif"),
        "{said}"
    );
}
