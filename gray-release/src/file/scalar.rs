//! Percentages and values as documents write them.

use std::fmt;

use serde::de::{Deserializer, Error as _, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::percent::Percent;
use crate::value::Value;

pub(super) struct PercentFile(pub(super) Percent);

pub(super) struct ValueFile(pub(super) Value);

impl<'de> Deserialize<'de> for PercentFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        Percent::from_number(number).map(Self).map_err(D::Error::custom)
    }
}

impl Serialize for PercentFile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.0.hundredths() / 100, self.0.hundredths() % 100) {
            (whole, 0) => serializer.serialize_u16(whole),
            _ => serializer.serialize_f64(f64::from(self.0.hundredths()) / 100.0),
        }
    }
}

impl<'de> Deserialize<'de> for ValueFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = ValueFile;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("true, false, a whole number or a text in quotes")
            }

            fn visit_bool<E>(self, value: bool) -> Result<ValueFile, E> {
                Ok(ValueFile(Value::Bool(value)))
            }

            fn visit_i64<E>(self, value: i64) -> Result<ValueFile, E> {
                Ok(ValueFile(Value::Integer(value)))
            }

            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<ValueFile, E> {
                let value = i64::try_from(value).unwrap_or(i64::MAX);
                Ok(ValueFile(Value::Integer(value)))
            }

            fn visit_str<E>(self, value: &str) -> Result<ValueFile, E> {
                Ok(ValueFile(value.into()))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

impl Serialize for ValueFile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Integer(value) => serializer.serialize_i64(*value),
            Value::Text(value) => serializer.serialize_str(value),
        }
    }
}
