//! Types, values and signatures of functions, as guests and hosts exchange them.

use std::fmt;

/// What a parameter or result can be.
///
/// Core modules know the four numbers only: [`U32`](Self::U32) and [`Bool`](Self::Bool) are an `i32` to them,
/// [`U64`](Self::U64) an `i64`; the others are for components.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueType {
    I32,
    I64,
    U32,
    U64,
    F32,
    F64,
    Bool,
    Text,
    Bytes,
}

impl fmt::Display for ValueType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Bool => "bool",
            Self::Text => "string",
            Self::Bytes => "list<u8>",
        })
    }
}

/// A parameter or result.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    I32(i32),
    I64(i64),
    U32(u32),
    U64(u64),
    F32(f32),
    F64(f64),
    Bool(bool),
    Text(String),
    Bytes(Vec<u8>),
    /// Lists, tuples and records of components; a record's fields keep their order and lose their names.
    List(Vec<Value>),
    /// A component's `option`.
    Option(Option<Box<Value>>),
    /// A component's `result`.
    Result(Result<Option<Box<Value>>, Option<Box<Value>>>),
    /// A case of a component's `variant` or `enum`.
    Case(String, Option<Box<Value>>),
    /// A component's `flags` that are set.
    Flags(Vec<String>),
}

impl Value {
    /// How an error names what was given.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::I32(_) => "i32",
            Self::I64(_) => "i64",
            Self::U32(_) => "u32",
            Self::U64(_) => "u64",
            Self::F32(_) => "f32",
            Self::F64(_) => "f64",
            Self::Bool(_) => "bool",
            Self::Text(_) => "string",
            Self::Bytes(_) => "list<u8>",
            Self::List(_) => "list",
            Self::Option(_) => "option",
            Self::Result(_) => "result",
            Self::Case(..) => "variant",
            Self::Flags(_) => "flags",
        }
    }
}

/// What a function takes and gives.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Signature {
    pub parameters: Vec<ValueType>,
    pub results: Vec<ValueType>,
}

impl Signature {
    pub fn new(parameters: impl Into<Vec<ValueType>>, results: impl Into<Vec<ValueType>>) -> Self {
        Self { parameters: parameters.into(), results: results.into() }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        written(formatter, &self.parameters, &self.results)
    }
}

/// `(i32, i32) -> i64`, of types of any kind.
pub(crate) fn written<T: fmt::Display>(
    to: &mut impl fmt::Write,
    parameters: &[T],
    results: &[T],
) -> fmt::Result {
    list(to, parameters)?;
    match results {
        [] => Ok(()),
        [one] => write!(to, " -> {one}"),
        many => {
            to.write_str(" -> ")?;
            list(to, many)
        }
    }
}

fn list<T: fmt::Display>(to: &mut impl fmt::Write, items: &[T]) -> fmt::Result {
    to.write_char('(')?;
    for (index, item) in items.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(to, "{comma}{item}")?;
    }
    to.write_char(')')
}
