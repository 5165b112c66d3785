//! Rows of figures that were made up.

use serde_json::{Value, json};

use super::super::measure::Measurements;
use super::super::patches::PatchSizes;
use super::super::speed::Speed;
use super::*;

fn sample<const N: usize>(values: [f64; N]) -> Sample {
    values.into_iter().collect()
}

fn names(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| row.name.as_str()).collect()
}

fn row(rows: &[Row], name: &str) -> Value {
    serde_json::to_value(rows.iter().find(|row| row.name == name).unwrap()).unwrap()
}

#[test]
fn without_patches_the_rows_are_those_of_whole_modules() {
    let measurements = Measurements {
        total: sample([200.0, 300.0]),
        share: sample([40.0, 50.0004]),
        own: sample([30.0, 35.0]),
        stages: vec![("base objects".to_owned(), sample([160.0, 250.0]))],
        ..Measurements::default()
    };
    let rows = rows(&Figures { screen: true, measurements, ..Figures::default() });
    let expected = [
        "save_to_screen_p50",
        "save_to_screen_p95",
        "server_share_p50",
        "server_share_p95",
        "own_share_p50",
        "own_share_p95",
        "base_objects_p50",
        "base_objects_p95",
    ];
    assert_eq!(names(&rows), expected);
    let share = json!({
        "name": "server_share_p95", "value": 50.0, "unit": "ms", "n": 2, "against": "target of 100 ms", "ratio": 0.5
    });
    assert_eq!(row(&rows, "server_share_p95"), share);
    assert_eq!(row(&rows, "save_to_screen_p50")["against"], Value::Null);
}

#[test]
fn without_a_screen_a_patch_ends_with_its_release() {
    let measurements = Measurements { patched: sample([30.0]), ..Measurements::default() };
    let rows = rows(&Figures { measurements, ..Figures::default() });
    assert_eq!(names(&rows), ["save_to_patch_release_p50", "save_to_patch_release_p95"]);
    assert_eq!(row(&rows, "save_to_patch_release_p50")["against"], Value::Null);
}

#[test]
fn patches_and_comparisons_have_rows_of_their_own() {
    let measurements = Measurements {
        patched: sample([30.0, 45.0, 90.0]),
        object: sample([12.0, 15.0, 18.0]),
        ..Measurements::default()
    };
    let comparison = |ours: f64, theirs: f64| {
        let mut comparison = Comparison::default();
        comparison.add(Some(ours), Some(theirs));
        comparison
    };
    let speed = Speed { programs: [("words".to_owned(), sample([0.4, 0.5, 0.6]))].into() };
    let figures = Figures {
        screen: true,
        measurements,
        patches: PatchSizes { plain: sample([700.0]), compressed: sample([512.0]) },
        warm_start: sample([1000.0]),
        resident: Some(200 << 20),
        reload: comparison(45.0, 9000.0),
        go: comparison(45.0, 450.0),
        base: comparison(500.0, 6000.0),
        speed,
        ..Figures::default()
    };
    let rows = rows(&figures);
    let expected = [
        "save_to_patched_p50",
        "save_to_patched_p95",
        "edit_to_object_p50",
        "patch_bytes_p50",
        "patch_bytes_plain_p50",
        "ratio_tinygo_reload",
        "tinygo_reload_p50",
        "ratio_go_build",
        "go_build_p50",
        "base_build_ratio_tinygo",
        "base_build_p50",
        "tinygo_build_p50",
        "speed_ratio_opt1",
        "speed_ratio_opt1_words",
        "warm_start",
        "worker_rss",
    ];
    assert_eq!(names(&rows), expected);
    let reload = json!({
        "name": "ratio_tinygo_reload", "value": 200.0, "unit": "x", "n": 1,
        "against": "tinygo build and module swap", "ratio": 200.0
    });
    assert_eq!(row(&rows, "ratio_tinygo_reload"), reload);
    let patched = json!({
        "name": "save_to_patched_p50", "value": 45.0, "unit": "ms", "n": 3, "against": "target of 60 ms", "ratio": 0.75
    });
    assert_eq!(row(&rows, "save_to_patched_p50"), patched);
    assert_eq!(row(&rows, "patch_bytes_p50")["ratio"], json!(0.5));
    assert_eq!(row(&rows, "worker_rss")["value"], json!(200.0));
    assert_eq!(row(&rows, "speed_ratio_opt1")["n"], json!(3));
}
