//! Rules of the house that a test can check: direction of imports, size and head of files, names, paths in documents.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};

/// Modules of the server in the order in which they may know each other: each only those before it.
const ORDER: &[&str] = &[
    "revision",
    "content",
    "diagnostic",
    "environment",
    "private_file",
    "source_file",
    "trust",
    "process",
    "telemetry",
    "toolchain",
    "watch",
    "analyse",
    "build",
    "hot",
    "publish",
    "backplane",
    "rollout",
    "guest",
    "http",
    "config",
    "printer",
    "exit",
    "cli",
    "pipeline",
    "commands",
    "main",
];

/// Pairs that the order alone would allow. Stages never speak to people or know settings.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("config", &["watch", "analyse", "build", "publish", "rollout", "http", "toolchain"]),
    ("cli", &["watch", "analyse", "build", "publish", "rollout", "http", "toolchain", "printer"]),
    ("printer", &["watch", "analyse", "publish", "rollout", "http", "toolchain", "config"]),
];

/// Foreign crates that stop at the files that adapt them, relative to the folder of the crate's sources.
const ADAPTERS: &[(&str, &[&str])] = &[
    ("notify::", &["watch/native.rs"]),
    ("async_nats::", &["backplane/nats.rs"]),
    (
        "dev_server_proto::",
        &[
            "telemetry/sharded.rs",
            "telemetry/metrics.rs",
            "publish/frames.rs",
            "publish/frames/",
            "publish/log.rs",
            "publish/log_tests.rs",
            "publish/events.rs",
            "publish/gestures.rs",
            "http/",
            "hot/",
            "commands/bench/hub/dialect.rs",
            "rollout/values.rs",
        ],
    ),
    ("gray_release::", &["rollout/", "http/told.rs", "http/told_flags.rs", "commands/flags/"]),
    (
        "dev_server_client::",
        &[
            "commands/reach.rs",
            "commands/tail.rs",
            "commands/trace/",
            "commands/flags/",
            "commands/leaks/pages.rs",
        ],
    ),
    ("hot_patch::", &["hot/"]),
    (
        "anatomy::",
        &[
            "build/symbols.rs",
            "commands/inspected.rs",
            "commands/size/",
            "commands/explain/",
            "commands/observed/source.rs",
        ],
    ),
    ("migration::", &["commands/assess/"]),
    (
        "wasm_host::",
        &[
            "build/wasi.rs",
            "guest/",
            "commands/wasi.rs",
            "commands/run/",
            "commands/host_module.rs",
            "commands/bench/host/",
            "commands/compare/sides.rs",
            "commands/observed/",
            "commands/profile/measured.rs",
            "commands/leaks/report.rs",
            "commands/leaks/verdict.rs",
            "commands/size/starts.rs",
            "commands/assess/proof.rs",
            "pipeline/guest.rs",
        ],
    ),
    (
        "ast_diff::",
        &[
            "analyse/meaning.rs",
            "analyse/text.rs",
            "analyse/trees.rs",
            "analyse/trees_tests.rs",
            "analyse/tree_message.rs",
            "analyse/trivia.rs",
            "commands/diff/",
            "commands/bench/hash.rs",
            "commands/bench/diff/semantic.rs",
            "http/session/tests/trees.rs",
        ],
    ),
    ("imara_diff::", &["commands/bench/diff/lines.rs"]),
    ("prometheus::", &["telemetry/families.rs"]),
    ("opentelemetry_proto::", &["telemetry/message.rs", "telemetry/exporter_tests.rs"]),
    ("nix::", &["process/usage.rs", "http/interfaces.rs"]),
    ("qrcode::", &["printer/qr.rs"]),
    ("rcgen::", &["http/tls/generated.rs"]),
    ("tokio_rustls::", &["http/tls/", "trust.rs"]),
    ("rustls_native_certs::", &["trust.rs"]),
    ("lol_html::", &["http/page.rs", "http/page/"]),
    ("wasmparser::", &["build/"]),
    ("gimli::", &["build/symbols.rs", "build/symbols/"]),
    ("addr2line::", &["build/symbols.rs", "build/symbols/"]),
    ("crossterm::", &["pipeline/keys.rs", "commands/keys.rs"]),
    ("clap::", &["cli.rs", "cli/", "config/settings.rs", "main.rs"]),
    ("toml::", &["config/file.rs"]),
    ("gif::", &["commands/compare/animation.rs"]),
    ("png::", &["commands/compare/heat_map.rs"]),
];

/// The same for `gray-release`, whose flags and statistics know no format.
const GRAY_RELEASE_ADAPTERS: &[(&str, &[&str])] = &[
    ("serde::", &["file/"]),
    ("serde_json::", &["file.rs"]),
    ("serde_path_to_error::", &["file.rs"]),
    ("toml::", &["file.rs"]),
    ("strsim::", &["name.rs"]),
];

/// The same for `migration`, which leaves trees to who reads them.
const MIGRATION_ADAPTERS: &[(&str, &[&str])] =
    &[("ast_diff::", &["reader.rs", "walk.rs", "imports.rs", "scope.rs"])];

/// The same for `wasm-host`: the engine's types are not its callers'.
const WASM_HOST_ADAPTERS: &[(&str, &[&str])] = &[
    (
        "wasmtime::",
        &[
            "engine.rs",
            "core_module.rs",
            "core_module/",
            "component.rs",
            "component/",
            "state.rs",
            "wasi_clock.rs",
            "guest.rs",
            "at_once.rs",
            "outcome.rs",
            "handler.rs",
            "bare.rs",
            "cache.rs",
            "call_stack.rs",
        ],
    ),
    (
        "wasmtime_wasi_http::",
        &["component.rs", "gate.rs", "state.rs", "outcome.rs", "handler.rs", "handler/"],
    ),
    (
        "wasmtime_wasi::",
        &[
            "core_module.rs",
            "component.rs",
            "state.rs",
            "wasi_clock.rs",
            "outcome.rs",
            "bare.rs",
            "input/stream.rs",
            "output/stream.rs",
        ],
    ),
    (
        "wasmparser::",
        &[
            "preflight.rs",
            "use_position.rs",
            "source_places.rs",
            "instrument.rs",
            "instrument/",
            "go_stack.rs",
            "engine.rs",
        ],
    ),
    ("wasm_encoder::", &["instrument/"]),
    ("ort::", &["inference/runtime.rs"]),
    ("gimli::", &["use_position.rs", "source_places.rs"]),
    ("addr2line::", &["use_position.rs", "source_places.rs"]),
    ("wit_component::", &["componentize.rs"]),
    ("rustix::", &["cache.rs", "read.rs", "processor_time.rs"]),
];

/// The same for `anatomy`, whose reports know no format of bytes.
const ANATOMY_ADAPTERS: &[(&str, &[&str])] = &[
    (
        "wasmparser::",
        &["module.rs", "anatomy.rs", "error.rs", "instruction.rs", "explanation.rs", "explanation/"],
    ),
    ("gimli::", &["dwarf.rs", "dwarf/"]),
    ("strsim::", &["find.rs"]),
];

const LONGEST_FILE: usize = 400;

const BANNED_NAMES: &[&str] = &["utils", "util", "common", "helpers", "helper", "misc"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn walk(folder: &Path, keep: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let skip = ["target", "node_modules", ".git", "dist", "third_party"];
    let files = walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| !skip.iter().any(|name| entry.file_name() == *name))
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .filter(|path| keep(path))
        .collect::<Vec<_>>();
    assert!(!files.is_empty(), "nothing to check below {}", folder.display());
    files
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|extension| extensions.iter().any(|wanted| extension == *wanted))
}

fn rust_sources() -> Vec<PathBuf> {
    walk(&root().join("server/src"), &|path| has_extension(path, &["rs"]))
}

/// The text above the test module, without comment lines.
fn code(text: &str) -> String {
    let product = text.split("#[cfg(test)]").next().unwrap_or_default();
    product.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn names_after<'a>(code: &'a str, prefix: &str) -> Vec<&'a str> {
    code.match_indices(prefix)
        .map(|(at, _)| {
            let rest = &code[at + prefix.len()..];
            &rest[..rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())]
        })
        .collect()
}

#[test]
fn modules_know_only_those_before_them() {
    let source = root().join("server/src");
    let position = |name: &str| ORDER.iter().position(|module| *module == name);
    let mut wrong = Vec::new();
    for path in rust_sources() {
        let relative = path.strip_prefix(&source).unwrap();
        let first = relative.components().next().unwrap().as_os_str().to_str().unwrap();
        let module = first.trim_end_matches(".rs");
        if module == "lib" {
            continue;
        }
        let own = position(module).unwrap_or_else(|| panic!("{module} has no place in the order"));
        let code = code(&fs::read_to_string(&path).unwrap());
        for used in names_after(&code, "crate::").into_iter().chain(names_after(&code, "dev_server::")) {
            let forbidden = FORBIDDEN.iter().any(|(from, to)| *from == module && to.contains(&used));
            match position(used) {
                Some(other) if other > own || forbidden => {
                    wrong.push(format!("{}: {module} uses {used}", relative.display()));
                }
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn foreign_types_stop_at_their_adapters() {
    let mut wrong = Vec::new();
    for (folder, table) in [
        ("server/src", ADAPTERS),
        ("gray-release/src", GRAY_RELEASE_ADAPTERS),
        ("wasm-host/src", WASM_HOST_ADAPTERS),
        ("anatomy/src", ANATOMY_ADAPTERS),
        ("migration/src", MIGRATION_ADAPTERS),
    ] {
        let source = root().join(folder);
        for path in walk(&source, &|path| has_extension(path, &["rs"])) {
            let relative = path.strip_prefix(&source).unwrap().to_str().unwrap().to_owned();
            let code = code(&fs::read_to_string(&path).unwrap());
            for (foreign, adapters) in table {
                let used = code.match_indices(foreign).any(|(at, _)| {
                    !code[..at]
                        .ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':')
                });
                if used && !adapters.iter().any(|adapter| relative.starts_with(adapter)) {
                    wrong.push(format!("{folder}/{relative} uses {foreign}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn files_are_short_and_say_their_job() {
    let mut wrong = Vec::new();
    let rust = |path: &Path| {
        has_extension(path, &["rs"]) && !path.components().any(|part| part.as_os_str() == "generated")
    };
    for folder in ["server", "proto", "client", "gray-release", "wasm-host", "anatomy", "migration"] {
        for path in walk(&root().join(folder), &rust) {
            let text = fs::read_to_string(&path).unwrap();
            if !text.starts_with("//!") {
                wrong.push(format!("{}: does not say its job on top", path.display()));
            }
            let product = text.split("#[cfg(test)]").next().unwrap().lines().count();
            let tests = path.components().any(|part| part.as_os_str() == "tests")
                || path.to_string_lossy().ends_with("_tests.rs");
            if product > LONGEST_FILE && !tests {
                wrong.push(format!("{}: {product} lines", path.display()));
            }
            let name = path.file_stem().unwrap().to_str().unwrap();
            if BANNED_NAMES.contains(&name) {
                wrong.push(format!("{}: the name says nothing", path.display()));
            }
            if code(&text)
                .lines()
                .any(|line| line.trim_start().starts_with("pub use") && line.contains("::*"))
            {
                wrong.push(format!("{}: glob re-export", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn documents_name_only_paths_that_exist() {
    let root = root();
    let mut wrong = Vec::new();
    for name in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "examples/README.md",
        "gray-release/README.md",
        "wasm-host/README.md",
        "anatomy/README.md",
        "migration/README.md",
    ] {
        let document = root.join(name);
        let text = fs::read_to_string(&document).unwrap_or_else(|error| panic!("{name}: {error}"));
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let folder = document.parent().unwrap();
        for link in links.filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let path = link.split('#').next().unwrap();
            if !folder.join(path).exists() {
                wrong.push(format!("{name} links to {path}"));
            }
        }
        // `code` that looks like a path of this repository.
        for quoted in text.split('`').skip(1).step_by(2) {
            let first = quoted.split('/').next().unwrap_or_default();
            let ours = [
                "gray-release",
                "client",
                "server",
                "proto",
                "web",
                "sdk",
                "examples",
                "scripts",
                "wasm-host",
                "anatomy",
                "migration",
            ]
            .contains(&first);
            let plain = quoted.chars().all(|c| c.is_alphanumeric() || "/._-".contains(c));
            if ours && quoted.contains('/') && plain && !root.join(quoted).exists() {
                wrong.push(format!("{name} names {quoted}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_unfinished_work_and_no_path_of_a_machine() {
    let mut wrong = Vec::new();
    let kinds =
        ["rs", "ts", "go", "toml", "md", "sh", "yml", "yaml", "json", "proto", "html", "css", "template"];
    // Written in two parts so that this file does not find itself.
    let words = [["TO", "DO:"], ["FIX", "ME"], ["XX", "X"], ["/ro", "ot/"], ["/wo", "rk/"]]
        .map(|parts| parts.concat());
    for path in walk(&root(), &|path| has_extension(path, &kinds)) {
        let text = fs::read_to_string(&path).unwrap_or_default();
        for (number, line) in (1..).zip(text.lines()) {
            if let Some(word) = words.iter().find(|word| line.contains(word.as_str())) {
                wrong.push(format!("{}:{number}: {word}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
