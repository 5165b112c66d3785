//! Core modules for the engine: what they import, their code, and calls of what they export.

mod values;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use wasmtime::{
    Caller, Extern, ExternType, Func, FuncType, Instance, InstancePre, Linker, Memory, Module, ModuleExport,
    Store, Val, ValType,
};

use crate::engine::Host;
use crate::error::{Error, UnknownImport};
use crate::failure::HostFunctionFailed;
use crate::functions::{Answer, Body, Function, Functions, Guest};
use crate::preflight::{self, Import, Imported};
use crate::setup::Setup;
use crate::signature::{Signature, Value, ValueType, written};
use crate::state::{Needs, State};
use crate::use_position;
use crate::wasi_clock;

pub(crate) const PREVIEW1: &str = "wasi_snapshot_preview1";
const START: &str = "_start";
const INITIALIZE: &str = "_initialize";
/// Imports that an error lists; the rest is counted.
const MOST_LISTED: usize = 8;

/// Linked with the functions of the host.
pub(crate) struct Linked {
    pre: InstancePre<State>,
    /// In the module's order, and where each is by its name: looked up once and not at each call.
    exports: Vec<Exported>,
    by_name: HashMap<String, usize>,
    has_start_function: bool,
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
    let mut places = Vec::new();
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
                used_at: None,
            });
            places.push(index);
        }
    }
    if total > 0 {
        let mut positions = use_position::positions(bytes, &places);
        for (import, place) in unknown.iter_mut().zip(&places) {
            import.used_at = positions.remove(place);
        }
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

pub(crate) fn link(
    host: &Host,
    name: &str,
    module: &Module,
    functions: &Functions,
    has_start_function: bool,
) -> Result<Linked, Error> {
    let mut linker = Linker::new(host.engine());
    if module.imports().any(|import| import.module() == PREVIEW1) {
        add_preview1(&mut linker).map_err(|error| compile(name, &error))?;
    }
    for (from, function_name, function) in functions.iter() {
        offer(host, &mut linker, from, function_name, function).map_err(|error| compile(name, &error))?;
    }
    let pre = linker.instantiate_pre(module).map_err(|error| compile(name, &error))?;
    let exports = exported(module);
    let by_name = exports.iter().enumerate().map(|(index, export)| (export.name.clone(), index)).collect();
    Ok(Linked { pre, exports, by_name, has_start_function })
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
        self.exports.iter().map(|export| export.name.clone()).collect()
    }

    pub(crate) fn is_command(&self) -> bool {
        self.by_name.contains_key(START)
    }

    pub(crate) fn has_start_function(&self) -> bool {
        self.has_start_function
    }

    fn find(&self, store: &mut Store<State>, instance: &Instance, name: &str) -> Option<(&Exported, Func)> {
        let exported = &self.exports[*self.by_name.get(name)?];
        let function = instance.get_module_export(store, &exported.place)?.into_func()?;
        Some((exported, function))
    }

    pub(crate) async fn instantiate(&self, store: &mut Store<State>) -> wasmtime::Result<Instance> {
        self.pre.instantiate_async(store).await
    }
}

/// A call that is ready to be made: its types are right.
pub(crate) struct Call {
    function: Func,
    parameters: Vec<Val>,
    results: Vec<Val>,
}

impl Call {
    pub(crate) fn start(
        module: &str,
        linked: &Linked,
        store: &mut Store<State>,
        instance: &Instance,
    ) -> Result<Self, Error> {
        Self::new(module, linked, store, instance, START, &[])
    }

    /// What a library wants to be called first, if it does.
    pub(crate) fn initialize(linked: &Linked, store: &mut Store<State>, instance: &Instance) -> Option<Self> {
        let (exported, function) = linked.find(store, instance, INITIALIZE)?;
        let is_plain = exported.parameters.is_empty() && exported.results.as_ref().is_some_and(Vec::is_empty);
        is_plain.then(|| Self { function, parameters: Vec::new(), results: Vec::new() })
    }

    pub(crate) fn new(
        module: &str,
        linked: &Linked,
        store: &mut Store<State>,
        instance: &Instance,
        export: &str,
        values: &[Value],
    ) -> Result<Self, Error> {
        let Some((exported, function)) = linked.find(store, instance, export) else {
            let (module, export) = (module.to_owned(), export.to_owned());
            return Err(Error::MissingExport { module, export, offered: linked.exports() });
        };
        let parameters = if exported.parameters.len() == values.len() {
            exported.parameters.iter().zip(values).map(|(kind, value)| values::to_core(value, kind)).collect()
        } else {
            None
        };
        match (parameters, &exported.results) {
            (Some(parameters), Some(results)) => Ok(Self { function, parameters, results: results.clone() }),
            _ => Err(wrong(module, export, &exported.kind, values)),
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
