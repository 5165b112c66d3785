//! Copies the body of a function that is never suspended: only the functions that it calls may have other indices.

use super::error::Fault;
use super::instruction::{CALL, Reader, unsigned};
use super::locals::Locals;

/// Writes the body to the end of `code`.
pub(super) fn copy(body: &[u8], functions: &[u32], code: &mut Vec<u8>) -> Result<(), Fault> {
    let start = Locals::skip(body)?;
    code.extend_from_slice(&body[..start]);
    let mut reader = Reader::new(body, start);
    while !reader.is_done() {
        let at = reader.at();
        if body[at] == CALL {
            let callee = reader.instruction()?.operand;
            code.push(CALL);
            unsigned(code, *functions.get(callee as usize).ok_or(Fault::Index("function"))?);
        } else {
            reader.copy(at, code)?;
        }
    }
    Ok(())
}
