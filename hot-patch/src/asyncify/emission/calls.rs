//! Calls: those that can come back unwinding, or are made again to rewind.

use super::{UNWIND, Writing};
use crate::asyncify::error::Fault;
use crate::asyncify::instruction::{self as op, signed};
use crate::asyncify::liveness::Event;
use crate::asyncify::outline::Step;
use crate::asyncify::stack::Held;

impl Writing<'_> {
    pub(super) fn call(&mut self, step: Step) -> Result<(), Fault> {
        if !step.suspends {
            self.take(step.pops)?;
            self.target(step)?;
            self.put(step);
            return Ok(());
        }
        self.close_label();
        if self.resets_at_call() {
            self.code().extend([op::I32_CONST, 0]);
            let resume = self.resume;
            self.operation(op::LOCAL_SET, resume);
        }
        self.keep(step);
        // Whoever is resumed takes its parameters from its frame, so that arguments need not outlive the call.
        self.take(step.pops)?;
        self.target(step)?;
        self.event(Event::Suspend);
        self.check();
        self.put(step);
        Ok(())
    }

    fn target(&mut self, step: Step) -> Result<(), Fault> {
        if step.opcode == op::CALL {
            self.operation(op::CALL, self.program.functions[step.operand as usize]);
            Ok(())
        } else {
            self.copy(step)
        }
    }

    /// The way to the call is at its end; loops that come later have to begin at their beginning.
    fn resets_at_call(&self) -> bool {
        let region = self.emission.regions.last().copied().unwrap_or_default();
        self.has_loops() && !self.resets_at_head(region)
    }

    /// What the call has to be made with again: the same function, above all.
    fn keep(&mut self, step: Step) {
        let count = if step.opcode == op::CALL_INDIRECT {
            1
        } else if (self.program.keeps_arguments)(step.operand) {
            step.pops as usize
        } else {
            return;
        };
        let emission = &mut *self.emission;
        for held in emission.stack.top(count) {
            if let Held::Local(local) | Held::Read(local) | Held::Sum(local, _) = held {
                emission.events.push(Event::Keep(local));
            }
        }
    }

    /// Behind the call: out of here if the stack is unwound, with the number of the call.
    fn check(&mut self) {
        // Counted from one where zero has to stand for none.
        let number = self.emission.call + u32::from(self.has_loops());
        self.emission.call += 1;
        let (has_call, depth) = (self.has_call(), self.emission.nesting - 1 - UNWIND);
        if has_call {
            self.code().push(op::I32_CONST);
            signed(self.code(), i64::from(number));
        }
        self.operation(op::GLOBAL_GET, self.program.shared.state);
        self.operation(op::BR_IF, depth);
        if has_call {
            self.code().push(op::DROP);
        }
    }
}
