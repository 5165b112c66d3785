//! Reads how the blocks of a function lie in each other, where they end, and what branches to them.

use super::{Frame, Kind, Label, Outline, Region};
use crate::asyncify::error::Fault;
use crate::asyncify::instruction::{self as op, Instruction, Reader};
use crate::asyncify::operands::Origin;

impl Outline {
    /// Notes a call that suspends in everything that it is in, from the outside to the inside.
    pub(super) fn suspend(&mut self) {
        let holds = |frame: &Frame| self.constructs[frame.construct as usize].suspends;
        let known = self.frames.iter().rposition(holds);
        let mut region = known.map_or(0, |known| self.frames[known].region);
        for frame in &mut self.frames[known.map_or(0, |known| known + 1)..] {
            let construct = &mut self.constructs[frame.construct as usize];
            construct.suspends = true;
            // Nothing in it, and nothing behind its beginning in the region, has got a label yet.
            match construct.kind {
                Kind::Loop => {
                    self.regions[region].labels.push(Label::Loop(frame.construct));
                    self.regions[region].has_loops = true;
                }
                Kind::If if frame.in_else => self.regions[region].labels.push(Label::Else(frame.construct)),
                Kind::Function | Kind::Block | Kind::If => {}
            }
            if matches!(construct.kind, Kind::Loop | Kind::Function) {
                region = self.regions.len();
                self.regions.push(Region::default());
                construct.region = region as u32;
            }
            frame.region = region;
        }
        self.regions[region].labels.push(Label::Call(self.calls));
        self.calls += 1;
    }

    pub(super) fn target(&mut self, depth: u32) -> Result<u32, Fault> {
        let place = self.frames.len().checked_sub(depth as usize + 1).ok_or(Fault::Index("label"))?;
        self.frames[place].branched = true;
        Ok(self.frames[place].construct)
    }

    pub(super) fn table(&mut self, body: &[u8], instruction: Instruction) -> Result<(), Fault> {
        let mut reader = Reader::new(body, instruction.start + 1);
        let count = reader.unsigned()? + 1;
        let first = self.tables.len() as u32;
        self.tables.push(count);
        for _ in 0..count {
            let target = reader.unsigned()?;
            let construct = self.target(target)?;
            self.tables.push(construct);
        }
        let carried = self.constructs[self.tables[first as usize + 1] as usize].carries();
        for _ in 0..carried {
            self.pop()?;
        }
        self.push_step(instruction, first).pops = 1 + carried as u32;
        Ok(())
    }

    /// The end of an arm: what it leaves on the stack is taken, if it can be reached.
    fn leave(&mut self, falls: bool) -> Result<(Frame, usize), Fault> {
        let frame = *self.frames.last().ok_or(Fault::Overlong)?;
        let results = usize::from(self.constructs[frame.construct as usize].result.is_some());
        if falls {
            for _ in 0..results {
                self.pop()?;
            }
        }
        self.operands.truncate(frame.height, &mut self.steps);
        Ok((frame, results))
    }

    pub(super) fn arm(&mut self, instruction: Instruction, falls: bool) -> Result<(), Fault> {
        let (frame, results) = self.leave(falls)?;
        let known = &mut self.constructs[frame.construct as usize];
        if known.kind != Kind::If || known.has_else {
            return Err(Fault::Opcode(op::ELSE));
        }
        known.has_else = true;
        known.leaves |= falls;
        if known.suspends {
            self.regions[frame.region].labels.push(Label::Else(frame.construct));
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.in_else = true;
        }
        let step = self.push_step(instruction, frame.construct);
        (step.falls, step.pops) = (falls, if falls { results as u32 } else { 0 });
        Ok(())
    }

    /// Answers whether what follows can be reached.
    pub(super) fn end(&mut self, instruction: Instruction, falls: bool) -> Result<bool, Fault> {
        let (frame, results) = self.leave(falls)?;
        self.frames.pop();
        let calls = self.calls;
        let known = &mut self.constructs[frame.construct as usize];
        known.end_call = calls;
        known.leaves |= falls;
        known.leaves |= frame.branched && known.kind != Kind::Loop;
        known.leaves |= known.kind == Kind::If && !known.has_else;
        let known = *known;
        if known.suspends && matches!(known.kind, Kind::Block | Kind::If) {
            self.regions[frame.region].labels.push(Label::End(frame.construct));
        }
        let step = self.push_step(instruction, frame.construct);
        (step.falls, step.pops) = (falls, if falls { results as u32 } else { 0 });
        if known.kind != Kind::Function && known.leaves {
            step.pushes = known.result;
            self.push(known.result, Origin::Computed);
        }
        Ok(known.leaves || self.frames.is_empty())
    }

    /// Passes over what cannot be reached, to the end of the arm or the block that can be reached again.
    pub(super) fn dead(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        let mut nesting = 0_u32;
        loop {
            if self.frames.is_empty() {
                return Ok(());
            }
            let instruction = reader.instruction()?;
            match instruction.opcode {
                op::BLOCK | op::LOOP | op::IF => nesting += 1,
                op::ELSE if nesting == 0 => return self.arm(instruction, false),
                op::END if nesting > 0 => nesting -= 1,
                op::END if self.end(instruction, false)? => return Ok(()),
                _ => {}
            }
        }
    }
}
