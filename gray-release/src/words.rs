//! Changes from the words of a command line.

use crate::change::Change;
use crate::clause;
use crate::condition::Condition;
use crate::document::Document;
use crate::kind::Kind;
use crate::name::nearest;
use crate::percent::{Percent, PercentError};
use crate::plan::{Plan, PlanError};
use crate::rule::Rule;
use crate::value::Value;

const USAGE: &str = "set NAME VALUE [--percent P] [--where browser=firefox,version>=120] [--salt TEXT] \
                     [--trial 1,5,25,50 [--sessions 50]], \
                     set NAME --rule N --percent P, remove NAME --rule N, kill NAME or revive NAME";

const OPTIONS: [&str; 6] = ["--percent", "--where", "--salt", "--rule", "--trial", "--sessions"];

/// Words that are no change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// The first word is not known, or there is none.
    #[error("`{found}` is no change of a flag")]
    Command {
        /// What is there.
        found: String,
    },
    /// Something is missing.
    #[error("{what} is missing")]
    Missing {
        /// What.
        what: &'static str,
    },
    /// There is no such flag.
    #[error("there is no flag `{name}`")]
    UnknownFlag {
        /// What is there.
        name: String,
        /// The one that was probably meant.
        meant: Option<String>,
    },
    /// There is no such option.
    #[error("there is no option `{option}`")]
    UnknownOption {
        /// What is there.
        option: String,
        /// The one that was probably meant.
        meant: Option<String>,
    },
    /// An option is there twice, or does not go with the rest.
    #[error("`{word}` does not go with the other words")]
    Superfluous {
        /// What is there.
        word: String,
    },
    /// The value is not of the flag's type.
    #[error("`{word}` is not of the flag's type, {kind}")]
    Value {
        /// What is there.
        word: String,
        /// The type.
        kind: Kind,
    },
    /// Not a percentage.
    #[error(transparent)]
    Percent(#[from] PercentError),
    /// Not a trial that can be followed.
    #[error(transparent)]
    Trial(#[from] PlanError),
    /// Not a number of sessions.
    #[error("`{word}` is not a number of sessions")]
    Sessions {
        /// What is there.
        word: String,
    },
    /// Not the number of a rule.
    #[error("`{word}` is not the number of a rule")]
    Rule {
        /// What is there.
        word: String,
    },
    /// A condition asks for something that no device has.
    #[error("there is no attribute `{key}`")]
    UnknownAttribute {
        /// What is there.
        key: String,
        /// The one that was probably meant.
        meant: Option<String>,
    },
    /// A condition asks for the same twice, and one of them would be lost.
    #[error("`{key}` is there twice")]
    Twice {
        /// What for.
        key: String,
    },
    /// A part of a condition cannot be read.
    #[error("`{clause}` is not a condition")]
    Clause {
        /// What is there.
        clause: String,
        /// One that can.
        example: &'static str,
    },
}

impl WordsError {
    /// What to write instead.
    pub fn hint(&self) -> String {
        match self {
            Self::UnknownFlag { meant: Some(meant), .. }
            | Self::UnknownOption { meant: Some(meant), .. }
            | Self::UnknownAttribute { meant: Some(meant), .. } => format!("did you mean `{meant}`?"),
            Self::UnknownFlag { .. } => "`dev-server flags get` lists those that there are".to_owned(),
            Self::UnknownAttribute { .. } => {
                "write browser, version, cores, memory, platform, mobile, program or custom.KEY".to_owned()
            }
            Self::Command { .. }
            | Self::Missing { .. }
            | Self::UnknownOption { .. }
            | Self::Superfluous { .. } => {
                format!("write {USAGE}")
            }
            Self::Value { kind: Kind::Bool, .. } => "write true or false".to_owned(),
            Self::Value { .. } => "write a whole number".to_owned(),
            Self::Trial(error) => error.hint().to_owned(),
            Self::Sessions { .. } => "write a whole number, not below 1".to_owned(),
            Self::Percent(_) => "write a number such as 5 or 0.25".to_owned(),
            Self::Rule { .. } => "write its number as `dev-server flags get` shows it, from 1".to_owned(),
            Self::Twice { .. } => {
                "write it once: several values as browser=firefox|chrome; only version can be there twice"
                    .to_owned()
            }
            Self::Clause { example, .. } => format!("write for example {example}"),
        }
    }
}

impl Change {
    /// Reads what stands behind `dev-server flags`. The document knows the types of its flags; whether the change can be
    /// made is seen when it is made.
    pub fn parse(words: &[&str], document: &Document) -> Result<Self, WordsError> {
        let (command, words) = words.split_first().ok_or(WordsError::Missing { what: "what to do" })?;
        if !["set", "remove", "kill", "revive"].contains(command) {
            return Err(WordsError::Command { found: (*command).to_owned() });
        }
        let words = Words::read(words)?;
        let name = words.name.ok_or(WordsError::Missing { what: "the name of the flag" })?;
        let Some(kind) = document.flag(name).map(|flag| flag.kind) else {
            let meant = nearest(name, document.flags().map(|(known, _)| known));
            return Err(WordsError::UnknownFlag { name: name.to_owned(), meant });
        };
        let flag = name.to_owned();
        match *command {
            "set" if words.rule.is_some() => {
                words.only(&["--rule", "--percent"])?;
                let percent = words.percent.ok_or(WordsError::Missing { what: "`--percent`" })?;
                Ok(Self::SetPercentage { flag, rule: words.rule()?, percent: Percent::parse(percent)? })
            }
            "set" => {
                let word = words.value.ok_or(WordsError::Missing { what: "the value" })?;
                let value = Value::parse(kind, word)
                    .ok_or_else(|| WordsError::Value { word: word.to_owned(), kind })?;
                let trial = words.plan()?;
                if [words.percent, words.condition, words.salt].iter().all(Option::is_none) && trial.is_none()
                {
                    return Ok(Self::SetDefault { flag, value });
                }
                let first = trial.as_ref().and_then(|plan| plan.steps().first().copied());
                let rule = Rule {
                    condition: words.condition.map_or(Ok(Condition::default()), clause::condition)?,
                    percent: words.percent.map_or(Ok(first.unwrap_or(Percent::ALL)), Percent::parse)?,
                    salt: words.salt.unwrap_or(name).to_owned(),
                    value,
                    trial,
                };
                Ok(Self::AddRule { flag, rule })
            }
            "remove" => {
                words.only(&["--rule"])?;
                Ok(Self::RemoveRule { flag, rule: words.rule()? })
            }
            other => {
                words.only(&[])?;
                Ok(if other == "kill" { Self::Kill { flag } } else { Self::Revive { flag } })
            }
        }
    }
}

/// Words by what they are for.
#[derive(Default)]
struct Words<'a> {
    name: Option<&'a str>,
    value: Option<&'a str>,
    percent: Option<&'a str>,
    condition: Option<&'a str>,
    salt: Option<&'a str>,
    rule: Option<&'a str>,
    trial: Option<&'a str>,
    sessions: Option<&'a str>,
}

impl<'a> Words<'a> {
    fn read(words: &[&'a str]) -> Result<Self, WordsError> {
        let mut read = Self::default();
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            let superfluous = || WordsError::Superfluous { word: (*word).to_owned() };
            // A value may begin with `-` (numbers do), but not with `--`.
            let Some(option) = word.strip_prefix("--").map(|_| *word) else {
                let place = if read.name.is_none() { &mut read.name } else { &mut read.value };
                if place.replace(word).is_some() {
                    return Err(superfluous());
                }
                continue;
            };
            let (option, value) = match option.split_once('=') {
                Some((option, value)) => (option, Some(value)),
                None => (option, None),
            };
            let place = match option {
                "--percent" => &mut read.percent,
                "--where" => &mut read.condition,
                "--salt" => &mut read.salt,
                "--rule" => &mut read.rule,
                "--trial" => &mut read.trial,
                "--sessions" => &mut read.sessions,
                other => {
                    let meant = nearest(other, OPTIONS);
                    return Err(WordsError::UnknownOption { option: other.to_owned(), meant });
                }
            };
            let value = match value {
                Some(value) => value,
                None => {
                    rest.next().copied().ok_or(WordsError::Missing { what: "what the last option is" })?
                }
            };
            if place.replace(value).is_some() {
                return Err(superfluous());
            }
        }
        Ok(read)
    }

    fn rule(&self) -> Result<usize, WordsError> {
        let word = self.rule.ok_or(WordsError::Missing { what: "`--rule`" })?;
        let number = word.parse().ok().filter(|number| *number > 0);
        number.ok_or_else(|| WordsError::Rule { word: word.to_owned() })
    }

    /// How the rule is tried, if it is.
    fn plan(&self) -> Result<Option<Plan>, WordsError> {
        let Some(steps) = self.trial else {
            let superfluous = |_| WordsError::Superfluous { word: "--sessions".to_owned() };
            return self.sessions.map_or(Ok(None), |word| Err(superfluous(word)));
        };
        let steps: Vec<_> =
            steps.split(',').map(|step| Percent::parse(step.trim())).collect::<Result<_, _>>()?;
        let sessions = match self.sessions {
            None => Plan::default().sessions(),
            Some(word) => word.parse().map_err(|_| WordsError::Sessions { word: word.to_owned() })?,
        };
        Ok(Some(Plan::new(steps, sessions)?))
    }

    /// No value, and no options but these.
    fn only(&self, allowed: &[&str]) -> Result<(), WordsError> {
        let given = [self.percent, self.condition, self.salt, self.rule, self.trial, self.sessions];
        let option = OPTIONS.iter().zip(given).find(|(name, word)| word.is_some() && !allowed.contains(name));
        match self.value.or(option.map(|(name, _)| *name)) {
            Some(word) => Err(WordsError::Superfluous { word: word.to_owned() }),
            None => Ok(()),
        }
    }
}
