//! The four types that values have.

/// A type of values. Others (vectors, references) are not supported.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Value {
    I32,
    I64,
    F32,
    F64,
}

impl Value {
    pub(super) const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x7f => Some(Self::I32),
            0x7e => Some(Self::I64),
            0x7d => Some(Self::F32),
            0x7c => Some(Self::F64),
            _ => None,
        }
    }

    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::I32 => 0x7f,
            Self::I64 => 0x7e,
            Self::F32 => 0x7d,
            Self::F64 => 0x7c,
        }
    }

    /// Bytes in memory.
    pub(super) const fn size(self) -> u32 {
        match self {
            Self::I32 | Self::F32 => 4,
            Self::I64 | Self::F64 => 8,
        }
    }

    pub(super) const fn load(self) -> u8 {
        match self {
            Self::I32 => 0x28,
            Self::I64 => 0x29,
            Self::F32 => 0x2a,
            Self::F64 => 0x2b,
        }
    }

    pub(super) const fn store(self) -> u8 {
        match self {
            Self::I32 => 0x36,
            Self::I64 => 0x37,
            Self::F32 => 0x38,
            Self::F64 => 0x39,
        }
    }

    /// The constant zero, as an instruction.
    pub(super) const fn zero(self) -> &'static [u8] {
        match self {
            Self::I32 => &[0x41, 0],
            Self::I64 => &[0x42, 0],
            Self::F32 => &[0x43, 0, 0, 0, 0],
            Self::F64 => &[0x44, 0, 0, 0, 0, 0, 0, 0, 0],
        }
    }
}

/// Parameters and results of a function.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Signature {
    pub(super) parameters: Vec<Value>,
    pub(super) results: Vec<Value>,
}
