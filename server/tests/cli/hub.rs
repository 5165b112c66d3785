//! `bench hub`: a server, clients that are cut off, and one that is killed, in small.

use crate::run::dev_server;

/// The rows that a run promises, and whether they must be 0.
const ROWS: [(&str, bool); 16] = [
    ("idle_kib_per_connection", false),
    ("burst_ratio_raw", false),
    ("burst_deliveries_per_s", false),
    ("one_p99_ratio_raw", false),
    ("one_p99_ratio_broadcast", false),
    ("slow_p99_ratio", false),
    ("slow_growth_mib", false),
    ("cuts_lost", true),
    ("kills_lost", true),
    ("storm_s", false),
    ("storm_frames_encoded", false),
    ("priority_wt_ratio", false),
    ("priority_ws_ratio", false),
    ("nats_lost", true),
    ("kill_switch_p99_s", false),
    ("telemetry_cost", false),
];

#[tokio::test]
async fn every_row_is_measured_and_nothing_is_lost() {
    let home = tempfile::tempdir().unwrap();
    let line = dev_server(home.path(), &["bench", "hub", "--quick", "--json"]).await.ended_with(0).json();
    assert_eq!(line["bench"], "hub");
    assert!(line["machine"]["cores"].as_u64().unwrap() > 0, "{line}");
    let rows = line["rows"].as_array().unwrap();
    for (name, zero) in ROWS {
        let row = rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{name}: {line}"));
        let value = row["value"].as_f64().unwrap();
        assert!(value.is_finite() && row["against"].is_string(), "{row}");
        let may_be_zero = ["slow_growth_mib", "telemetry_cost"].contains(&name);
        assert!(if zero { value == 0.0 } else { value > 0.0 || may_be_zero }, "{row}");
    }
    let encoded = rows.iter().find(|row| row["name"] == "storm_frames_encoded").unwrap();
    // A session that has not noticed yet that its client is gone looks between the release and what is wrong with it.
    assert!([2.0, 3.0].contains(&encoded["value"].as_f64().unwrap()), "{encoded}");
}

#[tokio::test]
async fn rows_are_chosen_by_name() {
    let home = tempfile::tempdir().unwrap();
    let run =
        dev_server(home.path(), &["bench", "hub", "--quick", "--only", "cuts_lost"]).await.ended_with(0);
    assert!(run.stdout.contains("\ncuts lost ") && !run.stdout.contains("storm"), "{run:?}");
    let run = dev_server(home.path(), &["bench", "hub", "--only", "speed"]).await.ended_with(2);
    assert!(run.stderr.contains("there is no row speed") && run.stderr.contains("kills_lost"), "{run:?}");
}
