//! What a document looks like to serde, and what it means.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::builtin::Builtin;
use crate::condition::Condition;
use crate::document::Document;
use crate::fault::{DocumentError, Fault};
use crate::flag::Flag;
use crate::kind::Kind;
use crate::percent::Percent;
use crate::plan::{Plan, PlanError};
use crate::rule::Rule;
use crate::versions::{VersionRange, Versions};

use super::scalar::{PercentFile, ValueFile};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DocumentFile {
    #[serde(default)]
    pub(super) revision: u64,
    #[serde(default)]
    flags: Named<Table<FlagFile>>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct FlagFile {
    #[serde(rename = "type")]
    kind: Option<KindFile>,
    default: Option<ValueFile>,
    off: Option<ValueFile>,
    #[serde(default)]
    killed: bool,
    #[serde(default)]
    rules: Vec<Table<RuleFile>>,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum KindFile {
    Bool,
    Integer,
    String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    #[serde(rename = "where", default)]
    condition: Table<ConditionFile>,
    percent: Option<PercentFile>,
    salt: Option<String>,
    value: ValueFile,
    #[serde(skip_serializing_if = "Option::is_none")]
    trial: Option<Table<TrialFile>>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct TrialFile {
    steps: Option<Vec<PercentFile>>,
    sessions: Option<u64>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ConditionFile {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    browser: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<Vec<Table<RangeFile>>>,
    #[serde(default, skip_serializing_if = "is_zero")]
    cores: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    memory: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    platform: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile: Option<bool>,
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    custom: Named<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    program: Vec<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct RangeFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<u32>,
}

/// A struct as a table only: serde would take a list of its fields too, and an empty list for every client.
#[derive(Default, Serialize)]
#[serde(transparent)]
pub(super) struct Table<Item>(pub(super) Item);

/// A map in which no key may be there twice: of two flags of one name JSON readers silently take one.
#[derive(Serialize)]
#[serde(transparent)]
struct Named<Item>(BTreeMap<String, Item>);

/// End of the message about it.
pub(super) const TWICE: &str = "is there twice";

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl DocumentFile {
    /// The flags by name, those that are built in completed.
    pub(super) fn flags(self) -> impl Iterator<Item = (String, Result<Flag, DocumentError>)> {
        self.flags.0.into_iter().map(|(name, flag)| {
            let flag = flag.0.flag(&name);
            (name, flag)
        })
    }
}

impl From<&Document> for DocumentFile {
    fn from(document: &Document) -> Self {
        let flags = document.flags().map(|(name, flag)| (name.to_owned(), Table(flag.into()))).collect();
        Self { revision: document.revision(), flags: Named(flags) }
    }
}

impl FlagFile {
    fn flag(self, name: &str) -> Result<Flag, DocumentError> {
        let builtin = Builtin::by_name(name).map(Builtin::flag);
        let declared = self.kind.map(Kind::from);
        let missing = |key: &str, fault| DocumentError::at(key, fault);
        let kind = declared
            .or(builtin.as_ref().map(|flag| flag.kind))
            .ok_or_else(|| missing("type", Fault::NoType))?;
        let default = self
            .default
            .map(|value| value.0)
            .or(builtin.as_ref().map(|flag| flag.default.clone()))
            .ok_or_else(|| missing("default", Fault::NoDefault))?;
        let off = self.off.map(|value| value.0).or(builtin.map(|flag| flag.off));
        let mut rules = Vec::new();
        for (index, Table(rule)) in self.rules.into_iter().enumerate() {
            let here = format!("rules[{index}].where");
            let condition = rule.condition.0.condition().map_err(|error| error.within(&here))?;
            let here = format!("rules[{index}].trial");
            let plan = |Table(trial): Table<TrialFile>| {
                trial.plan().map_err(|error| DocumentError::at("", Fault::Trial(error)).within(&here))
            };
            let trial = rule.trial.map(plan).transpose()?;
            let first = trial.as_ref().and_then(|plan: &Plan| plan.steps().first().copied());
            rules.push(Rule {
                condition,
                percent: rule.percent.map(|percent| percent.0).or(first).unwrap_or(Percent::ALL),
                salt: rule.salt.unwrap_or_else(|| name.to_owned()),
                value: rule.value.0,
                trial,
            });
        }
        Ok(Flag { kind, off: off.unwrap_or_else(|| default.clone()), default, killed: self.killed, rules })
    }
}

impl ConditionFile {
    fn condition(self) -> Result<Condition, DocumentError> {
        let set = |names: Vec<String>| names.into_iter().collect::<BTreeSet<_>>();
        let version = match self.version {
            None => Versions::default(),
            Some(ranges) => {
                let ranges = ranges.iter().map(|Table(range)| VersionRange {
                    from: range.from.unwrap_or(0),
                    to: range.to.unwrap_or(u32::MAX),
                });
                Versions::new(ranges).ok_or_else(|| DocumentError::at("version", Fault::NoVersion))?
            }
        };
        Ok(Condition {
            browser: set(self.browser),
            version,
            cores: self.cores,
            memory: self.memory,
            platform: set(self.platform),
            mobile: self.mobile,
            custom: self.custom.0,
            program: set(self.program),
        })
    }
}

impl From<&Flag> for FlagFile {
    fn from(flag: &Flag) -> Self {
        Self {
            kind: Some(flag.kind.into()),
            default: Some(ValueFile(flag.default.clone())),
            off: Some(ValueFile(flag.off.clone())),
            killed: flag.killed,
            rules: flag.rules.iter().map(|rule| Table(rule.into())).collect(),
        }
    }
}

impl From<&Rule> for RuleFile {
    fn from(rule: &Rule) -> Self {
        Self {
            condition: Table(ConditionFile::from(&rule.condition)),
            percent: Some(PercentFile(rule.percent)),
            salt: Some(rule.salt.clone()),
            value: ValueFile(rule.value.clone()),
            trial: rule.trial.as_ref().map(|plan| Table(plan.into())),
        }
    }
}

impl From<&Condition> for ConditionFile {
    fn from(condition: &Condition) -> Self {
        let list = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>();
        let ranges: Vec<_> = condition
            .version
            .ranges()
            .iter()
            .map(|range| {
                let from = Some(range.from).filter(|from| *from > 0);
                Table(RangeFile { from, to: Some(range.to).filter(|to| *to < u32::MAX) })
            })
            .collect();
        Self {
            browser: list(&condition.browser),
            version: Some(ranges).filter(|ranges| !ranges.is_empty()),
            cores: condition.cores,
            memory: condition.memory,
            platform: list(&condition.platform),
            mobile: condition.mobile,
            custom: Named(condition.custom.clone()),
            program: list(&condition.program),
        }
    }
}

impl From<KindFile> for Kind {
    fn from(kind: KindFile) -> Self {
        match kind {
            KindFile::Bool => Self::Bool,
            KindFile::Integer => Self::Integer,
            KindFile::String => Self::Text,
        }
    }
}

impl From<Kind> for KindFile {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Bool => Self::Bool,
            Kind::Integer => Self::Integer,
            Kind::Text => Self::String,
        }
    }
}

impl<Item> Default for Named<Item> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<Item> Named<Item> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de, Item: Deserialize<'de>> Deserialize<'de> for Named<Item> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<Item>(PhantomData<Item>);

        impl<'de, Item: Deserialize<'de>> Visitor<'de> for Reader<Item> {
            type Value = Named<Item>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a table of names")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
                let mut map = BTreeMap::new();
                while let Some((name, item)) = entries.next_entry::<String, Item>()? {
                    let again = format!("`{}` {TWICE}", name.chars().take(40).collect::<String>());
                    if map.insert(name, item).is_some() {
                        return Err(A::Error::custom(again));
                    }
                }
                Ok(Named(map))
            }
        }

        deserializer.deserialize_map(Reader(PhantomData))
    }
}

impl<'de, Item: Deserialize<'de>> Deserialize<'de> for Table<Item> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<Item>(PhantomData<Item>);

        impl<'de, Item: Deserialize<'de>> Visitor<'de> for Reader<Item> {
            type Value = Table<Item>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
                Item::deserialize(MapAccessDeserializer::new(entries)).map(Table)
            }
        }

        deserializer.deserialize_map(Reader(PhantomData))
    }
}

impl TrialFile {
    fn plan(self) -> Result<Plan, PlanError> {
        let usual = Plan::default();
        let steps = self.steps.map(|steps| steps.into_iter().map(|step| step.0).collect());
        Plan::new(
            steps.unwrap_or_else(|| usual.steps().to_vec()),
            self.sessions.unwrap_or_else(|| usual.sessions()),
        )
    }
}

impl From<&Plan> for TrialFile {
    fn from(plan: &Plan) -> Self {
        let steps = plan.steps().iter().map(|step| PercentFile(*step)).collect();
        Self { steps: Some(steps), sessions: Some(plan.sessions()) }
    }
}
