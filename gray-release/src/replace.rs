//! A whole document in place of another: a file that was edited.

use crate::change::Revised;
use crate::difference::pairs;
use crate::document::Document;
use crate::flag::Flag;
use crate::percent::Percent;
use crate::refusal::ChangeError;

impl Document {
    /// Takes the flags of `newer` under the next number of this one. What holds for single changes holds here too: nobody
    /// loses what a rule gave, unless the flag is killed, before or by the new document. Percentages that were raised since
    /// the file was written must therefore be written into it.
    pub fn replaced_by(&self, newer: Self) -> Result<Revised, ChangeError> {
        for (name, flag) in self.flags.iter().filter(|(_, flag)| !flag.killed) {
            keeps(name, flag, newer.flag(name))?;
        }
        Ok(self.revised(newer))
    }
}

fn keeps(name: &str, old: &Flag, new: Option<&Flag>) -> Result<(), ChangeError> {
    let flag = || name.to_owned();
    let counts = |percent: Percent| percent > Percent::NONE;
    let Some(new) = new.filter(|new| new.kind == old.kind) else {
        let is_for_somebody = old.rules.iter().any(|rule| counts(rule.percent));
        return if is_for_somebody { Err(ChangeError::FlagGone { flag: flag() }) } else { Ok(()) };
    };
    if new.killed {
        return Ok(());
    }
    let pairs = pairs(&old.rules, &new.rules);
    let mut tried = 0;
    for (index, rule) in old.rules.iter().enumerate().filter(|(_, rule)| counts(rule.percent)) {
        let number = index + 1;
        let Some((_, to)) = pairs.iter().find(|(from, _)| *from == index) else {
            return Err(ChangeError::RuleGone { flag: flag(), rule: number });
        };
        let (from, to, place) = (rule.percent, new.rules[*to].percent, *to);
        if to < from {
            return Err(ChangeError::Narrower { flag: flag(), rule: number, from, to });
        }
        // Between the last one and this one only rules that are for nobody.
        if place < tried || new.rules[tried..place].iter().any(|between| counts(between.percent)) {
            return Err(ChangeError::Displaced { flag: flag(), rule: number });
        }
        tried = place + 1;
    }
    Ok(())
}
