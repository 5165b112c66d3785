//! One instruction as text, and what kind of work it is.

use serde::Serialize;
use wasmparser::{BlockType, Operator};

/// What kind of work an instruction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    Call,
    Return,
    /// A jump.
    Branch,
    /// Where jumps lead.
    Block,
    Compare,
    /// Between the stack, locals and globals.
    Move,
    Load,
    Store,
    Constant,
    Compute,
    Convert,
    Trap,
    Other,
}

impl Class {
    /// Its name in words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Return => "return",
            Self::Branch => "branch",
            Self::Block => "block",
            Self::Compare => "compare",
            Self::Move => "move",
            Self::Load => "load",
            Self::Store => "store",
            Self::Constant => "constant",
            Self::Compute => "compute",
            Self::Convert => "convert",
            Self::Trap => "trap",
            Self::Other => "other",
        }
    }
}

macro_rules! visitors {
    ($(@$proposal:ident $operator:ident $({ $($payload:tt)* })? => $visit:ident ($($rest:tt)*))*) => {
        fn visitor(operator: &Operator<'_>) -> &'static str {
            match operator {
                $(Operator::$operator { .. } => stringify!($visit),)*
                _ => "visit_unknown",
            }
        }
    };
}
wasmparser::for_each_operator!(visitors);

/// As the text format writes it, such as `i32.load8_u`.
pub(crate) fn mnemonic(operator: &Operator<'_>) -> String {
    const WITH_DOT: [&str; 20] = [
        "i32", "i64", "f32", "f64", "v128", "i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2", "local",
        "global", "memory", "table", "elem", "data", "ref", "struct", "array",
    ];
    let name = visitor(operator).trim_start_matches("visit_");
    match name.split_once('_') {
        Some((first, rest)) if WITH_DOT.contains(&first) => format!("{first}.{rest}"),
        _ => name.to_owned(),
    }
}

/// What stands behind the mnemonic; empty where nothing does.
pub(crate) fn operands(operator: &Operator<'_>) -> String {
    let block = |kind: &BlockType| match kind {
        BlockType::Empty => String::new(),
        BlockType::Type(kind) => format!("(result {kind})"),
        BlockType::FuncType(index) => format!("(type {index})"),
    };
    match operator {
        Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } => block(blockty),
        Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => relative_depth.to_string(),
        Operator::BrTable { targets } => {
            let shown = targets.targets().take(16).map_while(Result::ok).map(|target| target.to_string());
            let mut text = shown.collect::<Vec<_>>().join(" ");
            if targets.len() > 16 {
                text.push_str(" ...");
            }
            format!("{text} {}", targets.default()).trim_start().to_owned()
        }
        Operator::LocalGet { local_index }
        | Operator::LocalSet { local_index }
        | Operator::LocalTee { local_index } => local_index.to_string(),
        Operator::GlobalGet { global_index } | Operator::GlobalSet { global_index } => {
            global_index.to_string()
        }
        Operator::Call { function_index }
        | Operator::ReturnCall { function_index }
        | Operator::RefFunc { function_index } => function_index.to_string(),
        Operator::CallIndirect { type_index, .. } | Operator::ReturnCallIndirect { type_index, .. } => {
            format!("(type {type_index})")
        }
        Operator::I32Const { value } => value.to_string(),
        Operator::I64Const { value } => value.to_string(),
        Operator::F32Const { value } => f32::from_bits(value.bits()).to_string(),
        Operator::F64Const { value } => f64::from_bits(value.bits()).to_string(),
        other => offset(other)
            .filter(|offset| *offset != 0)
            .map_or_else(String::new, |offset| format!("offset={offset}")),
    }
}

macro_rules! offsets {
    ($($operator:ident)*) => {
        /// Of a load or store.
        fn offset(operator: &Operator<'_>) -> Option<u64> {
            match operator {
                $(Operator::$operator { memarg })|* => Some(memarg.offset),
                _ => None,
            }
        }
    };
}
offsets!(
    I32Load I64Load F32Load F64Load I32Load8S I32Load8U I32Load16S I32Load16U I64Load8S I64Load8U I64Load16S I64Load16U
    I64Load32S I64Load32U I32Store I64Store F32Store F64Store I32Store8 I32Store16 I64Store8 I64Store16 I64Store32
    V128Load V128Store
);

/// By the mnemonic.
pub(crate) fn class(mnemonic: &str) -> Class {
    let after = mnemonic.split_once('.').map_or(mnemonic, |(_, rest)| rest);
    let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| after.starts_with(beginning));
    match mnemonic {
        "return" => Class::Return,
        "unreachable" => Class::Trap,
        "block" | "loop" | "if" | "else" | "end" => Class::Block,
        "drop" | "select" | "typed_select" => Class::Move,
        "nop" => Class::Other,
        _ if mnemonic.starts_with("call") || mnemonic.starts_with("return_call") => Class::Call,
        _ if mnemonic.starts_with("br") => Class::Branch,
        _ if ["local.", "global.", "memory.", "table."].iter().any(|kind| mnemonic.starts_with(kind)) => {
            Class::Move
        }
        _ if !mnemonic.contains('.') => Class::Other,
        _ if begins(&["load"]) => Class::Load,
        _ if begins(&["store"]) => Class::Store,
        _ if after == "const" => Class::Constant,
        _ if matches!(after, "eq" | "ne" | "eqz" | "lt" | "gt" | "le" | "ge" | "is_null") => Class::Compare,
        _ if begins(&["lt_", "gt_", "le_", "ge_"]) => Class::Compare,
        _ if begins(&["wrap", "extend", "trunc_", "convert", "reinterpret", "promote", "demote"]) => {
            Class::Convert
        }
        _ => Class::Compute,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_classed_by_what_they_do() {
        for (mnemonic, wanted) in [
            ("call_indirect", Class::Call),
            ("return_call", Class::Call),
            ("return", Class::Return),
            ("br_table", Class::Branch),
            ("end", Class::Block),
            ("i64.lt_s", Class::Compare),
            ("f64.eq", Class::Compare),
            ("i32.eqz", Class::Compare),
            ("local.tee", Class::Move),
            ("memory.copy", Class::Move),
            ("i64.load32_u", Class::Load),
            ("i32.store8", Class::Store),
            ("f32.const", Class::Constant),
            ("i32.wrap_i64", Class::Convert),
            ("i64.extend_i32_u", Class::Convert),
            ("i64.trunc_sat_f64_s", Class::Convert),
            ("f64.trunc", Class::Compute),
            ("i32.shr_u", Class::Compute),
            ("unreachable", Class::Trap),
        ] {
            assert_eq!(class(mnemonic), wanted, "{mnemonic}");
        }
    }

    #[test]
    fn they_are_written_as_in_the_text_format() {
        let memarg = wasmparser::MemArg { align: 0, max_align: 0, offset: 8, memory: 0 };
        let load = Operator::I32Load8U { memarg };
        assert_eq!((mnemonic(&load).as_str(), operands(&load).as_str()), ("i32.load8_u", "offset=8"));
        let get = Operator::LocalGet { local_index: 3 };
        assert_eq!((mnemonic(&get).as_str(), operands(&get).as_str()), ("local.get", "3"));
        assert_eq!(mnemonic(&Operator::BrIf { relative_depth: 1 }), "br_if");
        assert_eq!(mnemonic(&Operator::I64TruncSatF64S), "i64.trunc_sat_f64_s");
        assert_eq!(operands(&Operator::I64Const { value: -5 }), "-5");
    }
}
