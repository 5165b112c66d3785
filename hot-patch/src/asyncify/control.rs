//! The functions that asyncify adds: those that begin and end unwinding and rewinding, and the two ends of the stack.

use super::error::AsyncifyError;
use super::instruction::unsigned;
use super::value::{Signature, Value};

/// A function that is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    StartUnwind,
    StopUnwind,
    StartRewind,
    StopRewind,
    GetState,
    Push,
    PushCall,
    Pop,
    Put,
    Pull,
}

/// Those that only a base has, which are exported. What reads and writes the state is there once.
pub(super) const EXPORTED: [Added; 5] =
    [Added::StartUnwind, Added::StopUnwind, Added::StartRewind, Added::StopRewind, Added::GetState];

/// Those that a base with suspending functions has.
pub(super) const STACK: [Added; 3] = [Added::Push, Added::PushCall, Added::Pop];

/// Those that a base has for its patches, which are short for it: they move one word each.
pub(super) const WORDS: [Added; 2] = [Added::Put, Added::Pull];

const NORMAL: u8 = 0;
const UNWINDING: u8 = 1;
const REWINDING: u8 = 2;

const GLOBAL_GET: u8 = 0x23;
const GLOBAL_SET: u8 = 0x24;
const LOCAL_GET: u8 = 0x20;
const LOCAL_TEE: u8 = 0x22;
const I32_CONST: u8 = 0x41;
const I32_ADD: u8 = 0x6a;
const I32_SUB: u8 = 0x6b;
const END: u8 = 0x0b;
const WORD: u8 = 4;
/// Words of the structure that `__asyncify_data` points to: where the stack ends now, and where it has to.
const LOAD_TOP: [u8; 3] = [0x28, 2, 0];
const LOAD_LIMIT: [u8; 3] = [0x28, 2, 4];
const STORE_TOP: [u8; 3] = [0x36, 2, 0];
const TRAP_IF_ABOVE: [u8; 5] = [0x4b, 0x04, 0x40, 0x00, END];

impl Added {
    pub(super) fn of_import(field: &str) -> Result<Self, AsyncifyError> {
        let known = EXPORTED.iter().find(|one| one.name().strip_prefix("asyncify_") == Some(field));
        known.copied().ok_or_else(|| AsyncifyError::Import(field.to_owned()))
    }

    /// Of the export, if it is one, and in the list of names.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::StartUnwind => "asyncify_start_unwind",
            Self::StopUnwind => "asyncify_stop_unwind",
            Self::StartRewind => "asyncify_start_rewind",
            Self::StopRewind => "asyncify_stop_rewind",
            Self::GetState => "asyncify_get_state",
            Self::Push => "asyncify_push",
            Self::PushCall => "asyncify_push_call",
            Self::Pop => "asyncify_pop",
            Self::Put => "asyncify_put",
            Self::Pull => "asyncify_pull",
        }
    }

    pub(super) fn signature(self) -> Signature {
        let (parameters, results) = match self {
            Self::StartUnwind | Self::StartRewind => (1, 0),
            Self::StopUnwind | Self::StopRewind => (0, 0),
            Self::GetState | Self::Pull => (0, 1),
            Self::Put => (1, 0),
            Self::Push | Self::Pop => (1, 1),
            Self::PushCall => (2, 1),
        };
        Signature { parameters: vec![Value::I32; parameters], results: vec![Value::I32; results] }
    }

    pub(super) fn is_exported(self) -> bool {
        EXPORTED.contains(&self) || WORDS.contains(&self)
    }

    /// The body, without its length.
    pub(super) fn body(self, state: u32, data: u32) -> Vec<u8> {
        let mut body = Body { code: Vec::new(), state, data };
        match self {
            Self::StartUnwind => body.start(UNWINDING),
            Self::StartRewind => body.start(REWINDING),
            Self::StopUnwind | Self::StopRewind => body.stop(),
            Self::GetState => {
                body.code.push(0);
                body.state();
            }
            Self::Push => body.push(0, 1),
            Self::PushCall => {
                body.push(1, 2);
                body.code.extend([LOCAL_GET, 0]);
                body.code.extend(STORE_TOP);
                body.code.extend([LOCAL_GET, 2]);
            }
            Self::Pop => body.pop(),
            Self::Put => body.put(),
            Self::Pull => body.pull(),
        }
        body.code.push(END);
        body.code
    }
}

struct Body {
    code: Vec<u8>,
    state: u32,
    data: u32,
}

impl Body {
    fn state(&mut self) {
        self.code.push(GLOBAL_GET);
        unsigned(&mut self.code, self.state);
    }

    fn data(&mut self) {
        self.code.push(GLOBAL_GET);
        unsigned(&mut self.code, self.data);
    }

    fn set_state(&mut self, state: u8) {
        self.code.extend([0, I32_CONST, state, GLOBAL_SET]);
        unsigned(&mut self.code, self.state);
    }

    fn start(&mut self, state: u8) {
        self.set_state(state);
        self.code.extend([LOCAL_GET, 0, GLOBAL_SET]);
        unsigned(&mut self.code, self.data);
        self.check();
    }

    fn stop(&mut self) {
        self.set_state(NORMAL);
        self.check();
    }

    fn check(&mut self) {
        self.data();
        self.code.extend(LOAD_TOP);
        self.data();
        self.code.extend(LOAD_LIMIT);
        self.code.extend(TRAP_IF_ABOVE);
    }

    /// Makes room, and traps before anything is written beyond the end. The old top is the result, and in `top`.
    fn push(&mut self, size: u8, top: u8) {
        self.code.extend([1, 1, Value::I32.byte()]);
        self.data();
        self.data();
        self.code.extend(LOAD_TOP);
        self.code.extend([LOCAL_TEE, top, LOCAL_GET, size, I32_ADD, LOCAL_TEE, size]);
        self.code.extend(STORE_TOP);
        self.code.extend([LOCAL_GET, size]);
        self.data();
        self.code.extend(LOAD_LIMIT);
        self.code.extend(TRAP_IF_ABOVE);
        self.code.extend([LOCAL_GET, top]);
    }

    fn put(&mut self) {
        self.code.extend([1, 1, Value::I32.byte()]);
        self.data();
        self.data();
        self.code.extend(LOAD_TOP);
        self.code.extend([LOCAL_TEE, 1, I32_CONST, WORD, I32_ADD]);
        self.code.extend(STORE_TOP);
        self.check();
        self.code.extend([LOCAL_GET, 1, LOCAL_GET, 0]);
        self.code.extend(STORE_TOP);
    }

    fn pull(&mut self) {
        self.code.extend([1, 1, Value::I32.byte()]);
        self.data();
        self.data();
        self.code.extend(LOAD_TOP);
        self.code.extend([I32_CONST, WORD, I32_SUB, LOCAL_TEE, 0]);
        self.code.extend(STORE_TOP);
        self.code.extend([LOCAL_GET, 0]);
        self.code.extend(LOAD_TOP);
    }

    fn pop(&mut self) {
        self.code.push(0);
        self.data();
        self.data();
        self.code.extend(LOAD_TOP);
        self.code.extend([LOCAL_GET, 0, I32_SUB, LOCAL_TEE, 0]);
        self.code.extend(STORE_TOP);
        self.code.extend([LOCAL_GET, 0]);
    }
}
