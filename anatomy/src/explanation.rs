//! One function: the lines of its source beside the instructions that they became, with the names of what is called and
//! moved.

mod positions;
mod variables;

use serde::Serialize;
use wasmparser::{BinaryReader, FunctionBody, Operator};

use crate::dwarf::Subprogram;
use crate::instruction::{self, Class};
use crate::note::Note;
use crate::program::Program;

use positions::{Position, Positions};
use variables::Variables;

/// Instructions that are shown of one function; a person reads less.
const MOST_INSTRUCTIONS: usize = 100_000;

/// A function as it was written and as it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    pub function: String,
    pub package: String,
    /// Among all functions of the module.
    pub index: u32,
    /// Bytes of its code.
    pub code: u64,
    /// As WebAssembly has it, such as `(i32, i32) -> i64`.
    pub signature: String,
    /// As far as debug information names them.
    pub parameters: Vec<Variable>,
    pub locals: Vec<Variable>,
    /// In the order of the code: a line may come several times.
    pub lines: Vec<Line>,
    pub notes: Vec<Note>,
}

/// A parameter or variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Variable {
    pub name: String,
    pub type_name: Option<String>,
    /// Such as `local 0`; several where its parts are apart, none where it was optimised away.
    pub places: Vec<String>,
}

/// Instructions that follow each other and came from the same line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Path of the source; `None` where nothing says where they came from.
    pub file: Option<String>,
    /// 0 where the compiler made them for no line.
    pub line: u32,
    /// The function that became a part of this one here.
    pub inlined: Option<String>,
    pub instructions: Vec<Instruction>,
}

/// One instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Instruction {
    /// In the file.
    pub offset: u64,
    /// As in the text format.
    pub text: String,
    pub class: Class,
    /// What is called, or moved.
    pub note: Option<String>,
}

/// Read from the module, before anything is said about it.
pub(crate) struct Decoded<'a> {
    pub(crate) offset: usize,
    pub(crate) operator: Operator<'a>,
    pub(crate) mnemonic: String,
}

impl Explanation {
    pub(crate) fn of(program: &Program<'_>, function: u32, listing: Option<&str>) -> Self {
        let named = &program.functions[function as usize];
        let mut notes = program.notes.clone();
        let decoded = decode(program, function, &mut notes);
        let subprogram = subprogram(program, function);
        let positions = Positions::of(program, function, subprogram, listing, &decoded, &mut notes);
        let variables = Variables::of(program, function, subprogram, &decoded, &mut notes);
        let mut lines: Vec<Line> = Vec::new();
        for (place, one) in decoded.iter().enumerate() {
            let Position { file, line, inlined, operand } = positions.of_instruction(place);
            let operands = instruction::operands(&one.operator);
            let text = format!("{} {operands}", one.mnemonic);
            let note = note(program, &variables, one, operand);
            let class = instruction::class(&one.mnemonic);
            let text = text.trim_end().to_owned();
            let instruction = Instruction { offset: one.offset as u64, text, class, note };
            match lines.last_mut() {
                Some(last)
                    if last.file.as_deref() == file
                        && last.line == line
                        && last.inlined.as_deref() == inlined =>
                {
                    last.instructions.push(instruction);
                }
                _ => lines.push(Line {
                    file: file.map(str::to_owned),
                    line,
                    inlined: inlined.map(str::to_owned),
                    instructions: vec![instruction],
                }),
            }
        }
        let (parameters, locals) = variables.described();
        notes.sort();
        notes.dedup();
        Self {
            function: named.name.clone(),
            package: named.package.clone(),
            index: function,
            code: program.module.body(function).map_or(0, |body| body.whole.len() as u64),
            signature: signature(program, function),
            parameters,
            locals,
            lines,
            notes,
        }
    }

    /// All instructions, in the order of the code.
    pub fn instructions(&self) -> impl Iterator<Item = &Instruction> {
        self.lines.iter().flat_map(|line| &line.instructions)
    }
}

fn decode<'a>(program: &Program<'a>, function: u32, notes: &mut Vec<Note>) -> Vec<Decoded<'a>> {
    let Some(body) = program.module.body(function) else { return Vec::new() };
    let bytes = program.module.bytes.get(body.contents.clone()).unwrap_or_default();
    let body = FunctionBody::new(BinaryReader::new(bytes, body.contents.start));
    let mut decoded = Vec::new();
    let operators = match body.get_operators_reader() {
        Ok(operators) => operators,
        Err(error) => {
            notes.push(Note::Undecodable { offset: error.offset() as u64 });
            return decoded;
        }
    };
    for operator in operators.into_iter_with_offsets() {
        match operator {
            Ok((operator, offset)) if decoded.len() < MOST_INSTRUCTIONS => {
                decoded.push(Decoded { offset, mnemonic: instruction::mnemonic(&operator), operator });
            }
            Ok((_, offset)) => {
                notes.push(Note::TooLong { offset: offset as u64 });
                break;
            }
            Err(error) => {
                notes.push(Note::Undecodable { offset: error.offset() as u64 });
                break;
            }
        }
    }
    decoded
}

fn subprogram<'p, 'a>(program: &'p Program<'a>, function: u32) -> Option<&'p Subprogram<'a>> {
    let body = program.module.body(function)?;
    let start = |offset: usize| (offset - program.module.code_start) as u64;
    let mut within = program.entities.subprograms.range(start(body.whole.start)..start(body.whole.end));
    within.next().map(|(_, subprogram)| subprogram)
}

fn note(
    program: &Program<'_>,
    variables: &Variables<'_>,
    one: &Decoded<'_>,
    operand: Option<&str>,
) -> Option<String> {
    let own = match &one.operator {
        Operator::Call { function_index }
        | Operator::ReturnCall { function_index }
        | Operator::RefFunc { function_index } => program.name(*function_index).map(str::to_owned),
        Operator::LocalGet { local_index }
        | Operator::LocalSet { local_index }
        | Operator::LocalTee { local_index } => variables.name(*local_index, one.offset),
        Operator::GlobalGet { global_index } | Operator::GlobalSet { global_index } => {
            program.module.globals.get(global_index).map(|name| (*name).to_owned())
        }
        Operator::CallIndirect { type_index, .. } | Operator::ReturnCallIndirect { type_index, .. } => {
            let kind = program.module.types.get(*type_index as usize).and_then(Option::as_ref);
            kind.map(written)
        }
        _ => None,
    };
    own.or_else(|| operand.map(str::to_owned))
}

fn signature(program: &Program<'_>, function: u32) -> String {
    program.module.function_type(function).map_or_else(String::new, written)
}

fn written(kind: &wasmparser::FuncType) -> String {
    let list = |types: &[wasmparser::ValType]| {
        types.iter().take(64).map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    match kind.results() {
        [] => format!("({})", list(kind.params())),
        results => format!("({}) -> {}", list(kind.params()), list(results)),
    }
}
