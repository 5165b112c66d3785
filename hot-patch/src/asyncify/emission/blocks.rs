//! Blocks, loops and ifs, and the branches to them.

use super::Writing;
use crate::asyncify::error::Fault;
use crate::asyncify::instruction::{self as op, unsigned};
use crate::asyncify::liveness::Event;
use crate::asyncify::outline::{Kind, Step};
use crate::asyncify::value::Value;

impl Writing<'_> {
    /// Labels of liveness: two for each construct.
    fn end_label(construct: u32) -> u32 {
        construct * 2
    }

    fn else_label(construct: u32) -> u32 {
        construct * 2 + 1
    }

    pub(super) fn branch(&mut self, construct: u32) {
        // Nothing is alive behind the function.
        if construct > 0 {
            self.event(Event::Branch(Self::end_label(construct)));
        }
    }

    pub(super) fn begin(&mut self, step: Step) -> Result<(), Fault> {
        let construct = step.operand;
        let known = self.outline.constructs[construct as usize];
        self.take(step.pops)?;
        let floor = self.emission.stack.height();
        self.emission.floors.push(floor);
        let block_type = known.result.map_or(op::EMPTY as u8, Value::byte);
        if known.kind == Kind::If {
            let skipped = if known.has_else { Self::else_label } else { Self::end_label };
            self.event(Event::Branch(skipped(construct)));
        }
        if !known.suspends {
            self.emission.ends[construct as usize] = self.emission.nesting;
            self.emission.nesting += 1;
            self.code().extend([step.opcode, block_type]);
            if known.kind == Kind::Loop {
                self.event(Event::Loop(Self::end_label(construct)));
            }
            return Ok(());
        }
        match known.kind {
            Kind::If => {
                let skipped = if known.has_else { &self.emission.elses } else { &self.emission.ends };
                let depth = self.emission.nesting - 1 - skipped[construct as usize];
                self.code().push(op::I32_EQZ);
                self.operation(op::BR_IF, depth);
            }
            Kind::Loop => {
                self.close_label();
                self.emission.ends[construct as usize] = self.emission.nesting;
                self.code().extend([op::LOOP, block_type]);
                self.event(Event::Loop(Self::end_label(construct)));
                let count = self.outline.regions[known.region as usize].labels.len() as u32;
                self.emission.nesting += 1 + count;
                self.emission.regions.push(known.region);
                self.place_labels(known.region);
                let mut code = std::mem::take(&mut self.emission.code);
                self.open_labels(known.region, &mut code);
                self.find_way(known.region, known.first_call, &mut code);
                self.emission.code = code;
            }
            Kind::Block | Kind::Function => {}
        }
        Ok(())
    }

    pub(super) fn close_label(&mut self) {
        self.emission.code.push(op::END);
        self.emission.nesting -= 1;
    }

    pub(super) fn second_arm(&mut self, step: Step) -> Result<(), Fault> {
        let construct = step.operand;
        let known = self.outline.constructs[construct as usize];
        self.take(step.pops)?;
        if step.falls {
            self.branch(construct);
            if known.suspends {
                let depth = self.emission.nesting - 1 - self.emission.ends[construct as usize];
                self.operation(op::BR, depth);
            }
            self.event(Event::Stop);
        }
        let floor = self.emission.floors.last().copied().unwrap_or_default();
        self.emission.stack.truncate(floor, self.locals);
        if known.suspends {
            self.close_label();
        } else {
            self.code().push(op::ELSE);
        }
        self.event(Event::Label(Self::else_label(construct)));
        Ok(())
    }

    pub(super) fn end(&mut self, step: Step) -> Result<(), Fault> {
        let construct = step.operand;
        let known = self.outline.constructs[construct as usize];
        self.take(step.pops)?;
        let floor = self.emission.floors.pop().unwrap_or_default();
        self.emission.stack.truncate(floor, self.locals);
        if known.kind == Kind::Function && step.falls {
            self.code().push(op::RETURN);
            self.event(Event::Stop);
        }
        self.close_label();
        if known.kind == Kind::Function {
            return Ok(());
        }
        if known.kind == Kind::Loop {
            if known.suspends {
                self.emission.regions.pop();
            }
        } else {
            self.event(Event::Label(Self::end_label(construct)));
        }
        if known.leaves {
            self.put(step);
        } else {
            // What followed has been left out; whoever checks the code does not know that it is never reached.
            self.code().push(op::UNREACHABLE);
            self.event(Event::Stop);
        }
        Ok(())
    }

    pub(super) fn table(&mut self, step: Step) -> Result<(), Fault> {
        self.take(step.pops)?;
        let first = step.operand as usize;
        let count = self.outline.tables[first];
        self.operation(op::BR_TABLE, count - 1);
        for index in 1..=count as usize {
            let construct = self.outline.tables[first + index];
            let depth = self.emission.nesting - 1 - self.emission.ends[construct as usize];
            unsigned(self.code(), depth);
            self.branch(construct);
        }
        self.event(Event::Stop);
        Ok(())
    }
}
