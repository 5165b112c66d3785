//! Raising percentages only adds clients.

use gray_release::{Change, Client, Cohort, Condition, Document, Flag, Kind, Percent, Rule, Why};

use crate::random::Random;

fn rule(random: &mut Random) -> Rule {
    let mut condition = Condition::default();
    match random.below(4) {
        0 => condition.browser = [random.pick(&["firefox", "chrome"]).to_owned()].into(),
        1 => condition.cores = random.below(8) as u32,
        2 => condition.mobile = Some(random.below(2) == 0),
        _ => {}
    }
    let percent = Percent::from_hundredths(random.below(4000) as u16).unwrap();
    let salt = random.pick(&["one", "two"]).to_owned();
    Rule { condition, percent, salt, value: i64::from(random.next() as u32).into(), trial: None }
}

/// Where a client is caught; behind all rules when it is not.
fn place(document: &Document, client: &Client<'_>) -> usize {
    match document.evaluate("limit", client).unwrap().why {
        Why::Rule(number) => number,
        Why::Default => usize::MAX,
        Why::Killed => unreachable!("nobody kills it"),
    }
}

#[test]
fn a_client_that_was_in_stays_in() {
    for seed in 0..200 {
        let mut random = Random(seed);
        let rules: Vec<Rule> = (0..=random.below(4)).map(|_| rule(&mut random)).collect();
        let flag = Flag { kind: Kind::Integer, default: 0.into(), off: 0.into(), killed: false, rules };
        let mut document = Document::new(1, [("limit".to_owned(), flag)]).unwrap();
        let clients: Vec<_> = (0..200).map(|_| (random.id(), random.device())).collect();
        let mut places = vec![usize::MAX; clients.len()];
        for _ in 0..20 {
            for (before, (id, device)) in places.iter_mut().zip(&clients) {
                let client = Client { id, device, program: "counter" };
                let now = place(&document, &client);
                assert!(now <= *before, "seed {seed}: from rule {before} to rule {now}");
                *before = now;
            }
            let number = random.below(document.flag("limit").unwrap().rules.len()) + 1;
            let before = document.flag("limit").unwrap().rules[number - 1].percent.hundredths();
            let percent = Percent::from_hundredths((before + random.below(3000) as u16).min(10_000)).unwrap();
            let change = Change::SetPercentage { flag: "limit".into(), rule: number, percent };
            document = document.change(&change).unwrap().document;
            if random.below(5) == 0 {
                let added = Change::AddRule { flag: "limit".into(), rule: rule(&mut random) };
                // One that is there already, at a lower percentage, is refused, and that is right too.
                document = document.change(&added).map_or(document, |revised| revised.document);
            }
        }
    }
}

#[test]
fn cohorts_are_those_that_one_rule_divides() {
    let mut random = Random(3);
    let of = |condition: Condition, percent, value: &str| Rule {
        condition,
        percent: Percent::from_hundredths(percent).unwrap(),
        salt: format!("salt of {value}"),
        value: value.into(),
        trial: None,
    };
    let firefox = Condition { browser: ["firefox".to_owned()].into(), ..Condition::default() };
    let phones = Condition { mobile: Some(true), ..Condition::default() };
    let rules =
        vec![of(phones, 1000, "first"), of(firefox, 2500, "tried"), of(Condition::default(), 3000, "third")];
    let mut flag =
        Flag { kind: Kind::Text, default: "none".into(), off: "none".into(), killed: false, rules };
    let clients: Vec<_> = (0..20_000).map(|_| (random.id(), random.device())).collect();
    let document = Document::new(1, [("tried".to_owned(), flag.clone())]).unwrap();
    let mut sides = [0_u32; 2];
    for (id, device) in &clients {
        let client = Client { id, device, program: "counter" };
        let why = document.evaluate("tried", &client).unwrap().why;
        match document.cohort("tried", 2, &client) {
            Some(Cohort::Candidate) => {
                sides[0] += 1;
                assert_eq!(why, Why::Rule(2));
            }
            Some(Cohort::Stable) => {
                sides[1] += 1;
                assert_eq!(why, Why::Default);
            }
            None => assert!(why != Why::Rule(2)),
        }
    }
    // A quarter of those with Firefox; of the others 30 % have the third rule's value and are not counted.
    let share = f64::from(sides[0]) / f64::from(sides[0] + sides[1]);
    assert!((0.29..0.36).contains(&share), "{sides:?}");
    flag.killed = true;
    let killed = Document::new(1, [("tried".to_owned(), flag)]).unwrap();
    let (id, device) = &clients[0];
    for rule in [0, 1, 2, 3, 4, usize::MAX] {
        assert_eq!(killed.cohort("tried", rule, &Client { id, device, program: "" }), None);
    }
}
