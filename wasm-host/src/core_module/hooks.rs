//! Joins a guest whose module was observed with its recorder.

use wasmtime::{Caller, Extern, Func, Instance, Ref, Store, Val};

use crate::call_stack::{GoAccess, call_stack};
use crate::instrument::{ARMED, HOOK, LEFT, event};
use crate::recorder::{Found, Recorder};
use crate::state::State;

/// Before anything but its start function runs. A module without wrappers has no place for it.
pub(super) fn connect(store: &mut Store<State>, instance: &Instance) -> wasmtime::Result<()> {
    let Some(recorder) = store.data().setup.recorder.clone() else { return Ok(()) };
    recorder.has(store.data().used.memory as u64);
    store.data_mut().go = recorder.go().and_then(|stack| GoAccess::of(store, instance, stack));
    let Some(table) = instance.get_table(&mut *store, HOOK) else { return Ok(()) };
    let hook = Func::wrap(
        &mut *store,
        move |mut caller: Caller<'_, State>, what: i32, first: i64, second: i64, total: i64| -> i64 {
            told(&recorder, &mut caller, what, [first, second, total].map(i64::cast_unsigned))
        },
    );
    table.set(&mut *store, 0, Ref::Func(Some(hook)))?;
    let left = store.data().setup.recorder.as_ref().map_or(0, Recorder::first_left);
    for (name, value) in [(LEFT, Val::I64(left.cast_signed())), (ARMED, Val::I32(1))] {
        if let Some(Extern::Global(global)) = instance.get_export(&mut *store, name) {
            global.set(&mut *store, value)?;
        }
    }
    Ok(())
}

fn told(
    recorder: &Recorder,
    caller: &mut Caller<'_, State>,
    what: i32,
    [first, second, total]: [u64; 3],
) -> i64 {
    let memory = caller.data().used.memory as u64;
    match what {
        event::ALLOCATED => {
            return recorder.allocated(first, second, total, call_stack(caller)).cast_signed();
        }
        event::COLLECTING => recorder.collecting(),
        event::FREE => recorder.free(first, second),
        event::COLLECTED => recorder.collected(memory, Found::Free(first), total),
        event::MARKED => recorder.collected(memory, Found::Live(first), total),
        event::GREW => recorder.grew(memory, || call_stack(caller)),
        event::TAKEN => recorder.taken(first, second, call_stack(caller)),
        event::RELEASED => recorder.released(first),
        _ => {}
    }
    0
}
