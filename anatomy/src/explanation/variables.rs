//! Names of parameters and variables, and of the locals that they are in.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use wasmparser::Operator;

use super::{Decoded, Variable};
use crate::dwarf::{Local, Place, Subprogram};
use crate::note::Note;
use crate::program::Program;
use crate::symbol::Dialect;

pub(super) struct Variables<'a> {
    found: Vec<Local<'a>>,
    /// As the name section has them.
    named: BTreeMap<u32, &'a str>,
    /// Parameters come first among the locals.
    parameters: u32,
    /// Locals beyond the parameters are not those of the compiler any more.
    is_rewritten: bool,
    code_start: usize,
}

impl<'a> Variables<'a> {
    pub(super) fn of(
        program: &Program<'a>,
        function: u32,
        subprogram: Option<&Subprogram<'a>>,
        decoded: &[Decoded<'_>],
        notes: &mut Vec<Note>,
    ) -> Self {
        let found = match (&program.debug, subprogram) {
            (Some(debug), Some(subprogram)) => debug.locals(subprogram, notes),
            _ => Vec::new(),
        };
        let parameters = program.module.function_type(function).map_or(0, |kind| kind.params().len() as u32);
        let is_rewritten = program.dialect == Dialect::TinyGo && is_suspendable(program, decoded);
        if is_rewritten && found.iter().any(|local| !local.is_parameter) {
            notes.push(Note::Rewritten);
        }
        Self {
            found,
            named: program.module.local_names(function),
            parameters,
            is_rewritten,
            code_start: program.module.code_start,
        }
    }

    /// What is in a local at an instruction.
    pub(super) fn name(&self, local: u32, offset: usize) -> Option<String> {
        let address = (offset - self.code_start) as u64;
        let is_there = |range: &Option<Range<u64>>| {
            // What is set is there behind the instruction only, which has a few bytes.
            range.as_ref().is_none_or(|range| range.contains(&address) || range.contains(&(address + 2)))
        };
        let fits = |variable: &&Local<'a>| {
            let is_in = |(range, place): &(Option<Range<u64>>, Place)| {
                *place == Place::Local(local) && is_there(range)
            };
            variable.places.iter().any(is_in)
        };
        let is_known = local < self.parameters || !self.is_rewritten;
        let described = self.found.iter().filter(|_| is_known).filter(fits);
        let described = if local < self.parameters {
            // A parameter that is no longer needed may have given its place to a variable.
            described.max_by_key(|variable| !variable.is_parameter).or_else(|| self.parameter(local))
        } else {
            described.max_by_key(|variable| !variable.is_parameter)
        };
        described.map(|variable| variable.name).or_else(|| self.named.get(&local).copied()).map(str::to_owned)
    }

    /// That begins in this local.
    fn parameter(&self, local: u32) -> Option<&Local<'a>> {
        self.found
            .iter()
            .filter(|variable| variable.is_parameter)
            .find(|variable| variable.places.iter().any(|(_, place)| *place == Place::Local(local)))
    }

    /// Parameters, and the rest.
    pub(super) fn described(&self) -> (Vec<Variable>, Vec<Variable>) {
        let of = |is_parameter: bool| {
            let found = self.found.iter().filter(move |local| local.is_parameter == is_parameter);
            found.map(|local| self.variable(local)).collect()
        };
        (of(true), of(false))
    }

    fn variable(&self, local: &Local<'a>) -> Variable {
        let mut places = BTreeSet::new();
        for (_, place) in &local.places {
            places.insert(match place {
                Place::Local(index) if *index < self.parameters || !self.is_rewritten => {
                    format!("local {index}")
                }
                Place::Local(_) => "a local".to_owned(),
                Place::Global(index) => format!("global {index}"),
                Place::Frame(offset) => format!("frame {offset:+}"),
                Place::Memory(address) => format!("memory {address:#x}"),
            });
        }
        Variable {
            name: local.name.to_owned(),
            type_name: local.type_name.map(str::to_owned),
            places: places.into_iter().collect(),
        }
    }
}

/// Whether code for being suspended was put in: it asks a global for the state of that.
fn is_suspendable(program: &Program<'_>, decoded: &[Decoded<'_>]) -> bool {
    let asks = program.functions.iter().position(|named| named.name == "asyncify_get_state");
    let state = asks.and_then(|index| {
        let decoded = super::decode(program, index as u32, &mut Vec::new());
        decoded.iter().find_map(|one| match one.operator {
            Operator::GlobalGet { global_index } => Some(global_index),
            _ => None,
        })
    });
    let uses = |one: &Decoded<'_>| matches!(one.operator, Operator::GlobalGet { global_index } if Some(global_index) == state);
    state.is_some() && decoded.iter().any(uses)
}
