//! `bench host`: programs of WebAssembly beside Go handlers, exchanged under load, in small.

use std::path::Path;

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

#[tokio::test]
async fn what_cannot_be_measured_is_said() {
    let home = tempfile::tempdir().unwrap();
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
