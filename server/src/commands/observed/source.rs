//! Stacks of a recording as functions, files and lines.

use std::collections::HashMap;

use wasm_host::{Moves, SourcePlace, SourcePlaces};

use anatomy::readable;

/// All functions and places that occur, each once.
#[derive(Debug, Default)]
pub(in super::super) struct Sources {
    pub(in super::super) functions: Vec<Function>,
    pub(in super::super) places: Vec<Place>,
    /// In the order of the recording.
    pub(in super::super) stacks: Vec<Stack>,
    /// Whether functions have names at all.
    pub(in super::super) has_names: bool,
    pub(in super::super) has_lines: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in super::super) struct Function {
    /// As in Go.
    pub(in super::super) name: String,
    /// As in the module.
    pub(in super::super) system_name: String,
    /// Empty when it is not known.
    pub(in super::super) file: String,
}

/// An instruction of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Place {
    /// Offset in the module; 0 for what stands for something else.
    pub(in super::super) address: u32,
    /// Innermost first: of functions that were put into others there are several.
    pub(in super::super) lines: Vec<Line>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Line {
    pub(in super::super) function: usize,
    /// 0 when it is not known.
    pub(in super::super) line: u32,
}

/// Places, innermost first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Stack {
    pub(in super::super) places: Vec<usize>,
}

/// Outermost in a stack that had more frames than are kept.
const CUT: &str = "(further out, not recorded)";
/// For stacks that had no room, and those of which nothing is known.
const UNKNOWN: &str = "(unknown)";

#[derive(Default)]
struct Numbers {
    functions: HashMap<Function, usize>,
    places: HashMap<u32, usize>,
    stand_ins: HashMap<&'static str, usize>,
}

impl Sources {
    pub(super) fn of(places: &SourcePlaces, moves: &Moves, stacks: &[wasm_host::Stack]) -> Self {
        let mut sources =
            Self { has_names: places.has_names(), has_lines: places.has_lines(), ..Self::default() };
        let mut numbers = Numbers::default();
        for stack in stacks {
            let original = stack.offsets.iter().filter_map(|offset| moves.original(*offset));
            let mut own = Vec::with_capacity(stack.offsets.len() + 1);
            for offset in original {
                own.extend(sources.place(offset, places, &mut numbers));
            }
            if own.is_empty() {
                own.push(sources.stand_in(UNKNOWN, &mut numbers));
            }
            if stack.is_cut {
                own.push(sources.stand_in(CUT, &mut numbers));
            }
            sources.stacks.push(Stack { places: own });
        }
        sources
    }

    /// `None`: there is no function.
    fn place(&mut self, offset: u32, places: &SourcePlaces, numbers: &mut Numbers) -> Option<usize> {
        if let Some(number) = numbers.places.get(&offset) {
            return Some(*number);
        }
        let found = places.at(offset);
        if found.is_empty() {
            return None;
        }
        let lines = found.into_iter().map(|place| {
            let SourcePlace { function, file, line, .. } = place;
            let function =
                Function { name: readable(&function), system_name: function, file: file.unwrap_or_default() };
            Line { function: self.function(function, numbers), line: line.unwrap_or_default() }
        });
        let lines = lines.collect();
        self.places.push(Place { address: offset, lines });
        numbers.places.insert(offset, self.places.len() - 1);
        Some(self.places.len() - 1)
    }

    fn stand_in(&mut self, name: &'static str, numbers: &mut Numbers) -> usize {
        if let Some(number) = numbers.stand_ins.get(name) {
            return *number;
        }
        let function = Function { name: name.to_owned(), system_name: name.to_owned(), file: String::new() };
        let function = self.function(function, numbers);
        self.places.push(Place { address: 0, lines: vec![Line { function, line: 0 }] });
        numbers.stand_ins.insert(name, self.places.len() - 1);
        self.places.len() - 1
    }

    fn function(&mut self, function: Function, numbers: &mut Numbers) -> usize {
        let next = self.functions.len();
        *numbers.functions.entry(function).or_insert_with_key(|function| {
            self.functions.push(function.clone());
            next
        })
    }

    /// Of a stack, innermost first.
    pub(in super::super) fn places_of(&self, stack: usize) -> &[usize] {
        self.stacks.get(stack).map(|stack| &stack.places[..]).unwrap_or_default()
    }

    /// Functions and lines of a stack, innermost first.
    pub(in super::super) fn lines(&self, stack: usize) -> impl DoubleEndedIterator<Item = Line> + '_ {
        self.places_of(stack).iter().flat_map(|place| self.places[*place].lines.iter().copied())
    }

    /// Such as `main.burn main.go:12`.
    pub(in super::super) fn words(&self, line: Line) -> String {
        let Function { name, file, .. } = &self.functions[line.function];
        match (file.rsplit('/').next().filter(|file| !file.is_empty()), line.line) {
            (None, _) => name.clone(),
            (Some(file), 0) => format!("{name} {file}"),
            (Some(file), number) => format!("{name} {file}:{number}"),
        }
    }
}

#[cfg(test)]
impl Sources {
    /// Stacks by names, outermost first and parted by `;`, for tests of what is made of them.
    pub(in super::super) fn of_names(stacks: &[&str]) -> Self {
        let mut sources = Self { has_names: true, has_lines: true, ..Self::default() };
        let mut numbers = Numbers::default();
        for stack in stacks {
            let mut own = Vec::new();
            for name in stack.split(';').rev() {
                let function = Function {
                    name: name.to_owned(),
                    system_name: name.to_owned(),
                    file: "/src/main.go".to_owned(),
                };
                let function = sources.function(function, &mut numbers);
                let line = Line { function, line: function as u32 + 10 };
                sources.places.push(Place { address: sources.places.len() as u32 + 1, lines: vec![line] });
                own.push(sources.places.len() - 1);
            }
            sources.stacks.push(Stack { places: own });
        }
        sources
    }
}
