//! The operand stack of a function that is written: where each value is that the real stack may not hold.

use super::error::Fault;
use super::instruction::{self as op, Reader, unsigned};
use super::liveness::Event;
use super::locals::Locals;
use super::value::Value;

/// Where a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// On the real stack.
    Stack,
    /// In a local that was added for it.
    Local(u32),
    /// In a local of the function, which is read where the value is used.
    Read(u32),
    /// In the instruction at this place of the body, which is written where the value is used.
    Constant(u32),
    /// The sum of a local of the function and of the constant at this place of the body.
    Sum(u32, u32),
}

/// See the head of the module.
#[derive(Debug, Default)]
pub(super) struct Stack {
    values: Vec<(Held, Value)>,
}

/// What is written to while values are moved.
pub(super) struct Output<'a> {
    pub(super) body: &'a [u8],
    pub(super) locals: &'a mut Locals,
    pub(super) code: &'a mut Vec<u8>,
    pub(super) events: &'a mut Vec<Event>,
}

impl Output<'_> {
    fn local(&mut self, opcode: u8, local: u32) {
        self.code.push(opcode);
        unsigned(self.code, local);
        self.events.push(if opcode == op::LOCAL_GET { Event::Read(local) } else { Event::Assign(local) });
    }
}

impl Stack {
    pub(super) fn clear(&mut self) {
        self.values.clear();
    }

    pub(super) fn height(&self) -> usize {
        self.values.len()
    }

    pub(super) fn push(&mut self, held: Held, value: Value) {
        self.values.push((held, value));
    }

    /// The topmost values, the deepest first.
    pub(super) fn top(&self, count: usize) -> impl Iterator<Item = Held> {
        self.values[self.values.len() - count..].iter().map(|(held, _)| *held)
    }

    /// Brings the topmost values onto the real stack, in their order, and forgets them.
    pub(super) fn take(&mut self, count: usize, output: &mut Output<'_>) -> Result<(), Fault> {
        let start = self.values.len().checked_sub(count).ok_or(Fault::Empty)?;
        let elsewhere = self.values[start..].iter().position(|(held, _)| *held != Held::Stack);
        let Some(elsewhere) = elsewhere else {
            self.values.truncate(start);
            return Ok(());
        };
        // Those on the real stack above one that is elsewhere have to make way for it.
        for (held, value) in self.values[start + elsewhere..].iter_mut().rev() {
            if *held == Held::Stack {
                let local = output.locals.take(*value);
                output.local(op::LOCAL_SET, local);
                *held = Held::Local(local);
            }
        }
        for (held, _) in self.values.drain(start..).skip(elsewhere) {
            match held {
                Held::Stack => {}
                Held::Local(local) => {
                    output.local(op::LOCAL_GET, local);
                    output.locals.give_back(local);
                }
                Held::Read(local) => output.local(op::LOCAL_GET, local),
                Held::Constant(start) => {
                    Reader::new(output.body, 0).copy(start as usize, output.code)?;
                }
                Held::Sum(local, start) => {
                    output.local(op::LOCAL_GET, local);
                    Reader::new(output.body, 0).copy(start as usize, output.code)?;
                    output.code.push(op::I32_ADD);
                }
            }
        }
        Ok(())
    }

    /// Forgets the topmost value; answers whether it is on the real stack.
    pub(super) fn drop_top(&mut self, locals: &mut Locals) -> bool {
        let top = self.values.pop().map(|(held, _)| held);
        if let Some(Held::Local(local)) = top {
            locals.give_back(local);
        }
        top == Some(Held::Stack)
    }

    /// Forgets all above a height; code that cannot go on leaves them.
    pub(super) fn truncate(&mut self, height: usize, locals: &mut Locals) {
        while self.values.len() > height {
            self.drop_top(locals);
        }
    }
}
