//! A function that is replaced while a call of it is suspended ends in the code in which it began.

use std::fs;

use hot_patch::{AsyncifyInput, AsyncifyRole, asyncify};
use wasm_encoder::{Instruction as I, MemArg};

use crate::node::{beside, node};
use crate::small::{Small, TAKES, VOID, asyncify_imports};

const RESUMING: MemArg = MemArg { offset: 4, align: 2, memory_index: 0 };
const SLOT: MemArg = MemArg { offset: 8, align: 2, memory_index: 0 };
const STACK: i32 = 16;

#[test]
fn a_suspended_call_ends_in_the_code_in_which_it_began() {
    let mut imports = asyncify_imports();
    imports.push(("env", "log", TAKES));
    let log = |number: i32| [I::I32Const(number), I::Call(4)];
    let enter = [I::I32Const(0), I::CallIndirect { type_index: VOID, table_index: 0 }, I::Call(1)];
    let pause = vec![
        I::I32Const(0),
        I::I32Load(RESUMING),
        I::If(wasm_encoder::BlockType::Empty),
        I::Call(3),
        I::I32Const(0),
        I::I32Const(0),
        I::I32Store(RESUMING),
        I::Else,
        I::I32Const(STACK),
        I::Call(0),
        I::End,
    ];
    let resume = [I::I32Const(0), I::I32Const(1), I::I32Store(RESUMING), I::I32Const(STACK), I::Call(2)];
    let thunk = vec![I::I32Const(0), I::I32Load(SLOT), I::CallIndirect { type_index: VOID, table_index: 0 }];
    let small = Small {
        imports,
        functions: vec![
            (VOID, pause),
            (VOID, enter.to_vec()),
            (VOID, resume.into_iter().chain(enter).collect()),
            (VOID, thunk),
            // What is called twice through the thunk, as it was and as it is afterwards.
            (VOID, [log(1).to_vec(), vec![I::Call(5)], log(2).to_vec()].concat()),
            (VOID, log(10).to_vec()),
            (VOID, vec![I::Call(8), I::Call(8)]),
        ],
        table: vec![11, 9, 10],
        exports: vec![("launch", 6), ("resume", 7)],
        ..Small::default()
    };
    let module = small.module();
    let input = AsyncifyInput {
        module: &module,
        role: AsyncifyRole::Base,
        never_suspends: &|_, _| false,
        removed: &[],
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slots.wasm");
    fs::write(&path, asyncify(&input).unwrap().module).unwrap();
    assert_eq!(node(&beside("slots.mjs"), &[&path]), "1 replaced 2 10");
}
