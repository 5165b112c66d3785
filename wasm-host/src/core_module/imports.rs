//! Whether what a core module imports is offered, before it is compiled.

use std::collections::BTreeMap;

use wasmtime::{ExternType, Linker, Store};

use super::{PREVIEW1, add_preview1, compile, values};
use crate::engine::Host;
use crate::error::{Error, UnknownImport};
use crate::functions::Functions;
use crate::preflight::{Import, Imported};
use crate::setup::Setup;
use crate::signature::{Signature, ValueType};
use crate::state::{Needs, State};
use crate::use_position;

/// Imports that an error lists; the rest is counted.
const MOST_LISTED: usize = 8;

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
    let Ok(state) = State::new(PREVIEW1, Needs::Nothing, Setup::default()) else {
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
