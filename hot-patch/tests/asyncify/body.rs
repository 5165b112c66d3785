//! Random bodies of functions: every kind of block, branch and call, with values left on the stack under them.

mod statements;

use wasm_encoder::{BlockType, Function, Instruction, MemArg, ValType};

use crate::program::{DATA, DATA_MASK, DONE, Design, FUEL, Plan, TRACE, TYPES, word};

pub(crate) struct Body<'a> {
    design: &'a mut Design,
    plan: Plan,
    locals: Vec<ValType>,
    /// What branches to the open labels carry, the innermost last.
    labels: Vec<Option<ValType>>,
    code: Vec<Instruction<'static>>,
    /// Instructions that may still come, roughly.
    budget: u32,
    /// Few locals that are assigned and read all the time, with few calls between: which of them have to outlive a
    /// call depends on every branch.
    dense: bool,
}

impl<'a> Body<'a> {
    pub(crate) fn generate(design: &'a mut Design, plan: &Plan) -> Function {
        let mut locals = plan.parameters.clone();
        let parameters = locals.len();
        let dense = design.random.once_in(3);
        let count = if design.random.once_in(12) { 70 } else { design.random.below(7) };
        locals.extend((0..count).map(|_| design.random.pick(&TYPES)));
        if dense {
            locals.truncate(parameters + 1);
            locals.extend([ValType::I32; 2]);
        }
        let budget = 4 + design.random.below(design.size as usize) as u32;
        let declared: Vec<(u32, ValType)> = locals[parameters..].iter().map(|one| (1, *one)).collect();
        let mut body = Self {
            design,
            plan: plan.clone(),
            locals,
            labels: vec![plan.result],
            code: Vec::new(),
            budget,
            dense,
        };
        body.burn();
        while body.budget > 0 {
            body.statement(4);
        }
        if plan.entry == body.design.plans[0].entry {
            body.code.extend([Instruction::I32Const(1), Instruction::GlobalSet(DONE)]);
        }
        if let Some(result) = plan.result {
            body.expression(result, 2);
        }
        let mut function = Function::new(declared);
        for instruction in &body.code {
            function.instruction(instruction);
        }
        function.instruction(&Instruction::End);
        function
    }

    fn below(&mut self, end: usize) -> usize {
        self.design.random.below(end)
    }

    fn push(&mut self, instruction: Instruction<'static>) {
        self.budget = self.budget.saturating_sub(1);
        self.code.push(instruction);
    }

    /// Ends the function when the program has done enough.
    fn burn(&mut self) {
        self.code.extend([
            Instruction::GlobalGet(FUEL),
            Instruction::I32Const(1),
            Instruction::I32Sub,
            Instruction::GlobalSet(FUEL),
            Instruction::GlobalGet(FUEL),
            Instruction::I32Const(0),
            Instruction::I32LtS,
            Instruction::If(BlockType::Empty),
        ]);
        if let Some(result) = self.plan.result {
            self.constant(result);
        }
        self.code.extend([Instruction::Return, Instruction::End]);
    }

    fn constant(&mut self, of: ValType) {
        let number = self.below(50) as i32 - 10;
        self.push(match of {
            ValType::I32 => Instruction::I32Const(if number == 0 { i32::MIN } else { number }),
            ValType::I64 => {
                Instruction::I64Const(if number == 0 { i64::MAX } else { i64::from(number) << 33 })
            }
            ValType::F32 => Instruction::F32Const((number as f32 / 4.0).into()),
            _ => Instruction::F64Const((f64::from(number) / 4.0).into()),
        });
    }

    fn local(&mut self, of: ValType) -> Option<u32> {
        let fitting: Vec<u32> =
            (0..).zip(&self.locals).filter(|(_, one)| **one == of).map(|(index, _)| index).collect();
        (!fitting.is_empty()).then(|| self.design.random.pick(&fitting))
    }

    fn global(&mut self, of: ValType) -> u32 {
        let which = TYPES.iter().position(|one| *one == of).unwrap();
        (which * 2 + self.below(2)) as u32
    }

    fn simple(&mut self, of: ValType) {
        match self.below(8) {
            0 | 1 => self.constant(of),
            2 => {
                let global = self.global(of);
                self.push(Instruction::GlobalGet(global));
            }
            _ => match self.local(of) {
                Some(local) => self.push(Instruction::LocalGet(local)),
                None => self.constant(of),
            },
        }
    }

    /// Puts a value onto the stack.
    fn expression(&mut self, of: ValType, depth: u32) {
        if depth == 0 || self.budget == 0 {
            return self.simple(of);
        }
        let depth = depth - 1;
        match self.below(20) {
            0 | 1 => self.simple(of),
            2..=5 => {
                self.expression(of, depth);
                if self.below(3) == 0 {
                    self.statement(depth);
                }
                self.expression(of, depth);
                self.binary(of);
            }
            6 => self.converted(of, depth),
            7 => {
                self.address(depth);
                let data = memory();
                self.push(match of {
                    ValType::I32 => Instruction::I32Load(data),
                    ValType::I64 => Instruction::I64Load(data),
                    ValType::F32 => Instruction::F32Load(MemArg { offset: data.offset + 4096, ..data }),
                    _ => Instruction::F64Load(MemArg { offset: data.offset + 8192, ..data }),
                });
            }
            8..=10 => self.call(Some(of), depth),
            11 => {
                self.open(Instruction::Block(BlockType::Result(of)), Some(of));
                self.statements(depth);
                self.expression(of, depth);
                self.close();
            }
            12 => {
                self.expression(ValType::I32, depth);
                self.open(Instruction::If(BlockType::Result(of)), Some(of));
                self.statements(depth);
                self.expression(of, depth);
                self.push(Instruction::Else);
                self.statements(depth);
                self.expression(of, depth);
                self.close();
            }
            13 => {
                self.open(Instruction::Loop(BlockType::Result(of)), None);
                self.burn();
                self.statements(depth);
                self.expression(of, depth);
                self.close();
            }
            14 => {
                self.expression(of, depth);
                self.expression(of, depth);
                self.expression(ValType::I32, depth);
                self.push(Instruction::Select);
            }
            15 | 16 => {
                self.expression(of, depth);
                if let Some(local) = self.local(of) {
                    self.push(Instruction::LocalTee(local));
                }
            }
            17 => {
                self.expression(of, depth);
                if let Some(label) = self.label(Some(of)) {
                    self.expression(ValType::I32, depth);
                    self.push(Instruction::BrIf(label));
                }
            }
            18 if of == ValType::I32 => self.value(),
            _ => {
                self.statement(depth);
                self.expression(of, depth);
            }
        }
    }

    /// Operations that neither trap nor make a value that is not a number.
    fn binary(&mut self, of: ValType) {
        use Instruction as I;
        let choices: &[I<'static>] = match of {
            ValType::I32 => {
                &[I::I32Add, I::I32Sub, I::I32Mul, I::I32Xor, I::I32ShrU, I::I32LtS, I::I32Eq, I::I32Rotl]
            }
            ValType::I64 => &[I::I64Add, I::I64Sub, I::I64Mul, I::I64Or, I::I64Shl, I::I64And],
            ValType::F32 => &[I::F32Add, I::F32Sub, I::F32Min, I::F32Max, I::F32Copysign],
            _ => &[I::F64Add, I::F64Sub, I::F64Min, I::F64Max, I::F64Copysign],
        };
        let chosen = self.design.random.pick(choices);
        self.push(chosen);
    }

    fn converted(&mut self, of: ValType, depth: u32) {
        use Instruction as I;
        let choices: &[(ValType, I<'static>)] = match of {
            ValType::I32 => &[
                (ValType::I64, I::I32WrapI64),
                (ValType::I64, I::I64Eqz),
                (ValType::F32, I::I32TruncSatF32S),
                (ValType::F64, I::I32TruncSatF64U),
                (ValType::I32, I::I32Eqz),
                (ValType::I32, I::I32Extend8S),
            ],
            ValType::I64 => &[
                (ValType::I32, I::I64ExtendI32S),
                (ValType::I32, I::I64ExtendI32U),
                (ValType::F32, I::I64TruncSatF32U),
                (ValType::I64, I::I64Popcnt),
            ],
            ValType::F32 => &[
                (ValType::I32, I::F32ConvertI32S),
                (ValType::I64, I::F32ConvertI64S),
                (ValType::F32, I::F32Neg),
            ],
            _ => &[
                (ValType::I32, I::F64ConvertI32U),
                (ValType::F32, I::F64PromoteF32),
                (ValType::F64, I::F64Abs),
            ],
        };
        let (from, operation) = self.design.random.pick(choices);
        self.expression(from, depth);
        self.push(operation);
    }

    fn address(&mut self, depth: u32) {
        self.expression(ValType::I32, depth);
        self.push(Instruction::I32Const(DATA_MASK));
        self.push(Instruction::I32And);
    }

    /// Calls what has the result, if there is such a function. What it returns otherwise is dropped.
    fn call(&mut self, result: Option<ValType>, depth: u32) {
        let fitting: Vec<Plan> =
            self.design.plans.iter().skip(1).filter(|plan| plan.result == result).cloned().collect();
        if self.plan.leaf || fitting.is_empty() {
            match result {
                Some(of) => self.simple(of),
                None => self.trace(depth),
            }
            return;
        }
        let callee = self.design.random.pick(&fitting);
        for parameter in &callee.parameters {
            self.expression(*parameter, depth);
        }
        let direct = self.design.callee(self.plan.in_patch, &callee);
        match direct {
            Some(index) if !self.design.random.once_in(3) => self.push(Instruction::Call(index)),
            _ => {
                let group = self
                    .design
                    .groups
                    .iter()
                    .find(|group| group.signature == callee.signature)
                    .cloned()
                    .unwrap();
                self.expression(ValType::I32, depth);
                self.push(Instruction::I32Const(group.count as i32 - 1));
                self.push(Instruction::I32And);
                self.push(Instruction::I32Const(group.first as i32));
                self.push(Instruction::I32Add);
                self.push(Instruction::CallIndirect { type_index: group.signature, table_index: 0 });
            }
        }
    }

    fn trace(&mut self, depth: u32) {
        let which = self.below(TYPES.len());
        self.expression(TYPES[which], depth);
        let function = self.design.host_function(self.plan.in_patch, TRACE + which as u32);
        self.push(Instruction::Call(function));
    }

    fn open(&mut self, instruction: Instruction<'static>, label: Option<ValType>) {
        self.push(instruction);
        self.labels.push(label);
    }

    fn close(&mut self) {
        self.push(Instruction::End);
        self.labels.pop();
    }

    /// A label whose branches carry this, as a depth.
    fn label(&mut self, carries: Option<ValType>) -> Option<u32> {
        let fitting: Vec<u32> = (0..)
            .zip(self.labels.iter().rev())
            .filter(|(_, one)| **one == carries)
            .map(|(depth, _)| depth)
            .collect();
        (!fitting.is_empty()).then(|| self.design.random.pick(&fitting))
    }
}

fn memory() -> MemArg {
    word(u64::from(DATA))
}
