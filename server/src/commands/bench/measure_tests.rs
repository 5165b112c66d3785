//! The measurement against a server that is a row of events.

use super::*;

const DEADLINE: Duration = Duration::from_secs(30);

fn plan(edits: u32, screen: bool) -> Plan<'static> {
    Plan { program: "app", edits, screen, deadline: DEADLINE }
}

fn change(revision: u64) -> Event {
    Event::Change { revision, files: Vec::new(), count: 1, at_us: None }
}

fn stages(list: &[(&str, f64)]) -> Vec<StageRow> {
    list.iter().map(|(name, ms)| StageRow { name: (*name).to_owned(), ms: *ms }).collect()
}

fn applied(revision: u64, program: &str, list: &[(&str, f64)]) -> Event {
    Event::Applied {
        revision,
        program: program.to_owned(),
        session: 1,
        level: 3,
        level_name: "module swap",
        reason: "main itself changed".to_owned(),
        ms: 1.0,
        stages: stages(list),
        memory: None,
    }
}

fn release(revision: u64) -> Event {
    Event::Release {
        functions: Vec::new(),
        patch: None,
        patch_bytes: 0,
        refusals: Vec::new(),
        notes: Vec::new(),
        revision,
        program: "app".to_owned(),
        sequence: revision,
        module: String::new(),
        size: 1,
        stages: stages(&[("build", 1.0)]),
        room: None,
        heap_start: None,
    }
}

/// Every save is answered by the events that `answer` gives for it.
async fn run(plan: Plan<'_>, answer: impl Fn(u32) -> Vec<Event>) -> Result<Measurements, MeasureError> {
    let (observer, mut events) = Events::channel();
    measure(&mut events, plan, |number| {
        for event in answer(number) {
            observer(&event);
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn every_edit_but_the_first_counts() {
    let measured = run(plan(3, true), |number| {
        let revision = u64::from(number) + 2;
        vec![
            // The answer to the edit before, of a page that is slow, and that of another program.
            applied(revision - 1, "app", &[]),
            change(revision),
            applied(revision - 1, "app", &[]),
            release(revision),
            applied(revision, "other", &[]),
            applied(revision, "app", &[("watch", 0.1), ("build", f64::from(number)), ("program_start", 1e6)]),
        ]
    })
    .await
    .unwrap();
    assert_eq!((measured.total.len(), measured.share.len()), (3, 3));
    // A start of a quarter of an hour cannot have been part of it: what is left is nothing, not less.
    assert_eq!(measured.own.percentile(95), Some(0.0));
    let names: Vec<_> = measured.stages.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["watch", "build", "program_start", "other"]);
    assert_eq!(measured.stages[1].1.percentile(50), Some(2.0));
    let reason = "main itself changed".to_owned();
    assert_eq!(measured.levels, BTreeMap::from([("3, module swap".to_owned(), (3, reason))]));
    assert!(measured.patched.len() == 0 && measured.patches.is_empty());
}

/// A release with a patch, and the page's answer to it, which has the page's own stages only.
fn patched(revision: u64) -> [Event; 2] {
    let patch_stages =
        [("watch", 10.0), ("talk", 1.0), ("front end", 4.0), ("talk", 1.0), ("codegen", 5.0), ("link", 9.0)];
    let mut release = release(revision);
    if let Event::Release { patch, patch_bytes, stages: list, .. } = &mut release {
        (*patch, *patch_bytes, *list) = (Some(format!("hash {revision}")), 700, stages(&patch_stages));
    }
    let mut applied = applied(revision, "app", &[("compile", 1.0), ("apply", 0.5)]);
    if let Event::Applied { level, level_name, .. } = &mut applied {
        (*level, *level_name) = (2, "hot patch");
    }
    [release, applied]
}

#[tokio::test]
async fn patches_are_counted_apart_with_the_stages_of_server_and_page() {
    let measured = run(plan(2, true), |number| {
        let revision = u64::from(number) + 2;
        let whole = [release(revision), applied(revision, "app", &[("build", 1.0), ("swap", 1.0)])];
        let events = if number == 2 { whole } else { patched(revision) };
        [change(revision)].into_iter().chain(events).collect()
    })
    .await
    .unwrap();
    assert_eq!((measured.patched.len(), measured.total.len(), measured.share.len()), (1, 1, 2));
    assert_eq!(measured.object.percentile(95), Some(11.0));
    let names: Vec<_> = measured.stages.iter().map(|(name, _)| name.as_str()).collect();
    let expected =
        ["watch", "talk", "front end", "codegen", "link", "compile", "apply", "build", "swap", "other"];
    assert_eq!(names, expected);
    assert_eq!(measured.stages[1].1.percentile(50), Some(2.0), "what comes twice is added up");
    let made = MadePatch { hash: "hash 3".to_owned(), bytes: 700 };
    assert_eq!(measured.patches, [made]);
    let levels: Vec<_> = measured.levels.iter().map(|(level, (count, _))| (level.as_str(), *count)).collect();
    assert_eq!(levels, [("2, hot patch", 1), ("3, module swap", 1)]);
}

#[tokio::test]
async fn without_a_browser_a_patch_is_known_by_its_release() {
    let answer = |number: u32| {
        let revision = u64::from(number) + 2;
        let [release, _] = patched(revision);
        vec![change(revision), release]
    };
    let mut measured = run(plan(2, false), answer).await.unwrap();
    assert_eq!((measured.patched.len(), measured.total.len()), (2, 0));
    measured.extend(run(plan(1, false), answer).await.unwrap());
    assert_eq!((measured.patched.len(), measured.object.len(), measured.patches.len()), (3, 3, 3));
    assert_eq!(measured.stages[0].1.len(), 3);
}

#[tokio::test]
async fn what_a_build_took_is_told_of_one_edit() {
    let (observer, mut events) = Events::channel();
    let built = Event::Build {
        revision: 2,
        program: "app".to_owned(),
        status: "built",
        compiler: String::new(),
        ms: 1234.5,
        from_cache: false,
        diagnostics: Vec::new(),
    };
    let arrival = follow(&mut events, plan(1, true), 0, || {
        for event in [change(2), built, release(2), applied(2, "app", &[])] {
            observer(&event);
        }
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!((arrival.build, arrival.is_patch()), (Some(1234.5), false));
}

#[tokio::test]
async fn without_a_browser_an_edit_ends_with_the_release() {
    let measured = run(plan(2, false), |number| {
        let revision = u64::from(number) + 2;
        vec![change(revision), release(revision)]
    })
    .await
    .unwrap();
    assert_eq!(measured.total.len(), 2);
    assert!(measured.levels.is_empty());
}

#[tokio::test]
async fn an_edit_that_fails_ends_the_measurement_with_its_reason() {
    let build = Event::Build {
        revision: 2,
        program: "app".to_owned(),
        status: "failed",
        compiler: String::new(),
        ms: 1.0,
        from_cache: false,
        diagnostics: Vec::new(),
    };
    let error = run(plan(1, true), |_| vec![change(2), build.clone()]).await.unwrap_err();
    assert!(matches!(error, MeasureError::Build { number: 0, .. }), "{error}");

    let failed = Event::ApplyFailed {
        program: "app".to_owned(),
        session: 1,
        stage: "start".to_owned(),
        message: "it traps".to_owned(),
    };
    let error = run(plan(1, true), |_| vec![change(2), failed.clone()]).await.unwrap_err();
    assert!(error.to_string().contains("start: it traps"), "{error}");

    let nothing = Event::Verdict {
        revision: 2,
        program: "app".to_owned(),
        verdict: "nothing",
        reason: "the same".to_owned(),
    };
    let error = run(plan(1, true), |_| vec![change(2), nothing.clone()]).await.unwrap_err();
    assert!(matches!(error, MeasureError::Nothing { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_come_is_named_with_the_last_trouble() {
    let log = Event::ClientLog {
        program: "app".to_owned(),
        session: 1,
        severity: "panic",
        kind: Some("panic".to_owned()),
        text: "index out of range".to_owned(),
        frames: Vec::new(),
    };
    let error = run(plan(1, true), |_| vec![change(2), release(2), log.clone()]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "edit 0: the answer of the page did not come within 30 s; the last trouble was: panic on the page: index out of range"
    );
}

#[tokio::test]
async fn a_file_that_cannot_be_saved_is_an_error() {
    let (_observer, mut events) = Events::channel();
    let save = |_| Err(io::Error::from(io::ErrorKind::StorageFull));
    let error = measure(&mut events, plan(1, true), save).await.unwrap_err();
    assert!(matches!(error, MeasureError::Save { number: 0, .. }), "{error}");
}
