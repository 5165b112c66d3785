//! What differs between two documents, in words.

use std::fmt;

use crate::document::Document;
use crate::flag::Flag;
use crate::percent::Percent;
use crate::rule::Rule;
use crate::value::Value;

/// One thing that differs, as a line for people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The flag's name.
    pub flag: String,
    pub(crate) what: What,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum What {
    Added(Value),
    Removed,
    Killed(Value),
    Revived,
    Default { old: Value, new: Value },
    Off { old: Value, new: Value },
    Percent { number: usize, old: Percent, rule: Rule },
    RuleAdded { number: usize, rule: Rule },
    RuleRemoved { number: usize, rule: Rule },
    Trial { number: usize, rule: Rule },
    Order,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.flag)?;
        match &self.what {
            What::Added(default) => write!(formatter, "new flag, {default} by default"),
            What::Removed => write!(formatter, "the flag is gone"),
            What::Killed(off) => write!(formatter, "killed, every client gets {off}"),
            What::Revived => write!(formatter, "revived, its rules count again"),
            What::Default { old, new } => write!(formatter, "the default is {new}, it was {old}"),
            What::Off { old, new } => write!(formatter, "killed it would be {new}, no longer {old}"),
            What::Percent { number, old, rule } => write!(formatter, "rule {number} is {rule}, it was {old}"),
            What::RuleAdded { number, rule } => write!(formatter, "new rule {number}: {rule}"),
            What::RuleRemoved { number, rule } => write!(formatter, "rule {number} is gone: {rule}"),
            What::Trial { number, rule } if rule.trial.is_some() => {
                write!(formatter, "rule {number} is now {rule}")
            }
            What::Trial { number, .. } => write!(formatter, "rule {number} is on trial no more"),
            What::Order => write!(formatter, "its rules are tried in another order"),
        }
    }
}

impl Document {
    /// What `newer` has other than this one, flag by flag; rules are numbered as they are, or were, in their document.
    pub fn differences(&self, newer: &Self) -> Vec<Difference> {
        let mut names: Vec<&String> = self.flags.keys().chain(newer.flags.keys()).collect();
        names.sort_unstable();
        names.dedup();
        let mut all = Vec::new();
        for name in names {
            let mut found = Vec::new();
            match (self.flags.get(name), newer.flags.get(name)) {
                (Some(old), Some(new)) if old.kind == new.kind => compare(old, new, &mut found),
                (old, new) => {
                    found.extend(old.map(|_| What::Removed));
                    found.extend(new.map(|flag| What::Added(flag.default.clone())));
                    let rules = new.map_or(&[][..], |flag| &flag.rules);
                    found.extend((1..).zip(rules.iter().cloned()).map(|(number, rule)| added(number, rule)));
                }
            }
            all.extend(found.into_iter().map(|what| Difference { flag: name.clone(), what }));
        }
        all
    }
}

fn added(number: usize, rule: Rule) -> What {
    What::RuleAdded { number, rule }
}

fn compare(old: &Flag, new: &Flag, found: &mut Vec<What>) {
    match (old.killed, new.killed) {
        (false, true) => found.push(What::Killed(new.off.clone())),
        (true, false) => found.push(What::Revived),
        (false, false) | (true, true) => {}
    }
    if old.default != new.default {
        found.push(What::Default { old: old.default.clone(), new: new.default.clone() });
    }
    if old.off != new.off {
        found.push(What::Off { old: old.off.clone(), new: new.off.clone() });
    }
    let pairs = pairs(&old.rules, &new.rules);
    for (index, rule) in old.rules.iter().enumerate() {
        if !pairs.iter().any(|(from, _)| *from == index) {
            found.push(What::RuleRemoved { number: index + 1, rule: rule.clone() });
        }
    }
    for (index, rule) in new.rules.iter().enumerate() {
        let number = index + 1;
        let before = pairs.iter().find(|(_, to)| *to == index).map(|(from, _)| &old.rules[*from]);
        match before {
            None => found.push(added(number, rule.clone())),
            Some(before) if before.percent != rule.percent => {
                found.push(What::Percent { number, old: before.percent, rule: rule.clone() });
            }
            Some(before) if before.trial != rule.trial => {
                found.push(What::Trial { number, rule: rule.clone() });
            }
            Some(_) => {}
        }
    }
    if !pairs.is_sorted_by_key(|(_, to)| *to) {
        found.push(What::Order);
    }
}

/// Which rule became which, by their places, in the old order. Of several that are the same the first goes with the first.
pub(crate) fn pairs(old: &[Rule], new: &[Rule]) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (from, rule) in old.iter().enumerate() {
        let is_free = |to: usize| !pairs.iter().any(|(_, taken)| *taken == to);
        let to = new.iter().enumerate().position(|(to, other)| is_free(to) && rule.is_same(other));
        pairs.extend(to.map(|to| (from, to)));
    }
    pairs
}
