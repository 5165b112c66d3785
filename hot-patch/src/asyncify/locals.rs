//! The locals of a function: its parameters, those that it declares, and those that are added.

use super::error::Fault;
use super::instruction::{Reader, unsigned};
use super::value::Value;

/// As many as engines allow.
const MOST: usize = 50_000;
const NO_NUMBER: Fault = Fault::Unsupported("locals that are neither integers nor floats");

/// Types of the locals of a function, and those of the added ones that are free.
#[derive(Debug, Default)]
pub(super) struct Locals {
    types: Vec<Value>,
    parameters: usize,
    free: [Vec<u32>; 4],
}

impl Locals {
    /// Where the instructions of a body begin.
    pub(super) fn skip(body: &[u8]) -> Result<usize, Fault> {
        let mut reader = Reader::new(body, 0);
        for _ in 0..reader.unsigned()? {
            reader.unsigned()?;
            Value::from_byte(reader.byte()?).ok_or(NO_NUMBER)?;
        }
        Ok(reader.at())
    }

    /// Those of a body, in place of those that were here before. Answers where its instructions begin.
    pub(super) fn read(&mut self, parameters: &[Value], body: &[u8]) -> Result<usize, Fault> {
        self.types.clear();
        self.types.extend(parameters);
        self.parameters = parameters.len();
        self.free.iter_mut().for_each(Vec::clear);
        let mut reader = Reader::new(body, 0);
        for _ in 0..reader.unsigned()? {
            let count = reader.unsigned()? as usize;
            let value = Value::from_byte(reader.byte()?).ok_or(NO_NUMBER)?;
            if count > MOST - self.types.len() {
                return Err(Fault::Unsupported("more than 50,000 locals"));
            }
            self.types.resize(self.types.len() + count, value);
        }
        Ok(reader.at())
    }

    pub(super) fn get(&self, index: u32) -> Result<Value, Fault> {
        self.types.get(index as usize).copied().ok_or(Fault::Index("local"))
    }

    pub(super) fn types(&self) -> &[Value] {
        &self.types
    }

    /// A local that nothing else uses until it is given back.
    pub(super) fn take(&mut self, value: Value) -> u32 {
        self.free[value as usize].pop().unwrap_or_else(|| {
            self.types.push(value);
            self.types.len() as u32 - 1
        })
    }

    pub(super) fn give_back(&mut self, local: u32) {
        let value = self.types[local as usize];
        self.free[value as usize].push(local);
    }

    /// The head of the body: neighbours of one type are declared together.
    pub(super) fn declare(&self, code: &mut Vec<u8>) {
        let declared = &self.types[self.parameters..];
        unsigned(code, declared.chunk_by(PartialEq::eq).count() as u32);
        for group in declared.chunk_by(PartialEq::eq) {
            unsigned(code, group.len() as u32);
            code.push(group[0].byte());
        }
    }
}
