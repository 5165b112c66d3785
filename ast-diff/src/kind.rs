//! The closed list of what a node can be, by the names that the Go grammar gives.

use std::fmt;

/// What a node is. Numbers are of this crate's own making and the same for every version of the grammar; what is hashed
/// and shown is the name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(u8);

macro_rules! kinds {
    ($($constant:ident $name:literal,)*) => {
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "only counts the constants")]
        #[repr(u8)]
        enum Number { $($constant,)* }

        impl Kind {
            $(#[doc = concat!("`", $name, "`")] pub const $constant: Self = Self(Number::$constant as u8);)*

            /// All kinds, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$constant,)*];
        }

        const NAMES: &[&str] = &[$($name,)*];
    };
}

// New kinds are added at the end: the numbers travel in patches.
kinds! {
    SOURCE_FILE "source_file",
    OPAQUE "opaque",
    DIRECTIVE "directive",
    ATTACHED_DIRECTIVE "attached_directive",
    PREAMBLE "preamble",
    PACKAGE_CLAUSE "package_clause",
    IMPORT_DECLARATION "import_declaration",
    IMPORT_SPEC "import_spec",
    CONST_DECLARATION "const_declaration",
    CONST_SPEC "const_spec",
    VAR_DECLARATION "var_declaration",
    VAR_SPEC "var_spec",
    TYPE_DECLARATION "type_declaration",
    TYPE_SPEC "type_spec",
    TYPE_ALIAS "type_alias",
    FUNCTION_DECLARATION "function_declaration",
    METHOD_DECLARATION "method_declaration",
    TYPE_PARAMETER_LIST "type_parameter_list",
    TYPE_PARAMETER_DECLARATION "type_parameter_declaration",
    PARAMETER_LIST "parameter_list",
    PARAMETER_DECLARATION "parameter_declaration",
    VARIADIC_PARAMETER_DECLARATION "variadic_parameter_declaration",
    GENERIC_TYPE "generic_type",
    TYPE_ARGUMENTS "type_arguments",
    TYPE_ELEM "type_elem",
    TYPE_CONSTRAINT "type_constraint",
    QUALIFIED_TYPE "qualified_type",
    POINTER_TYPE "pointer_type",
    STRUCT_TYPE "struct_type",
    FIELD_DECLARATION "field_declaration",
    INTERFACE_TYPE "interface_type",
    METHOD_ELEM "method_elem",
    ARRAY_TYPE "array_type",
    IMPLICIT_LENGTH_ARRAY_TYPE "implicit_length_array_type",
    SLICE_TYPE "slice_type",
    MAP_TYPE "map_type",
    CHANNEL_TYPE "channel_type",
    FUNCTION_TYPE "function_type",
    NEGATED_TYPE "negated_type",
    PARENTHESIZED_TYPE "parenthesized_type",
    BLOCK "block",
    EXPRESSION_STATEMENT "expression_statement",
    SEND_STATEMENT "send_statement",
    RECEIVE_STATEMENT "receive_statement",
    INC_STATEMENT "inc_statement",
    DEC_STATEMENT "dec_statement",
    ASSIGNMENT_STATEMENT "assignment_statement",
    SHORT_VAR_DECLARATION "short_var_declaration",
    LABELED_STATEMENT "labeled_statement",
    FALLTHROUGH_STATEMENT "fallthrough_statement",
    BREAK_STATEMENT "break_statement",
    CONTINUE_STATEMENT "continue_statement",
    GOTO_STATEMENT "goto_statement",
    RETURN_STATEMENT "return_statement",
    GO_STATEMENT "go_statement",
    DEFER_STATEMENT "defer_statement",
    IF_STATEMENT "if_statement",
    FOR_STATEMENT "for_statement",
    FOR_CLAUSE "for_clause",
    RANGE_CLAUSE "range_clause",
    EXPRESSION_SWITCH_STATEMENT "expression_switch_statement",
    EXPRESSION_CASE "expression_case",
    DEFAULT_CASE "default_case",
    TYPE_SWITCH_STATEMENT "type_switch_statement",
    TYPE_CASE "type_case",
    SELECT_STATEMENT "select_statement",
    COMMUNICATION_CASE "communication_case",
    EXPRESSION_LIST "expression_list",
    PARENTHESIZED_EXPRESSION "parenthesized_expression",
    CALL_EXPRESSION "call_expression",
    VARIADIC_ARGUMENT "variadic_argument",
    SELECTOR_EXPRESSION "selector_expression",
    INDEX_EXPRESSION "index_expression",
    SLICE_EXPRESSION "slice_expression",
    TYPE_ASSERTION_EXPRESSION "type_assertion_expression",
    TYPE_CONVERSION_EXPRESSION "type_conversion_expression",
    TYPE_INSTANTIATION_EXPRESSION "type_instantiation_expression",
    COMPOSITE_LITERAL "composite_literal",
    LITERAL_VALUE "literal_value",
    KEYED_ELEMENT "keyed_element",
    FUNC_LITERAL "func_literal",
    UNARY_EXPRESSION "unary_expression",
    BINARY_EXPRESSION "binary_expression",
    IDENTIFIER "identifier",
    TYPE_IDENTIFIER "type_identifier",
    FIELD_IDENTIFIER "field_identifier",
    PACKAGE_IDENTIFIER "package_identifier",
    LABEL_NAME "label_name",
    BLANK_IDENTIFIER "blank_identifier",
    DOT "dot",
    INT_LITERAL "int_literal",
    FLOAT_LITERAL "float_literal",
    IMAGINARY_LITERAL "imaginary_literal",
    RUNE_LITERAL "rune_literal",
    INTERPRETED_STRING_LITERAL "interpreted_string_literal",
    RAW_STRING_LITERAL "raw_string_literal",
    NIL "nil",
    TRUE "true",
    FALSE "false",
    IOTA "iota",
}

impl Kind {
    /// The name in the grammar.
    pub const fn name(self) -> &'static str {
        NAMES[self.0 as usize]
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        NAMES.iter().position(|known| *known == name).map(|number| Self(number as u8))
    }

    /// Number in [`Kind::ALL`].
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The kind with that number; `None` for one that this version does not know.
    pub const fn numbered(number: u8) -> Option<Self> {
        if (number as usize) < NAMES.len() { Some(Self(number)) } else { None }
    }

    /// Leaves whose label is their text.
    pub const fn is_atom(self) -> bool {
        (self.0 >= Self::IDENTIFIER.0 && self.0 <= Self::LABEL_NAME.0)
            || (self.0 >= Self::INT_LITERAL.0 && self.0 <= Self::RAW_STRING_LITERAL.0)
    }

    /// Leaves that are a fixed word.
    pub const fn is_word(self) -> bool {
        self.0 >= Self::NIL.0 || matches!(self, Self::BLANK_IDENTIFIER | Self::DOT)
    }

    /// What stands in a list of statements.
    pub const fn is_statement(self) -> bool {
        matches!(
            self,
            Self::CONST_DECLARATION | Self::VAR_DECLARATION | Self::TYPE_DECLARATION | Self::SELECT_STATEMENT
        ) || (self.0 >= Self::BLOCK.0
            && self.0 <= Self::FOR_STATEMENT.0
            && !matches!(self, Self::RECEIVE_STATEMENT))
            || matches!(self, Self::EXPRESSION_SWITCH_STATEMENT | Self::TYPE_SWITCH_STATEMENT)
    }

    /// Comments that have a meaning.
    pub const fn is_directive(self) -> bool {
        matches!(self, Self::DIRECTIVE | Self::ATTACHED_DIRECTIVE | Self::PREAMBLE)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found_again() {
        for kind in Kind::ALL {
            assert_eq!(Kind::named(kind.name()), Some(*kind));
            assert_eq!(Kind::numbered(kind.number()), Some(*kind));
        }
        assert_eq!(Kind::numbered(Kind::ALL.len() as u8), None);
    }
}
