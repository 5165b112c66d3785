//! What a suspended function leaves in memory, and the code that writes and reads it.
//!
//! A frame is the index of the call, if the function has several, and the locals behind it. It lies on a stack that
//! grows upwards, of which `__asyncify_data` knows the end: the innermost function pushes first, so that rewinding, which
//! begins at the outermost, pops them in the right order.

use super::instruction::{self as op, signed, unsigned};
use super::value::Value;

/// Indices of what the code of all suspending functions uses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shared {
    pub(super) state: u32,
    pub(super) stack: Stack,
}

/// Functions that push and pop.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stack {
    /// Whole frames, which is quick.
    Frames {
        /// `(size) -> address`
        push: u32,
        /// `(index of the call, size) -> address`
        push_call: u32,
        /// `(size) -> address`
        pop: u32,
    },
    /// One word after the other, which takes little code.
    Words {
        /// `(word)`
        put: u32,
        /// `() -> word`
        pull: u32,
    },
}

/// See the head of the module.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) shared: Shared,
    pub(super) saved: &'a [u32],
    pub(super) types: &'a [Value],
    /// The index of the call is part of it.
    pub(super) has_call: bool,
    /// A local for the address.
    pub(super) address: u32,
}

/// Frames lie at multiples of four, whatever is in them.
const ALIGNMENT: u8 = 2;

const I32_WRAP: u8 = 0xa7;
const I64_EXTEND_U: u8 = 0xad;
const I64_OR: u8 = 0x84;
const I64_SHL: u8 = 0x86;
const I64_SHR_U: u8 = 0x88;
const I32_REINTERPRET_F32: u8 = 0xbc;
const I64_REINTERPRET_F64: u8 = 0xbd;
const F32_REINTERPRET_I32: u8 = 0xbe;
const F64_REINTERPRET_I64: u8 = 0xbf;

fn call(code: &mut Vec<u8>, function: u32) {
    code.push(op::CALL);
    unsigned(code, function);
}

fn local_get(code: &mut Vec<u8>, local: u32) {
    code.push(op::LOCAL_GET);
    unsigned(code, local);
}

impl Frame<'_> {
    fn size(&self) -> u32 {
        let call = if self.has_call { 4 } else { 0 };
        let locals: u32 = self.saved.iter().map(|local| self.types[*local as usize].size()).sum();
        call + locals
    }

    /// Restores the locals, and leaves the index of the call on the operand stack if there is one.
    pub(super) fn restore(&self, code: &mut Vec<u8>) {
        if self.size() == 0 {
            return;
        }
        let pop = match self.shared.stack {
            Stack::Frames { pop, .. } => pop,
            Stack::Words { pull, .. } => {
                self.pull(code, pull);
                return;
            }
        };
        code.push(op::I32_CONST);
        signed(code, i64::from(self.size()));
        call(code, pop);
        if self.saved.is_empty() {
            code.extend([Value::I32.load(), ALIGNMENT, 0]);
            return;
        }
        code.push(op::LOCAL_TEE);
        unsigned(code, self.address);
        for (position, (local, value, offset)) in self.places().enumerate() {
            if position > 0 {
                code.push(op::LOCAL_GET);
                unsigned(code, self.address);
            }
            code.extend([value.load(), ALIGNMENT]);
            unsigned(code, offset);
            code.push(op::LOCAL_SET);
            unsigned(code, local);
        }
        if self.has_call {
            code.push(op::LOCAL_GET);
            unsigned(code, self.address);
            code.extend([Value::I32.load(), ALIGNMENT, 0]);
        }
    }

    /// Saves the locals, and the index of the call, which is on the operand stack if there is one.
    pub(super) fn save(&self, code: &mut Vec<u8>) {
        if self.size() == 0 {
            return;
        }
        let push = match self.shared.stack {
            Stack::Frames { push_call, .. } if self.has_call => push_call,
            Stack::Frames { push, .. } => push,
            Stack::Words { put, .. } => {
                self.put(code, put);
                return;
            }
        };
        code.push(op::I32_CONST);
        signed(code, i64::from(self.size()));
        call(code, push);
        if self.saved.is_empty() {
            code.push(op::DROP);
            return;
        }
        code.push(op::LOCAL_TEE);
        unsigned(code, self.address);
        for (position, (local, value, offset)) in self.places().enumerate() {
            if position > 0 {
                code.push(op::LOCAL_GET);
                unsigned(code, self.address);
            }
            code.push(op::LOCAL_GET);
            unsigned(code, local);
            code.extend([value.store(), ALIGNMENT]);
            unsigned(code, offset);
        }
    }

    fn put(&self, code: &mut Vec<u8>, put: u32) {
        if self.has_call {
            call(code, put);
        }
        for local in self.saved {
            let value = self.types[*local as usize];
            local_get(code, *local);
            match value {
                Value::I32 => {}
                Value::F32 => code.push(I32_REINTERPRET_F32),
                Value::I64 | Value::F64 => {
                    let bits: &[u8] = if value == Value::F64 { &[I64_REINTERPRET_F64] } else { &[] };
                    code.extend(bits);
                    code.push(I32_WRAP);
                    call(code, put);
                    local_get(code, *local);
                    code.extend(bits);
                    code.extend([op::I64_CONST, 32, I64_SHR_U, I32_WRAP]);
                }
            }
            call(code, put);
        }
    }

    /// What was put last comes first.
    fn pull(&self, code: &mut Vec<u8>, pull: u32) {
        for local in self.saved.iter().rev() {
            call(code, pull);
            let value = self.types[*local as usize];
            match value {
                Value::I32 => {}
                Value::F32 => code.push(F32_REINTERPRET_I32),
                Value::I64 | Value::F64 => {
                    code.extend([I64_EXTEND_U, op::I64_CONST, 32, I64_SHL]);
                    call(code, pull);
                    code.extend([I64_EXTEND_U, I64_OR]);
                    if value == Value::F64 {
                        code.push(F64_REINTERPRET_I64);
                    }
                }
            }
            code.push(op::LOCAL_SET);
            unsigned(code, *local);
        }
        if self.has_call {
            call(code, pull);
        }
    }

    /// Each saved local with its type and where it lies.
    fn places(&self) -> impl Iterator<Item = (u32, Value, u32)> {
        let mut next = if self.has_call { 4 } else { 0 };
        self.saved.iter().map(move |local| {
            let value = self.types[*local as usize];
            let offset = next;
            next += value.size();
            (*local, value, offset)
        })
    }
}
