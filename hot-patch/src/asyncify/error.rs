//! Modules that cannot be made suspendable, and why.

/// A module that cannot be made suspendable.
#[derive(Debug, thiserror::Error)]
pub enum AsyncifyError {
    /// It cannot be read.
    #[error("the module cannot be read: {0}")]
    Malformed(#[from] wasmparser::BinaryReaderError),
    /// It uses what is not supported.
    #[error("the module has {0}, which asyncify does not support")]
    Unsupported(&'static str),
    /// It lacks what is needed.
    #[error("the module has no {0}")]
    Missing(&'static str),
    /// It exports what is to be exported.
    #[error("the module has an export {0} already")]
    Export(String),
    /// It imports what there is not.
    #[error("the module imports asyncify.{0}, which does not exist")]
    Import(String),
    /// One of its functions has a body that is not as it should be.
    #[error("function {index}: {fault}")]
    Function {
        /// Its index.
        index: u32,
        /// Why.
        fault: Fault,
    },
}

/// What is wrong with a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It ends too early.
    #[error("the body ends in the middle of an instruction")]
    Truncated,
    /// It goes on behind its end.
    #[error("the body goes on behind its end")]
    Overlong,
    /// A number too large for its type.
    #[error("a number is too long")]
    Number,
    /// An index of nothing.
    #[error("there is no {0} of this index")]
    Index(&'static str),
    /// A value that an instruction needs is not there.
    #[error("the operand stack is empty where a value is needed")]
    Empty,
    /// The instruction is not supported.
    #[error("instruction {0:#04x} is not supported")]
    Opcode(u8),
    /// Something else is not supported.
    #[error("{0} are not supported")]
    Unsupported(&'static str),
}
