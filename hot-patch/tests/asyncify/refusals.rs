//! What is not supported is refused with words, and bytes that are no module are no reason to panic.

use hot_patch::{AsyncifyError, AsyncifyInput, AsyncifyRole, Fault, asyncify};
use wasm_encoder::Instruction as I;

use crate::program::Design;
use crate::random::Random;
use crate::small::{Small, VOID, asyncify_imports};

fn refusal(module: &[u8], role: AsyncifyRole) -> String {
    let input = AsyncifyInput { module, role, never_suspends: &|_, _| false, removed: &["f9"] };
    asyncify(&input).err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn what_is_not_supported_is_named() {
    let unknown = Small { imports: vec![("asyncify", "pause", VOID)], ..Small::default() };
    assert_eq!(
        refusal(&unknown.module(), AsyncifyRole::Base),
        "the module imports asyncify.pause, which does not exist"
    );
    let taken =
        Small { functions: vec![(VOID, vec![])], exports: vec![("__asyncify_data", 0)], ..Small::default() };
    assert_eq!(
        refusal(&taken.module(), AsyncifyRole::Base),
        "the module has an export __asyncify_data already"
    );
    let scheduler = Small { imports: asyncify_imports(), ..Small::default() };
    assert_eq!(
        refusal(&scheduler.module(), AsyncifyRole::Patch),
        "the module has imports that only a base may have, which asyncify does not support"
    );
    let global = Small { global: true, ..Small::default() };
    assert_eq!(
        refusal(&global.module(), AsyncifyRole::Patch),
        "the module has globals of its own, which asyncify does not support"
    );
    let bare = Small { memory: false, ..Small::default() };
    assert_eq!(refusal(&bare.module(), AsyncifyRole::Base), "the module has no memory");
    for (instructions, words) in [
        (vec![I::ReturnCall(0)], "function 0: instruction 0x12 is not supported"),
        (vec![I::AtomicFence], "function 0: instruction 0xfe is not supported"),
        (vec![I::I32Add], "function 0: the operand stack is empty where a value is needed"),
        (vec![I::Br(7)], "function 0: there is no label of this index"),
        (vec![I::LocalGet(7)], "function 0: there is no local of this index"),
        (vec![I::Call(7)], "function 0: there is no function of this index"),
        (vec![I::GlobalGet(7)], "function 0: there is no global of this index"),
        (vec![I::End], "function 0: the body goes on behind its end"),
    ] {
        let mut instructions = instructions;
        // Only functions that can be suspended are read so closely.
        let call = [I::I32Const(0), I::CallIndirect { type_index: VOID, table_index: 0 }];
        instructions.splice(0..0, call);
        let small = Small { functions: vec![(VOID, instructions)], ..Small::default() };
        assert_eq!(refusal(&small.module(), AsyncifyRole::Base), words);
    }
    let error = AsyncifyError::Function { index: 5, fault: Fault::Truncated };
    assert_eq!(error.to_string(), "function 5: the body ends in the middle of an instruction");
}

#[test]
fn broken_modules_are_no_reason_to_panic() {
    let mut random = Random::new(1);
    let mut refused = 0;
    for seed in 0..300 {
        let whole = Design::new(seed, 60).program().base;
        for _ in 0..20 {
            let mut module = whole.clone();
            match random.below(3) {
                0 => module.truncate(random.below(whole.len())),
                1 => {
                    let place = random.below(whole.len());
                    module[place] = random.next() as u8;
                }
                _ => {
                    let place = random.below(whole.len());
                    module.drain(place..(place + 1 + random.below(4)).min(whole.len()));
                }
            }
            refused += usize::from(!refusal(&module, AsyncifyRole::Base).is_empty());
        }
    }
    assert!(refused > 1000, "{refused}");
}
