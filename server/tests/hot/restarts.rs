//! A compiler that goes, hangs or cannot go on: the edit is answered, and what runs goes on being patched.

use std::path::PathBuf;
use std::time::Duration;

use dev_server::hot::HotOutcome;
use rustix::process::{Pid, Signal, kill_process};

use crate::page::Page;
use crate::project::{MODULE, Project, fresh, patch};
use crate::tools::Tools;

const PROGRAM: &str = r#"package main

var sum int32

//go:wasmexport add
func add(n int32) int32 {
	sum += n
	return sum
}

func main() { select {} }
"#;

/// The compiler of a project, which runs in its folder and is a child of this process.
fn worker(project: &Project) -> Option<Pid> {
    let folder = project.folder.path().canonicalize().unwrap();
    let own = std::process::id().to_string();
    std::fs::read_dir("/proc").unwrap().find_map(|entry| {
        let process: PathBuf = entry.unwrap().path();
        let runs_there = std::fs::read_link(process.join("cwd")).ok()? == folder;
        let status = std::fs::read_to_string(process.join("status")).ok()?;
        let is_child = status.lines().any(|line| line.strip_prefix("PPid:").map(str::trim) == Some(&own));
        let number = process.file_name()?.to_str()?.parse().ok()?;
        Pid::from_raw(number).filter(|_| runs_there && is_child)
    })
}

async fn started(tools: &Tools) -> (Project, Page) {
    let mut project = Project::with_files(tools, &[("main.go", PROGRAM)]);
    let base = fresh(project.bring().await);
    let (mut page, said) = Page::open(tools, &project.module(base.module)).await;
    assert_eq!(said.error, None);
    assert_eq!(page.call("add", &[1]).await.value, 1);
    (project, page)
}

/// An edit is a patch that the page takes, with its state kept: it adds `n` times the argument.
async fn edit(project: &mut Project, page: &mut Page, n: i64, number: u32) {
    let before = page.call("add", &[0]).await.value.as_i64().unwrap();
    project.write("main.go", &PROGRAM.replace("sum += n", &format!("sum += n * {n}")));
    let change = patch(project.bring().await);
    assert_eq!(change.number, number);
    assert_eq!(page.patch(&change).await.error, None);
    assert_eq!(page.call("add", &[1]).await.value, before + n);
}

#[tokio::test]
async fn one_that_is_killed_is_started_again() {
    let tools = Tools::find().await;
    let (mut project, mut page) = started(&tools).await;
    edit(&mut project, &mut page, 2, 1).await;
    assert_eq!(project.hot.take_restart(), None);
    kill_process(worker(&project).unwrap(), Signal::KILL).unwrap();
    edit(&mut project, &mut page, 3, 2).await;
    let reason = project.hot.take_restart().unwrap();
    assert!(reason.contains("the warm compiler has stopped") && !reason.contains('\n'), "{reason}");
    assert!(reason.contains("SIGKILL"), "{reason}");

    // At any moment of an edit.
    for (number, delay) in (3..).zip([0, 2, 5, 10, 20]) {
        // An edit that was faster than its killer leaves none behind.
        let pid = worker(&project);
        let killer = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(delay)).await;
            pid.map(|pid| kill_process(pid, Signal::KILL))
        });
        edit(&mut project, &mut page, i64::from(number) + 1, number).await;
        let _ = killer.await.unwrap();
    }
}

#[tokio::test]
async fn one_that_hangs_is_started_again() {
    let tools = Tools::find().await;
    let (mut project, mut page) = started(&tools).await;
    let stopped = worker(&project).unwrap();
    kill_process(stopped, Signal::STOP).unwrap();
    // Its threads stop one after the other.
    let status = format!("/proc/{}/status", stopped.as_raw_nonzero());
    while !std::fs::read_to_string(&status).unwrap().contains("State:\tT") {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    edit(&mut project, &mut page, 2, 1).await;
    let reason = project.hot.take_restart().unwrap();
    assert!(reason.contains("it did not answer for 20 seconds"), "{reason}");
    assert_ne!(worker(&project), Some(stopped), "it still runs");
}

#[tokio::test]
async fn a_broken_module_file_is_told_and_the_compiler_lives_on() {
    let tools = Tools::find().await;
    let (mut project, mut page) = started(&tools).await;
    let pid = worker(&project);
    project.write("go.mod", "module example.test/app\n\ngo 1.24\n\nrequires x v1\n");
    match project.bring().await {
        HotOutcome::Failed(items) => {
            let position = items[0].position.as_ref().unwrap();
            assert!(position.file.ends_with("go.mod") && position.line == 5, "{items:?}");
            assert!(items[0].message.contains("unknown directive: requires"), "{items:?}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(worker(&project), pid);
    project.write("go.mod", MODULE);
    edit(&mut project, &mut page, 2, 1).await;
    assert_eq!(worker(&project), pid);
    assert_eq!(project.hot.take_restart(), None);
}

#[tokio::test]
async fn what_ends_the_compiler_each_time_is_left_to_the_other_one() {
    let tools = Tools::find().await;
    let (mut project, mut page) = started(&tools).await;
    edit(&mut project, &mut page, 2, 1).await;
    let broken = PROGRAM.replace("package main\n", "package main\n\nimport \"device\"\n");
    project.write("main.go", &broken.replace("sum += n", "device.Asm(\"no such instruction\")"));
    match project.bring().await {
        HotOutcome::Impossible { reason, hint } => {
            assert!(reason.contains("the warm compiler has stopped") && !reason.contains('\n'), "{reason}");
            assert!(hint.contains("--hot=off"), "{hint}");
        }
        other => panic!("{other:?}"),
    }
    edit(&mut project, &mut page, 3, 2).await;
}
