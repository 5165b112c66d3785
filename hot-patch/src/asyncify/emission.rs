//! Writes a suspending function.
//!
//! In each region, that is the function or a loop without the loops in it, all labels are opened at its beginning, the
//! last outermost. So a branch at the beginning reaches every call of the region directly, however many blocks it is in,
//! and code that runs for the first time pays for that branch alone. What is in a loop takes one branch more for each
//! loop that it is in.

mod regions;
mod blocks;
mod calls;

use super::error::Fault;
use super::frame::{Frame, Shared};
use super::instruction::{self as op, Reader, unsigned};
use super::liveness::{Event, Liveness};
use super::locals::Locals;
use super::outline::{Outline, Place, Step};
use super::stack::{Held, Output, Stack};
use super::value::Value;

/// What the code of a function refers to.
pub(super) struct Program<'a> {
    /// The new index of each function.
    pub(super) functions: &'a [u32],
    pub(super) shared: Shared,
    /// The function is called with its own arguments when it is called again.
    pub(super) keeps_arguments: &'a dyn Fn(u32) -> bool,
}

/// Nesting of the label behind which a function saves its frame; the function itself is the only one around it.
const UNWIND: u32 = 1;

/// See the head of the module. The buffers serve one function after the other.
#[derive(Debug, Default)]
pub(super) struct Emission {
    code: Vec<u8>,
    events: Vec<Event>,
    stack: Stack,
    /// Heights of the operand stack at the beginnings of the open constructs.
    floors: Vec<usize>,
    /// Constructs and labels around the next instruction.
    nesting: u32,
    /// The nesting of the label of each construct, and of the second arm of each.
    ends: Vec<u32>,
    elses: Vec<u32>,
    /// Calls that suspend, so far.
    call: u32,
    /// Regions that are open.
    regions: Vec<u32>,
    liveness: Liveness,
}

impl Emission {
    /// Writes the body of the function of which `outline` and `locals` tell to the end of `output`.
    pub(super) fn write(
        &mut self,
        program: &Program<'_>,
        outline: &Outline,
        locals: &mut Locals,
        body: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        self.code.clear();
        self.events.clear();
        self.stack.clear();
        self.floors.clear();
        self.floors.push(0);
        self.ends.clear();
        self.ends.resize(outline.constructs.len(), 0);
        self.elses.clear();
        self.elses.resize(outline.constructs.len(), 0);
        self.call = 0;
        self.regions.clear();
        self.regions.push(0);
        let resume = locals.take(Value::I32);
        let mut writing = Writing { emission: self, program, outline, locals, body, resume };
        writing.function(output)
    }
}

struct Writing<'a> {
    emission: &'a mut Emission,
    program: &'a Program<'a>,
    outline: &'a Outline,
    locals: &'a mut Locals,
    body: &'a [u8],
    /// The local that is not zero while the way to a call is taken again, counted from one. It also holds the address of
    /// a frame, before and after that.
    resume: u32,
}

impl Writing<'_> {
    fn function(&mut self, output: &mut Vec<u8>) -> Result<(), Fault> {
        let region = &self.outline.regions[0];
        let count = region.labels.len() as u32;
        self.emission.nesting = UNWIND + 1 + count;
        self.place_labels(0);
        for step in &self.outline.steps {
            self.step(*step)?;
        }
        let labels = self.outline.constructs.len() * 2;
        let types = self.locals.types().len();
        let saved = self.emission.liveness.saved(&self.emission.events, types, labels);
        let frame = Frame {
            shared: self.program.shared,
            saved: &saved,
            types: self.locals.types(),
            has_call: self.has_call(),
            address: self.resume,
        };
        self.locals.declare(output);
        output.extend([op::BLOCK, if self.has_call() { Value::I32.byte() } else { op::EMPTY as u8 }]);
        self.open_labels(0, output);
        self.enter(&frame, output);
        output.extend_from_slice(&self.emission.code);
        frame.save(output);
        if let Some(result) = self.outline.constructs[0].result {
            output.extend(result.zero());
        }
        output.push(op::END);
        Ok(())
    }

    /// A frame tells which of several calls it is that is resumed.
    fn has_call(&self) -> bool {
        self.outline.calls > 1
    }

    /// Loops find the way to their calls by themselves.
    fn has_loops(&self) -> bool {
        self.outline.regions.len() > 1
    }

    fn code(&mut self) -> &mut Vec<u8> {
        &mut self.emission.code
    }

    fn event(&mut self, event: Event) {
        self.emission.events.push(event);
    }

    fn operation(&mut self, opcode: u8, operand: u32) {
        self.emission.code.push(opcode);
        unsigned(&mut self.emission.code, operand);
    }

    /// Puts the topmost operands onto the real stack, and takes them from the one that is kept here.
    fn take(&mut self, count: u32) -> Result<(), Fault> {
        let Emission { code, events, stack, .. } = &mut *self.emission;
        stack.take(count as usize, &mut Output { body: self.body, locals: self.locals, code, events })
    }

    fn copy(&mut self, step: Step) -> Result<(), Fault> {
        Reader::new(self.body, 0).copy(step.start as usize, &mut self.emission.code)
    }

    /// What a step has put on the real stack, which goes where it is kept.
    fn put(&mut self, step: Step) {
        let Some(value) = step.pushes else { return };
        let held = if step.place == Place::Stack {
            Held::Stack
        } else {
            let local = self.locals.take(value);
            self.operation(op::LOCAL_SET, local);
            self.event(Event::Assign(local));
            Held::Local(local)
        };
        self.emission.stack.push(held, value);
    }

    fn step(&mut self, step: Step) -> Result<(), Fault> {
        let later = step.place == Place::Later;
        match step.opcode {
            op::BLOCK | op::LOOP | op::IF => self.begin(step)?,
            op::ELSE => self.second_arm(step)?,
            op::END => self.end(step)?,
            op::BR | op::BR_IF => {
                self.take(step.pops)?;
                let depth = self.emission.nesting - 1 - self.emission.ends[step.operand as usize];
                self.operation(step.opcode, depth);
                self.branch(step.operand);
                if step.opcode == op::BR {
                    self.event(Event::Stop);
                }
                self.put(step);
            }
            op::BR_TABLE => self.table(step)?,
            op::RETURN | op::UNREACHABLE => {
                self.take(step.pops)?;
                self.code().push(step.opcode);
                self.event(Event::Stop);
            }
            op::CALL | op::CALL_INDIRECT => self.call(step)?,
            op::DROP => {
                if self.emission.stack.drop_top(self.locals) {
                    self.code().push(op::DROP);
                }
            }
            op::LOCAL_GET if later => self.push_later(step),
            op::LOCAL_GET => {
                self.operation(step.opcode, step.operand);
                self.event(Event::Read(step.operand));
                self.put(step);
            }
            op::LOCAL_SET | op::LOCAL_TEE => {
                self.take(step.pops)?;
                self.operation(if later { op::LOCAL_SET } else { step.opcode }, step.operand);
                self.event(Event::Assign(step.operand));
                if later {
                    self.push_later(step);
                } else {
                    self.put(step);
                }
            }
            op::I32_ADD if later => self.push_sum()?,
            _ if later => self.push_later(step),
            _ => {
                self.take(step.pops)?;
                self.copy(step)?;
                self.put(step);
            }
        }
        Ok(())
    }

    /// In place of a local and a constant, neither of which has been written yet.
    fn push_sum(&mut self) -> Result<(), Fault> {
        let mut summands = self.emission.stack.top(2);
        let (Some(Held::Read(local)), Some(Held::Constant(start))) = (summands.next(), summands.next())
        else {
            return Err(Fault::Empty);
        };
        drop(summands);
        for _ in 0..2 {
            self.emission.stack.drop_top(self.locals);
        }
        self.emission.stack.push(Held::Sum(local, start), Value::I32);
        Ok(())
    }

    fn push_later(&mut self, step: Step) {
        if let Some(value) = step.pushes {
            let held = match step.opcode {
                op::LOCAL_GET | op::LOCAL_TEE => Held::Read(step.operand),
                _ => Held::Constant(step.start),
            };
            self.emission.stack.push(held, value);
        }
    }
}
