//! Files and orders, one after the other, and over restarts.

use std::sync::Mutex as Lock;

use super::*;

const FORM: &str = "[flags.form]\ntype = 'bool'\ndefault = false\n";

fn form(rollout: &Rollout) -> Document {
    rollout.now().document().clone()
}

#[test]
fn orders_and_files_are_told_once_and_outlive_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flags/project.json");
    let (rollout, problem) = Rollout::open(&path);
    assert_eq!(problem, None);
    let told: Arc<Lock<Vec<String>>> = Arc::default();
    let heard = Arc::clone(&told);
    rollout.tells(move |changed| heard.lock().unwrap().extend(changed.differences.clone()));
    rollout.declare(FORM).unwrap();
    rollout.declare(FORM).unwrap();
    let changed = rollout.order(&["set", "form", "true", "--percent", "5"]).unwrap();
    assert_eq!((changed.revision, changed.unkept), (2, None));
    assert_eq!(rollout.order(&["set", "form", "true", "--percent", "5"]).unwrap().differences, [""; 0]);
    let told = told.lock().unwrap().clone();
    assert_eq!(told, ["form: new flag, false by default", "form: new rule 1: true for 5 % of clients"]);

    let (again, _) = Rollout::open(&path);
    assert_eq!(form(&again), form(&rollout));
    assert_eq!(again.declare(FORM).unwrap().differences, [""; 0], "the file says the same as before");
    again.order(&["kill", "form"]).unwrap();
    again.declare(&format!("# edited\n{FORM}off = false\n")).unwrap();
    let (last, _) = Rollout::open(&path);
    assert!(form(&last).flag("form").unwrap().killed);
    assert_eq!(last.now().revision(), 3);
}

#[test]
fn what_is_refused_changes_nothing() {
    let rollout = Rollout::default();
    rollout.declare(&format!("{FORM}[[flags.form.rules]]\nvalue = true\npercent = 50\n")).unwrap();
    let before = form(&rollout);
    for (text, reason) in [
        (FORM, "clients would lose"),
        ("[flags.form]\ntype = 'bool'", "form"),
        ("flags = 1", "a table of names"),
        ("[flags.\"release.channel\"]\ndefault = 'candidate'", "get the newest release"),
    ] {
        let refused = rollout.declare(text).unwrap_err();
        assert!(refused.to_string().contains(reason), "{refused}");
        assert!(!refused.hint().is_empty());
    }
    for (words, reason) in [
        (&["set", "form"][..], "the value is missing"),
        (&["set", "from", "true"], "there is no flag `from`"),
        (&["set", "form", "--rule", "1", "--percent", "5"], "clients would lose"),
        (&["set", "release.channel", "candidate", "--percent", "5"], "get the newest release"),
    ] {
        let refused = rollout.order(words).unwrap_err();
        assert!(refused.to_string().contains(reason), "{refused}");
    }
    assert_eq!(form(&rollout), before);
}

#[test]
fn what_cannot_be_read_is_named_and_what_cannot_be_kept_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("project.json");
    std::fs::write(&path, "{\"declared\":").unwrap();
    let (rollout, problem) = Rollout::open(&path);
    assert!(problem.unwrap().contains("project.json"));
    rollout.declare(FORM).unwrap();
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    let changed = rollout.order(&["kill", "form"]).unwrap();
    assert!(changed.unkept.is_some() && form(&rollout).flag("form").unwrap().killed);
}

#[test]
fn a_file_that_is_gone_declares_nothing_and_a_folder_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dev-flags.toml");
    let rollout = Rollout::default();
    std::fs::write(&path, FORM).unwrap();
    rollout.declare_file(&path).unwrap();
    assert!(form(&rollout).flag("form").is_some());
    std::fs::remove_file(&path).unwrap();
    rollout.declare_file(&path).unwrap();
    assert_eq!(form(&rollout).flag("form"), None);
    std::fs::create_dir(&path).unwrap();
    assert!(matches!(rollout.declare_file(&path), Err(Refused::File(_))));
}

const TRIED: &str = "[flags.form]\ntype = 'bool'\ndefault = false\n\
                     [[flags.form.rules]]\nvalue = true\ntrial = { steps = [25, 50], sessions = 20 }\n";

/// Changes as they are told, each with its reason.
fn told(rollout: &Rollout) -> Arc<Lock<Vec<(String, String)>>> {
    let told: Arc<Lock<Vec<_>>> = Arc::default();
    let heard = Arc::clone(&told);
    rollout.tells(move |changed| {
        let reason = changed.reason.clone().unwrap_or_default();
        heard.lock().unwrap().push((changed.differences.join("; "), reason));
    });
    told
}

fn crowd(rollout: &Rollout) -> Vec<(u64, Arc<Subject>)> {
    let subject = |number: u64| {
        Arc::new(
            Subject::new(&crate::rollout::Said { id: &number.to_le_bytes(), ..Default::default() }).unwrap(),
        )
    };
    let clients: Vec<_> = (0..400).map(|number| (number, subject(number))).collect();
    for (session, subject) in &clients {
        rollout.joined(*session, Arc::clone(subject), "app");
    }
    clients
}

fn has_it(rollout: &Rollout, subject: &Subject) -> bool {
    rollout.now().document().boolean("form", &subject.client("app"), false)
}

#[test]
fn a_candidate_that_traps_is_rolled_back_and_the_reason_told() {
    let rollout = Rollout::default();
    let clients = crowd(&rollout);
    rollout.declare(TRIED).unwrap();
    let told = told(&rollout);
    let mut trapped = 0;
    for (session, subject) in &clients {
        rollout.happened(*session, Happened::Applied(Some(20)));
        if has_it(&rollout, subject) {
            trapped += 1;
            rollout.happened(*session, Happened::Trapped);
            // Three of one browser are one.
            rollout.happened(*session, Happened::Trapped);
        }
        rollout.look();
        if !told.lock().unwrap().is_empty() {
            break;
        }
    }
    let told = told.lock().unwrap().clone();
    let [(difference, reason)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(difference, "form: killed, every client gets false");
    assert!(reason.starts_with(&format!("the candidate trapped for {trapped} of ")), "{reason}");
    assert!((3..30).contains(&trapped), "{trapped}");
    rollout.look();
    assert!(clients.iter().all(|(_, subject)| !has_it(&rollout, subject)));
}

#[test]
fn a_candidate_that_is_good_goes_to_more_and_more_and_then_to_everybody() {
    let rollout = Rollout::default();
    let clients = crowd(&rollout);
    rollout.declare(TRIED).unwrap();
    let told = told(&rollout);
    let part = |rollout: &Rollout| clients.iter().filter(|(_, subject)| has_it(rollout, subject)).count();
    assert!((60..140).contains(&part(&rollout)));
    rollout.look();
    assert!(told.lock().unwrap().is_empty(), "nobody was looked at for long enough");
    let later = Instant::now() + std::time::Duration::from_secs(10);
    rollout.look_at(later);
    assert!((150..250).contains(&part(&rollout)));
    rollout.look_at(Instant::now());
    assert_eq!(told.lock().unwrap().len(), 1, "each step counts from zero");
    // An edit of something else leaves the trial where it is.
    rollout.declare(&TRIED.replace("default = false", "default = false\noff = true")).unwrap();
    assert!((150..250).contains(&part(&rollout)));
    rollout.look_at(later);
    let last = told.lock().unwrap().last().unwrap().clone();
    assert_eq!(
        last.0,
        "form: the default is true, it was false; form: rule 1 is true for 100 % of clients, on trial at 25 % and 50 %, each for 20 sessions, it was 50 %"
    );
    assert_eq!(part(&rollout), clients.len());
    rollout.look_at(later);
    assert_eq!(told.lock().unwrap().len(), 3, "it is over");
}

#[test]
fn clients_that_go_are_not_trusted_and_come_back_as_who_they_were() {
    let rollout = Rollout::default();
    let clients = crowd(&rollout);
    rollout.declare(TRIED).unwrap();
    let told = told(&rollout);
    for (session, _) in &clients {
        rollout.left(*session);
    }
    rollout.look_at(Instant::now() + std::time::Duration::from_secs(10));
    assert!(told.lock().unwrap().is_empty());
    crowd(&rollout);
    rollout.look_at(Instant::now() + std::time::Duration::from_secs(10));
    assert_eq!(told.lock().unwrap().len(), 1);
}
