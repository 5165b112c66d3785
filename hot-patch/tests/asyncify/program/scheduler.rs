//! Functions that begin, suspend and resume a program, as TinyGo's `task_asyncify_wasm.S` does.

use wasm_encoder::{BlockType, Function, Instruction};

use super::{DECIDE, Design, RESUMING, STACK, VOID, word};

impl Design {
    pub(super) fn pause_point(&self) -> Function {
        function(&[
            Instruction::Call(self.host[DECIDE as usize]),
            Instruction::If(BlockType::Empty),
            Instruction::I32Const(STACK),
            Instruction::Call(self.point + 1),
            Instruction::End,
        ])
    }

    pub(super) fn pause(&self) -> Function {
        let [start_unwind, _, _, stop_rewind] = self.asyncify;
        function(&[
            Instruction::I32Const(0),
            Instruction::I32Load(word(RESUMING)),
            Instruction::If(BlockType::Empty),
            Instruction::Call(stop_rewind),
            Instruction::I32Const(0),
            Instruction::I32Const(0),
            Instruction::I32Store(word(RESUMING)),
            Instruction::Else,
            Instruction::LocalGet(0),
            Instruction::Call(start_unwind),
            Instruction::End,
        ])
    }

    pub(super) fn launch(&self, again: bool) -> Function {
        let [_, stop_unwind, start_rewind, _] = self.asyncify;
        let mut code = Vec::new();
        if again {
            code.extend([
                Instruction::I32Const(0),
                Instruction::I32Const(1),
                Instruction::I32Store(word(RESUMING)),
                Instruction::I32Const(STACK),
                Instruction::Call(start_rewind),
            ]);
        }
        code.extend([
            Instruction::I32Const(self.plans[0].entry as i32),
            Instruction::CallIndirect { type_index: VOID, table_index: 0 },
            Instruction::Call(stop_unwind),
        ]);
        function(&code)
    }
}

fn function(code: &[Instruction<'_>]) -> Function {
    let mut function = Function::new([]);
    for instruction in code {
        function.instruction(instruction);
    }
    function.instruction(&Instruction::End);
    function
}
