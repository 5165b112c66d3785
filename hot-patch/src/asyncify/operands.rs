//! The operand stack of a function that is read: which values lie on it while a call runs that suspends.

use super::error::Fault;
use super::instruction::LOCAL_GET;
use super::outline::{Place, Step};
use super::value::Value;

/// What made a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Constant,
    /// It is what a local holds, or has just got.
    Local(u32),
    /// The sum of a local, read by the step but one before, and of the constant of the step before.
    Sum(u32),
    Computed,
}

/// A value on the stack.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operand {
    /// The step that put it there.
    pub(super) step: u32,
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// See the head of the module.
#[derive(Debug, Default)]
pub(super) struct Operands {
    stack: Vec<Operand>,
    /// So many from the bottom are there while a call runs that suspends.
    marked: usize,
    /// The step that last assigned each local, counted from one.
    assigned: Vec<u32>,
}

impl Operands {
    pub(super) fn clear(&mut self, locals: usize) {
        self.stack.clear();
        self.marked = 0;
        self.assigned.clear();
        self.assigned.resize(locals, 0);
    }

    pub(super) fn height(&self) -> usize {
        self.stack.len()
    }

    pub(super) fn push(&mut self, operand: Operand) {
        self.stack.push(operand);
    }

    /// All that are on the stack now, arguments too, cannot stay there.
    pub(super) fn mark(&mut self) {
        self.marked = self.stack.len();
    }

    pub(super) fn assigned(&mut self, local: u32, step: u32) {
        self.assigned[local as usize] = step + 1;
    }

    /// The local of which the two topmost are the value and a constant that the last two of `steps` have put there.
    pub(super) fn sum(&self, steps: &[Step]) -> Option<u32> {
        let [.., base, addend] = self.stack.as_slice() else { return None };
        let count = steps.len();
        let just_put = (base.step as usize + 2, addend.step as usize + 1) == (count, count);
        match (base.origin, addend.origin) {
            (Origin::Local(local), Origin::Constant)
                if just_put && steps[base.step as usize].opcode == LOCAL_GET =>
            {
                Some(local)
            }
            _ => None,
        }
    }

    /// Takes the topmost, and tells the step that made it where to keep it.
    pub(super) fn pop(&mut self, floor: usize, steps: &mut [Step]) -> Result<Operand, Fault> {
        if self.stack.len() <= floor {
            return Err(Fault::Empty);
        }
        let operand = self.stack.pop().ok_or(Fault::Empty)?;
        if self.marked > self.stack.len() {
            self.marked = self.stack.len();
            steps[operand.step as usize].place = match operand.origin {
                Origin::Constant => Place::Later,
                // All that runs while the value is on the stack stands between the two places.
                Origin::Local(local) if self.assigned[local as usize] <= operand.step + 1 => Place::Later,
                Origin::Sum(local) if self.assigned[local as usize] <= operand.step + 1 => {
                    for summand in [operand.step - 2, operand.step - 1] {
                        steps[summand as usize].place = Place::Later;
                    }
                    Place::Later
                }
                Origin::Local(_) | Origin::Sum(_) | Origin::Computed => Place::Local,
            };
        }
        Ok(operand)
    }

    /// Takes all above a height.
    pub(super) fn truncate(&mut self, height: usize, steps: &mut [Step]) {
        while self.pop(height, steps).is_ok() {}
    }
}
