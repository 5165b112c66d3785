//! What the crate knows of the world of preview 2's programs, made anew of the texts of the engine.

use std::path::{Path, PathBuf};
use std::process::Command;

use wit_component::{StringEncoding, metadata};
use wit_parser::Resolve;

/// TinyGo's own target, which names a program to do the rest, without that.
pub(super) const PREVIEW2: &str = r#""build-tags": ["tinygo.wasm", "wasip2"], "buildmode": "c-shared",
  "goos": "linux", "goarch": "arm", "scheduler": "asyncify","#;

/// In an order in which each uses only those before it.
const PACKAGES: [&str; 7] = ["io", "clocks", "random", "filesystem", "sockets", "cli", "http"];

/// Worlds, and how many of these packages they need: the last one is their own.
const WORLDS: [(&str, usize); 2] = [("command", 6), ("proxy", 7)];

/// `REGENERATE=1 cargo test -p wasm-host world` writes them.
#[test]
fn the_committed_worlds_are_those_of_the_engine() {
    for (name, packages) in WORLDS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("{name}.component-type"));
        let fresh = world(name, &PACKAGES[..packages]);
        if std::env::var_os("REGENERATE").is_some() {
            std::fs::write(&path, &fresh).unwrap();
        }
        assert!(std::fs::read(&path).unwrap() == fresh, "run `REGENERATE=1 cargo test -p wasm-host world`");
    }
}

fn world(name: &str, packages: &[&str]) -> Vec<u8> {
    let folder = interfaces();
    let mut resolve = Resolve::default();
    let mut last = None;
    for package in packages {
        let path = folder.join(format!("{package}.wit"));
        let text = std::fs::read_to_string(&path).unwrap();
        last = Some(resolve.push_str(&path, &oldest(&text)).unwrap());
    }
    let world = resolve.select_world(&[last.unwrap()], Some(name)).unwrap();
    metadata::encode(&resolve, world, StringEncoding::UTF8, None).unwrap()
}

/// TinyGo imports the first version of each interface, and what came later is only more.
fn oldest(text: &str) -> String {
    let gates = ["@since(", "@deprecated("];
    let kept = text.lines().filter(|line| !gates.iter().any(|gate| line.trim_start().starts_with(gate)));
    kept.collect::<Vec<_>>().join("\n").replace("@0.2.12", "@0.2.0")
}

/// The texts that the engine's WASI is made of.
fn interfaces() -> PathBuf {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let version = cargo(&["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    // Not offline: crates that nothing is built from are asked for as well, and may never have been downloaded.
    let metadata = cargo(&[
        "metadata",
        "--format-version=1",
        "--locked",
        "--filter-platform",
        host,
        "--manifest-path",
        manifest,
    ]);
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let mut packages = metadata["packages"].as_array().unwrap().iter();
    let wasi = packages.find(|package| package["name"] == "wasmtime-wasi-http").unwrap();
    PathBuf::from(wasi["manifest_path"].as_str().unwrap()).parent().unwrap().join("wit/deps")
}

fn cargo(words: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(words).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
