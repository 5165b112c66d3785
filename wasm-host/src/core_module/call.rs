//! Calls of what a core module exports.

use wasmtime::{Func, FuncType, Instance, Store, Val, ValType};

use super::{INITIALIZE, Linked, START, values};
use crate::error::Error;
use crate::signature::{Value, written};
use crate::state::State;

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

    pub(crate) fn make_at_once(mut self, store: &mut Store<State>) -> wasmtime::Result<Vec<Value>> {
        self.function.call(store, &self.parameters, &mut self.results)?;
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
