//! What real builds and runs say to the verdicts of the catalogue.

use crate::back_end::BackEnd;
use crate::item::{Item, Items};
use crate::lines::Place;
use crate::verdict::{Outcome, Verdict};

/// What a compiler says is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Complaint {
    /// File by number and place in it, where it is in one of those that were read.
    pub place: Option<(usize, Place)>,
    /// Its words.
    pub message: String,
}

/// What a complaint, or that there is none, means for an item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Judged {
    /// It is refused, as the catalogue says.
    Confirmed,
    /// It is refused, and the catalogue says that it is not.
    Contradicted,
    /// It is compiled, and the catalogue says that it is not.
    Compiled,
}

/// Something that a build has shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Item by number; `None`: nothing in the catalogue is about it.
    pub item: Option<usize>,
    /// What was shown; `None` without an item.
    pub judged: Option<Judged>,
    /// The complaint by number; `None` when there was none.
    pub complaint: Option<usize>,
}

/// Compares a build with the items that its back end sees. `built`: it went well, so that there are no complaints.
pub fn judge(items: &Items, back_end: BackEnd, built: bool, complaints: &[Complaint]) -> Vec<Finding> {
    if built {
        let refused =
            |item: &Item| item.taken.contains(back_end) && item.entry.outcome(back_end) == Outcome::Refused;
        let compiled = items.0.iter().enumerate().filter(|(_, item)| refused(item));
        return compiled
            .map(|(number, _)| Finding {
                item: Some(number),
                judged: Some(Judged::Compiled),
                complaint: None,
            })
            .collect();
    }
    let mut findings = Vec::new();
    for (number, complaint) in complaints.iter().enumerate() {
        let item = items
            .0
            .iter()
            .enumerate()
            .filter(|(_, item)| item.taken.contains(back_end))
            .filter_map(|(index, item)| {
                Some((closeness(item, complaint)?, expects_less(item, back_end), index))
            })
            .min()
            .map(|(_, _, index)| index);
        let judged = item.map(|index| match items.0[index].entry.verdict(back_end) {
            Verdict::Change | Verdict::Impossible => Judged::Confirmed,
            Verdict::Works | Verdict::Flag => Judged::Contradicted,
        });
        findings.push(Finding { item, judged, complaint: Some(number) });
    }
    findings
}

/// Of several that are as close, the one that was expected to be refused.
fn expects_less(item: &Item, back_end: BackEnd) -> bool {
    item.entry.outcome(back_end) != Outcome::Refused
}

/// How well a complaint fits an item: less is closer, `None` is not at all.
fn closeness(item: &Item, complaint: &Complaint) -> Option<u32> {
    let name = item.title.split(' ').next().unwrap_or_default();
    let is_named = !item.entry.package.is_empty() && names(&complaint.message, name, item.entry.package);
    match complaint.place {
        Some((file, place)) => {
            let here = |line_only: bool| {
                item.places.iter().any(|(other, at)| {
                    *other == file && at.line == place.line && (line_only || at.column == place.column)
                })
            };
            if here(false) {
                Some(0)
            } else if here(true) && is_named {
                Some(1)
            } else if here(true) {
                Some(2)
            } else {
                None
            }
        }
        None => is_named.then_some(3),
    }
}

/// Does a message name a use, as `syscall.Mmap`, or its package, as `package plugin` or `"plugin"`?
fn names(message: &str, title: &str, package: &str) -> bool {
    let short = title.rsplit('/').next().unwrap_or(title);
    let is_word = |word: &str| {
        message.match_indices(word).any(|(at, _)| {
            let around = |character: Option<char>| {
                character.is_some_and(|character| character.is_alphanumeric() || "_./".contains(character))
            };
            !around(message[..at].chars().next_back()) && !around(message[at + word.len()..].chars().next())
        })
    };
    (short.contains('.') && is_word(short)) || is_word(title) || (package.len() > 2 && is_word(package))
}
