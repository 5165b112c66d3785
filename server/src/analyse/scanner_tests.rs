//! What may and what may not become part of a page (rows C3, C12, C20, C21 of the hostile requests).

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::content::ContentHash;

struct Site {
    folder: tempfile::TempDir,
    store: BlobStore,
    page: PageFolder,
}

fn site(files: &[(&str, &str)]) -> Site {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::open(folder.path().join("store")).unwrap();
    let path = folder.path().join("page");
    for (name, text) in files {
        fs::create_dir_all(path.join(name).parent().unwrap()).unwrap();
        fs::write(path.join(name), text).unwrap();
    }
    fs::create_dir_all(&path).unwrap();
    fs::write(folder.path().join("secret.txt"), "SECRET=1").unwrap();
    Site { page: PageFolder { path, is_package: true }, store, folder }
}

impl Site {
    fn scan(&self) -> (PageManifest, Vec<String>) {
        self.scan_with(&ManifestLimits::default())
    }

    fn scan_with(&self, limits: &ManifestLimits) -> (PageManifest, Vec<String>) {
        let (manifest, warnings) = PageManifest::scan(&self.page, &self.store, limits).unwrap();
        for entry in manifest.entries.values() {
            assert_ne!(fs::read(self.store.path(entry.hash)).unwrap(), b"SECRET=1");
        }
        assert!(warnings.iter().all(|warning| warning.frame.is_none() && warning.hint.is_some()));
        (manifest, warnings.into_iter().map(|warning| warning.message).collect())
    }
}

fn paths(manifest: &PageManifest) -> Vec<&str> {
    manifest.entries.keys().map(String::as_str).collect()
}

#[test]
fn c3_only_web_files_are_listed() {
    let site = site(&[
        ("index.html", "<p>"),
        ("style.css", "p {}"),
        ("img/a.png", "png"),
        (".env", "SECRET=1"),
        (".ENV", "SECRET=1"),
        (".env.local", "SECRET=1"),
        (".git/config.json", "SECRET=1"),
        ("key.pem", "SECRET=1"),
        ("id_rsa", "SECRET=1"),
        (".npmrc", "SECRET=1"),
        ("go.env", "SECRET=1"),
        ("main.go", "SECRET=1"),
        ("go.mod", "SECRET=1"),
        ("go.sum", "SECRET=1"),
        ("dev-server.toml", "SECRET=1"),
        ("node_modules/x/a.js", "SECRET=1"),
        ("sub/node_modules/x/a.js", "SECRET=1"),
        ("testdata/a.json", "SECRET=1"),
        ("vendor/a.js", "SECRET=1"),
        ("third_party/a.js", "SECRET=1"),
    ]);
    let (manifest, warnings) = site.scan();
    assert_eq!(paths(&manifest), ["img/a.png", "index.html", "style.css"]);
    assert_eq!(manifest.html(), manifest.entries.get("index.html"));
    assert_eq!(manifest.entries["style.css"].media_type, "text/css");
    assert_eq!(manifest.entries["style.css"].hash, ContentHash::of(b"p {}"));
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn c12_links_are_refused_and_named() {
    let site = site(&[("a.css", "a"), ("real/b.css", "b")]);
    symlink(site.folder.path().join("secret.txt"), site.page.path.join("link.txt")).unwrap();
    symlink("a.css", site.page.path.join("inner.css")).unwrap();
    symlink(site.folder.path(), site.page.path.join("linked-folder")).unwrap();
    symlink("/proc/self/environ", site.page.path.join("environ.txt")).unwrap();
    let (manifest, warnings) = site.scan();
    assert_eq!(paths(&manifest), ["a.css", "real/b.css"]);
    assert_eq!(warnings.len(), 4, "{warnings:?}");
    assert!(warnings.iter().all(|warning| warning.ends_with("it is a link")), "{warnings:?}");
}

#[test]
fn c12_a_link_swapped_in_between_never_wins_a_race() {
    let site = site(&[("a.txt", "harmless"), ("folder/secret.txt", "harmless")]);
    let stop = AtomicBool::new(false);
    let (page, secret) = (&site.page.path, site.folder.path().join("secret.txt"));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let beside = page.join(".beside");
                symlink(&secret, &beside).unwrap();
                fs::rename(&beside, page.join("a.txt")).unwrap();
                fs::write(&beside, "harmless").unwrap();
                fs::rename(&beside, page.join("a.txt")).unwrap();
                fs::rename(page.join("folder"), page.join(".folder")).unwrap();
                symlink(site.folder.path(), page.join("folder")).unwrap();
                fs::remove_file(page.join("folder")).unwrap();
                fs::rename(page.join(".folder"), page.join("folder")).unwrap();
            }
        });
        let mut found = 0;
        for _ in 0..1000 {
            let (manifest, _) = site.scan();
            found += manifest.entries.len();
        }
        stop.store(true, Ordering::Relaxed);
        assert!(found > 0, "the race must have let some scans see the files");
    });
    assert!(!site.store.contains(ContentHash::of(b"SECRET=1")));
}

#[test]
fn c20_hard_links_pipes_and_devices_are_refused_without_a_wait() {
    let site = site(&[("a.css", "a")]);
    fs::hard_link(site.folder.path().join("secret.txt"), site.page.path.join("hard.txt")).unwrap();
    let pipe = site.page.path.join("pipe.css");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
        .unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(site.page.path.join("socket.css")).unwrap();
    symlink("/dev/zero", site.page.path.join("zero.bin")).unwrap();
    let (manifest, warnings) = site.scan();
    assert_eq!(paths(&manifest), ["a.css"]);
    assert_eq!(warnings.len(), 4, "{warnings:?}");
    // Even when the listing said that it was a file.
    let folder = Folder::open(&site.page.path).unwrap();
    assert!(folder.file("pipe.css").is_err());
    assert!(folder.file("zero.bin").is_err());
}

#[test]
fn c21_twins_are_different_files() {
    let site = site(&[("A.css", "upper"), ("caf\u{e9}.css", "composed"), ("cafe\u{301}.css", "decomposed")]);
    let (manifest, _) = site.scan();
    assert!(!manifest.entries.contains_key("a.css"));
    if manifest.entries.len() == 3 {
        assert_ne!(manifest.entries["caf\u{e9}.css"].hash, manifest.entries["cafe\u{301}.css"].hash);
    }
}

#[test]
fn limits_leave_files_out_with_a_word() {
    let site = site(&[("a.css", "12345"), ("b.css", "12"), ("c.css", "12")]);
    let (manifest, warnings) = site.scan_with(&ManifestLimits { file: 4, ..ManifestLimits::default() });
    assert_eq!((paths(&manifest), warnings.len()), (vec!["b.css", "c.css"], 1));
    let (manifest, warnings) = site.scan_with(&ManifestLimits { total: 6, ..ManifestLimits::default() });
    assert_eq!((paths(&manifest), warnings.len()), (vec!["a.css"], 2));
    let (manifest, warnings) = site.scan_with(&ManifestLimits { files: 2, ..ManifestLimits::default() });
    assert_eq!((paths(&manifest), warnings.len()), (vec!["a.css", "b.css"], 1));
}

#[test]
fn unchanged_files_are_not_read_again() {
    let site = site(&[("a.css", "a"), ("b.css", "b")]);
    let old = SystemTime::now() - Duration::from_mins(1);
    for name in ["a.css", "b.css"] {
        fs::File::options().write(true).open(site.page.path.join(name)).unwrap().set_modified(old).unwrap();
    }
    let mut scanner = ManifestScanner::default();
    let limits = ManifestLimits::default();
    let (first, _) = scanner.scan(&site.page, &site.store, &limits).unwrap();
    // A known entry that is no longer true shows which files are read.
    for (_, entry) in scanner.known.values_mut() {
        entry.media_type = "kept".to_owned();
    }
    fs::write(site.page.path.join("b.css"), "bb").unwrap();
    let (second, _) = scanner.scan(&site.page, &site.store, &limits).unwrap();
    assert_eq!(second.entries["a.css"].media_type, "kept");
    assert_eq!(second.entries["b.css"].hash, ContentHash::of(b"bb"));
    assert_ne!(first.digest, second.digest);
    // A blob that somebody cleaned away is brought back.
    fs::remove_file(site.store.path(ContentHash::of(b"a"))).unwrap();
    let (third, _) = scanner.scan(&site.page, &site.store, &limits).unwrap();
    assert_eq!(third.digest, second.digest);
    assert!(site.store.contains(ContentHash::of(b"a")));
}

#[test]
fn a_page_folder_that_is_gone_gives_an_empty_page_and_a_word() {
    let mut site = site(&[]);
    site.page.path = site.folder.path().join("nowhere");
    let (manifest, warnings) = site.scan();
    assert_eq!((manifest, warnings.len()), (PageManifest::new(BTreeMap::new()), 1));
}

#[test]
fn modules_and_glue_of_another_build_are_no_part_of_a_page() {
    let site = site(&[
        ("main.wasm", "\0asm\x01\0\0\0\x02\x10\x01\x04gojs\x0d"),
        ("physics.wasm", "\0asm"),
        ("wasm_exec.js", ""),
    ]);
    let (manifest, warnings) = site.scan();
    assert_eq!((paths(&manifest), warnings.len()), (vec!["physics.wasm"], 0));
}
