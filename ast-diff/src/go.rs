//! The Go grammar as data: what of it is a node, what is dropped, and which comments have a meaning.

use crate::kind::Kind;

/// What becomes of a node of the grammar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// A node, with what is below it.
    Inner(Kind),
    /// A leaf whose label is the text.
    Atom(Kind),
    /// A leaf without a label.
    Word(Kind),
    /// Its children take its place.
    Splice,
    /// Its child takes its place when there is one only.
    SpliceOne(Kind),
    /// Its children take its place below some parents; see [`is_spliced_below`].
    SpliceBelow(Kind),
    /// It has no meaning.
    Drop,
    /// It cannot be read.
    Unknown,
}

/// What becomes of nodes of that name. Names that are not of nodes but of tokens are dropped: they follow from the kinds
/// of the nodes, except for those that [`crate::grammar`] makes labels of.
pub(crate) fn form(name: &str, is_named: bool) -> Form {
    if !is_named {
        return Form::Drop;
    }
    match name {
        "statement_list"
        | "argument_list"
        | "literal_element"
        | "field_declaration_list"
        | "import_spec_list"
        | "var_spec_list" => Form::Splice,
        "empty_statement" | "comment" => Form::Drop,
        "type_elem" => Form::SpliceOne(Kind::TYPE_ELEM),
        "type_constraint" => Form::SpliceOne(Kind::TYPE_CONSTRAINT),
        "literal_value" => Form::SpliceBelow(Kind::LITERAL_VALUE),
        "expression_list" => Form::SpliceBelow(Kind::EXPRESSION_LIST),
        _ => match Kind::named(name) {
            Some(kind) if kind.is_word() => Form::Word(kind),
            Some(kind) if kind.is_atom() => Form::Atom(kind),
            Some(kind) => Form::Inner(kind),
            None => Form::Unknown,
        },
    }
}

/// Is a `literal_value` or an `expression_list` told by the parent's kind and the kinds of its other children, so that it
/// need not be a node? `is_place`: it stands left of the operator, or is the body of a composite literal and not an element
/// of one; `is_single`: it has one element.
///
/// What is left of `=`, `:=` and `range` is all children but the last. What is right of them is the last child: a list only
/// when it has several elements, since no other expression is a list.
pub(crate) fn is_spliced_below(kind: Kind, parent: Kind, is_place: bool, is_single: bool) -> bool {
    match kind {
        Kind::LITERAL_VALUE => is_place,
        _ => match parent {
            Kind::RETURN_STATEMENT | Kind::EXPRESSION_CASE => true,
            Kind::ASSIGNMENT_STATEMENT | Kind::SHORT_VAR_DECLARATION => is_place || is_single,
            Kind::RANGE_CLAUSE | Kind::RECEIVE_STATEMENT => is_place,
            _ => false,
        },
    }
}

/// What can stand at the top of a file.
pub(crate) const fn is_declaration(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::PACKAGE_CLAUSE
            | Kind::IMPORT_DECLARATION
            | Kind::CONST_DECLARATION
            | Kind::VAR_DECLARATION
            | Kind::TYPE_DECLARATION
            | Kind::FUNCTION_DECLARATION
            | Kind::METHOD_DECLARATION
    )
}

/// The keyword of declarations that can be a group in parentheses.
pub(crate) const fn group_keyword(kind: Kind) -> Option<&'static [u8]> {
    match kind {
        Kind::IMPORT_DECLARATION => Some(b"import"),
        Kind::CONST_DECLARATION => Some(b"const"),
        Kind::VAR_DECLARATION => Some(b"var"),
        Kind::TYPE_DECLARATION => Some(b"type"),
        _ => None,
    }
}

/// Can directives stand before a child of such a node? They stand in lists of lines only: one within a statement is taken
/// to stand behind it. A group without parentheses is no list. `is_first`: the child has none before it.
pub(crate) const fn is_line(parent: Kind, child: Kind, is_first: bool) -> bool {
    match parent {
        Kind::SOURCE_FILE
        | Kind::BLOCK
        | Kind::STRUCT_TYPE
        | Kind::INTERFACE_TYPE
        | Kind::SELECT_STATEMENT
        | Kind::IMPORT_DECLARATION
        | Kind::CONST_DECLARATION
        | Kind::VAR_DECLARATION
        | Kind::TYPE_DECLARATION => true,
        Kind::EXPRESSION_SWITCH_STATEMENT | Kind::TYPE_SWITCH_STATEMENT => {
            matches!(child, Kind::EXPRESSION_CASE | Kind::TYPE_CASE | Kind::DEFAULT_CASE)
        }
        Kind::EXPRESSION_CASE | Kind::TYPE_CASE | Kind::DEFAULT_CASE => child.is_statement(),
        Kind::COMMUNICATION_CASE => child.is_statement() && !is_first,
        _ => false,
    }
}

/// Does the end of such a node end a list of lines? Where a case ends is told by the next one alone.
pub(crate) const fn ends_lines(kind: Kind) -> bool {
    is_line(kind, Kind::DEFAULT_CASE, false)
}

/// How the operands of `a[i:j:k]` and `for i; j; k` are written as labels, by the number of separators and the set of
/// operands that are there (bit 0 is the first). Both use colons: only which ones are there matters.
pub(crate) const SHAPES: [[&str; 8]; 3] = [
    ["", "_", "", "", "", "", "", ""],
    [":", "_:", ":_", "_:_", ":", "_:", ":_", "_:_"],
    ["::", "_::", ":_:", "_:_:", "::_", "_::_", ":_:_", "_:_:_"],
];
