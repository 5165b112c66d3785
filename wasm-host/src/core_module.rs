//! Core modules for the engine: what they import, their code, and calls of what they export.

mod values;

use std::collections::BTreeMap;
use std::time::Duration;

use wasmtime::{
    AsContextMut, Caller, Extern, ExternType, FuncType, Instance, InstancePre, Linker, Memory, Module, Store,
    Val, ValType,
};

use crate::engine::Host;
use crate::error::{Error, UnknownImport};
use crate::failure::HostFunctionFailed;
use crate::functions::{Answer, Body, Function, Functions, Guest};
use crate::preflight::{self, Import, Imported};
use crate::setup::Setup;
use crate::signature::{Signature, Value, ValueType, written};
use crate::state::{Needs, State};
use crate::wasi_clock;

pub(crate) const PREVIEW1: &str = "wasi_snapshot_preview1";
const START: &str = "_start";
const INITIALIZE: &str = "_initialize";
/// Imports that an error lists; the rest is counted.
const MOST_LISTED: usize = 8;

/// Linked with the functions of the host.
pub(crate) struct Linked {
    pre: InstancePre<State>,
}

impl std::fmt::Debug for Linked {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Linked").finish_non_exhaustive()
    }
}

/// Whether all imports are offered with these signatures.
pub(crate) fn check(
    host: &Host,
    name: &str,
    bytes: &[u8],
    imports: &[Import],
    functions: &Functions,
) -> Result<(), Error> {
    let preview1 = if imports.iter().any(|import| import.from == PREVIEW1) {
        preview1(host).map_err(|error| compile(name, &error))?
    } else {
        BTreeMap::new()
    };
    let mut unknown = Vec::new();
    let mut total = 0;
    for (index, import) in imports.iter().enumerate() {
        let offered = if import.from == PREVIEW1 {
            preview1.get(&import.name)
        } else {
            functions.get(&import.from, &import.name).map(|function| &function.signature)
        };
        if offered.is_some_and(|offered| is_same(&import.is, offered)) {
            continue;
        }
        total += 1;
        if unknown.len() < MOST_LISTED {
            unknown.push(UnknownImport {
                from: import.from.clone(),
                name: import.name.clone(),
                wanted: import.is.to_string(),
                offered: offered.cloned(),
                used_at: preflight::position_of_use(bytes, index),
            });
        }
    }
    if total > 0 {
        return Err(Error::UnknownImport { module: name.to_owned(), unknown, total });
    }
    Ok(())
}

fn is_same(wanted: &Imported, offered: &Signature) -> bool {
    let Imported::Function { parameters, results } = wanted else { return false };
    let same = |wanted: &[String], offered: &[ValueType]| {
        wanted.len() == offered.len()
            && wanted.iter().zip(offered).all(|(wanted, offered)| {
                values::core_type(*offered).is_some_and(|offered| offered.to_string() == *wanted)
            })
    };
    same(parameters, &offered.parameters) && same(results, &offered.results)
}

/// The signatures of all functions of WASI preview 1.
fn preview1(host: &Host) -> wasmtime::Result<BTreeMap<String, Signature>> {
    let mut linker = Linker::new(host.engine());
    add_preview1(&mut linker)?;
    let Ok(state) = State::new(PREVIEW1, Needs::Nothing, &Setup::default()) else {
        return Ok(BTreeMap::new());
    };
    let mut store = Store::new(host.engine(), state);
    let functions =
        linker.iter(&mut store).map(|(_, name, item)| (name.to_owned(), item)).collect::<Vec<_>>();
    let mut signatures = BTreeMap::new();
    for (name, item) in functions {
        if let ExternType::Func(function) = item.ty(&store)
            && let Some(signature) = values::signature(&function)
        {
            signatures.insert(name, signature);
        }
    }
    Ok(signatures)
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

pub(crate) fn link(host: &Host, name: &str, module: &Module, functions: &Functions) -> Result<Linked, Error> {
    let mut linker = Linker::new(host.engine());
    if module.imports().any(|import| import.module() == PREVIEW1) {
        add_preview1(&mut linker).map_err(|error| compile(name, &error))?;
    }
    for (from, function_name, function) in functions.iter() {
        offer(host, &mut linker, from, function_name, function).map_err(|error| compile(name, &error))?;
    }
    let pre = linker.instantiate_pre(module).map_err(|error| compile(name, &error))?;
    Ok(Linked { pre })
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
                wasi_clock::since_1970(&caller.data().clock).as_millis() as i64
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
        wasi_clock::since_1970(&self.caller.data().clock)
    }
}

impl Linked {
    pub(crate) fn exports(&self) -> Vec<String> {
        let functions =
            self.pre.module().exports().filter(|export| matches!(export.ty(), ExternType::Func(_)));
        functions.map(|export| export.name().to_owned()).collect()
    }

    pub(crate) fn is_command(&self) -> bool {
        matches!(self.pre.module().get_export(START), Some(ExternType::Func(_)))
    }

    pub(crate) async fn instantiate(&self, store: &mut Store<State>) -> wasmtime::Result<Instance> {
        self.pre.instantiate_async(store).await
    }
}

/// A call that is ready to be made: its types are right.
pub(crate) struct Call {
    function: wasmtime::Func,
    parameters: Vec<Val>,
    results: Vec<Val>,
}

impl Call {
    pub(crate) fn start(module: &str, store: &mut Store<State>, instance: &Instance) -> Result<Self, Error> {
        Self::new(module, store, instance, START, &[])
    }

    /// What a library wants to be called first, if it does.
    pub(crate) fn initialize(store: &mut Store<State>, instance: &Instance) -> Option<Self> {
        let function = instance.get_func(&mut *store, INITIALIZE)?;
        let kind = function.ty(&*store);
        (kind.params().len() == 0 && kind.results().len() == 0).then(|| Self {
            function,
            parameters: Vec::new(),
            results: Vec::new(),
        })
    }

    pub(crate) fn new(
        module: &str,
        store: &mut Store<State>,
        instance: &Instance,
        export: &str,
        values: &[Value],
    ) -> Result<Self, Error> {
        let Some(function) = instance.get_func(&mut *store, export) else {
            let mut offered = Vec::new();
            for export in instance.exports(store.as_context_mut()) {
                let name = export.name().to_owned();
                if export.into_func().is_some() {
                    offered.push(name);
                }
            }
            let (module, export) = (module.to_owned(), export.to_owned());
            return Err(Error::MissingExport { module, export, offered });
        };
        let kind = function.ty(&*store);
        let parameters = if kind.params().len() == values.len() {
            kind.params().zip(values).map(|(kind, value)| values::to_core(value, &kind)).collect()
        } else {
            None
        };
        let results = kind.results().map(|kind| values::zero(&kind)).collect::<Option<Vec<_>>>();
        match (parameters, results) {
            (Some(parameters), Some(results)) => Ok(Self { function, parameters, results }),
            _ => Err(wrong(module, export, &kind, values)),
        }
    }

    pub(crate) async fn make(mut self, store: &mut Store<State>) -> wasmtime::Result<Vec<Value>> {
        self.function.call_async(store, &self.parameters, &mut self.results).await?;
        Ok(values::of_results(&self.results))
    }
}

fn wrong(module: &str, export: &str, kind: &FuncType, values: &[Value]) -> Error {
    let types =
        |types: &mut dyn Iterator<Item = ValType>| types.map(|kind| kind.to_string()).collect::<Vec<_>>();
    let given = values.iter().map(Value::kind).collect::<Vec<_>>();
    let (mut found, mut wanted) = (String::new(), String::new());
    // Writing to a string does not fail.
    let _ = written(&mut found, &types(&mut kind.params()), &types(&mut kind.results()));
    let _ = written(&mut wanted, &given, &[]);
    Error::WrongCall { module: module.to_owned(), export: export.to_owned(), found, wanted }
}
