//! Callers that are not on the WebAssembly stack: Go's compiler keeps a stack of its own in memory, and leaves that of
//! WebAssembly when a goroutine waits, is switched or gets a larger stack. What was left is found in memory.
//!
//! A frame there is the return address, and below it what the function needs. A return address is a place in the table
//! of functions (above 16 bits) and a number of a place in the function, which WebAssembly knows nothing of. How much a
//! function needs is in its own code: before it returns it gives that back.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use wasmparser::{
    BinaryReaderError, ElementItems, FunctionBody, KnownCustom, Name, Operator, Parser, Payload, TypeRef,
};

/// Go's own loop, which calls the function of the goroutine that runs.
const LOOPS: &[&str] = &["wasm_pc_f_loop", "wasm_pc_f_loop_export"];

/// Functions that nobody has called.
const FIRST: &[&str] = &["runtime.goexit", "runtime.mstart", "runtime.rt0_go"];

/// The stack pointer is the first global; each function has a copy of it behind its parameter.
const STACK_POINTER: u32 = 0;
const LOCAL_POINTER: u32 = 1;
const WORD: u32 = 8;

/// What is known of a module that Go's compiler has made.
#[derive(Debug)]
pub(crate) struct GoStack {
    imported: u32,
    bodies: Vec<Range<usize>>,
    /// Of functions with bodies: bytes below the return address.
    frames: Vec<Option<u32>>,
    /// From places in the table to functions.
    table: BTreeMap<u32, u32>,
    loops: BTreeSet<u32>,
    first: BTreeSet<u32>,
    /// Functions whose bodies are wrappers; the bodies that were there are those of the last functions.
    wrapped: Vec<u32>,
}

/// A function that was active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Active {
    pub(crate) function: u32,
    /// Of the instruction, in the module.
    pub(crate) offset: u32,
}

impl GoStack {
    /// `None`: it is of another compiler.
    pub(crate) fn read(bytes: &[u8], wrapped: Vec<u32>) -> Result<Option<Self>, BinaryReaderError> {
        let mut imported = 0;
        let (mut bodies, mut frames) = (Vec::new(), Vec::new());
        let mut table = BTreeMap::new();
        let (mut loops, mut first) = (BTreeSet::new(), BTreeSet::new());
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        if matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)) {
                            imported += 1;
                        }
                    }
                }
                Payload::ElementSection(section) => {
                    for element in section {
                        let element = element?;
                        let (
                            wasmparser::ElementKind::Active { offset_expr, .. },
                            ElementItems::Functions(items),
                        ) = (element.kind, element.items)
                        else {
                            continue;
                        };
                        let Operator::I32Const { value } = offset_expr.get_operators_reader().read()? else {
                            continue;
                        };
                        for (place, function) in (0..).zip(items) {
                            // What lies beyond is not valid, and the engine says so.
                            if let Some(place) = value.cast_unsigned().checked_add(place) {
                                table.insert(place, function?);
                            }
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    bodies.push(body.range());
                    frames.push(frame(&body)?);
                }
                Payload::CustomSection(section) => {
                    let KnownCustom::Name(names) = section.as_known() else { continue };
                    for name in names {
                        let Ok(Name::Function(names)) = name else { continue };
                        for naming in names.into_iter().flatten() {
                            if LOOPS.contains(&naming.name) {
                                loops.insert(naming.index);
                            } else if FIRST.contains(&naming.name) {
                                first.insert(naming.index);
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        let stack = Self { imported, bodies, frames, table, loops, first, wrapped };
        Ok((!stack.loops.is_empty()).then_some(stack))
    }

    /// The whole stack, innermost first. `active`: that of WebAssembly. `read`: a word of memory. What cannot be
    /// verified is not believed: then it is the part that is known.
    ///
    /// Callers that are found in memory are told at the begin of their code.
    pub(crate) fn whole(
        &self,
        active: &[Active],
        stack_pointer: u32,
        most: usize,
        read: impl Fn(u32) -> Option<u64>,
    ) -> Vec<u32> {
        let end = active.iter().position(|active| self.loops.contains(&active.function));
        let known = active[..end.unwrap_or(active.len())].iter().copied();
        // A wrapper has nothing on this stack, and what it calls stands for the function itself.
        let known = known
            .filter(|active| !self.wrapped.contains(&active.function))
            .map(|active| Active { function: self.own(active.function), ..active });
        let known = &known.collect::<Vec<_>>()[..];
        let mut offsets = known.iter().map(|active| active.offset).collect::<Vec<_>>();
        // The innermost function has what it needs, or has only begun.
        let needs = known.first().and_then(|innermost| self.frame(innermost.function));
        let found = needs.and_then(|needs| {
            let begins = [needs, 0].map(|needs| stack_pointer.checked_add(needs));
            begins.into_iter().flatten().find_map(|at| self.outermost(known, at, &read))
        });
        let Some(mut at) = found else {
            // In the loop itself, or where this cannot be followed.
            return active.iter().map(|active| active.offset).collect();
        };
        while offsets.len() < most {
            let Some(function) = read(at).and_then(|address| self.function(address)) else { break };
            let Some(body) = self.body(function) else { break };
            offsets.push(body.start as u32);
            if self.first.contains(&function) {
                break;
            }
            let Some(next) = self.frame(function).and_then(|needs| at.checked_add(WORD + needs)) else {
                break;
            };
            at = next;
        }
        offsets
    }

    /// Where the return address of the outermost of these functions is, when that of the innermost is at `at`: each
    /// has to lead to the next one.
    fn outermost(&self, known: &[Active], mut at: u32, read: &impl Fn(u32) -> Option<u64>) -> Option<u32> {
        for caller in &known[1..] {
            if self.function(read(at)?)? != caller.function {
                return None;
            }
            at = at.checked_add(WORD + self.frame(caller.function)?)?;
        }
        self.function(read(at)?)?;
        Some(at)
    }

    fn function(&self, address: u64) -> Option<u32> {
        self.table.get(&u32::try_from(address >> 16).ok()?).copied()
    }

    /// Of the body that was there first, also when a wrapper has its place.
    fn place(&self, function: u32) -> Option<usize> {
        if let Ok(number) = self.wrapped.binary_search(&function) {
            return (self.bodies.len() + number).checked_sub(self.wrapped.len());
        }
        Some(function.checked_sub(self.imported)? as usize)
    }

    /// The function that a copy is of, or the function itself.
    fn own(&self, function: u32) -> u32 {
        let copies = self.imported as usize + self.bodies.len() - self.wrapped.len();
        let number = (function as usize).checked_sub(copies);
        number.and_then(|number| self.wrapped.get(number)).copied().unwrap_or(function)
    }

    fn body(&self, function: u32) -> Option<&Range<usize>> {
        self.bodies.get(self.place(function)?)
    }

    fn frame(&self, function: u32) -> Option<u32> {
        *self.frames.get(self.place(function)?)?
    }
}

/// What a function gives back before it gives back the return address; of one that never returns, what it takes first.
/// `None`: it does neither so.
fn frame(body: &FunctionBody<'_>) -> Result<Option<u32>, BinaryReaderError> {
    let mut operators = body.get_operators_reader()?;
    let mut taken = None;
    // Bytes that were given back just before.
    let mut given: Option<u32> = None;
    // Instructions of such a step that have come, and what it is about.
    let (mut steps, mut bytes, mut is_given) = (0, 0, false);
    while !operators.eof() {
        let operator = operators.read()?;
        steps = match (steps, operator) {
            (0 | 5, Operator::LocalGet { local_index: LOCAL_POINTER }) => 1,
            (1, Operator::I32Const { value }) => {
                bytes = value.cast_unsigned();
                2
            }
            (2, Operator::I32Add) => {
                is_given = true;
                3
            }
            (2, Operator::I32Sub) => {
                is_given = false;
                3
            }
            (3, Operator::LocalTee { local_index: LOCAL_POINTER }) => 4,
            (4, Operator::GlobalSet { global_index: STACK_POINTER }) if is_given => {
                // Its own frame and then the return address; or the latter alone, if it needs nothing.
                if let Some(frame) = given.take()
                    && bytes == WORD
                {
                    return Ok(Some(frame));
                }
                given = Some(bytes);
                5
            }
            (4, Operator::GlobalSet { global_index: STACK_POINTER }) => {
                taken.get_or_insert(bytes);
                given = None;
                0
            }
            // After one step alone: nothing but the return address was given back.
            (5, Operator::I32Const { .. }) if given == Some(WORD) => return Ok(Some(0)),
            _ => {
                given = None;
                0
            }
        };
    }
    // What is as long as a return address may be one: that of a call.
    Ok(taken.filter(|taken| *taken != WORD))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three functions that call each other: 16 bytes, nothing, and 24 bytes; and what does not return.
    const GO: &str = r#"(module
      (global $sp (mut i32) (i32.const 0))
      (table 4200 funcref)
      (elem (i32.const 4096) $wasm_pc_f_loop $main.inner $main.plain $main.outer $runtime.goexit $main.endless)
      (memory 1)
      (func $wasm_pc_f_loop)
      (func $main.inner (param i32) (result i32) (local i32)
        local.get 1 i32.const 16 i32.add local.tee 1 global.set $sp
        local.get 1 i32.const 8 i32.add local.tee 1 global.set $sp
        i32.const 0 return)
      (func $main.plain (param i32) (result i32) (local i32)
        local.get 1 i32.const 8 i32.sub local.tee 1 global.set $sp
        local.get 1 i32.const 8 i32.add local.tee 1 global.set $sp
        i32.const 0 return)
      (func $main.outer (param i32) (result i32) (local i32)
        local.get 1 i32.const 24 i32.add local.tee 1 global.set $sp
        local.get 1 i32.const 8 i32.add local.tee 1 global.set $sp
        i32.const 0 return)
      (func $runtime.goexit (param i32) (result i32) unreachable)
      (func $main.endless (param i32) (result i32) (local i32)
        local.get 1 i32.const 40 i32.sub local.tee 1 global.set $sp
        local.get 1 i32.const 8 i32.sub local.tee 1 global.set $sp
        unreachable))"#;

    fn stack() -> (Vec<u8>, GoStack) {
        let bytes = wat::parse_str(GO).unwrap();
        let stack = GoStack::read(&bytes, Vec::new()).unwrap().unwrap();
        (bytes, stack)
    }

    /// Memory in which `outer` has called `plain`, and that `inner`, whose frame begins at 1000.
    fn memory(address: u32) -> Option<u64> {
        let at = |place: u64| ((0x1000 + place) << 16) | 3;
        Some(match address {
            1016 => at(2),
            1024 => at(3),
            1056 => at(4),
            0..65536 => 7,
            _ => return None,
        })
    }

    fn named(stack: &GoStack, offsets: &[u32]) -> Vec<u32> {
        let holds = |offset: u32| stack.bodies.iter().position(|body| body.contains(&(offset as usize)));
        offsets.iter().map(|offset| holds(*offset).unwrap() as u32).collect()
    }

    fn active(stack: &GoStack, functions: &[u32]) -> Vec<Active> {
        let offset = |function: u32| stack.bodies[function as usize].start as u32 + 1;
        functions.iter().map(|function| Active { function: *function, offset: offset(*function) }).collect()
    }

    #[test]
    fn what_a_function_needs_is_in_its_code() {
        assert_eq!(stack().1.frames, [None, Some(16), Some(0), Some(24), None, Some(40)]);
    }

    #[test]
    fn callers_that_were_left_are_found_in_memory() {
        let (_, stack) = stack();
        for (functions, pointer) in [
            (&[1, 0][..], 1000),
            (&[1, 2, 0], 1000),
            (&[1, 2, 3, 0], 1000),
            // It has only begun.
            (&[1, 2, 0], 1016),
            (&[1, 0], 1016),
        ] {
            let active = active(&stack, functions);
            let whole = stack.whole(&active, pointer, 256, memory);
            assert_eq!(named(&stack, &whole), [1, 2, 3, 4], "{functions:?} at {pointer}");
        }
    }

    #[test]
    fn wrappers_are_not_there() {
        // `plain` has a wrapper, and its own body is the last one.
        let begin = GO.find("(func $main.plain").unwrap();
        let end = GO.find("(func $main.outer").unwrap();
        let text = format!(
            "{}(func $main.plain (param i32) (result i32) unreachable) {} {})",
            &GO[..begin],
            &GO[end..GO.len() - 1],
            GO[begin..end].replace("$main.plain", "$copy"),
        );
        let bytes = wat::parse_str(&text).unwrap();
        let stack = GoStack::read(&bytes, vec![2]).unwrap().unwrap();
        // Inner is called by the copy, that by the wrapper.
        let whole = |functions: &[u32], pointer| {
            named(&stack, &stack.whole(&active(&stack, functions), pointer, 256, memory))
        };
        assert_eq!(whole(&[1, 6, 2, 3, 0], 1000), [1, 6, 3, 4]);
        // The wrapper itself tells the host, when its function has returned.
        assert_eq!(whole(&[2, 3, 0], 1032), [3, 4]);
        // And where it was left, it is found under the function's own number.
        assert_eq!(whole(&[1, 0], 1000), [1, 6, 3, 4]);
    }

    #[test]
    fn what_does_not_fit_together_is_left_as_it_is() {
        let (_, stack) = stack();
        for (functions, pointer) in
            [(&[1, 3, 0][..], 1000), (&[1, 0], 5000), (&[1, 0], u32::MAX), (&[0], 1000), (&[], 0)]
        {
            let active = active(&stack, functions);
            let whole = stack.whole(&active, pointer, 256, memory);
            assert_eq!(named(&stack, &whole), functions, "{functions:?} at {pointer}");
        }
        let active = active(&stack, &[1, 0]);
        assert_eq!(stack.whole(&active, 1000, 2, memory).len(), 2, "no more than are wanted");
        // An address that leads to itself has an end too.
        let endless = |_| Some((0x1000 + 2) << 16);
        assert_eq!(stack.whole(&active, 1000, 256, endless).len(), 256);
    }

    #[test]
    fn modules_of_others_have_no_such_stack() {
        let bytes = wat::parse_str("(module (func $main))").unwrap();
        assert!(GoStack::read(&bytes, Vec::new()).unwrap().is_none());
        let (bytes, _) = stack();
        for length in 8..bytes.len() {
            // Told or read, and no panic.
            drop(GoStack::read(&bytes[..length], Vec::new()));
        }
    }
}
