//! The guest's stack as offsets in its module.

use std::sync::Arc;

use wasmtime::{AsContextMut, Extern, Global, Instance, Memory, Store, WasmBacktrace};

use crate::go_stack::{Active, GoStack};
use crate::instrument::STACK;
use crate::state::State;

/// Frames of a stack that a profile has, the innermost: a recursion has thousands. As many as programs for pages of
/// profiles show without trouble.
pub(crate) const MOST_FRAMES: usize = 256;

/// Where a guest of Go has the part of its stack that is not that of WebAssembly.
#[derive(Clone)]
pub(crate) struct GoAccess {
    stack: Arc<GoStack>,
    pointer: Global,
    memory: Memory,
}

impl GoAccess {
    pub(crate) fn of(store: &mut Store<State>, instance: &Instance, stack: Arc<GoStack>) -> Option<Self> {
        let pointer = instance.get_export(&mut *store, STACK).and_then(Extern::into_global)?;
        let memory = instance.get_memory(&mut *store, "memory")?;
        Some(Self { stack, pointer, memory })
    }
}

/// Where the guest is, innermost first: offsets of instructions in its module, and for callers of the call. In a
/// component they count from its beginning, whichever module of it they are in.
///
/// The engine has to have been told to take so many frames.
pub(crate) fn call_stack(mut store: impl AsContextMut<Data = State>) -> Vec<u32> {
    let backtrace = WasmBacktrace::force_capture(store.as_context());
    let frames = backtrace.frames().iter().filter_map(|frame| {
        let offset = u32::try_from(frame.module_offset()?).ok()?;
        Some(Active { function: frame.func_index(), offset })
    });
    let active = frames.collect::<Vec<_>>();
    let Some(GoAccess { stack, pointer, memory }) = store.as_context().data().go.clone() else {
        return active.into_iter().map(|active| active.offset).collect();
    };
    // By its type: it is of a module that was looked at.
    let pointer = pointer.get(&mut store).i32().unwrap_or_default().cast_unsigned();
    let bytes = memory.data(&store);
    stack.whole(&active, pointer, MOST_FRAMES, |address| {
        let word = bytes.get(address as usize..)?.first_chunk()?;
        Some(u64::from_le_bytes(*word))
    })
}
