//! Core modules for the engine: their code, linked with what they import, and what they export.

mod values;
mod imports;
mod call;
mod hooks;
#[cfg(feature = "nn")]
mod nn;

use std::collections::HashMap;
use std::time::Duration;

use wasmtime::{
    Caller, Extern, ExternType, Func, FuncType, Instance, InstancePre, Linker, Memory, Module, ModuleExport,
    Store, Val, ValType,
};

use crate::engine::Host;
use crate::error::Error;
use crate::failure::HostFunctionFailed;
use crate::functions::{Answer, Body, Function, Functions, Guest};
use crate::preflight;
use crate::signature::ValueType;
use crate::state::State;
use crate::wasi_clock;

pub(crate) use call::Call;
pub(crate) use imports::check;

pub(crate) const PREVIEW1: &str = "wasi_snapshot_preview1";
const START: &str = "_start";
const INITIALIZE: &str = "_initialize";

/// Linked with the functions of the host.
pub(crate) struct Linked {
    pre: InstancePre<State>,
    /// In the module's order, and where each is by its name: looked up once and not at each call.
    exports: Vec<Exported>,
    by_name: HashMap<String, usize>,
    has_start_function: bool,
    /// A function that it imports may wait, so that it needs a stack of its own.
    waits: bool,
}

struct Exported {
    name: String,
    place: ModuleExport,
    kind: FuncType,
    parameters: Vec<ValType>,
    /// `None` when it gives what does not leave the guest.
    results: Option<Vec<Val>>,
}

impl std::fmt::Debug for Linked {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Linked").finish_non_exhaustive()
    }
}

fn add_preview1(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    wasmtime_wasi::p1::add_to_linker_async(linker, State::preview1)?;
    wasi_clock::add_to_modules(linker)?;
    // Any code, as programs have them: the one that this replaces refuses those above 125.
    linker.func_wrap(PREVIEW1, "proc_exit", |code: i32| -> wasmtime::Result<()> {
        Err(wasmtime_wasi::I32Exit(code).into())
    })?;
    linker.allow_shadowing(false);
    Ok(())
}

/// From the cache, or compiled and put there.
pub(crate) fn load(host: &Host, name: &str, bytes: &[u8]) -> Result<(Module, bool), Error> {
    let engine = host.engine();
    let kept = host.cache().map(|cache| (cache, cache.key(bytes)));
    if let Some(artefact) = kept.and_then(|(cache, key)| cache.get(key)) {
        // SAFETY: `Module::deserialize` must be given what `serialize` of this version of wasmtime made, unchanged,
        // because it will run it as machine code. The bytes are in memory of this process and were hashed there: the
        // hash is keyed with a secret that only this user can read and with the engine's compatibility, so nothing
        // but `put` below, run by this user for an engine like this one, can have made it.
        #[expect(unsafe_code, reason = "machine code of our own, see above")]
        if let Ok(module) = unsafe { Module::deserialize(engine, &artefact) } {
            return Ok((module, true));
        }
    }
    let module = match Module::from_binary(engine, bytes) {
        Ok(module) => module,
        Err(error) => {
            preflight::explain(name, bytes)?;
            return Err(compile(name, &error));
        }
    };
    if let Some((cache, key)) = kept
        && let Ok(artefact) = module.serialize()
    {
        cache.put(key, &artefact);
    }
    Ok((module, false))
}

pub(crate) fn link(
    host: &Host,
    name: &str,
    module: &Module,
    functions: &Functions,
    has_start_function: bool,
) -> Result<Linked, Error> {
    let mut linker = Linker::new(host.engine());
    let uses_preview1 = module.imports().any(|import| import.module() == PREVIEW1);
    if uses_preview1 {
        add_preview1(&mut linker).map_err(|error| compile(name, &error))?;
    }
    for (from, function_name, function) in functions.iter() {
        offer(host, &mut linker, from, function_name, function).map_err(|error| compile(name, &error))?;
    }
    let pre = linker.instantiate_pre(module).map_err(|error| compile(name, &error))?;
    let exports = exported(module);
    let by_name = exports.iter().enumerate().map(|(index, export)| (export.name.clone(), index)).collect();
    let is_waiting = |import: wasmtime::ImportType<'_>| {
        let function = functions.get(import.module(), import.name());
        function.is_some_and(|function| function.body.waits())
    };
    let waits = uses_preview1 || module.imports().any(is_waiting);
    Ok(Linked { pre, exports, by_name, has_start_function, waits })
}

fn exported(module: &Module) -> Vec<Exported> {
    let functions = module.exports().filter_map(|export| {
        let ExternType::Func(kind) = export.ty() else { return None };
        let place = module.get_export_index(export.name())?;
        let parameters = kind.params().collect();
        let results = kind.results().map(|kind| values::zero(&kind)).collect();
        Some(Exported { name: export.name().to_owned(), place, kind, parameters, results })
    });
    functions.collect()
}

/// What the engine says about a module that is valid.
pub(crate) fn compile(name: &str, error: &wasmtime::Error) -> Error {
    let (module, detail) = (name.to_owned(), format!("{error:#}"));
    // The pool refuses what has no place in a slot; the engine has no type for it.
    if detail.contains("exceeds the limit") || detail.contains("exceeds the configured maximum") {
        Error::TooDemanding { module, detail }
    } else {
        Error::Compile { module, detail }
    }
}

fn offer(
    host: &Host,
    linker: &mut Linker<State>,
    from: &str,
    name: &str,
    function: &Function,
) -> wasmtime::Result<()> {
    let Some(kind) = values::function_type(host.engine(), &function.signature) else {
        // Of types that core modules do not know: for components only.
        return Ok(());
    };
    let full_name = format!("{from}.{name}");
    let signature = function.signature.clone();
    match &function.body {
        Body::NowMs => {
            linker.func_wrap(from, name, |caller: Caller<'_, State>| {
                wasi_clock::since_1970(&caller.data().setup.clock).as_millis() as i64
            })?;
        }
        Body::AtOnce(body) => {
            let body = body.clone();
            linker.func_new(from, name, kind, move |mut caller, parameters, results| {
                let parameters = values::from_core(parameters, &signature.parameters);
                let memory = caller.get_export("memory").and_then(Extern::into_memory);
                let answer = body(&mut View { caller: &mut caller, memory }, &parameters);
                answered(&full_name, answer, &signature.results, results)
            })?;
        }
        Body::Waiting(body) => {
            let body = body.clone();
            linker.func_new_async(from, name, kind, move |_, parameters, results| {
                let answer = body(values::from_core(parameters, &signature.parameters));
                let (full_name, wanted) = (full_name.clone(), signature.results.clone());
                Box::new(async move { answered(&full_name, answer.await, &wanted, results) })
            })?;
        }
        #[cfg(feature = "nn")]
        Body::Inference(inference) => nn::offer(linker, from, name, inference)?,
    }
    Ok(())
}

fn answered(name: &str, answer: Answer, wanted: &[ValueType], results: &mut [Val]) -> wasmtime::Result<()> {
    let failed = |detail: String| HostFunctionFailed { function: name.to_owned(), detail };
    let answer = answer.map_err(failed)?;
    if answer.len() != results.len() {
        let detail = format!("it gave {} results of {}", answer.len(), results.len());
        return Err(failed(detail).into());
    }
    for ((value, kind), result) in answer.iter().zip(wanted).zip(results) {
        *result = values::core_type(*kind)
            .and_then(|kind| values::to_core(value, &kind))
            .ok_or_else(|| failed(format!("it gave {} instead of {kind}", value.kind())))?;
    }
    Ok(())
}

/// The guest, as a function of the host sees it.
struct View<'a, 'b> {
    caller: &'a mut Caller<'b, State>,
    memory: Option<Memory>,
}

impl Guest for View<'_, '_> {
    fn read(&mut self, at: u32, length: u32) -> Option<Vec<u8>> {
        let bytes = self.memory?.data(&*self.caller);
        bytes.get(at as usize..at as usize + length as usize).map(<[u8]>::to_vec)
    }

    fn write(&mut self, at: u32, bytes: &[u8]) -> bool {
        let Some(memory) = self.memory else { return false };
        memory.write(&mut *self.caller, at as usize, bytes).is_ok()
    }

    fn now(&mut self) -> Duration {
        wasi_clock::since_1970(&self.caller.data().setup.clock)
    }
}

impl Linked {
    pub(crate) fn exports(&self) -> Vec<String> {
        self.exports.iter().map(|export| export.name.clone()).collect()
    }

    pub(crate) fn is_command(&self) -> bool {
        self.by_name.contains_key(START)
    }

    pub(crate) fn has_start_function(&self) -> bool {
        self.has_start_function
    }

    pub(crate) fn waits(&self) -> bool {
        self.waits
    }

    fn find(&self, store: &mut Store<State>, instance: &Instance, name: &str) -> Option<(&Exported, Func)> {
        let exported = &self.exports[*self.by_name.get(name)?];
        let function = instance.get_module_export(store, &exported.place)?.into_func()?;
        Some((exported, function))
    }

    pub(crate) async fn instantiate(&self, store: &mut Store<State>) -> wasmtime::Result<Instance> {
        let instance = self.pre.instantiate_async(&mut *store).await?;
        hooks::connect(store, &instance)?;
        Ok(instance)
    }

    pub(crate) fn instantiate_at_once(&self, store: &mut Store<State>) -> wasmtime::Result<Instance> {
        let instance = self.pre.instantiate(&mut *store)?;
        hooks::connect(store, &instance)?;
        Ok(instance)
    }
}
