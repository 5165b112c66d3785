//! Components for the engine: what they import, their code, and calls of what they export.

mod values;

use wasmtime::Store;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, Func, Instance, InstancePre, Linker, LinkerInstance, Val};
use wasmtime_wasi_http::p2::bindings::ProxyPre;

use crate::core_module::compile;
use crate::engine::Host;
use crate::error::{Error, UnknownImport};
use crate::failure::HostFunctionFailed;
use crate::functions::{Answer, Body, Function, Functions, Guest};
use crate::preflight;
use crate::signature::{Value, written};
use crate::state::State;
use crate::wasi_clock;

const RUN: &str = "wasi:cli/run@0.2.";
const HANDLER: &str = "wasi:http/incoming-handler@0.2.";

pub(crate) struct Linked {
    pre: InstancePre<State>,
    /// Paths of functions: the interface, if any, and the name.
    exports: Vec<(Option<String>, String)>,
    /// The same for who answers requests of HTTP, when it does.
    proxy: Option<ProxyPre<State>>,
}

impl std::fmt::Debug for Linked {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Linked").field("exports", &self.exports.len()).finish_non_exhaustive()
    }
}

/// From the cache, or compiled and put there.
pub(crate) fn load(host: &Host, name: &str, bytes: &[u8]) -> Result<(Component, bool), Error> {
    let engine = host.engine();
    let kept = host.cache().map(|cache| (cache, cache.key(bytes)));
    if let Some(artefact) = kept.and_then(|(cache, key)| cache.get(key)) {
        // SAFETY: as for modules (`core_module::load`): the bytes were hashed in memory with a key that only this
        // user's runs for an engine like this one have, so they are what `serialize` made.
        #[expect(unsafe_code, reason = "machine code of our own, see above")]
        if let Ok(component) = unsafe { Component::deserialize(engine, &artefact) } {
            return Ok((component, true));
        }
    }
    let component = match Component::from_binary(engine, bytes) {
        Ok(component) => component,
        Err(error) => {
            preflight::explain(name, bytes)?;
            return Err(compile(name, &error));
        }
    };
    if let Some((cache, key)) = kept
        && let Ok(artefact) = component.serialize()
    {
        cache.put(key, &artefact);
    }
    Ok((component, false))
}

pub(crate) fn link(
    host: &Host,
    name: &str,
    component: &Component,
    functions: &Functions,
) -> Result<Linked, Error> {
    check(host, name, component, functions)?;
    let linked = || -> wasmtime::Result<InstancePre<State>> {
        let mut linker = Linker::new(host.engine());
        linker.allow_shadowing(true);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
        wasi_clock::add_to_components(&mut linker)?;
        for (from, function_name, function) in functions.iter() {
            let mut place = if from.is_empty() { linker.root() } else { linker.instance(from)? };
            offer(&mut place, from, function_name, function)?;
        }
        linker.instantiate_pre(component)
    };
    let pre = linked().map_err(|error| compile(name, &error))?;
    let exports = functions_of(host, component);
    let is_handler = exports.iter().any(|export| is_of(export, HANDLER, "handle"));
    let proxy = is_handler.then(|| ProxyPre::new(pre.clone())).transpose();
    let proxy = proxy.map_err(|error| compile(name, &error))?;
    Ok(Linked { pre, exports, proxy })
}

/// Whether all that it imports is offered: WASI 0.2 by the host, everything else by `functions`.
fn check(host: &Host, name: &str, component: &Component, functions: &Functions) -> Result<(), Error> {
    let engine = host.engine();
    let mut unknown = Vec::new();
    let mut look = |from: &str, function: &str, wanted: &ComponentItem| {
        let offered = functions.get(from, function).map(|function| &function.signature);
        let is_same = match (wanted, offered) {
            (ComponentItem::ComponentFunc(wanted), Some(offered)) => values::is_same(wanted, offered),
            // Types and resources come with the functions that need them.
            (ComponentItem::Type(_), None) => true,
            _ => false,
        };
        if !is_same {
            unknown.push(UnknownImport {
                from: from.to_owned(),
                name: function.to_owned(),
                wanted: told(wanted),
                offered: offered.cloned(),
                used_at: None,
            });
        }
    };
    for (import, item) in component.component_type().imports(engine) {
        match &item.ty {
            ComponentItem::ComponentInstance(_) if is_wasi(import) => {}
            ComponentItem::ComponentInstance(interface) => {
                for (function, item) in interface.exports(engine) {
                    look(import, function, &item.ty);
                }
            }
            item => look("", import, item),
        }
    }
    let total = unknown.len();
    if total == 0 {
        return Ok(());
    }
    unknown.truncate(8);
    Err(Error::UnknownImport { module: name.to_owned(), unknown, total })
}

/// Whether an exported function is this one, of any version of its interface.
fn is_of((interface, name): &(Option<String>, String), wanted: &str, function: &str) -> bool {
    name == function && interface.as_deref().is_some_and(|interface| interface.starts_with(wanted))
}

/// The interfaces that the host offers; versions are settled by the linker, which takes any 0.2.
fn is_wasi(interface: &str) -> bool {
    if ["wasi:http/types@0.2.", "wasi:http/outgoing-handler@0.2."]
        .iter()
        .any(|offered| interface.starts_with(offered))
    {
        return true;
    }
    let packages = ["cli", "clocks", "filesystem", "io", "random", "sockets"];
    interface.contains("@0.2.")
        && packages.iter().any(|package| {
            interface
                .strip_prefix("wasi:")
                .and_then(|rest| rest.strip_prefix(package))
                .is_some_and(|rest| rest.starts_with('/'))
        })
}

fn told(item: &ComponentItem) -> String {
    match item {
        ComponentItem::ComponentFunc(function) => signature(function),
        ComponentItem::CoreFunc(_) => "a core function".to_owned(),
        ComponentItem::Module(_) => "a module".to_owned(),
        ComponentItem::Component(_) => "a component".to_owned(),
        ComponentItem::ComponentInstance(_) => "an interface".to_owned(),
        ComponentItem::Type(_) => "a type".to_owned(),
        ComponentItem::Resource(_) => "a resource".to_owned(),
    }
}

fn signature(function: &ComponentFunc) -> String {
    let parameters = function.params().map(|(name, kind)| format!("{name}: {}", values::name(&kind)));
    let results = function.results().map(|kind| values::name(&kind)).collect::<Vec<_>>();
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = written(&mut text, &parameters.collect::<Vec<_>>(), &results);
    text
}

fn offer(
    place: &mut LinkerInstance<'_, State>,
    from: &str,
    name: &str,
    function: &Function,
) -> wasmtime::Result<()> {
    let full_name = if from.is_empty() { name.to_owned() } else { format!("{from}.{name}") };
    match &function.body {
        Body::NowMs => place.func_new(name, |context, _, _, results| {
            let now = wasi_clock::since_1970(&context.data().setup.clock).as_millis();
            if let [result] = results {
                *result = Val::S64(now as i64);
            }
            Ok(())
        }),
        Body::AtOnce(body) => {
            let body = body.clone();
            place.func_new(name, move |context, kind, parameters, results| {
                let parameters = parameters.iter().map(values::from_component).collect::<Vec<_>>();
                let answer = body(&mut NoMemory(context.data()), &parameters);
                answered(&full_name, answer, &kind, results)
            })
        }
        Body::Waiting(body) => {
            let body = body.clone();
            place.func_new_async(name, move |_, kind, parameters, results| {
                let answer = body(parameters.iter().map(values::from_component).collect());
                let full_name = full_name.clone();
                Box::new(async move { answered(&full_name, answer.await, &kind, results) })
            })
        }
        // Of core modules only: it is handed places in their memory.
        #[cfg(feature = "nn")]
        Body::Inference(_) => Ok(()),
    }
}

fn answered(name: &str, answer: Answer, kind: &ComponentFunc, results: &mut [Val]) -> wasmtime::Result<()> {
    let failed = |detail: String| HostFunctionFailed { function: name.to_owned(), detail };
    let answer = answer.map_err(failed)?;
    if answer.len() != results.len() {
        let detail = format!("it gave {} results of {}", answer.len(), results.len());
        return Err(failed(detail).into());
    }
    for ((value, kind), result) in answer.iter().zip(kind.results()).zip(results) {
        *result = values::to_component(value, &kind)
            .ok_or_else(|| failed(format!("it gave {} instead of {}", value.kind(), values::name(&kind))))?;
    }
    Ok(())
}

/// Functions of the host get a component's values whole.
struct NoMemory<'a>(&'a State);

impl Guest for NoMemory<'_> {
    fn read(&mut self, _: u32, _: u32) -> Option<Vec<u8>> {
        None
    }

    fn write(&mut self, _: u32, _: &[u8]) -> bool {
        false
    }

    fn now(&mut self) -> std::time::Duration {
        wasi_clock::since_1970(&self.0.setup.clock)
    }
}

fn functions_of(host: &Host, component: &Component) -> Vec<(Option<String>, String)> {
    let engine = host.engine();
    let mut functions = Vec::new();
    for (name, item) in component.component_type().exports(engine) {
        match &item.ty {
            ComponentItem::ComponentFunc(_) => functions.push((None, name.to_owned())),
            ComponentItem::ComponentInstance(interface) => {
                for (function, item) in interface.exports(engine) {
                    if matches!(item.ty, ComponentItem::ComponentFunc(_)) {
                        functions.push((Some(name.to_owned()), function.to_owned()));
                    }
                }
            }
            _ => {}
        }
    }
    functions
}

impl Linked {
    pub(crate) fn exports(&self) -> Vec<String> {
        let named = self.exports.iter().map(|(interface, name)| match interface {
            Some(interface) => format!("{interface}#{name}"),
            None => name.clone(),
        });
        named.collect()
    }

    pub(crate) fn is_command(&self) -> bool {
        self.run().is_some()
    }

    pub(crate) async fn instantiate(&self, store: &mut Store<State>) -> wasmtime::Result<Instance> {
        self.pre.instantiate_async(store).await
    }

    /// What answers requests of HTTP.
    pub(crate) fn proxy(&self) -> Option<&ProxyPre<State>> {
        self.proxy.as_ref()
    }

    fn run(&self) -> Option<String> {
        let run = self.exports.iter().find(|export| is_of(export, RUN, "run"));
        run.and_then(|(interface, name)| interface.as_ref().map(|interface| format!("{interface}#{name}")))
    }
}

/// A call that is ready to be made: its types are right.
pub(crate) struct Call {
    function: Func,
    parameters: Vec<Val>,
    results: Vec<Val>,
}

impl Call {
    pub(crate) fn run(
        module: &str,
        linked: &Linked,
        store: &mut Store<State>,
        instance: &Instance,
    ) -> Result<Self, Error> {
        let run = linked.run().unwrap_or_else(|| "wasi:cli/run".to_owned());
        Self::new(module, linked, store, instance, &run, &[])
    }

    pub(crate) fn new(
        module: &str,
        linked: &Linked,
        store: &mut Store<State>,
        instance: &Instance,
        export: &str,
        values: &[Value],
    ) -> Result<Self, Error> {
        let index = match export.split_once('#') {
            Some((interface, name)) => instance
                .get_export_index(&mut *store, None, interface)
                .and_then(|interface| instance.get_export_index(&mut *store, Some(&interface), name)),
            None => instance.get_export_index(&mut *store, None, export),
        };
        let Some(function) = index.and_then(|index| instance.get_func(&mut *store, index)) else {
            let (module, export) = (module.to_owned(), export.to_owned());
            return Err(Error::MissingExport { module, export, offered: linked.exports() });
        };
        let kind = function.ty(&*store);
        let parameters = if kind.params().len() == values.len() {
            kind.params().zip(values).map(|((_, kind), value)| values::to_component(value, &kind)).collect()
        } else {
            None
        };
        let results = vec![Val::Bool(false); kind.results().len()];
        let Some(parameters) = parameters else {
            let given = values.iter().map(Value::kind).collect::<Vec<_>>();
            let mut wanted = String::new();
            // Writing to a string does not fail.
            let _ = written(&mut wanted, &given, &[]);
            return Err(Error::WrongCall {
                module: module.to_owned(),
                export: export.to_owned(),
                found: signature(&kind),
                wanted,
            });
        };
        Ok(Self { function, parameters, results })
    }

    pub(crate) async fn make(mut self, store: &mut Store<State>) -> wasmtime::Result<Vec<Value>> {
        self.function.call_async(store, &self.parameters, &mut self.results).await?;
        Ok(self.results.iter().map(values::from_component).collect())
    }
}
