//! Which functions can be on the stack when it is unwound.
//!
//! A function is one of them if it calls one of them, or calls indirectly. The calls are followed backwards from those
//! that begin it, so that each call is looked at once. Two kinds of functions stand at the ends of such a stack and are
//! never changed themselves: the inner one starts unwinding and stops rewinding, so that whoever calls it can be
//! suspended; the outer one stops unwinding and starts rewinding, so that its callers never notice.

use super::error::{AsyncifyError, Fault};
use super::instruction::{CALL, CALL_INDIRECT, Reader};
use super::locals::Locals;
use super::survey::{ImportedFunction, Survey};

/// What becomes of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// It never is on a stack that is unwound, or ends the unwinding.
    Steady,
    /// A call of it can come back unwinding, and it resumes where it was.
    Suspending,
    /// A call of it can come back unwinding, and it is not changed: it begins unwinding, or is imported.
    Innermost,
}

impl Part {
    /// Callers have to be prepared for it.
    pub(super) fn suspends(self) -> bool {
        self != Self::Steady
    }
}

/// Whether calls of an imported function can come back unwinding.
pub(super) type ImportSuspends<'a> = &'a dyn Fn(&ImportedFunction<'_>) -> bool;

/// The part of each function. Those in `removed`, by index, are taken to be never suspended.
pub(super) fn parts(
    survey: &Survey<'_>,
    import_suspends: ImportSuspends<'_>,
    removed: &[bool],
) -> Result<Vec<Part>, AsyncifyError> {
    let imported = survey.imports.len();
    let mut parts = vec![Part::Steady; survey.functions.len()];
    let mut todo = Vec::new();
    for (index, import) in survey.imports.iter().enumerate() {
        // Those of asyncify decide about their callers below.
        if !import.is_asyncify() && import_suspends(import) {
            parts[index] = Part::Innermost;
            todo.push(index);
        }
    }
    let mut calls = Vec::new();
    let mut fixed = vec![false; parts.len()];
    for (position, body) in survey.bodies.iter().enumerate() {
        let index = imported + position;
        let found = scan(survey, body, &mut |callee| calls.push((callee, index as u32)))
            .map_err(|fault| AsyncifyError::Function { index: index as u32, fault })?;
        fixed[index] = found.outermost || removed[index];
        if fixed[index] {
            continue;
        }
        if found.innermost {
            parts[index] = Part::Innermost;
        } else if found.indirect {
            parts[index] = Part::Suspending;
        } else {
            continue;
        }
        todo.push(index);
    }
    let callers = Callers::new(parts.len(), &calls);
    while let Some(callee) = todo.pop() {
        for caller in callers.of(callee) {
            let caller = *caller as usize;
            if parts[caller] == Part::Steady && !fixed[caller] {
                parts[caller] = Part::Suspending;
                todo.push(caller);
            }
        }
    }
    Ok(parts)
}

#[derive(Default)]
struct Found {
    indirect: bool,
    innermost: bool,
    outermost: bool,
}

/// What a body calls.
fn scan(survey: &Survey<'_>, body: &[u8], call: &mut dyn FnMut(u32)) -> Result<Found, Fault> {
    let mut found = Found::default();
    let mut reader = Reader::new(body, Locals::skip(body)?);
    while !reader.is_done() {
        let instruction = reader.instruction()?;
        match instruction.opcode {
            CALL => {
                let callee = instruction.operand;
                match survey.imports.get(callee as usize) {
                    Some(import) if import.is_asyncify() => match import.field {
                        "start_unwind" | "stop_rewind" => found.innermost = true,
                        "stop_unwind" | "start_rewind" => found.outermost = true,
                        _ => {}
                    },
                    _ if callee as usize >= survey.functions.len() => return Err(Fault::Index("function")),
                    _ => call(callee),
                }
            }
            CALL_INDIRECT => found.indirect = true,
            _ => {}
        }
    }
    Ok(found)
}

/// Callers of each function, one list after the other.
struct Callers {
    starts: Vec<u32>,
    list: Vec<u32>,
}

impl Callers {
    fn new(functions: usize, calls: &[(u32, u32)]) -> Self {
        let mut starts = vec![0; functions + 1];
        for (callee, _) in calls {
            starts[*callee as usize + 1] += 1;
        }
        for index in 0..functions {
            starts[index + 1] += starts[index];
        }
        let mut next = starts.clone();
        let mut list = vec![0; calls.len()];
        for (callee, caller) in calls {
            let place = &mut next[*callee as usize];
            list[*place as usize] = *caller;
            *place += 1;
        }
        Self { starts, list }
    }

    fn of(&self, callee: usize) -> &[u32] {
        &self.list[self.starts[callee] as usize..self.starts[callee + 1] as usize]
    }
}
