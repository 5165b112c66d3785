//! Many files at once, folders that come and go, links, and what never counts.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use dev_server::watch::ChangeKind::{Created, Modified, Removed};
use dev_server::watch::{Bounds, Options, WatchNotice};

use crate::project::{Project, one, usual_set};

#[tokio::test]
async fn a_checkout_of_500_files_ends_with_the_final_bytes() {
    let names: Vec<String> = (0..500).map(|number| format!("web/file{number:03}.css")).collect();
    let old: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "old")).collect();
    let mut project = Project::with_files(&old);
    // As git does: unlink, then create, file by file; every tenth has equal content in both branches.
    for (number, name) in names.iter().enumerate() {
        fs::remove_file(project.path(name)).unwrap();
        project.write(name, if number % 10 == 0 { "old" } else { "new!" });
    }
    let changed: Vec<String> = names
        .iter()
        .enumerate()
        .filter(|(number, _)| number % 10 != 0)
        .map(|(_, name)| name.clone())
        .collect();
    let mut all = project.until_reported(&changed).await;
    all.sort_by(|(left, _), (right, _)| left.cmp(right));
    let expected: Vec<_> = changed.iter().map(|name| (name.clone(), Modified)).collect();
    assert_eq!(all, expected);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    project.nothing_more(&names).await;
}

#[tokio::test]
async fn a_folder_that_is_removed_and_made_again_is_watched_again() {
    let mut project = Project::with_files(&[("main.go", "package main\n"), ("web/a/b/x.css", "x")]);
    fs::remove_dir_all(project.path("web")).unwrap();
    assert_eq!(project.changes().await, one("web/a/b/x.css", Removed));
    fs::create_dir_all(project.path("web/a/b")).unwrap();
    project.write("web/a/b/y.css", "y");
    assert_eq!(project.changes().await, one("web/a/b/y.css", Created));
    project.write("web/a/b/y.css", "yy");
    assert_eq!(project.changes().await, one("web/a/b/y.css", Modified));
    fs::rename(project.path("web/a"), project.path("web/moved")).unwrap();
    let moved = vec![("web/a/b/y.css".to_owned(), Removed), ("web/moved/b/y.css".to_owned(), Created)];
    assert_eq!(project.changes().await, moved);
    project.nothing_more(&["web/moved/b/y.css"]).await;
}

#[tokio::test]
async fn new_files_count_by_what_their_folder_takes() {
    let mut project = Project::with_files(&[("main.go", "package main\n"), ("web/a.css", "a")]);
    for name in ["notes.md", "main_test.go", "web/.env", "web/b.css~", "web/4913", "web/x.go"] {
        project.write(name, "does not count");
    }
    project.write("web/.hidden.css", "does not count");
    project.nothing_more(&["web/a.css"]).await;
    project.write("util.go", "package main\n");
    assert_eq!(project.changes().await, one("util.go", Created));
}

#[tokio::test]
async fn own_output_never_triggers() {
    let options = Options {
        ignored: vec![PathBuf::from("web/.cache"), PathBuf::from("web/out")],
        ..Options::default()
    };
    let mut project = Project::with(&[("main.go", "package main\n"), ("web/out/old.wasm", "old")], options);
    for number in 0..50 {
        project.write("web/out/old.wasm", &format!("new {number}"));
        project.write(&format!("web/out/{number}.js"), "glue");
        fs::create_dir_all(project.path(&format!("web/out/{number}.d/x"))).unwrap();
    }
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("main.go"), "package main\n").unwrap();
    project.nothing_more(&["main.go"]).await;
}

#[tokio::test]
async fn a_linked_source_is_watched_where_it_lies() {
    let elsewhere = tempfile::tempdir().unwrap();
    let target = elsewhere.path().canonicalize().unwrap().join("shared.go");
    fs::write(&target, "package main\n").unwrap();
    let mut project = Project::with_files(&[("go.mod", "module example.test\n")]);
    symlink(&target, project.path("main.go")).unwrap();
    assert_eq!(project.changes().await, one("main.go", Created));
    project.watcher.as_ref().unwrap().rewatch(usual_set(project.root()));
    fs::write(&target, "package main // changed\n").unwrap();
    assert_eq!(project.changes().await, one("main.go", Modified));
}

#[tokio::test]
async fn another_set_is_watched_from_now_on() {
    let mut project = Project::with_files(&[("main.go", "package main\n"), ("lib/lib.go", "package lib\n")]);
    project.write("lib/lib.go", "package lib // not watched\n");
    project.nothing_more(&[]).await;
    let mut set = usual_set(project.root());
    set.files.insert(project.path("lib/lib.go"));
    project.watcher.as_ref().unwrap().rewatch(set);
    project.write("lib/lib.go", "package lib // watched\n");
    assert_eq!(project.changes().await, one("lib/lib.go", Modified));
    project.watcher.as_ref().unwrap().rewatch(usual_set(project.root()));
    project.write("lib/lib.go", "package lib // not watched again\n");
    project.nothing_more(&[]).await;
}

#[tokio::test]
async fn a_change_that_waits_survives_a_rewatch() {
    let mut project = Project::with_files(&[("main.go", "package main\n")]);
    project.write("main.go", "package main // one\n");
    project.write("new.go", "package main\n");
    project.watcher.as_ref().unwrap().rewatch(usual_set(project.root()));
    let all = project.until_reported(&["main.go".to_owned(), "new.go".to_owned()]).await;
    assert_eq!(all.len(), 2, "{all:?}");
}

#[tokio::test]
async fn h16_huge_deep_and_cyclic_folders_are_bounded_with_a_notice() {
    let options =
        Options { bounds: Bounds { folders: 20, files: 50, ..Bounds::default() }, ..Options::default() };
    let folder = tempfile::tempdir().unwrap();
    let mut project = Project::with(&[("main.go", "package main\n"), ("web/a.css", "a")], options);
    symlink(project.path("web"), project.path("web/loop")).unwrap();
    symlink(folder.path(), project.path("web/out")).unwrap();
    for number in 0..200 {
        let inner = project.path(&format!("web/d{number}/d"));
        fs::create_dir_all(&inner).unwrap();
        fs::write(inner.join("x.css"), "x").unwrap();
    }
    let notice = project.notice().await;
    assert!(matches!(notice, WatchNotice::TooMany { folders: 20, files: 50, .. }), "{notice:?}");
    assert!(notice.hint().is_some());
    // The program itself is still watched.
    project.write("main.go", "package main // still seen\n");
    project.until_reported(&["main.go".to_owned()]).await;
}
