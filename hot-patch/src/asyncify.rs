//! Makes a module whose functions can be suspended and resumed: what binaryen's pass of the same name does, for modules
//! that LLVM makes from Go, in time that grows with their size alone.

mod error;
mod value;
mod instruction;
mod locals;
mod survey;
mod call_graph;
mod operands;
mod outline;
mod liveness;
mod stack;
mod frame;
mod emission;
mod plain;
mod control;
mod assembly;

use std::collections::BTreeSet;
use std::fmt;

use assembly::Assembly;
use call_graph::Part;
use control::{Added, EXPORTED, STACK};
use emission::{Emission, Program};
pub use error::{AsyncifyError, Fault};
use frame::Shared;
use instruction::unsigned;
use locals::Locals;
use outline::Outline;
use survey::Survey;

/// Whose globals they are in which asyncify keeps its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsyncifyRole {
    /// Defines them and exports them. Nothing that it imports suspends its caller.
    Base,
    /// Imports them from module "e". What it imports from "t", functions of the base, can suspend.
    Patch,
}

/// Imports of a patch that are functions of the running program, not of the page.
const PROGRAM: [&str; 2] = ["t", "e"];

/// What is to be made suspendable.
pub struct AsyncifyInput<'a> {
    /// WebAssembly.
    pub module: &'a [u8],
    /// Which part it has.
    pub role: AsyncifyRole,
    /// Of a patch: whether the function that it imports by module and field is known never to suspend.
    pub never_suspends: &'a dyn Fn(&str, &str) -> bool,
    /// Functions, by name, that are never suspended although they may call what is.
    pub removed: &'a [&'a str],
}

impl fmt::Debug for AsyncifyInput<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AsyncifyInput")
            .field("role", &self.role)
            .field("removed", &self.removed)
            .finish_non_exhaustive()
    }
}

/// A module whose functions can be suspended.
#[derive(Debug)]
pub struct Asyncified {
    /// WebAssembly.
    pub module: Vec<u8>,
    /// Functions, by their index in the module as it was, of which a call may not come back before something happened.
    pub suspending: BTreeSet<u32>,
}

/// Makes a module suspendable; the same bytes for the same input.
pub fn asyncify(input: &AsyncifyInput<'_>) -> Result<Asyncified, AsyncifyError> {
    let survey = Survey::read(input.module)?;
    check(&survey, input.role)?;
    let parts = parts(&survey, input)?;
    let defines = input.role == AsyncifyRole::Base;
    let suspending: BTreeSet<u32> = (0..)
        .zip(&parts)
        .skip(survey.imports.len())
        .filter(|(_, part)| part.suspends())
        .map(|(index, _)| index)
        .collect();
    let mut added = Vec::new();
    if defines {
        added.extend(EXPORTED);
    }
    if !suspending.is_empty() {
        added.extend(STACK);
    }
    let (functions, first_added) = places(&survey, &added)?;
    let place = |one: Added| {
        let position = added.iter().position(|other| *other == one);
        first_added + position.unwrap_or_default() as u32
    };
    let state = survey.globals.len() as u32;
    let shared =
        Shared { state, push: place(Added::Push), push_call: place(Added::PushCall), pop: place(Added::Pop) };
    let mut code = bodies(&survey, &parts, &functions, shared)?;
    for one in &added {
        let body = one.body(shared, state + 1);
        unsigned(&mut code, body.len() as u32);
        code.extend(body);
    }
    let assembly = Assembly {
        survey: &survey,
        functions: &functions,
        added: &added,
        first_added,
        state,
        defines,
        code: &code,
    };
    Ok(Asyncified { module: assembly.module()?, suspending })
}

fn check(survey: &Survey<'_>, role: AsyncifyRole) -> Result<(), AsyncifyError> {
    match survey.memories {
        0 => return Err(AsyncifyError::Missing("memory")),
        1 => {}
        _ => return Err(AsyncifyError::Unsupported("several memories")),
    }
    if role == AsyncifyRole::Patch {
        if survey.imports.iter().any(survey::ImportedFunction::is_asyncify) {
            return Err(AsyncifyError::Unsupported("imports that only a base may have"));
        }
        // They would have other indices behind those that are imported.
        if survey.globals.len() as u32 > survey.imported_globals {
            return Err(AsyncifyError::Unsupported("globals of its own"));
        }
    }
    Ok(())
}

fn parts(survey: &Survey<'_>, input: &AsyncifyInput<'_>) -> Result<Vec<Part>, AsyncifyError> {
    let mut removed = vec![false; survey.functions.len()];
    if !input.removed.is_empty() {
        for (index, name) in &survey.names {
            if input.removed.contains(name) && (*index as usize) < removed.len() {
                removed[*index as usize] = true;
            }
        }
    }
    call_graph::parts(
        survey,
        &|import| {
            input.role == AsyncifyRole::Patch
                && PROGRAM.contains(&import.module)
                && !(input.never_suspends)(import.module, import.field)
        },
        &removed,
    )
}

/// The new index of each function, and of the first that is added.
fn places(survey: &Survey<'_>, added: &[Added]) -> Result<(Vec<u32>, u32), AsyncifyError> {
    let kept = survey.imports.iter().filter(|import| !import.is_asyncify()).count() as u32;
    let first_added = kept + survey.bodies.len() as u32;
    let mut functions = Vec::with_capacity(survey.functions.len());
    let mut next = 0;
    for import in &survey.imports {
        if import.is_asyncify() {
            let wanted = Added::of_import(import.field)?;
            let position = added.iter().position(|one| *one == wanted).unwrap_or_default();
            functions.push(first_added + position as u32);
        } else {
            functions.push(next);
            next += 1;
        }
    }
    functions.extend(kept..first_added);
    Ok((functions, first_added))
}

/// All bodies, each behind its length.
fn bodies(
    survey: &Survey<'_>,
    parts: &[Part],
    functions: &[u32],
    shared: Shared,
) -> Result<Vec<u8>, AsyncifyError> {
    let imported = survey.imports.len();
    let keeps_arguments =
        |callee: u32| callee as usize >= imported && parts.get(callee as usize) == Some(&Part::Innermost);
    let program = Program { functions, shared, keeps_arguments: &keeps_arguments };
    let mut locals = Locals::default();
    let mut outline = Outline::default();
    let mut emission = Emission::default();
    let mut code = Vec::new();
    let mut body = Vec::new();
    for (position, original) in survey.bodies.iter().enumerate() {
        let index = (imported + position) as u32;
        let fault = |fault| AsyncifyError::Function { index, fault };
        body.clear();
        let mut suspends = parts[index as usize] == Part::Suspending;
        if suspends {
            outline.read(survey, parts, index, original, &mut locals).map_err(fault)?;
            // Its calls may all be where nothing ever comes.
            suspends = outline.calls > 0;
        }
        if suspends {
            emission.write(&program, &outline, &mut locals, original, &mut body).map_err(fault)?;
        } else {
            plain::copy(original, functions, &mut body).map_err(fault)?;
        }
        unsigned(&mut code, body.len() as u32);
        code.extend_from_slice(&body);
    }
    Ok(code)
}
