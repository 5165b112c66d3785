//! Rules on trial, in files and in words.

use gray_release::{Change, Document, Format, Percent, Plan};

const TRIED: &str = "[flags.form]\ntype = 'bool'\ndefault = false\n\
                     [[flags.form.rules]]\nvalue = true\ntrial = { steps = [2.5, 10, 50], sessions = 20 }\n";

fn percent(hundredths: u16) -> Percent {
    Percent::from_hundredths(hundredths).unwrap()
}

#[test]
fn a_rule_on_trial_begins_with_the_first_step_and_is_written_as_it_is() {
    let document = Document::read(TRIED, Format::Toml).unwrap();
    let rule = &document.flag("form").unwrap().rules[0];
    assert_eq!(rule.percent, percent(250));
    assert_eq!(
        rule.to_string(),
        "true for 2.5 % of clients, on trial at 2.5 %, 10 % and 50 %, each for 20 sessions"
    );
    assert_eq!(Document::read(&document.to_json(), Format::Json).unwrap(), document);
    let usual =
        Document::read(&TRIED.replace("steps = [2.5, 10, 50], sessions = 20", ""), Format::Toml).unwrap();
    assert_eq!(usual.flag("form").unwrap().rules[0].trial, Some(Plan::default()));
}

#[test]
fn a_plan_that_cannot_be_followed_is_refused_where_it_stands() {
    for (trial, reason) in [
        ("steps = [5, 5]", "flags.form.rules[0].trial: step 2 is 5 %"),
        ("steps = []", "1 to 16 steps"),
        ("steps = [100]", "between 0 % and 100 %"),
        ("sessions = 0", "at least one session"),
        ("stesp = [5]", "unknown field `stesp`"),
    ] {
        let text = TRIED.replace("steps = [2.5, 10, 50], sessions = 20", trial);
        let error = Document::read(&text, Format::Toml).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
        assert!(!error.hint().is_empty());
    }
}

#[test]
fn the_same_in_words_and_what_differs() {
    let document = Document::read("[flags.form]\ntype = 'bool'\ndefault = false", Format::Toml).unwrap();
    let set = |words: &[&str]| Change::parse(&[&["set", "form", "true"], words].concat(), &document);
    let tried = document.change(&set(&["--trial", "2.5,10,50", "--sessions=20"]).unwrap()).unwrap();
    assert_eq!(tried.document.flag("form"), Document::read(TRIED, Format::Toml).unwrap().flag("form"));
    let untried = tried.document.change(&set(&["--percent=2.5"]).unwrap()).unwrap();
    let said: Vec<_> = untried.differences.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["form: rule 1 is on trial no more"]);
    for (words, reason) in [
        (&["--trial", "5,x"][..], "`x` is not a percentage"),
        (&["--trial", "50,5"], "steps must rise"),
        (&["--sessions", "5"], "`--sessions` does not go with"),
        (&["--trial", "5", "--sessions", "many"], "`many` is not a number of sessions"),
    ] {
        let error = set(words).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
        assert!(!error.hint().is_empty());
    }
}

#[test]
fn a_trial_goes_on_where_its_rule_is() {
    let plan = Plan::new(vec![percent(100), percent(500), percent(5000)], 10).unwrap();
    assert_eq!(plan.from(percent(0)).unwrap().steps().len(), 3);
    assert_eq!(plan.from(percent(500)).unwrap().steps(), [percent(500), percent(5000)]);
    // Somebody has begun between two steps: they are looked at as those of a step.
    assert_eq!(plan.from(percent(300)).unwrap().steps(), [percent(300), percent(500), percent(5000)]);
    assert_eq!(plan.from(percent(5001)), None);
}
