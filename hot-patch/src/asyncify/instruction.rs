//! Reads the instructions of a function body one by one, and writes them as short as they can be.

use super::error::Fault;
use super::value::Value;

pub(super) const UNREACHABLE: u8 = 0x00;
pub(super) const BLOCK: u8 = 0x02;
pub(super) const LOOP: u8 = 0x03;
pub(super) const IF: u8 = 0x04;
pub(super) const ELSE: u8 = 0x05;
pub(super) const END: u8 = 0x0b;
pub(super) const BR: u8 = 0x0c;
pub(super) const BR_IF: u8 = 0x0d;
pub(super) const BR_TABLE: u8 = 0x0e;
pub(super) const RETURN: u8 = 0x0f;
pub(super) const CALL: u8 = 0x10;
pub(super) const CALL_INDIRECT: u8 = 0x11;
pub(super) const DROP: u8 = 0x1a;
pub(super) const SELECT: u8 = 0x1b;
pub(super) const TYPED_SELECT: u8 = 0x1c;
pub(super) const LOCAL_GET: u8 = 0x20;
pub(super) const LOCAL_SET: u8 = 0x21;
pub(super) const LOCAL_TEE: u8 = 0x22;
pub(super) const GLOBAL_GET: u8 = 0x23;
pub(super) const GLOBAL_SET: u8 = 0x24;
pub(super) const I32_CONST: u8 = 0x41;
pub(super) const I64_CONST: u8 = 0x42;
pub(super) const F64_CONST: u8 = 0x44;
pub(super) const I32_EQZ: u8 = 0x45;
pub(super) const I32_ADD: u8 = 0x6a;
const PREFIX: u8 = 0xfc;

/// What follows an opcode.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operands {
    Nothing,
    BlockType,
    Index,
    TwoIndices,
    Indices,
    Signed32,
    Signed64,
    Bytes4,
    Bytes8,
    Types,
    Prefixed,
    Unsupported,
}

const OPERANDS: [Operands; 256] = operands();

const fn operands() -> [Operands; 256] {
    let mut table = [Operands::Unsupported; 256];
    let mut opcode = 0;
    while opcode < 256 {
        table[opcode] = match opcode as u8 {
            0x00 | 0x01 | ELSE | END | RETURN | DROP | SELECT | I32_EQZ..=0xc4 => Operands::Nothing,
            BLOCK | LOOP | IF => Operands::BlockType,
            BR | BR_IF | CALL | LOCAL_GET..=GLOBAL_SET | 0x3f | 0x40 => Operands::Index,
            BR_TABLE => Operands::Indices,
            CALL_INDIRECT | 0x28..=0x3e => Operands::TwoIndices,
            TYPED_SELECT => Operands::Types,
            I32_CONST => Operands::Signed32,
            0x42 => Operands::Signed64,
            0x43 => Operands::Bytes4,
            F64_CONST => Operands::Bytes8,
            PREFIX => Operands::Prefixed,
            _ => Operands::Unsupported,
        };
        opcode += 1;
    }
    table
}

/// What an instruction without a role of its own takes from the operand stack and puts there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Effect {
    pub(super) pops: u8,
    pub(super) pushes: Option<Value>,
}

const EFFECTS: [Option<Effect>; 256] = effects();

const fn effects() -> [Option<Effect>; 256] {
    use Value::{F32, F64, I32, I64};
    let mut table = [None; 256];
    let mut opcode = 0;
    while opcode < 256 {
        let (pops, pushes) = match opcode as u8 {
            0x01 => (0, None),
            0x28 | 0x2c..=0x2f => (1, Some(I32)),
            0x29 | 0x30..=0x35 => (1, Some(I64)),
            0x2a => (1, Some(F32)),
            0x2b => (1, Some(F64)),
            0x36..=0x3e => (2, None),
            0x3f | I32_CONST => (0, Some(I32)),
            0x40 => (1, Some(I32)),
            0x42 => (0, Some(I64)),
            0x43 => (0, Some(F32)),
            F64_CONST => (0, Some(F64)),
            I32_EQZ | 0x50 => (1, Some(I32)),
            0x46..=0x4f | 0x51..=0x66 => (2, Some(I32)),
            0x67..=0x69 | 0xa7..=0xab | 0xbc | 0xc0 | 0xc1 => (1, Some(I32)),
            0x6a..=0x78 => (2, Some(I32)),
            0x79..=0x7b | 0xac..=0xb1 | 0xbd | 0xc2..=0xc4 => (1, Some(I64)),
            0x7c..=0x8a => (2, Some(I64)),
            0x8b..=0x91 | 0xb2..=0xb6 | 0xbe => (1, Some(F32)),
            0x92..=0x98 => (2, Some(F32)),
            0x99..=0x9f | 0xb7..=0xbb | 0xbf => (1, Some(F64)),
            0xa0..=0xa6 => (2, Some(F64)),
            _ => {
                opcode += 1;
                continue;
            }
        };
        table[opcode] = Some(Effect { pops, pushes });
        opcode += 1;
    }
    table
}

/// An instruction as it stands in a body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instruction {
    pub(super) opcode: u8,
    pub(super) start: usize,
    /// Its first operand, or which of the prefixed instructions it is. A type of a block is its byte.
    pub(super) operand: u32,
}

impl Instruction {
    /// For instructions that do not branch, call, or touch locals and globals.
    pub(super) fn effect(self) -> Option<Effect> {
        if self.opcode != PREFIX {
            return EFFECTS[usize::from(self.opcode)];
        }
        let (pops, pushes) = match self.operand {
            0..=3 => (1, Some(Value::I32)),
            4..=7 => (1, Some(Value::I64)),
            8 | 10 | 11 | 12 | 14 => (3, None),
            9 | 13 => (0, None),
            _ => return None,
        };
        Some(Effect { pops, pushes })
    }

    pub(super) fn is_constant(self) -> bool {
        (I32_CONST..=F64_CONST).contains(&self.opcode)
    }
}

/// Type of a block that has no result.
pub(super) const EMPTY: u32 = 0x40;

/// Reads a body from its beginning.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn is_done(&self) -> bool {
        self.at >= self.bytes.len()
    }

    pub(super) fn byte(&mut self) -> Result<u8, Fault> {
        let byte = *self.bytes.get(self.at).ok_or(Fault::Truncated)?;
        self.at += 1;
        Ok(byte)
    }

    pub(super) fn unsigned(&mut self) -> Result<u32, Fault> {
        let first = self.byte()?;
        if first < 0x80 {
            return Ok(u32::from(first));
        }
        let mut value = u32::from(first & 0x7f);
        let mut shift = 7;
        loop {
            let byte = self.byte()?;
            if shift > 28 || (shift == 28 && byte > 0x0f) {
                return Err(Fault::Number);
            }
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
            shift += 7;
        }
    }

    fn signed(&mut self, longest: u32) -> Result<i64, Fault> {
        let mut value = 0;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            if shift >= longest * 7 {
                return Err(Fault::Number);
            }
            value |= i64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                let unused = 64_u32.saturating_sub(shift);
                return Ok(value << unused >> unused);
            }
        }
    }

    fn skip(&mut self, count: usize) -> Result<(), Fault> {
        self.at += count;
        if self.at > self.bytes.len() { Err(Fault::Truncated) } else { Ok(()) }
    }

    /// The next instruction; the reader stands behind it then.
    pub(super) fn instruction(&mut self) -> Result<Instruction, Fault> {
        let start = self.at;
        let opcode = self.byte()?;
        let mut operand = 0;
        match OPERANDS[usize::from(opcode)] {
            Operands::Nothing => {}
            Operands::Index => operand = self.unsigned()?,
            Operands::TwoIndices => {
                operand = self.unsigned()?;
                // Bit 6 of an alignment announces a third number: which memory.
                if opcode != CALL_INDIRECT && operand >= 0x40 {
                    return Err(Fault::Unsupported("several memories"));
                }
                self.unsigned()?;
            }
            Operands::BlockType => {
                operand = u32::from(self.byte()?);
                if operand != EMPTY && Value::from_byte(operand as u8).is_none() {
                    return Err(Fault::Unsupported("blocks with parameters or several results"));
                }
            }
            Operands::Signed32 => drop(self.signed(5)?),
            Operands::Signed64 => drop(self.signed(10)?),
            Operands::Bytes4 => self.skip(4)?,
            Operands::Bytes8 => self.skip(8)?,
            Operands::Indices => {
                operand = self.unsigned()?;
                for _ in 0..=operand {
                    self.unsigned()?;
                }
            }
            Operands::Types => {
                operand = self.unsigned()?;
                self.skip(operand as usize)?;
            }
            Operands::Prefixed => {
                operand = self.unsigned()?;
                match operand {
                    0..=7 => {}
                    9 | 11 | 13 => drop(self.unsigned()?),
                    8 | 10 | 12 | 14 => {
                        self.unsigned()?;
                        self.unsigned()?;
                    }
                    _ => return Err(Fault::Opcode(PREFIX)),
                }
            }
            Operands::Unsupported => return Err(Fault::Opcode(opcode)),
        }
        Ok(Instruction { opcode, start, operand })
    }

    /// Writes the instruction that begins at `start` with its numbers as short as they can be: linkers leave each
    /// number that they fill in as long as the longest.
    pub(super) fn copy(&mut self, start: usize, code: &mut Vec<u8>) -> Result<(), Fault> {
        self.at = start;
        let opcode = self.byte()?;
        code.push(opcode);
        match OPERANDS[usize::from(opcode)] {
            Operands::Nothing => {}
            Operands::Index => unsigned(code, self.unsigned()?),
            Operands::TwoIndices => {
                unsigned(code, self.unsigned()?);
                unsigned(code, self.unsigned()?);
            }
            Operands::Signed32 => signed(code, i64::from(self.signed(5)? as i32)),
            Operands::Signed64 => signed(code, self.signed(10)?),
            Operands::Indices => {
                let count = self.unsigned()?;
                unsigned(code, count);
                for _ in 0..=count {
                    unsigned(code, self.unsigned()?);
                }
            }
            _ => {
                self.at = start;
                self.instruction()?;
                code.extend_from_slice(&self.bytes[start + 1..self.at]);
            }
        }
        Ok(())
    }
}

pub(super) fn unsigned(code: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        code.push(value as u8 | 0x80);
        value >>= 7;
    }
    code.push(value as u8);
}

pub(super) fn signed(code: &mut Vec<u8>, mut value: i64) {
    loop {
        let byte = value as u8 & 0x7f;
        value >>= 7;
        if (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0) {
            code.push(byte);
            return;
        }
        code.push(byte | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(bytes: &[u8]) -> Vec<u8> {
        let mut code = Vec::new();
        let mut reader = Reader::new(bytes, 0);
        reader.copy(0, &mut code).unwrap();
        assert!(reader.is_done(), "{bytes:x?} is not read to its end");
        code
    }

    #[test]
    fn numbers_get_as_short_as_they_can_be() {
        for (long, short) in [
            (&[CALL, 0xbf, 0x80, 0x80, 0x80, 0x00][..], &[CALL, 0x3f][..]),
            (&[I32_CONST, 0xff, 0xff, 0xff, 0xff, 0x7f], &[I32_CONST, 0x7f]),
            (&[I32_CONST, 0xc0, 0x80, 0x80, 0x80, 0x00], &[I32_CONST, 0xc0, 0x00]),
            (&[I32_CONST, 0x80, 0x80, 0x80, 0x80, 0x78], &[I32_CONST, 0x80, 0x80, 0x80, 0x80, 0x78]),
            (&[0x42, 0x80, 0x80, 0x00], &[0x42, 0x00]),
            (&[0x28, 0x02, 0x84, 0xf7, 0x89, 0x80, 0x00], &[0x28, 0x02, 0x84, 0xf7, 0x09]),
            (&[BR_TABLE, 0x81, 0x00, 0x80, 0x00, 0x01], &[BR_TABLE, 0x01, 0x00, 0x01]),
            (&[F64_CONST, 0x80, 0, 0, 0, 0, 0, 0, 0], &[F64_CONST, 0x80, 0, 0, 0, 0, 0, 0, 0]),
            (&[PREFIX, 0x0a, 0x00, 0x00], &[PREFIX, 0x0a, 0x00, 0x00]),
        ] {
            assert_eq!(copied(long), short);
        }
    }

    #[test]
    fn the_smallest_and_largest_numbers_stay_what_they_are() {
        for value in
            [0, 1, -1, 63, 64, -64, -65, i64::from(i32::MIN), i64::from(i32::MAX), i64::MIN, i64::MAX]
        {
            let mut code = vec![0x42];
            signed(&mut code, value);
            assert_eq!(Reader::new(&code, 1).signed(10), Ok(value));
            assert_eq!(copied(&code), code);
        }
        for value in [0, 127, 128, u32::MAX] {
            let mut code = Vec::new();
            unsigned(&mut code, value);
            assert_eq!(Reader::new(&code, 0).unsigned(), Ok(value));
        }
    }

    #[test]
    fn what_is_not_an_instruction_is_a_fault() {
        for (bytes, fault) in [
            (&[][..], Fault::Truncated),
            (&[CALL], Fault::Truncated),
            (&[F64_CONST, 0, 0], Fault::Truncated),
            (&[CALL, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], Fault::Number),
            (&[CALL, 0xff, 0xff, 0xff, 0xff, 0x1f], Fault::Number),
            (&[I32_CONST, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], Fault::Number),
            (&[BLOCK, 0x05], Fault::Unsupported("blocks with parameters or several results")),
            (&[0x28, 0x42, 0x00], Fault::Unsupported("several memories")),
            (&[0x12, 0x00], Fault::Opcode(0x12)),
            (&[0xfd, 0x00], Fault::Opcode(0xfd)),
            (&[PREFIX, 0x20], Fault::Opcode(PREFIX)),
        ] {
            assert_eq!(Reader::new(bytes, 0).instruction().map(|_| ()), Err(fault), "{bytes:x?}");
        }
    }
}
