//! Values and types of this crate as those of components.

use wasmtime::component::Val;
use wasmtime::component::types::{ComponentFunc, Type};

use crate::signature::{Signature, Value, ValueType};

pub(super) fn is_same(wanted: &ComponentFunc, offered: &Signature) -> bool {
    wanted.params().len() == offered.parameters.len()
        && wanted.results().len() == offered.results.len()
        && wanted.params().zip(&offered.parameters).all(|((_, wanted), offered)| is(&wanted, *offered))
        && wanted.results().zip(&offered.results).all(|(wanted, offered)| is(&wanted, *offered))
}

fn is(wanted: &Type, offered: ValueType) -> bool {
    match offered {
        ValueType::I32 => matches!(wanted, Type::S32),
        ValueType::I64 => matches!(wanted, Type::S64),
        ValueType::U32 => matches!(wanted, Type::U32),
        ValueType::U64 => matches!(wanted, Type::U64),
        ValueType::F32 => matches!(wanted, Type::Float32),
        ValueType::F64 => matches!(wanted, Type::Float64),
        ValueType::Bool => matches!(wanted, Type::Bool),
        ValueType::Text => matches!(wanted, Type::String),
        ValueType::Bytes => matches!(wanted, Type::List(list) if matches!(list.ty(), Type::U8)),
    }
}

/// As WIT writes it, without the names of records and their like.
pub(super) fn name(kind: &Type) -> String {
    let inner = |kind: Option<Type>| kind.map_or_else(|| "_".to_owned(), |kind| name(&kind));
    match kind {
        Type::Bool => "bool".to_owned(),
        Type::S8 => "s8".to_owned(),
        Type::U8 => "u8".to_owned(),
        Type::S16 => "s16".to_owned(),
        Type::U16 => "u16".to_owned(),
        Type::S32 => "s32".to_owned(),
        Type::U32 => "u32".to_owned(),
        Type::S64 => "s64".to_owned(),
        Type::U64 => "u64".to_owned(),
        Type::Float32 => "f32".to_owned(),
        Type::Float64 => "f64".to_owned(),
        Type::Char => "char".to_owned(),
        Type::String => "string".to_owned(),
        Type::List(list) => format!("list<{}>", name(&list.ty())),
        Type::FixedLengthList(list) => format!("list<{}, {}>", name(&list.ty()), list.len()),
        Type::Map(map) => format!("map<{}, {}>", name(&map.key()), name(&map.value())),
        Type::Record(_) => "record".to_owned(),
        Type::Tuple(tuple) => {
            format!("tuple<{}>", tuple.types().map(|kind| name(&kind)).collect::<Vec<_>>().join(", "))
        }
        Type::Variant(_) => "variant".to_owned(),
        Type::Enum(_) => "enum".to_owned(),
        Type::Option(option) => format!("option<{}>", name(&option.ty())),
        Type::Result(result) => format!("result<{}, {}>", inner(result.ok()), inner(result.err())),
        Type::Flags(_) => "flags".to_owned(),
        Type::Own(_) => "own".to_owned(),
        Type::Borrow(_) => "borrow".to_owned(),
        Type::Future(_) => "future".to_owned(),
        Type::Stream(_) => "stream".to_owned(),
        Type::ErrorContext => "error-context".to_owned(),
    }
}

/// `None` when the value is of another type.
pub(super) fn to_component(value: &Value, kind: &Type) -> Option<Val> {
    Some(match (value, kind) {
        (Value::Bool(value), Type::Bool) => Val::Bool(*value),
        (Value::Text(value), Type::String) => Val::String(value.clone()),
        (Value::Text(value), Type::Char) => {
            let mut letters = value.chars();
            match (letters.next(), letters.next()) {
                (Some(letter), None) => Val::Char(letter),
                _ => return None,
            }
        }
        (Value::F32(value), Type::Float32) => Val::Float32(*value),
        (Value::F64(value), Type::Float64) => Val::Float64(*value),
        (Value::Bytes(bytes), Type::List(list)) if matches!(list.ty(), Type::U8) => {
            Val::List(bytes.iter().map(|byte| Val::U8(*byte)).collect())
        }
        (Value::List(values), Type::List(list)) => {
            let kind = list.ty();
            Val::List(values.iter().map(|value| to_component(value, &kind)).collect::<Option<_>>()?)
        }
        (Value::List(values), Type::Tuple(tuple)) if values.len() == tuple.types().len() => Val::Tuple(
            values
                .iter()
                .zip(tuple.types())
                .map(|(value, kind)| to_component(value, &kind))
                .collect::<Option<_>>()?,
        ),
        (Value::List(values), Type::Record(record)) if values.len() == record.fields().len() => {
            let fields = values.iter().zip(record.fields());
            let fields =
                fields.map(|(value, field)| Some((field.name.to_owned(), to_component(value, &field.ty)?)));
            Val::Record(fields.collect::<Option<_>>()?)
        }
        (Value::Option(None), Type::Option(_)) => Val::Option(None),
        (Value::Option(Some(value)), Type::Option(option)) => {
            Val::Option(Some(Box::new(to_component(value, &option.ty())?)))
        }
        (Value::Result(value), Type::Result(result)) => Val::Result(match value {
            Ok(value) => Ok(payload(value.as_deref(), result.ok().as_ref()).ok()?),
            Err(value) => Err(payload(value.as_deref(), result.err().as_ref()).ok()?),
        }),
        (Value::Case(case, value), Type::Variant(variant)) => {
            let found = variant.cases().find(|known| known.name == case)?;
            Val::Variant(case.clone(), payload(value.as_deref(), found.ty.as_ref()).ok()?)
        }
        (Value::Case(case, None), Type::Enum(names)) if names.names().any(|known| known == case) => {
            Val::Enum(case.clone())
        }
        (Value::Flags(set), Type::Flags(flags))
            if set.iter().all(|flag| flags.names().any(|known| known == flag)) =>
        {
            Val::Flags(set.clone())
        }
        (value, kind) => return integer(value, kind),
    })
}

/// What comes with a case: a value where its type says so, and none where it does not.
fn payload(value: Option<&Value>, kind: Option<&Type>) -> Result<Option<Box<Val>>, Mismatch> {
    match (value, kind) {
        (None, None) => Ok(None),
        (Some(value), Some(kind)) => {
            to_component(value, kind).map(|value| Some(Box::new(value))).ok_or(Mismatch)
        }
        (None, Some(_)) | (Some(_), None) => Err(Mismatch),
    }
}

struct Mismatch;

/// Any integer goes where it fits.
fn integer(value: &Value, kind: &Type) -> Option<Val> {
    let value = match value {
        Value::I32(value) => i128::from(*value),
        Value::I64(value) => i128::from(*value),
        Value::U32(value) => i128::from(*value),
        Value::U64(value) => i128::from(*value),
        _ => return None,
    };
    Some(match kind {
        Type::S8 => Val::S8(value.try_into().ok()?),
        Type::U8 => Val::U8(value.try_into().ok()?),
        Type::S16 => Val::S16(value.try_into().ok()?),
        Type::U16 => Val::U16(value.try_into().ok()?),
        Type::S32 => Val::S32(value.try_into().ok()?),
        Type::U32 => Val::U32(value.try_into().ok()?),
        Type::S64 => Val::S64(value.try_into().ok()?),
        Type::U64 => Val::U64(value.try_into().ok()?),
        _ => return None,
    })
}

pub(super) fn from_component(value: &Val) -> Value {
    let boxed = |value: &Option<Box<Val>>| value.as_deref().map(|value| Box::new(from_component(value)));
    let all = |values: &[Val]| Value::List(values.iter().map(from_component).collect());
    match value {
        Val::Bool(value) => Value::Bool(*value),
        Val::S8(value) => Value::I32(i32::from(*value)),
        Val::S16(value) => Value::I32(i32::from(*value)),
        Val::S32(value) => Value::I32(*value),
        Val::U8(value) => Value::U32(u32::from(*value)),
        Val::U16(value) => Value::U32(u32::from(*value)),
        Val::U32(value) => Value::U32(*value),
        Val::S64(value) => Value::I64(*value),
        Val::U64(value) => Value::U64(*value),
        Val::Float32(value) => Value::F32(*value),
        Val::Float64(value) => Value::F64(*value),
        Val::Char(value) => Value::Text(value.to_string()),
        Val::String(value) => Value::Text(value.clone()),
        Val::List(values) | Val::FixedLengthList(values) => bytes(values).unwrap_or_else(|| all(values)),
        Val::Tuple(values) => all(values),
        Val::Record(fields) => Value::List(fields.iter().map(|(_, value)| from_component(value)).collect()),
        Val::Map(pairs) => {
            let pair =
                |(key, value): &(Val, Val)| Value::List(vec![from_component(key), from_component(value)]);
            Value::List(pairs.iter().map(pair).collect())
        }
        Val::Variant(case, value) => Value::Case(case.clone(), boxed(value)),
        Val::Enum(case) => Value::Case(case.clone(), None),
        Val::Option(value) => Value::Option(boxed(value)),
        Val::Result(Ok(value)) => Value::Result(Ok(boxed(value))),
        Val::Result(Err(value)) => Value::Result(Err(boxed(value))),
        Val::Flags(flags) => Value::Flags(flags.clone()),
        // Handles mean nothing outside of the guest.
        Val::Resource(_) | Val::Future(_) | Val::Stream(_) | Val::ErrorContext(_) => {
            Value::Case("handle".to_owned(), None)
        }
    }
}

/// A list of bytes; an empty list is one too.
fn bytes(values: &[Val]) -> Option<Value> {
    let bytes = values.iter().map(|value| match value {
        Val::U8(byte) => Some(*byte),
        _ => None,
    });
    bytes.collect::<Option<Vec<_>>>().map(Value::Bytes)
}
