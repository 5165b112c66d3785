//! One guest: instantiated, running, done. Each step gives the next one and takes this one away.

use std::time::{Duration, Instant};

use wasmtime::{CallHook, Store, StoreContextMut};

use crate::clock::Awake;
use crate::component;
use crate::core_module;
use crate::error::Error;
use crate::meter::{Metered, metered};
use crate::module::{Code, Compiled};
use crate::outcome::{Outcome, classify};
use crate::output::Written;
use crate::setup::Setup;
use crate::signature::Value;
use crate::state::{Refused, State, on_tick};

/// How long the steps of one guest took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// Of its module, for all of its guests.
    pub compile: Duration,
    pub instantiate: Duration,
    /// `_initialize` of a library.
    pub initialize: Duration,
    /// From there to its end, waiting and what is between calls included.
    pub run: Duration,
    /// Of all that, the time that it computed.
    pub busy: Duration,
}

/// Has its memory; nothing but its start function has run. The next step is [`begin`](Self::begin).
#[derive(Debug)]
pub struct Instantiated(Box<Guest>);

/// Is a program that runs to its end, or a library that is called. The last step is [`command`](Self::command) or
/// [`finish`](Self::finish).
#[derive(Debug)]
pub struct Running(Box<Guest>);

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub outcome: Outcome,
    pub times: Times,
    pub stdout: Written,
    pub stderr: Written,
    /// Calls to the host, those of WASI included.
    pub host_calls: u64,
    /// Bytes that its memories had at its end.
    pub memory: usize,
    /// Whether it was refused memory or table space at least once, which it may have survived.
    pub was_refused: bool,
}

struct Guest {
    module: Compiled,
    store: Store<State>,
    instance: Instance,
    times: Times,
    ready: Instant,
    /// A call did not come back, or came back with an error.
    ended: Option<Outcome>,
}

enum Instance {
    Core(wasmtime::Instance),
    Component(wasmtime::component::Instance),
}

impl std::fmt::Debug for Guest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Guest").field("module", &self.module.name()).finish_non_exhaustive()
    }
}

impl Instantiated {
    pub(crate) async fn new(module: Compiled, setup: Setup) -> Result<Self, Error> {
        let started = Instant::now();
        let name = module.name();
        let lifetime = setup.limits.lifetime;
        let mut store = store(&module, setup)?;
        store.epoch_deadline_callback(on_tick);
        let awake = enter(&mut store);
        let (instance, busy) = match module.code() {
            Code::Core(linked) => {
                // Nothing of it runs without a start function.
                if linked.has_start_function() {
                    let Metered { result, busy } = metered(lifetime, linked.instantiate(&mut store)).await;
                    (result.map(|instance| instance.map(Instance::Core)), busy)
                } else {
                    let instance = linked.instantiate(&mut store).await;
                    (Some(instance.map(Instance::Core)), Duration::ZERO)
                }
            }
            Code::Component(linked) => {
                let Metered { result, busy } = metered(lifetime, linked.instantiate(&mut store)).await;
                (result.map(|instance| instance.map(Instance::Component)), busy)
            }
        };
        drop(awake);
        let instance = match instance {
            Some(Ok(instance)) => instance,
            other => return Err(did_not_start(name, other.map(|result| result.map(drop)), store.data())),
        };
        let ready = Instant::now();
        let took = ready - started;
        tracing::debug!(module = name, ?took, "instantiated");
        let times = Times { compile: module.took(), instantiate: took, busy, ..Times::default() };
        let guest = Guest { module, store, instance, times, ready, ended: None };
        Ok(Self(Box::new(guest)))
    }

    /// Initialises a library, and is ready for calls.
    pub async fn begin(self) -> Result<Running, Error> {
        let Self(mut guest) = self;
        if let (Code::Core(linked), Instance::Core(instance)) = (guest.module.code(), &guest.instance)
            && let Some(call) = core_module::Call::initialize(linked, &mut guest.store, instance)
        {
            let since = Instant::now();
            let awake = enter(&mut guest.store);
            let lifetime = guest.store.data().setup.limits.lifetime;
            let Metered { result, busy } = metered(lifetime, call.make(&mut guest.store)).await;
            drop(awake);
            guest.times.busy += busy;
            if !matches!(result, Some(Ok(_))) {
                let result = result.map(|result| result.map(drop));
                return Err(did_not_start(guest.module.name(), result, guest.store.data()));
            }
            guest.ready = Instant::now();
            guest.times.initialize = guest.ready - since;
            tracing::debug!(module = guest.module.name(), took = ?guest.times.initialize, "initialised");
        }
        Ok(Running(guest))
    }
}

/// `None`: not in time.
pub(crate) fn did_not_start(name: &str, result: Option<wasmtime::Result<()>>, state: &State) -> Error {
    let module = name.to_owned();
    match result {
        Some(Err(error)) if error.is::<wasmtime::PoolConcurrencyLimitError>() => Error::Busy { module },
        result => Error::DidNotStart { module, outcome: classify(result, state) },
    }
}

impl Running {
    /// Runs a program from its beginning to its end.
    pub async fn command(mut self) -> Result<Done, Error> {
        let Guest { module, store, instance, .. } = &mut *self.0;
        let call = match (module.code(), &*instance) {
            (Code::Component(linked), Instance::Component(instance)) => {
                Call::Component(component::Call::run(module.name(), linked, store, instance)?)
            }
            (Code::Core(linked), Instance::Core(instance)) => {
                Call::Core(core_module::Call::start(module.name(), linked, store, instance)?)
            }
            _ => unreachable!("made of its own module's code"),
        };
        let outcome = match self.0.make(call).await {
            Ok(results) if matches!(results[..], [Value::Result(Err(_))]) => {
                Outcome::Failed(crate::failure::Failure::Unsuccessful)
            }
            Ok(_) => Outcome::Finished,
            Err(outcome) => outcome,
        };
        self.0.ended = Some(outcome);
        Ok(self.finish())
    }

    /// Calls a function of a library; one of a component's interfaces as `interface#function`.
    ///
    /// After a call that failed, and after one whose future was dropped, the guest takes no more of them.
    pub async fn call(&mut self, export: &str, values: &[Value]) -> Result<Vec<Value>, Error> {
        let Guest { module, store, instance, ended, .. } = &mut *self.0;
        if ended.is_some() {
            return Err(Error::Ended { module: module.name().to_owned() });
        }
        let call = match (module.code(), &*instance) {
            (Code::Component(linked), Instance::Component(instance)) => {
                let name = module.name();
                Call::Component(component::Call::new(name, linked, store, instance, export, values)?)
            }
            (Code::Core(linked), Instance::Core(instance)) => {
                let name = module.name();
                Call::Core(core_module::Call::new(name, linked, store, instance, export, values)?)
            }
            _ => unreachable!("made of its own module's code"),
        };
        let result = self.0.make(call).await;
        result.map_err(|outcome| Error::CallFailed {
            module: self.0.module.name().to_owned(),
            export: export.to_owned(),
            outcome,
        })
    }

    /// The end of a library.
    pub fn finish(self) -> Done {
        let Self(mut guest) = self;
        guest.times.run = guest.ready.elapsed();
        let outcome = guest.ended.take().unwrap_or(Outcome::Finished);
        let (module, run, busy) = (guest.module.name(), guest.times.run, guest.times.busy);
        tracing::debug!(module, ?run, ?busy, ?outcome, "done");
        let State { used, setup, .. } = guest.store.data();
        Done {
            outcome,
            times: guest.times,
            stdout: setup.stdout.finish(),
            stderr: setup.stderr.finish(),
            host_calls: used.all_host_calls + used.host_calls,
            memory: used.memory,
            was_refused: matches!(used.refused, Some(Refused::Memory | Refused::Table)),
        }
    }
}

enum Call {
    Core(core_module::Call),
    Component(component::Call),
}

impl Guest {
    async fn make(&mut self, call: Call) -> Result<Vec<Value>, Outcome> {
        // What stays when this future is dropped on its way.
        self.ended = Some(Outcome::Abandoned);
        let awake = enter(&mut self.store);
        let lifetime = self.store.data().setup.limits.lifetime;
        let Metered { result, busy } = match call {
            Call::Core(call) => metered(lifetime, call.make(&mut self.store)).await,
            Call::Component(call) => metered(lifetime, call.make(&mut self.store)).await,
        };
        drop(awake);
        if let Some(recorder) = &self.store.data().setup.recorder {
            recorder.end();
        }
        self.times.busy += busy;
        match result {
            Some(Ok(values)) => {
                self.ended = None;
                Ok(values)
            }
            other => {
                let outcome = classify(other.map(|result| result.map(drop)), self.store.data());
                self.ended = Some(outcome.clone());
                Err(outcome)
            }
        }
    }
}

/// What a guest is made in: its state, its limits, and the count of what it calls. What is done at ticks is added by
/// who knows how it runs.
pub(crate) fn store(module: &Compiled, setup: Setup) -> Result<Store<State>, Error> {
    let state = State::new(module.name(), module.needs(), setup)?;
    let mut store = Store::new(module.host().engine(), state);
    store.limiter(|state| state);
    store.call_hook(count);
    Ok(store)
}

/// Begins a call: new budgets, and awake on its clock until the guard is dropped.
pub(crate) fn enter(store: &mut Store<State>) -> Awake {
    store.set_epoch_deadline(1);
    let state = store.data_mut();
    state.used.all_host_calls += std::mem::take(&mut state.used.host_calls);
    let awake = state.setup.clock.hold();
    state.sleeper = awake.sleeper();
    if let Some(recorder) = &state.setup.recorder {
        recorder.begin();
    }
    awake
}

fn count(mut context: StoreContextMut<'_, State>, hook: CallHook) -> wasmtime::Result<()> {
    if matches!(hook, CallHook::CallingHost) {
        context.data_mut().host_call()?;
    }
    Ok(())
}
