//! One call on the caller's stack, of a library in which nothing waits: no future, and no stack of its own.
//!
//! Engines run guests that may wait on stacks of their own, which costs more than a small guest does. Who has a thread
//! that may be taken needs none.

use wasmtime::Store;

use crate::core_module::{Call, Linked};
use crate::error::Error;
use crate::guest::{did_not_start, enter, store};
use crate::meter::metered_at_once;
use crate::module::{Code, Compiled};
use crate::outcome::classify;
use crate::setup::Setup;
use crate::signature::Value;
use crate::state::{State, on_tick_at_once};

/// In a guest of its own, with all limits. `None`: something that it imports may wait.
pub(crate) fn call(
    module: &Compiled,
    setup: Setup,
    export: &str,
    values: &[Value],
) -> Option<Result<Vec<Value>, Error>> {
    let Code::Core(linked) = module.code() else { return None };
    (!linked.waits()).then(|| call_linked(module, linked, setup, export, values))
}

fn call_linked(
    module: &Compiled,
    linked: &Linked,
    setup: Setup,
    export: &str,
    values: &[Value],
) -> Result<Vec<Value>, Error> {
    let name = module.name();
    let mut store = store(module, setup)?;
    store.epoch_deadline_callback(on_tick_at_once);
    let instance = in_call(&mut store, |store| linked.instantiate_at_once(store));
    let instance = instance.map_err(|error| did_not_start(name, Some(Err(error)), store.data()))?;
    if let Some(call) = Call::initialize(linked, &mut store, &instance) {
        in_call(&mut store, |store| call.make_at_once(store))
            .map_err(|error| did_not_start(name, Some(Err(error)), store.data()))?;
    }
    let call = Call::new(name, linked, &mut store, &instance, export, values)?;
    in_call(&mut store, |store| call.make_at_once(store)).map_err(|error| Error::CallFailed {
        module: name.to_owned(),
        export: export.to_owned(),
        outcome: classify(Some(Err(error)), store.data()),
    })
}

/// With new budgets.
fn in_call<T>(
    store: &mut Store<State>,
    call: impl FnOnce(&mut Store<State>) -> wasmtime::Result<T>,
) -> wasmtime::Result<T> {
    let _awake = enter(store);
    metered_at_once(|| call(store))
}
