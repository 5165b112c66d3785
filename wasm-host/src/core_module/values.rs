//! Values and types of this crate as those of core modules.

use wasmtime::{Engine, FuncType, Val, ValType};

use crate::signature::{Signature, Value, ValueType};

pub(super) fn core_type(kind: ValueType) -> Option<ValType> {
    Some(match kind {
        ValueType::I32 | ValueType::U32 | ValueType::Bool => ValType::I32,
        ValueType::I64 | ValueType::U64 => ValType::I64,
        ValueType::F32 => ValType::F32,
        ValueType::F64 => ValType::F64,
        ValueType::Text | ValueType::Bytes => return None,
    })
}

pub(super) fn function_type(engine: &Engine, signature: &Signature) -> Option<FuncType> {
    let core = |types: &[ValueType]| types.iter().map(|kind| core_type(*kind)).collect::<Option<Vec<_>>>();
    Some(FuncType::new(engine, core(&signature.parameters)?, core(&signature.results)?))
}

pub(super) fn signature(function: &FuncType) -> Option<Signature> {
    let plain = |kind: ValType| {
        Some(match kind {
            ValType::I32 => ValueType::I32,
            ValType::I64 => ValueType::I64,
            ValType::F32 => ValueType::F32,
            ValType::F64 => ValueType::F64,
            ValType::V128 | ValType::Ref(_) => return None,
        })
    };
    Some(Signature {
        parameters: function.params().map(plain).collect::<Option<_>>()?,
        results: function.results().map(plain).collect::<Option<_>>()?,
    })
}

pub(super) fn to_core(value: &Value, kind: &ValType) -> Option<Val> {
    Some(match (value, kind) {
        (Value::I32(value), ValType::I32) => Val::I32(*value),
        (Value::U32(value), ValType::I32) => Val::I32(value.cast_signed()),
        (Value::Bool(value), ValType::I32) => Val::I32(i32::from(*value)),
        (Value::I64(value), ValType::I64) => Val::I64(*value),
        (Value::U64(value), ValType::I64) => Val::I64(value.cast_signed()),
        (Value::F32(value), ValType::F32) => Val::F32(value.to_bits()),
        (Value::F64(value), ValType::F64) => Val::F64(value.to_bits()),
        _ => return None,
    })
}

/// Parameters of a function of the host, as its signature calls them.
pub(super) fn from_core(values: &[Val], kinds: &[ValueType]) -> Vec<Value> {
    let as_told = |(value, kind): (&Val, &ValueType)| {
        Some(match (value, kind) {
            (Val::I32(value), ValueType::U32) => Value::U32(value.cast_unsigned()),
            (Val::I32(value), ValueType::Bool) => Value::Bool(*value != 0),
            (Val::I64(value), ValueType::U64) => Value::U64(value.cast_unsigned()),
            (value, _) => plain(value)?,
        })
    };
    values.iter().zip(kinds).filter_map(as_told).collect()
}

/// Results of a guest's function.
pub(super) fn of_results(values: &[Val]) -> Vec<Value> {
    values.iter().filter_map(plain).collect()
}

/// A place for a result; `None` for types that do not leave the guest.
pub(super) fn zero(kind: &ValType) -> Option<Val> {
    Some(match kind {
        ValType::I32 => Val::I32(0),
        ValType::I64 => Val::I64(0),
        ValType::F32 => Val::F32(0),
        ValType::F64 => Val::F64(0),
        ValType::V128 | ValType::Ref(_) => return None,
    })
}

fn plain(value: &Val) -> Option<Value> {
    Some(match value {
        Val::I32(value) => Value::I32(*value),
        Val::I64(value) => Value::I64(*value),
        Val::F32(value) => Value::F32(f32::from_bits(*value)),
        Val::F64(value) => Value::F64(f64::from_bits(*value)),
        _ => return None,
    })
}
