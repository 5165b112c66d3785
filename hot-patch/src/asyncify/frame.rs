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
    /// `(size) -> address`
    pub(super) push: u32,
    /// `(index of the call, size) -> address`
    pub(super) push_call: u32,
    /// `(size) -> address`
    pub(super) pop: u32,
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
        code.push(op::I32_CONST);
        signed(code, i64::from(self.size()));
        code.push(op::CALL);
        unsigned(code, self.shared.pop);
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
        code.push(op::I32_CONST);
        signed(code, i64::from(self.size()));
        code.push(op::CALL);
        unsigned(code, if self.has_call { self.shared.push_call } else { self.shared.push });
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
