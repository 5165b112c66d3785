//! A function as it has to be known before it can be written anew: its instructions without the dead ones, its blocks,
//! which of them hold calls that suspend, and which operands lie on the stack while such a call runs.

mod nesting;

use super::call_graph::Part;
use super::error::Fault;
use super::instruction::{self as op, Instruction, Reader};
use super::locals::Locals;
use super::operands::{Operand, Operands, Origin};
use super::survey::Survey;
use super::value::Value;

/// Where the value is kept that an instruction puts on the operand stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// On the stack: no call that suspends runs while it is there.
    Stack,
    /// Nowhere. The instruction, which reads a constant or a local or adds the two, stands where the value is used instead.
    Later,
    /// In a local of its own.
    Local,
}

/// An instruction that can be reached.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) opcode: u8,
    pub(super) place: Place,
    /// A call that can come back unwinding.
    pub(super) suspends: bool,
    /// Of the end of an arm or a block: what stands before it runs into it.
    pub(super) falls: bool,
    /// Operands that it takes.
    pub(super) pops: u32,
    /// Where it begins in the body.
    pub(super) start: u32,
    /// A local, a function or a type; a construct of blocks and branches; the first of the targets of a table.
    pub(super) operand: u32,
    /// What it puts on the stack.
    pub(super) pushes: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Function,
    Block,
    Loop,
    If,
}

/// A block of any kind, or the whole function, which is the first of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Construct {
    pub(super) kind: Kind,
    pub(super) result: Option<Value>,
    /// A call that suspends is in it.
    pub(super) suspends: bool,
    /// What follows it can be reached.
    pub(super) leaves: bool,
    /// Of an if: it has a second arm.
    pub(super) has_else: bool,
    /// The calls in it that suspend.
    pub(super) first_call: u32,
    pub(super) end_call: u32,
    /// Of loops and the function, if they suspend: which region it is.
    pub(super) region: u32,
}

impl Construct {
    /// Values that a branch to it carries.
    pub(super) fn carries(&self) -> usize {
        usize::from(self.kind != Kind::Loop && self.result.is_some())
    }
}

/// A place in a region that is branched to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    /// Before a call that suspends.
    Call(u32),
    /// Before a loop that holds such calls.
    Loop(u32),
    /// Before the second arm of an if.
    Else(u32),
    /// Behind a block or an if.
    End(u32),
}

/// The function or a loop without the loops in it: what can be jumped to with forward branches alone.
#[derive(Debug, Default)]
pub(super) struct Region {
    /// In the order in which they come.
    pub(super) labels: Vec<Label>,
    /// It holds a loop that suspends.
    pub(super) has_loops: bool,
}

/// A construct that is open.
#[derive(Debug, Clone, Copy)]
struct Frame {
    construct: u32,
    height: usize,
    in_else: bool,
    branched: bool,
    /// If it suspends: the region that its code is in.
    region: usize,
}

/// See the head of the module.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) steps: Vec<Step>,
    pub(super) constructs: Vec<Construct>,
    pub(super) regions: Vec<Region>,
    /// For each table of branches how many targets it has, and the targets.
    pub(super) tables: Vec<u32>,
    /// How many calls suspend.
    pub(super) calls: u32,
    frames: Vec<Frame>,
    operands: Operands,
}

impl Outline {
    fn clear(&mut self, locals: usize) {
        self.steps.clear();
        self.constructs.clear();
        self.regions.clear();
        self.tables.clear();
        self.calls = 0;
        self.frames.clear();
        self.operands.clear(locals);
    }

    /// Takes in the body of a function, in place of what was here before.
    pub(super) fn read(
        &mut self,
        survey: &Survey<'_>,
        parts: &[Part],
        function: u32,
        body: &[u8],
        locals: &mut Locals,
    ) -> Result<(), Fault> {
        let signature = survey.signature_of(function)?;
        let start = locals.read(&signature.parameters, body)?;
        self.clear(locals.types().len());
        if signature.results.len() > 1 {
            return Err(Fault::Unsupported("functions with several results"));
        }
        self.open(Kind::Function, signature.results.first().copied());
        let mut reader = Reader::new(body, start);
        while !self.frames.is_empty() {
            let instruction = reader.instruction()?;
            if !self.step(survey, parts, body, locals, instruction)? {
                self.dead(&mut reader)?;
            }
        }
        if reader.is_done() { Ok(()) } else { Err(Fault::Overlong) }
    }

    fn open(&mut self, kind: Kind, result: Option<Value>) -> u32 {
        let construct = self.constructs.len() as u32;
        self.constructs.push(Construct {
            kind,
            result,
            suspends: false,
            leaves: false,
            has_else: false,
            first_call: self.calls,
            end_call: self.calls,
            region: 0,
        });
        let height = self.operands.height();
        self.frames.push(Frame { construct, height, in_else: false, branched: false, region: 0 });
        construct
    }

    fn push_step(&mut self, instruction: Instruction, operand: u32) -> &mut Step {
        self.steps.push(Step {
            opcode: instruction.opcode,
            place: Place::Stack,
            suspends: false,
            falls: false,
            pops: 0,
            start: instruction.start as u32,
            operand,
            pushes: None,
        });
        self.steps.last_mut().expect("it has just been pushed")
    }

    /// An instruction that takes values and may put one in their place.
    fn plain(&mut self, instruction: Instruction, pops: usize, pushes: Option<Value>) -> Result<(), Fault> {
        let operand = instruction.operand;
        let sum = if instruction.opcode == op::I32_ADD { self.operands.sum(&self.steps) } else { None };
        for _ in 0..pops {
            self.pop()?;
        }
        let origin = match instruction.opcode {
            op::I32_ADD => sum.map_or(Origin::Computed, Origin::Sum),
            op::LOCAL_GET | op::LOCAL_TEE => Origin::Local(operand),
            _ if instruction.is_constant() => Origin::Constant,
            _ => Origin::Computed,
        };
        let step = self.push_step(instruction, operand);
        (step.pops, step.pushes) = (pops as u32, pushes);
        self.push(pushes, origin);
        Ok(())
    }

    fn push(&mut self, value: Option<Value>, origin: Origin) {
        if let Some(value) = value {
            self.operands.push(Operand { step: self.steps.len() as u32 - 1, value, origin });
        }
    }

    fn pop(&mut self) -> Result<Value, Fault> {
        let floor = self.frames.last().map_or(0, |frame| frame.height);
        let operand = self.operands.pop(floor, &mut self.steps)?;
        Ok(operand.value)
    }

    /// Takes one instruction; answers whether the next can be reached.
    fn step(
        &mut self,
        survey: &Survey<'_>,
        parts: &[Part],
        body: &[u8],
        locals: &Locals,
        instruction: Instruction,
    ) -> Result<bool, Fault> {
        let operand = instruction.operand;
        match instruction.opcode {
            op::UNREACHABLE => {
                self.push_step(instruction, 0);
                return Ok(false);
            }
            op::BLOCK | op::LOOP | op::IF => {
                let kind = match instruction.opcode {
                    op::BLOCK => Kind::Block,
                    op::LOOP => Kind::Loop,
                    _ => Kind::If,
                };
                let pops = usize::from(kind == Kind::If);
                for _ in 0..pops {
                    self.pop()?;
                }
                let construct = self.open(kind, Value::from_byte(operand as u8));
                self.push_step(instruction, construct).pops = pops as u32;
            }
            op::ELSE => self.arm(instruction, true)?,
            op::END => return self.end(instruction, true),
            op::BR | op::BR_IF => {
                let pops = usize::from(instruction.opcode == op::BR_IF);
                for _ in 0..pops {
                    self.pop()?;
                }
                let construct = self.target(operand)?;
                let carried = self.constructs[construct as usize].carries();
                let mut passes = None;
                for _ in 0..carried {
                    passes = Some(self.pop()?);
                }
                let step = self.push_step(instruction, construct);
                step.pops = (pops + carried) as u32;
                if instruction.opcode == op::BR {
                    return Ok(false);
                }
                step.pushes = passes;
                self.push(passes, Origin::Computed);
            }
            op::BR_TABLE => {
                self.pop()?;
                self.table(body, instruction)?;
                return Ok(false);
            }
            op::RETURN => {
                let results = self.constructs[0].carries();
                for _ in 0..results {
                    self.pop()?;
                }
                self.push_step(instruction, 0).pops = results as u32;
                return Ok(false);
            }
            op::CALL => {
                let part = parts.get(operand as usize).ok_or(Fault::Index("function"))?;
                let signature = survey.signature_of(operand)?;
                self.call(instruction, signature.parameters.len(), &signature.results, part.suspends())?;
            }
            op::CALL_INDIRECT => {
                let signature = survey.signature(operand)?;
                self.call(instruction, signature.parameters.len() + 1, &signature.results, true)?;
            }
            op::DROP => self.plain(instruction, 1, None)?,
            op::SELECT | op::TYPED_SELECT => {
                for _ in 0..2 {
                    self.pop()?;
                }
                let value = self.pop()?;
                let step = self.push_step(instruction, operand);
                (step.pops, step.pushes) = (3, Some(value));
                self.push(Some(value), Origin::Computed);
            }
            op::LOCAL_GET => self.plain(instruction, 0, Some(locals.get(operand)?))?,
            op::LOCAL_SET | op::LOCAL_TEE => {
                let value = locals.get(operand)?;
                let pushes = (instruction.opcode == op::LOCAL_TEE).then_some(value);
                self.plain(instruction, 1, pushes)?;
                self.operands.assigned(operand, self.steps.len() as u32 - 1);
            }
            op::GLOBAL_GET => self.plain(instruction, 0, Some(survey.global(operand)?))?,
            op::GLOBAL_SET => self.plain(instruction, 1, None)?,
            opcode => {
                let effect = instruction.effect().ok_or(Fault::Opcode(opcode))?;
                self.plain(instruction, usize::from(effect.pops), effect.pushes)?;
            }
        }
        Ok(true)
    }

    fn call(
        &mut self,
        instruction: Instruction,
        pops: usize,
        results: &[Value],
        suspends: bool,
    ) -> Result<(), Fault> {
        if results.len() > 1 {
            return Err(Fault::Unsupported("calls with several results"));
        }
        if suspends {
            self.operands.mark();
            self.suspend();
        }
        self.plain(instruction, pops, results.first().copied())?;
        let last = self.steps.len() - 1;
        self.steps[last].suspends = suspends;
        Ok(())
    }
}
