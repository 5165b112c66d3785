//! All flags at one revision.

use std::collections::BTreeMap;

use crate::answer::Answer;
use crate::builtin::Builtin;
use crate::client::Client;
use crate::cohort::Cohort;
use crate::fault::{DocumentError, Fault};
use crate::flag::Flag;
use crate::treatment::Treatment;
use crate::value::Value;

/// Most flags in a document, those that are built in included.
pub const MOST_FLAGS: usize = 256;

/// Flags by name, checked, and the number of the change that made them so. All built-in flags are in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Document {
    pub(crate) revision: u64,
    pub(crate) flags: BTreeMap<String, Flag>,
}

/// Built-in flags only, as they are by themselves.
impl Default for Document {
    fn default() -> Self {
        let flags = Builtin::ALL.map(|builtin| (builtin.name().to_owned(), builtin.flag()));
        Self { revision: 0, flags: flags.into() }
    }
}

impl Document {
    /// A document of these flags; built-in ones that are not among them are added as they are by themselves.
    pub fn new(
        revision: u64,
        flags: impl IntoIterator<Item = (String, Flag)>,
    ) -> Result<Self, DocumentError> {
        let mut document = Self { revision, ..Self::default() };
        document.flags.extend(flags);
        document.check()?;
        Ok(document)
    }

    pub(crate) fn check(&self) -> Result<(), DocumentError> {
        if self.flags.len() > MOST_FLAGS {
            let fault = Fault::TooMany { count: self.flags.len(), most: MOST_FLAGS };
            return Err(DocumentError::at("flags", fault));
        }
        for (name, flag) in &self.flags {
            flag.check(name).map_err(|error| error.within(&key_of(name)))?;
        }
        Ok(())
    }

    /// Number of the last change.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// All flags, by name.
    pub fn flags(&self) -> impl Iterator<Item = (&str, &Flag)> {
        self.flags.iter().map(|(name, flag)| (name.as_str(), flag))
    }

    /// The flag with that name.
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.get(name)
    }

    /// What a flag is for a client, and why; nothing for one that does not exist.
    pub fn evaluate(&self, name: &str, client: &Client<'_>) -> Option<Answer<'_>> {
        self.flags.get(name).map(|flag| flag.evaluate(client))
    }

    /// A flag of type bool; `fallback` when there is none of that name and type.
    pub fn boolean(&self, name: &str, client: &Client<'_>, fallback: bool) -> bool {
        match self.evaluate(name, client) {
            Some(Answer { value: Value::Bool(value), .. }) => *value,
            _ => fallback,
        }
    }

    /// A flag of type integer; `fallback` when there is none of that name and type.
    pub fn integer(&self, name: &str, client: &Client<'_>, fallback: i64) -> i64 {
        match self.evaluate(name, client) {
            Some(Answer { value: Value::Integer(value), .. }) => *value,
            _ => fallback,
        }
    }

    /// A flag of type string; `fallback` when there is none of that name and type.
    pub fn text<'a>(&'a self, name: &str, client: &Client<'_>, fallback: &'a str) -> &'a str {
        match self.evaluate(name, client) {
            Some(Answer { value: Value::Text(value), .. }) => value,
            _ => fallback,
        }
    }

    /// All built-in flags at once.
    pub fn treatment(&self, client: &Client<'_>) -> Treatment {
        Treatment::of(self, client)
    }

    /// On which side of the trial of a flag's rule (from 1) a client is; nothing for clients that must not be counted.
    pub fn cohort(&self, name: &str, rule: usize, client: &Client<'_>) -> Option<Cohort> {
        Cohort::of(self.flags.get(name)?, rule, client)
    }
}

/// Path of a flag, as TOML writes it.
pub(crate) fn key_of(name: &str) -> String {
    let shown: String = name.chars().take(80).collect();
    if shown.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        return format!("flags.{shown:?}");
    }
    format!("flags.{shown}")
}
