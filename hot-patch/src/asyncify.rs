//! Makes a module whose functions can be suspended and resumed: what binaryen's pass of this name does, for modules that
//! LLVM makes from Go.
//!
//! Who suspends calls a function that sets the global `__asyncify_state` to 1. Every function on the stack then pushes
//! what it needs onto a stack in memory and returns, up to the one that sets the state to 0 again. Later the state is set
//! to 2 and the outermost function is called once more: each pops what it pushed, and goes straight to the call in which
//! it was, down to the innermost, which sets the state to 0 and returns as if nothing had happened. Names, states and the
//! structure behind `__asyncify_data` are binaryen's (`src/passes/Asyncify.cpp` describes them), so that modules of both
//! can be mixed; what a function pushes is its own affair.
//!
//! The idea: calls that suspend become labels, and a function that is resumed branches to one of them at its beginning,
//! as a `switch` into the middle of a C function does. WebAssembly can only branch out of blocks. But where all branches
//! go forward, every block can as well be opened at the beginning of the function, those that end later around those that
//! end earlier; then each label is in reach from there, however deep it lay. An `if` that holds such a call is written as
//! branches over its arms. Only loops stay as they are: a branch leads before the loop, and the loop begins with a branch
//! of its own. What is on the operand stack during a call is kept in locals, or made again if it is a constant or a local that
//! stays the same; arguments are not, since a function that is resumed ignores them.
//!
//! The cost, while nothing is suspended: a look at the state at the beginning of each such function and behind each such
//! call, and at a local in each round of a loop with such calls. A frame has the locals that are alive behind any of the
//! calls. Functions that never can be suspended are copied. Time and memory grow linearly with the size of the module;
//! a call in a loop in a loop counts as often as there are loops around it.
//!
//! Two rules come with it. A function that ends rewinding must not look at its arguments when it is imported by a patch,
//! or called through the table; `tinygo_unwind` does not. And what is imported from elsewhere than "t" and "e" never
//! suspends who calls it.

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
use control::{Added, EXPORTED, STACK, WORDS};
use emission::{Emission, Program};
pub use error::{AsyncifyError, Fault};
use frame::{Shared, Stack};
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
    let (mut added, mut imported) = (Vec::new(), Vec::new());
    if defines {
        added.extend(EXPORTED);
        added.extend(WORDS);
    }
    if !suspending.is_empty() {
        if defines { added.extend(STACK) } else { imported.extend(WORDS) }
    }
    let Places { functions, first_imported, first_added } = places(&survey, &added, &imported)?;
    let place = |one: Added, list: &[Added], first: u32| {
        let position = list.iter().position(|other| *other == one);
        first + position.unwrap_or_default() as u32
    };
    let stack = if defines {
        let place = |one| place(one, &added, first_added);
        Stack::Frames { push: place(Added::Push), push_call: place(Added::PushCall), pop: place(Added::Pop) }
    } else {
        let place = |one| place(one, &imported, first_imported);
        Stack::Words { put: place(Added::Put), pull: place(Added::Pull) }
    };
    let state = survey.globals.len() as u32;
    let mut code = bodies(&survey, &parts, &functions, Shared { state, stack })?;
    for one in &added {
        let body = one.body(state, state + 1);
        unsigned(&mut code, body.len() as u32);
        code.extend(body);
    }
    let assembly = Assembly {
        survey: &survey,
        functions: &functions,
        added: &added,
        first_added,
        imported: &imported,
        first_imported,
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

struct Places {
    /// The new index of each function.
    functions: Vec<u32>,
    /// Of the first that is imported beyond those of the module, and of the first that is added.
    first_imported: u32,
    first_added: u32,
}

fn places(survey: &Survey<'_>, added: &[Added], imported: &[Added]) -> Result<Places, AsyncifyError> {
    let first_imported = survey.imports.iter().filter(|import| !import.is_asyncify()).count() as u32;
    let first_own = first_imported + imported.len() as u32;
    let first_added = first_own + survey.bodies.len() as u32;
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
    functions.extend(first_own..first_added);
    Ok(Places { functions, first_imported, first_added })
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
    let mut code = Vec::with_capacity(survey.bodies.iter().map(|body| body.len() + 4).sum());
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
