//! The body that takes a function's place: calls it, and tells the host.

use wasm_encoder::{BlockType, Function, InstructionSink, MemArg, ValType};

use super::event;
use super::outline::Kind;
use super::probe::Probe;

/// Indices of what was added to the module.
#[derive(Debug, Clone, Copy)]
pub(super) struct Added {
    /// Of the hook: what has happened, and three numbers; the answer is a number.
    pub(super) hook_type: u32,
    pub(super) hook_table: u32,
    /// Bytes that may be allocated before the host looks at one of them.
    pub(super) left: u32,
    /// Not 0 when there is a hook.
    pub(super) armed: u32,
    /// Bytes that were allocated.
    pub(super) total: u32,
    /// Not 0 during a collection.
    pub(super) collecting: u32,
}

/// Go's stack pointer is the first global.
const STACK_POINTER: u32 = 0;
const WORD: u64 = 8;

struct Writer<'a> {
    code: InstructionSink<'a>,
    added: Added,
    /// Locals: the first result, and a size.
    result: u32,
    size: u32,
}

/// `copy`: the index of the function with the body that was here.
pub(super) fn wrapper(kind: &Kind, probes: &[Probe], copy: u32, added: Added) -> Vec<u8> {
    let parameters = kind.parameters.len() as u32;
    let results = kind.results.len() as u32;
    let mut locals = kind.results.iter().map(|kind| (1, value_type(*kind))).collect::<Vec<_>>();
    locals.push((1, ValType::I64));
    let mut function = Function::new(locals);
    let mut writer =
        Writer { code: function.instructions(), added, result: parameters, size: parameters + results };
    for probe in probes {
        writer.before(*probe);
    }
    for parameter in 0..parameters {
        writer.code.local_get(parameter);
    }
    writer.code.call(copy);
    for result in (0..results).rev() {
        writer.code.local_set(parameters + result);
    }
    for probe in probes {
        writer.after(*probe);
    }
    for result in 0..results {
        writer.code.local_get(parameters + result);
    }
    writer.code.end();
    function.into_raw_body()
}

impl Writer<'_> {
    fn before(&mut self, probe: Probe) {
        match probe {
            Probe::AllocatesOnStack { .. } => {
                // Not when it goes on where it was: its parameters may be overwritten by then.
                self.code.local_get(0).i32_eqz().if_(BlockType::Empty);
                self.on_stack(1);
                self.code.local_set(self.size).end();
            }
            Probe::IsToldLive => {
                self.code.local_get(0).i32_eqz().if_(BlockType::Empty);
                // The receiver comes before it.
                self.tell(event::MARKED, |writer| writer.on_stack(2), nothing);
                self.code.end();
            }
            Probe::Collects => {
                self.code.i32_const(1).global_set(self.added.collecting);
                self.tell(event::COLLECTING, nothing, nothing);
            }
            Probe::Releases => self.tell(event::RELEASED, |writer| writer.parameter(0), nothing),
            Probe::Allocates
            | Probe::Frees
            | Probe::Grows
            | Probe::Takes
            | Probe::TakesMany
            | Probe::TakesAgain => {}
        }
    }

    fn after(&mut self, probe: Probe) {
        match probe {
            Probe::Allocates => {
                self.parameter(0);
                self.code.local_set(self.size);
                self.count(Self::address);
            }
            Probe::AllocatesOnStack { above } => {
                // Else it was left in the middle, and goes on later.
                self.code.local_get(self.result).i32_eqz().if_(BlockType::Empty);
                // It has gone on after it was left: the parameters are where they were.
                self.code.local_get(self.size).i64_eqz().if_(BlockType::Empty);
                self.on_stack(0);
                self.code.local_set(self.size).end();
                self.code.local_get(self.size).i64_const(above).i64_gt_s().if_(BlockType::Empty);
                // Behind three parameters.
                self.count(|writer| writer.on_stack(3));
                self.code.end().end();
            }
            Probe::Collects => {
                self.code.i32_const(0).global_set(self.added.collecting);
                self.tell(event::COLLECTED, Self::address, nothing);
            }
            Probe::Frees => {
                self.code.global_get(self.added.collecting).if_(BlockType::Empty);
                self.tell(event::FREE, |writer| writer.parameter(0), |writer| writer.parameter(1));
                self.code.end();
            }
            Probe::Grows => self.tell(event::GREW, nothing, nothing),
            Probe::Takes => self.tell(event::TAKEN, |writer| writer.parameter(0), Self::address),
            Probe::TakesMany => {
                let size = |writer: &mut Self| {
                    writer.parameter(0);
                    writer.parameter(1);
                    writer.code.i64_mul();
                };
                self.tell(event::TAKEN, size, Self::address);
            }
            Probe::TakesAgain => {
                // Where there is no room, the old one stays.
                self.code.local_get(self.result).local_get(1).i32_eqz().i32_or().if_(BlockType::Empty);
                self.tell(event::RELEASED, |writer| writer.parameter(0), nothing);
                self.code.end();
                self.tell(event::TAKEN, |writer| writer.parameter(1), Self::address);
            }
            Probe::IsToldLive | Probe::Releases => {}
        }
    }

    fn parameter(&mut self, index: u32) {
        self.code.local_get(index).i64_extend_i32_u();
    }

    fn address(&mut self) {
        self.code.local_get(self.result).i64_extend_i32_u();
    }

    fn on_stack(&mut self, word: u64) {
        let place = MemArg { offset: word * WORD, align: 3, memory_index: 0 };
        self.code.global_get(STACK_POINTER).i64_load(place);
    }

    /// Most objects are counted and no more.
    fn count(&mut self, address: impl FnOnce(&mut Self)) {
        let Added { left, total, .. } = self.added;
        self.code.global_get(total).local_get(self.size).i64_add().global_set(total);
        self.code.global_get(left).local_get(self.size).i64_sub().global_set(left);
        self.code.global_get(left).i64_const(0).i64_lt_s().if_(BlockType::Empty);
        self.code.i32_const(event::ALLOCATED).local_get(self.size);
        address(self);
        self.hook();
        self.code.global_set(left).end();
    }

    fn tell(&mut self, what: i32, first: impl FnOnce(&mut Self), second: impl FnOnce(&mut Self)) {
        self.code.global_get(self.added.armed).if_(BlockType::Empty).i32_const(what);
        first(self);
        second(self);
        self.hook();
        self.code.drop().end();
    }

    fn hook(&mut self) {
        self.code.global_get(self.added.total).i32_const(0);
        self.code.call_indirect(self.added.hook_table, self.added.hook_type);
    }
}

fn nothing(writer: &mut Writer<'_>) {
    writer.code.i64_const(0);
}

fn value_type(kind: wasmparser::ValType) -> ValType {
    match kind {
        wasmparser::ValType::I32 => ValType::I32,
        wasmparser::ValType::I64 => ValType::I64,
        wasmparser::ValType::F32 => ValType::F32,
        wasmparser::ValType::F64 => ValType::F64,
        wasmparser::ValType::V128 => ValType::V128,
        // Without references to objects there are those to functions.
        wasmparser::ValType::Ref(_) => ValType::FUNCREF,
    }
}
