//! Conditions in words: `browser=firefox|chrome,version>=120,cores>=4`.

use std::collections::BTreeSet;

use crate::condition::Condition;
use crate::name::nearest;
use crate::versions::{VersionRange, Versions};
use crate::words::WordsError;

const KEYS: [&str; 8] =
    ["browser", "version", "cores", "memory", "platform", "mobile", "program", "custom.KEY"];

/// Reads what stands behind `--where`: parts with commas between them, which must all hold.
pub(crate) fn condition(text: &str) -> Result<Condition, WordsError> {
    let mut condition = Condition::default();
    let mut versions = vec![VersionRange { from: 0, to: u32::MAX }];
    let mut names_versions = false;
    let mut keys = BTreeSet::new();
    for part in text.split(',').map(str::trim) {
        let clause = Clause::read(part)?;
        // Two bounds of the version are a range.
        if clause.key != "version" && !keys.insert(clause.key) {
            return Err(WordsError::Twice { key: clause.key.to_owned() });
        }
        let set = || clause.names();
        match clause.key {
            "browser" => condition.browser.extend(set()?),
            "platform" => condition.platform.extend(set()?),
            "program" => condition.program.extend(set()?),
            "cores" => condition.cores = clause.least("cores>=4")?,
            "memory" => condition.memory = clause.least("memory>=2048, in MiB")?,
            "mobile" => {
                let wanted = clause.equal().and_then(|value| value.parse().ok());
                condition.mobile = Some(wanted.ok_or_else(|| clause.wrong("mobile=true or mobile=false"))?);
            }
            "version" => {
                versions = both(&versions, &clause.ranges()?);
                names_versions = true;
            }
            key => {
                let Some(key) = key.strip_prefix("custom.") else {
                    let meant = nearest(key, KEYS);
                    return Err(WordsError::UnknownAttribute { key: key.to_owned(), meant });
                };
                let value = clause.equal().ok_or_else(|| clause.wrong("custom.team=blue"))?;
                condition.custom.insert(key.to_owned(), value.to_owned());
            }
        }
    }
    if names_versions {
        let nothing = || WordsError::Clause { clause: text.to_owned(), example: "version>=120,version<130" };
        condition.version = Versions::new(versions).ok_or_else(nothing)?;
    }
    Ok(condition)
}

/// The versions that are in both.
fn both(left: &[VersionRange], right: &[VersionRange]) -> Vec<VersionRange> {
    let common =
        |a: &VersionRange, b: &VersionRange| VersionRange { from: a.from.max(b.from), to: a.to.min(b.to) };
    let all = left.iter().flat_map(|a| right.iter().map(move |b| common(a, b)));
    all.filter(|range| range.from <= range.to).collect()
}

struct Clause<'a> {
    text: &'a str,
    key: &'a str,
    operator: &'a str,
    value: &'a str,
}

impl<'a> Clause<'a> {
    fn read(text: &'a str) -> Result<Self, WordsError> {
        let wrong =
            || WordsError::Clause { clause: text.to_owned(), example: "browser=firefox,version>=120" };
        let at = text.find(['=', '<', '>']).ok_or_else(wrong)?;
        let (key, rest) = text.split_at(at);
        let value = rest.trim_start_matches(['<', '>', '=']);
        let operator = &rest[..rest.len() - value.len()];
        if key.is_empty() || value.trim().is_empty() || !["=", ">=", "<=", ">", "<"].contains(&operator) {
            return Err(wrong());
        }
        Ok(Self { text, key: key.trim(), operator, value: value.trim() })
    }

    fn wrong(&self, example: &'static str) -> WordsError {
        WordsError::Clause { clause: self.text.to_owned(), example }
    }

    fn equal(&self) -> Option<&'a str> {
        Some(self.value).filter(|_| self.operator == "=")
    }

    fn names(&self) -> Result<Vec<String>, WordsError> {
        let value = self.equal().ok_or_else(|| self.wrong("browser=firefox|chrome"))?;
        Ok(value.split('|').map(|name| name.trim().to_owned()).collect())
    }

    fn least(&self, example: &'static str) -> Result<u32, WordsError> {
        let number = self.value.parse().ok().filter(|_| self.operator == ">=");
        number.ok_or_else(|| self.wrong(example))
    }

    fn ranges(&self) -> Result<Vec<VersionRange>, WordsError> {
        let wrong = || self.wrong("version=115, version>=120 or version=100..110|120..");
        let number = |text: &str| text.trim().parse::<u32>().map_err(|_| wrong());
        let range = |from, to| Ok(vec![VersionRange { from, to }]);
        match self.operator {
            ">=" => range(number(self.value)?, u32::MAX),
            "<=" => range(0, number(self.value)?),
            ">" => range(number(self.value)?.checked_add(1).ok_or_else(wrong)?, u32::MAX),
            "<" => range(0, number(self.value)?.checked_sub(1).ok_or_else(wrong)?),
            _ => {
                let one = |text: &str| match text.split_once("..") {
                    None => number(text).map(|version| VersionRange { from: version, to: version }),
                    Some((from, to)) => Ok(VersionRange {
                        from: if from.trim().is_empty() { 0 } else { number(from)? },
                        to: if to.trim().is_empty() { u32::MAX } else { number(to)? },
                    }),
                };
                self.value.split('|').map(one).collect()
            }
        }
    }
}
