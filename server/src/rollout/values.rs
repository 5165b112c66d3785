//! The flags that are in force, and what they are for each client, encoded once for all for whom they are the same.

use std::sync::Arc;

use dashmap::DashMap;
use dev_server_proto::Encoded;
use dev_server_proto::v1::{self, flag, server_frame};
use gray_release::{Document, Treatment, Value, Why};
use prost::Message as _;

use super::Subject;
use crate::content::ContentHash;

/// Different lists of values that are kept encoded. Percentages make a few of them; conditions can make one for each
/// client, and those are then made again.
const KEPT: usize = 1024;

/// One document, for as long as it is in force.
#[derive(Debug)]
pub struct InForce {
    document: Document,
    /// By which rule decides each flag, 0 for none.
    values: DashMap<Box<[u8]>, Arc<Values>>,
}

/// All flags for one client.
#[derive(Debug)]
pub struct Values {
    /// Equal for equal values, whatever the number of their document.
    pub digest: ContentHash,
    /// As a client is told.
    pub frame: Encoded,
}

impl InForce {
    pub(super) fn new(document: Document) -> Self {
        Self { document, values: DashMap::new() }
    }

    /// The document itself.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Number of the document; 0 while there never were any flags.
    pub fn revision(&self) -> u64 {
        self.document.revision()
    }

    /// What the server does for a client that shows `program`.
    pub fn treatment(&self, subject: &Subject, program: &str) -> Treatment {
        self.document.treatment(&subject.client(program))
    }

    /// What all flags are for a client that shows `program`.
    pub fn values(&self, subject: &Subject, program: &str) -> Arc<Values> {
        let client = subject.client(program);
        let decided = |(_, flag): (&str, &gray_release::Flag)| match flag.evaluate(&client).why {
            // A flag has at most 32 rules.
            Why::Rule(number) => number as u8,
            Why::Killed | Why::Default => 0,
        };
        let key: Box<[u8]> = self.document.flags().map(decided).collect();
        if let Some(known) = self.values.get(&key) {
            return Arc::clone(&known);
        }
        if self.values.len() >= KEPT {
            self.values.clear();
        }
        let values = || {
            let flags = self.document.flags().map(|(name, flag)| v1::Flag {
                name: name.to_owned(),
                value: Some(wire(flag.evaluate(&client).value)),
            });
            Arc::new(encode(self.revision(), flags.collect()))
        };
        Arc::clone(&self.values.entry(key).or_insert_with(values))
    }
}

fn wire(value: &Value) -> flag::Value {
    match value {
        Value::Bool(value) => flag::Value::BoolValue(*value),
        Value::Integer(value) => flag::Value::IntegerValue(*value),
        Value::Text(value) => flag::Value::StringValue(value.clone()),
    }
}

fn encode(revision: u64, flags: Vec<v1::Flag>) -> Values {
    let message = v1::Flags { revision: 0, flags };
    let digest = ContentHash::of(&message.encode_to_vec());
    let body = Some(server_frame::Body::Flags(v1::Flags { revision, ..message }));
    Values { digest, frame: Encoded::new(&v1::ServerFrame { body, ..v1::ServerFrame::default() }) }
}

#[cfg(test)]
mod tests {
    use dev_server_proto::decode_server;
    use gray_release::Format;

    use super::*;
    use crate::rollout::Said;

    fn told(values: &Values) -> Vec<(String, flag::Value)> {
        let Some(server_frame::Body::Flags(flags)) = decode_server(&values.frame.payload()).unwrap().body
        else {
            panic!("not flags")
        };
        flags.flags.into_iter().map(|flag| (flag.name, flag.value.unwrap())).collect()
    }

    #[test]
    fn clients_with_the_same_values_share_a_frame_and_others_have_their_own() {
        let text = "[flags.form]\ntype = 'string'\ndefault = 'old'\n\
                    [[flags.form.rules]]\nvalue = 'new'\nwhere = { browser = ['firefox'] }";
        let in_force = InForce::new(Document::read(text, Format::Toml).unwrap());
        let client = |browser: &str| Subject::new(&Said { browser, ..Said::default() }).unwrap();
        let values = |browser: &str| in_force.values(&client(browser), "app");
        assert!(Arc::ptr_eq(&values("chrome"), &values("safari")));
        assert_ne!(values("chrome").digest, values("firefox").digest);
        let form =
            |browser: &str| told(&values(browser)).into_iter().find(|(name, _)| name == "form").unwrap().1;
        assert_eq!(form("firefox"), flag::Value::StringValue("new".into()));
        assert_eq!(form("chrome"), flag::Value::StringValue("old".into()));
        assert_eq!(told(&values("chrome")).len(), 7, "those that are built in are told too");
    }
}
