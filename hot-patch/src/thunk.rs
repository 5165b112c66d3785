//! The body that stands where a replaceable function was: it calls what the function's slot names.

use wasm_encoder::{Function, Instruction, MemArg};

use crate::object::Signature;

/// What the name of a thunk has behind that of the function: on a stack it stands between a caller and the body.
pub(crate) const THUNK: &str = "$thunk";

/// Arguments, the slot's value, an indirect call. A goroutine that is suspended in the call has left this body already
/// when it is resumed: asyncify keeps the slot's value among the locals, so that it ends in the code that it began in.
pub(crate) fn thunk(signature: &Signature, signature_index: u32, slot_address: u32) -> Vec<u8> {
    let mut function = Function::new([]);
    for (index, _) in (0_u32..).zip(&signature.parameters) {
        function.instruction(&Instruction::LocalGet(index));
    }
    let slot = MemArg { offset: u64::from(slot_address), align: 2, memory_index: 0 };
    function
        .instruction(&Instruction::I32Const(0))
        .instruction(&Instruction::I32Load(slot))
        .instruction(&Instruction::CallIndirect { type_index: signature_index, table_index: 0 })
        .instruction(&Instruction::End);
    function.into_raw_body()
}
