//! Changes and whole documents: what is made, what is refused, and how it is told.

use gray_release::{Change, ChangeError, Condition, Document, Format, Percent, Rule};

fn read(text: &str) -> Document {
    Document::read(text, Format::Toml).unwrap()
}

fn percent(text: &str) -> Percent {
    Percent::parse(text).unwrap()
}

fn rule(value: &str, share: &str) -> Rule {
    Rule {
        condition: Condition::default(),
        percent: percent(share),
        salt: "s".into(),
        value: value.into(),
        trial: None,
    }
}

const CHANNEL: &str = "release.channel";

fn add(value: &str, share: &str) -> Change {
    Change::AddRule { flag: CHANNEL.into(), rule: rule(value, share) }
}

fn set(number: usize, share: &str) -> Change {
    Change::SetPercentage { flag: CHANNEL.into(), rule: number, percent: percent(share) }
}

/// Makes changes one after the other; the lines that people read.
fn told(changes: &[Change]) -> Vec<String> {
    let mut document = Document::default();
    let mut lines = Vec::new();
    for change in changes {
        let revised = document.change(change).unwrap();
        document = revised.document;
        let number = document.revision();
        lines.extend(revised.differences.iter().map(|difference| format!("{number} {difference}")));
    }
    lines
}

#[test]
fn every_change_has_a_number_and_words() {
    let kill = || Change::Kill { flag: CHANNEL.into() };
    let lines = told(&[
        add("candidate", "1"),
        add("candidate", "5"),
        set(1, "25"),
        set(1, "25"),
        Change::SetDefault { flag: "trees.enabled".into(), value: false.into() },
        kill(),
        kill(),
        set(1, "0"),
        Change::Revive { flag: CHANNEL.into() },
        Change::RemoveRule { flag: CHANNEL.into(), rule: 1 },
    ]);
    let expected = [
        "1 release.channel: new rule 1: \"candidate\" for 1 % of clients",
        "2 release.channel: rule 1 is \"candidate\" for 5 % of clients, it was 1 %",
        "3 release.channel: rule 1 is \"candidate\" for 25 % of clients, it was 5 %",
        "4 trees.enabled: the default is false, it was true",
        "5 release.channel: killed, every client gets \"stable\"",
        "6 release.channel: rule 1 is \"candidate\" for 0 % of clients, it was 25 %",
        "7 release.channel: revived, its rules count again",
        "8 release.channel: rule 1 is gone: \"candidate\" for 0 % of clients",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn nobody_loses_what_a_rule_gave() {
    let document = Document::default().change(&add("candidate", "25")).unwrap().document;
    let refused = |change: &Change| document.change(change).unwrap_err();
    let narrower =
        ChangeError::Narrower { flag: CHANNEL.into(), rule: 1, from: percent("25"), to: percent("24.99") };
    assert_eq!(refused(&set(1, "24.99")), narrower);
    assert!(matches!(refused(&add("candidate", "1")), ChangeError::Narrower { rule: 1, .. }));
    assert_eq!(
        narrower.to_string(),
        "rule 1 of `release.channel` would go from 25 % to 24.99 %, and clients would lose what they have"
    );
    assert_eq!(
        narrower.hint(),
        "take it from everybody by `dev-server flags kill release.channel`; of a killed flag anything may be changed"
    );
    let gone = refused(&Change::RemoveRule { flag: CHANNEL.into(), rule: 1 });
    assert_eq!(gone, ChangeError::RuleGone { flag: CHANNEL.into(), rule: 1 });
    let killed = document.change(&Change::Kill { flag: CHANNEL.into() }).unwrap().document;
    assert!(killed.change(&set(1, "1")).is_ok());
    assert!(killed.change(&Change::RemoveRule { flag: CHANNEL.into(), rule: 1 }).is_ok());
}

#[test]
fn what_does_not_exist_or_does_not_fit_is_refused_with_a_remedy() {
    let document = Document::default();
    let refused = |change: &Change| {
        let error = document.change(change).unwrap_err();
        (error.to_string(), error.hint())
    };
    let (message, hint) = refused(&Change::Kill { flag: "release.chanel".into() });
    assert_eq!(
        (message.as_str(), hint.as_str()),
        ("there is no flag `release.chanel`", "did you mean `release.channel`?")
    );
    let (_, hint) = refused(&Change::Revive { flag: "x".repeat(100_000) });
    assert!(hint.starts_with("declare it"), "{hint}");
    let (message, hint) = refused(&set(1, "5"));
    assert!(message.contains("there is no rule 1") && hint.contains("add one"), "{message}: {hint}");
    let (message, hint) = refused(&add("beta", "5"));
    assert_eq!(
        message,
        "flags.\"release.channel\".rules[0].value: \"beta\" is none of \"stable\" or \"candidate\""
    );
    assert_eq!(hint, "write \"stable\" or \"candidate\"");
    let (message, _) = refused(&Change::SetDefault { flag: "trees.enabled".into(), value: 1.into() });
    assert_eq!(message, "flags.\"trees.enabled\".default: 1 is not of the flag's type, bool");
    let mut full = document.clone();
    for number in 0..32 {
        let mut rule = rule("candidate", "1");
        rule.salt = number.to_string();
        full = full.change(&Change::AddRule { flag: CHANNEL.into(), rule }).unwrap().document;
    }
    let error = full.change(&add("candidate", "1")).unwrap_err();
    assert_eq!(error.to_string(), "flags.\"release.channel\".rules: 33 entries, more than 32");
}

/// A document with one flag whose rules have these values and percentages.
fn flagged(head: &str, rules: &[(u32, &str)]) -> Document {
    let rules: Vec<String> = rules
        .iter()
        .map(|(value, percent)| format!("[[flags.limit.rules]]\nvalue = {value}\npercent = {percent}\n"))
        .collect();
    read(&format!("[flags.limit]\ntype = \"integer\"\ndefault = 0\n{head}\n{}", rules.concat()))
}

#[test]
fn a_document_that_was_edited_takes_nothing_away() {
    let old = flagged("", &[(1, "5"), (2, "10"), (3, "0")]);
    let told = |newer: Document| {
        let revised = old.replaced_by(newer).map_err(|error| error.to_string())?;
        assert!(revised.document.revision() <= old.revision() + 1);
        Ok(revised.differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    };
    let fine = |text: &str| Ok(text.to_owned());
    let refused = |text: &str| Err(format!("{text}, and clients would lose what they have"));
    assert_eq!(told(old.clone()), fine(""));
    assert_eq!(
        told(flagged("", &[(1, "5"), (3, "0"), (2, "12"), (4, "1")])),
        fine(
            "limit: rule 3 is 2 for 12 % of clients, it was 10 %; limit: new rule 4: 4 for 1 % of clients; \
             limit: its rules are tried in another order"
        ),
        "a rule for nobody may go anywhere"
    );
    assert_eq!(
        told(flagged("", &[(1, "5"), (2, "10")])),
        fine("limit: rule 3 is gone: 3 for 0 % of clients")
    );
    assert_eq!(
        told(flagged("off = 7", &[(1, "5"), (2, "10"), (3, "0")])),
        fine("limit: killed it would be 7, no longer 0")
    );
    assert_eq!(
        told(flagged("", &[(1, "5"), (2, "9.99")])),
        refused("rule 2 of `limit` would go from 10 % to 9.99 %")
    );
    assert_eq!(told(flagged("", &[(2, "10")])), refused("rule 1 of `limit` would be gone"));
    assert_eq!(
        told(flagged("", &[(2, "10"), (1, "5")])),
        refused("another rule would be tried before rule 1 of `limit`")
    );
    assert_eq!(
        told(flagged("", &[(1, "5"), (9, "1"), (2, "10")])),
        refused("another rule would be tried before rule 2 of `limit`")
    );
    assert_eq!(told(read("")), refused("`limit` would be gone or of another type"));
    assert_eq!(
        told(read("[flags.limit]\ntype = \"bool\"\ndefault = true")),
        refused("`limit` would be gone or of another type")
    );
    assert_eq!(
        told(flagged("killed = true", &[])).map(|lines| lines.contains("killed, every client gets 0")),
        Ok(true)
    );
}

#[test]
fn a_flag_that_gave_nobody_anything_may_go() {
    let old = flagged("", &[(3, "0")]);
    let revised = old.replaced_by(read("")).unwrap();
    assert_eq!(revised.differences[0].to_string(), "limit: the flag is gone");
    assert_eq!(revised.document.flag("limit"), None);
    let killed = flagged("killed = true", &[(3, "50")]);
    assert!(killed.replaced_by(flagged("", &[(3, "1")])).is_ok());
    let back = read("").replaced_by(flagged("", &[(3, "1")])).unwrap();
    let lines: Vec<String> = back.differences.iter().map(ToString::to_string).collect();
    assert_eq!(lines, ["limit: new flag, 0 by default", "limit: new rule 1: 3 for 1 % of clients"]);
}

#[test]
fn the_number_is_that_of_the_document_in_force() {
    let old = Document::default().change(&add("candidate", "1")).unwrap().document;
    let newer = read(
        "revision = 99\n[flags.\"release.channel\"]\nrules = [{ value = \"candidate\", percent = 2, salt = \"s\" }]",
    );
    assert_eq!(old.replaced_by(newer).unwrap().document.revision(), 2);
}
