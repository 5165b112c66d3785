//! One save of one file is one change, whatever the editor does on the way.
//!
//! The sequences are those of the editors with their default settings on Linux.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use std::time::Duration;

use dev_server::watch::ChangeKind::{Created, Modified, Removed};
use dev_server::watch::{Options, Timing, WatchEvent, Watcher};

use crate::project::{Project, one, usual_set};

const OLD: &str = "package main\n\nfunc main() {}\n";
const NEW: &str = "package main\n\nfunc main() { println(\"new\") }\n";

fn project() -> Project {
    Project::with_files(&[
        ("go.mod", "module example.test\n"),
        ("main.go", OLD),
        ("web/style.css", "p { color: red }\n"),
    ])
}

fn write_and_sync(path: &Path, text: &str) {
    let mut file = File::create(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.sync_all().unwrap();
}

/// Vim with `backupcopy=auto`: a probe file, the old file renamed away, a new one in its place.
fn vim(folder: &Path, name: &str, text: &str) {
    let (path, backup) = (folder.join(name), folder.join(format!("{name}~")));
    let probe = folder.join("4913");
    File::create(&probe).unwrap();
    fs::set_permissions(&probe, Permissions::from_mode(0o100_644)).unwrap();
    fs::remove_file(&probe).unwrap();
    fs::rename(&path, &backup).unwrap();
    write_and_sync(&path, text);
    fs::set_permissions(&path, Permissions::from_mode(0o100_644)).unwrap();
    fs::remove_file(&backup).unwrap();
}

/// Neovim: the same, with its swap file and a backup copied, not renamed (`backupcopy=auto` on a link).
fn neovim(folder: &Path, name: &str, text: &str) {
    let (path, backup) = (folder.join(name), folder.join(format!("{name}~")));
    let swap = folder.join(format!(".{name}.swp"));
    fs::write(&swap, "b0VIM").unwrap();
    File::create(folder.join("4913")).unwrap();
    fs::remove_file(folder.join("4913")).unwrap();
    fs::copy(&path, &backup).unwrap();
    write_and_sync(&path, text);
    fs::remove_file(&backup).unwrap();
    fs::remove_file(&swap).unwrap();
}

/// Helix: a backup under a random name by rename, then a new file, then the backup is removed.
fn helix(folder: &Path, name: &str, text: &str) {
    let (path, backup) = (folder.join(name), folder.join(format!(".{name}.bckAbC123.swp")));
    fs::rename(&path, &backup).unwrap();
    let mut file = File::create(&path).unwrap();
    for piece in text.as_bytes().chunks(7) {
        file.write_all(piece).unwrap();
    }
    file.sync_all().unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    fs::remove_file(&backup).unwrap();
}

/// VS Code: truncates and writes in place, and when it formats on save once more.
fn visual_studio_code(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).unwrap();
    let mut again = OpenOptions::new().write(true).truncate(true).open(folder.join(name)).unwrap();
    again.write_all(text.as_bytes()).unwrap();
}

/// `JetBrains` "safe write": a new file beside, the old one renamed away, the new one renamed into place.
fn jetbrains(folder: &Path, name: &str, text: &str) {
    let (new, old) = (folder.join(format!("{name}___jb_tmp___")), folder.join(format!("{name}___jb_old___")));
    fs::write(&new, text).unwrap();
    fs::rename(folder.join(name), &old).unwrap();
    fs::rename(&new, folder.join(name)).unwrap();
    fs::remove_file(&old).unwrap();
}

/// Emacs: the old file renamed to a backup that stays, a lock that is a dangling link.
fn emacs(folder: &Path, name: &str, text: &str) {
    let lock = folder.join(format!(".#{name}"));
    std::os::unix::fs::symlink("somebody@somewhere.1234:1", &lock).unwrap();
    fs::rename(folder.join(name), folder.join(format!("{name}~"))).unwrap();
    write_and_sync(&folder.join(name), text);
    fs::remove_file(&lock).unwrap();
}

/// `sed -i`, gofmt and most others: a new file renamed over the old one.
fn replacing(folder: &Path, name: &str, text: &str) {
    let temporary = folder.join("sedAbC123");
    fs::write(&temporary, text).unwrap();
    fs::rename(&temporary, folder.join(name)).unwrap();
}

type Save = fn(&Path, &str, &str);

async fn saves_are_one_change(save: Save) {
    let mut project = project();
    for (round, text) in [NEW, OLD, "package main\n"].into_iter().enumerate() {
        save(project.root(), "main.go", text);
        assert_eq!(project.changes().await, one("main.go", Modified), "round {round}");
        project.nothing_more(&["main.go"]).await;
    }
    // The same in an asset folder, where nearly every name counts. A name that no rule knows may show up and
    // vanish within one burst, which is no change either.
    save(&project.path("web"), "style.css", "p { color: green }\n");
    assert_eq!(project.changes().await, one("web/style.css", Modified));
    project.nothing_more(&["web/style.css"]).await;
}

#[tokio::test]
async fn vim_with_its_probe_and_backup() {
    saves_are_one_change(vim).await;
}

#[tokio::test]
async fn neovim_with_swap_and_copied_backup() {
    saves_are_one_change(neovim).await;
}

#[tokio::test]
async fn helix_in_pieces_after_a_rename() {
    saves_are_one_change(helix).await;
}

#[tokio::test]
async fn visual_studio_code_writes_twice() {
    saves_are_one_change(visual_studio_code).await;
}

#[tokio::test]
async fn jetbrains_safe_write() {
    saves_are_one_change(jetbrains).await;
}

#[tokio::test]
async fn emacs_with_lock_and_lasting_backup() {
    saves_are_one_change(emacs).await;
}

#[tokio::test]
async fn a_file_renamed_over_the_old_one() {
    saves_are_one_change(replacing).await;
}

#[tokio::test]
async fn a_first_write_of_nothing_is_not_reported() {
    let mut project = project();
    let mut file = File::create(project.path("main.go")).unwrap();
    // A second file keeps the watcher busy while the first is empty; when it looks is its own affair.
    project.write("web/style.css", "p { color: blue }\n");
    file.write_all(NEW.as_bytes()).unwrap();
    drop(file);
    let names = ["main.go".to_owned(), "web/style.css".to_owned()];
    let all = project.until_reported(&names).await;
    assert_eq!(all.iter().filter(|(name, _)| name == "main.go").count(), 1, "{all:?}");
    project.nothing_more(&["main.go"]).await;
}

/// Only inotify tells when a file is closed.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_half_that_is_on_the_disk_is_not_reported_while_its_writer_has_it_open() {
    let patient = Timing {
        writer_grace: Duration::from_mins(10),
        longest: Duration::from_mins(10),
        ..Timing::default()
    };
    let files = [("go.mod", "module example.test\n"), ("main.go", OLD), ("web/style.css", "")];
    let mut project = Project::with(&files, Options { timing: patient, ..Options::default() });
    // Another watcher of the same folder, which tells when the quiet time is over.
    let hasty = Timing { writer_grace: Duration::ZERO, ..Timing::default() };
    let (sender, mut events) = tokio::sync::mpsc::channel(16);
    let options = Options { timing: hasty, ..Options::default() };
    let _hasty = Watcher::start(options, usual_set(project.root()), sender).unwrap();

    let mut file = File::create(project.path("main.go")).unwrap();
    let (half, rest) = NEW.split_at(NEW.len() / 2);
    file.write_all(half.as_bytes()).unwrap();
    let early = tokio::time::timeout(Duration::from_mins(1), events.recv()).await.unwrap();
    assert!(matches!(early, Some(WatchEvent::Changed { .. })), "{early:?}");
    file.write_all(rest.as_bytes()).unwrap();
    drop(file);
    assert_eq!(project.changes().await, one("main.go", Modified));
    project.nothing_more(&["main.go"]).await;
}

#[tokio::test]
async fn a_file_that_stays_empty_is_reported_as_it_is() {
    let mut project = project();
    File::create(project.path("main.go")).unwrap();
    assert_eq!(project.changes().await, one("main.go", Modified));
    project.nothing_more(&["main.go"]).await;
}

#[tokio::test]
async fn touch_chmod_and_equal_bytes_are_no_change() {
    let mut project = project();
    let file = OpenOptions::new().write(true).open(project.path("main.go")).unwrap();
    file.set_modified(std::time::SystemTime::now()).unwrap();
    fs::set_permissions(project.path("main.go"), Permissions::from_mode(0o600)).unwrap();
    project.write("main.go", OLD);
    fs::rename(project.path("main.go"), project.path("away")).unwrap();
    fs::rename(project.path("away"), project.path("main.go")).unwrap();
    project.nothing_more(&["main.go"]).await;
}

#[tokio::test]
async fn one_byte_in_place_is_a_change() {
    let mut project = project();
    let mut file = OpenOptions::new().write(true).open(project.path("main.go")).unwrap();
    file.seek(SeekFrom::Start(8)).unwrap();
    file.write_all(b"n").unwrap();
    assert_eq!(project.changes().await, one("main.go", Modified));
    project.nothing_more(&["main.go"]).await;
}

#[tokio::test]
async fn rename_delete_and_recreate() {
    let mut project = project();
    fs::rename(project.path("main.go"), project.path("other.go")).unwrap();
    let renamed = vec![("main.go".to_owned(), Removed), ("other.go".to_owned(), Created)];
    assert_eq!(project.changes().await, renamed);
    fs::remove_file(project.path("other.go")).unwrap();
    assert_eq!(project.changes().await, one("other.go", Removed));
    project.write("main.go", NEW);
    assert_eq!(project.changes().await, one("main.go", Created));
    fs::remove_file(project.path("main.go")).unwrap();
    project.write("main.go", OLD);
    assert_eq!(project.changes().await, one("main.go", Modified));
    project.nothing_more(&["main.go"]).await;
}

#[tokio::test]
async fn a_locked_file_is_read_when_it_is_free() {
    if rustix::process::geteuid().is_root() {
        // Root reads what nobody may; the table of the debouncer covers the case.
        return;
    }
    let mut project = project();
    project.write("main.go", NEW);
    fs::set_permissions(project.path("main.go"), Permissions::from_mode(0o000)).unwrap();
    let _ = project.notice().await;
    fs::set_permissions(project.path("main.go"), Permissions::from_mode(0o644)).unwrap();
    assert_eq!(project.changes().await, one("main.go", Modified));
}
