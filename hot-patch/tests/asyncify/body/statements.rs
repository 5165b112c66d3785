//! What leaves the stack as it was: assignments, blocks, branches, and the points at which a program is suspended.

use wasm_encoder::{BlockType, Instruction, MemArg, ValType};

use super::{Body, memory};
use crate::program::{TRACE, TYPES, VALUE};

impl Body<'_> {
    pub(super) fn statements(&mut self, depth: u32) {
        for _ in 0..self.below(4) {
            self.statement(depth);
        }
    }

    pub(super) fn statement(&mut self, depth: u32) {
        if depth == 0 || self.budget == 0 {
            return if self.dense { self.trace(0) } else { self.suspend() };
        }
        let depth = depth - 1;
        if self.dense {
            return self.dense_statement(depth + 2);
        }
        let of = self.design.random.pick(&TYPES);
        match self.below(25) {
            0..=3 => {
                if let Some(local) = self.local(of) {
                    self.expression(of, depth);
                    self.push(Instruction::LocalSet(local));
                }
            }
            4 => {
                self.expression(of, depth);
                let global = self.global(of);
                self.push(Instruction::GlobalSet(global));
            }
            5 => {
                self.address(depth);
                self.expression(of, depth);
                let data = memory();
                self.push(match of {
                    ValType::I32 => Instruction::I32Store(data),
                    ValType::I64 => Instruction::I64Store(data),
                    ValType::F32 => Instruction::F32Store(MemArg { offset: data.offset + 4096, ..data }),
                    _ => Instruction::F64Store(MemArg { offset: data.offset + 8192, ..data }),
                });
            }
            6 => {
                self.expression(of, depth);
                self.push(Instruction::Drop);
            }
            7..=8 => {
                self.open(Instruction::Block(BlockType::Empty), None);
                self.statements(depth);
                self.close();
            }
            9..=10 => {
                self.open(Instruction::Loop(BlockType::Empty), None);
                self.burn();
                self.statements(depth);
                if self.below(2) == 0 {
                    self.expression(ValType::I32, depth);
                    self.push(Instruction::BrIf(0));
                }
                self.close();
            }
            11..=12 => {
                self.expression(ValType::I32, depth);
                self.open(Instruction::If(BlockType::Empty), None);
                self.statements(depth);
                if self.below(2) == 0 {
                    self.push(Instruction::Else);
                    self.statements(depth);
                }
                self.close();
            }
            13..=14 => self.branch(depth),
            15..=16 => self.call(None, depth),
            17 => self.trace(depth),
            18..=20 => self.trace(0),
            _ => self.suspend(),
        }
    }

    fn dense_statement(&mut self, depth: u32) {
        if depth > 9 {
            return self.trace(0);
        }
        match self.below(24) {
            0..=3 => {
                self.value();
                let local = self.local(ValType::I32).unwrap_or(0);
                self.push(Instruction::LocalSet(local));
            }
            4..=8 => {
                let local = self.local(ValType::I32).unwrap_or(0);
                let function = self.design.host_function(self.plan.in_patch, TRACE);
                self.push(Instruction::LocalGet(local));
                self.push(Instruction::Call(function));
            }
            9..=11 => {
                self.open(Instruction::Block(BlockType::Empty), None);
                self.statements(depth);
                self.close();
            }
            12..=13 => {
                self.open(Instruction::Loop(BlockType::Empty), None);
                self.burn();
                self.statements(depth);
                self.value();
                self.push(Instruction::BrIf(0));
                self.close();
            }
            14..=16 => {
                self.value();
                self.open(Instruction::If(BlockType::Empty), None);
                self.statements(depth);
                self.push(Instruction::Else);
                self.statements(depth);
                self.close();
            }
            17..=20 => {
                if let Some(label) = self.label(None) {
                    self.value();
                    self.push(Instruction::BrIf(label));
                }
            }
            21 => self.call(None, 1),
            22 => self.branch(1),
            _ => self.suspend(),
        }
    }

    /// Half of the time zero, and otherwise a number that says when it was made.
    pub(super) fn value(&mut self) {
        let value = self.design.host_function(self.plan.in_patch, VALUE);
        self.push(Instruction::Call(value));
    }

    fn suspend(&mut self) {
        if !self.plan.leaf {
            let point = self.design.point_function(self.plan.in_patch);
            self.push(Instruction::Call(point));
        }
    }

    fn branch(&mut self, depth: u32) {
        let carries = self.design.random.pick(&self.labels);
        let Some(label) = self.label(carries) else { return };
        if let Some(of) = carries {
            self.expression(of, depth);
        }
        match self.below(8) {
            0..=3 => {
                self.expression(ValType::I32, depth);
                self.push(Instruction::BrIf(label));
                if carries.is_some() {
                    self.push(Instruction::Drop);
                }
            }
            4 => self.push(Instruction::Br(label)),
            5 => {
                if carries.is_some() {
                    self.push(Instruction::Drop);
                }
                if let Some(result) = self.plan.result {
                    self.expression(result, depth);
                }
                self.push(Instruction::Return);
            }
            6 => {
                self.push(Instruction::Br(label));
                self.push(Instruction::Unreachable);
            }
            _ => {
                self.expression(ValType::I32, depth);
                self.push(Instruction::I32Const(3));
                self.push(Instruction::I32And);
                let targets: Vec<u32> =
                    (0..self.below(4)).map(|_| self.label(carries).unwrap_or(label)).collect();
                self.push(Instruction::BrTable(targets.into(), label));
            }
        }
    }
}
