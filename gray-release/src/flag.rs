//! One flag: what it is for whom.

use crate::answer::{Answer, Why};
use crate::builtin::{Builtin, check_value};
use crate::client::Client;
use crate::fault::{DocumentError, Fault};
use crate::kind::Kind;
use crate::rule::Rule;
use crate::value::Value;

/// Most rules of a flag: with as many, evaluating takes some microseconds.
pub const MOST_RULES: usize = 32;

/// Most bytes in the name of a flag.
const LONGEST_NAME: usize = 64;

/// A flag. The first rule that catches a client decides, else the default does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flag {
    /// Type of all its values.
    pub kind: Kind,
    /// For clients that no rule catches.
    pub default: Value,
    /// For all clients while the flag is killed.
    pub off: Value,
    /// The kill switch: nothing else counts while it is on.
    pub killed: bool,
    /// In the order in which they are tried.
    pub rules: Vec<Rule>,
}

impl Flag {
    /// What it is for a client, and why. Total: there is always an answer.
    pub fn evaluate(&self, client: &Client<'_>) -> Answer<'_> {
        if self.killed {
            return Answer { value: &self.off, why: Why::Killed };
        }
        match (1..).zip(&self.rules).find(|(_, rule)| rule.catches(client)) {
            Some((number, rule)) => Answer { value: &rule.value, why: Why::Rule(number) },
            None => Answer { value: &self.default, why: Why::Default },
        }
    }

    /// Can it stand in a document under that name?
    pub(crate) fn check(&self, name: &str) -> Result<(), DocumentError> {
        if !is_flag_name(name) {
            return Err(DocumentError::at("", Fault::FlagName));
        }
        let builtin = Builtin::by_name(name);
        if let Some(builtin) = builtin.filter(|builtin| builtin.flag().kind != self.kind) {
            return Err(DocumentError::at("type", Fault::BuiltinType(builtin.flag().kind)));
        }
        let value = |key: &str, value| {
            check_value(builtin, self.kind, value).map_err(|fault| DocumentError::at(key, fault))
        };
        value("default", &self.default)?;
        value("off", &self.off)?;
        if self.rules.len() > MOST_RULES {
            let fault = Fault::TooMany { count: self.rules.len(), most: MOST_RULES };
            return Err(DocumentError::at("rules", fault));
        }
        for (index, rule) in self.rules.iter().enumerate() {
            let here = format!("rules[{index}]");
            rule.check().map_err(|error| error.within(&here))?;
            value("value", &rule.value).map_err(|error| error.within(&here))?;
        }
        Ok(())
    }
}

/// `word.word`, each of lower-case letters, digits and `_`, beginning with a letter.
fn is_flag_name(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.split('.').all(|word| {
            word.starts_with(|first: char| first.is_ascii_lowercase())
                && word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        })
}
