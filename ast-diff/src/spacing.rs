//! Between which tokens of a line `gofmt` writes a blank.

use crate::kind::Kind;
use crate::token::{Mark, Token};

/// The token before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Last {
    pub(crate) kind: Kind,
    pub(crate) is_leaf: bool,
    pub(crate) mark: Mark,
}

/// Is there one between two tokens of a line?
pub(crate) fn has_blank(last: Last, mark: Mark, token: &Token<'_>) -> bool {
    let Last { kind, is_leaf, mark: before } = last;
    match mark {
        Mark::Comma | Mark::Period | Mark::Semicolon | Mark::Colon => return false,
        Mark::Close(b'}') if token.kind == Kind::BLOCK => return !matches!(before, Mark::Open(_)),
        Mark::Close(_) => return false,
        _ => (),
    }
    match before {
        Mark::Period | Mark::Open(b'(' | b'[') => return false,
        Mark::Open(_) if is_of_literal(kind) => return false,
        Mark::Colon if kind == Kind::SLICE_EXPRESSION => return false,
        Mark::Close(b']') if is_of_type(kind) => return false,
        Mark::Other if is_prefix(kind) => return false,
        _ => (),
    }
    match mark {
        Mark::Open(b'(') => match token.kind {
            Kind::CALL_EXPRESSION | Kind::TYPE_CONVERSION_EXPRESSION => false,
            Kind::PARAMETER_LIST => {
                !(is_leaf || before == Mark::Close(b']') || is_function_type(kind, before))
            }
            _ => true,
        },
        Mark::Open(b'[') => match token.kind {
            Kind::INDEX_EXPRESSION
            | Kind::SLICE_EXPRESSION
            | Kind::TYPE_ARGUMENTS
            | Kind::TYPE_PARAMETER_LIST
            | Kind::TYPE_INSTANTIATION_EXPRESSION
            | Kind::MAP_TYPE => false,
            _ => !is_prefix_type(kind, before),
        },
        Mark::Open(_) if token.kind == Kind::COMPOSITE_LITERAL => false,
        Mark::Open(_) if matches!(token.kind, Kind::STRUCT_TYPE | Kind::INTERFACE_TYPE) => !token.is_bare,
        Mark::Other => {
            !matches!(token.kind, Kind::VARIADIC_ARGUMENT | Kind::INC_STATEMENT | Kind::DEC_STATEMENT)
        }
        _ => true,
    }
}

/// Can the last line of such a list end with a comma before the bracket that closes it?
pub(crate) fn may_end_with_comma(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::CALL_EXPRESSION
            | Kind::PARAMETER_LIST
            | Kind::COMPOSITE_LITERAL
            | Kind::LITERAL_VALUE
            | Kind::TYPE_CONVERSION_EXPRESSION
            | Kind::TYPE_PARAMETER_LIST
            | Kind::TYPE_ARGUMENTS
    )
}

fn is_of_literal(kind: Kind) -> bool {
    matches!(kind, Kind::COMPOSITE_LITERAL | Kind::LITERAL_VALUE)
}

fn is_of_type(kind: Kind) -> bool {
    matches!(kind, Kind::SLICE_TYPE | Kind::ARRAY_TYPE | Kind::IMPLICIT_LENGTH_ARRAY_TYPE | Kind::MAP_TYPE)
}

/// Operators before what they are about.
fn is_prefix(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::UNARY_EXPRESSION
            | Kind::POINTER_TYPE
            | Kind::NEGATED_TYPE
            | Kind::FIELD_DECLARATION
            | Kind::VARIADIC_PARAMETER_DECLARATION
            | Kind::IMPLICIT_LENGTH_ARRAY_TYPE
    )
}

fn is_prefix_type(kind: Kind, before: Mark) -> bool {
    before == Mark::Close(b']') && is_of_type(kind)
}

/// Is it the `func` of a function without a name?
fn is_function_type(kind: Kind, before: Mark) -> bool {
    before == Mark::Word && matches!(kind, Kind::FUNC_LITERAL | Kind::FUNCTION_TYPE)
}
