//! Why bytes have no anatomy.

/// The bytes are not a module, or not a whole one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("it is empty")]
    Empty,
    #[error("it is no WebAssembly: it begins with {beginning}")]
    NotWasm { beginning: String },
    #[error("it is damaged at byte {offset}: {detail}")]
    Malformed { offset: u64, detail: String },
    #[error("it is a component that has no module in it")]
    NoModule,
}

impl Error {
    /// What the reader can do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Empty | Self::Malformed { .. } => {
                "build it again: whatever wrote it did not come to its end"
            }
            Self::NotWasm { .. } => "name a file that a compiler wrote for WebAssembly, in its binary form",
            Self::NoModule => "name a component with code of its own",
        }
    }
}

impl From<wasmparser::BinaryReaderError> for Error {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::Malformed { offset: error.offset() as u64, detail: error.message().to_owned() }
    }
}
