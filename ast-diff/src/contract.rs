//! What others can see of a declaration, as canonical bytes.

use crate::hash::{write_nodes, write_number};
use crate::kind::Kind;
use crate::tree::Tree;

/// Directives that say how a function is compiled, and nothing to those that call it. All others count as seen.
const PRIVATE: &[&str] = &[
    "noinline",
    "inline",
    "nosplit",
    "norace",
    "nocheckptr",
    "nobounds",
    "systemstack",
    "nowritebarrier",
    "nowritebarrierrec",
    "yeswritebarrierrec",
];

/// Can others see what a directive above a function says?
pub(crate) fn is_seen(directive: &[u8]) -> bool {
    if directive.starts_with(b"//line ") || directive.starts_with(b"/*line ") {
        return false;
    }
    let Some(verb) = directive.strip_prefix(b"//go:") else { return true };
    !PRIVATE.iter().any(|private| private.as_bytes() == verb.trim_ascii_end())
}

/// Appends the signature of a function, method or function literal: types in order, without the names of parameters, and
/// whether there is a body.
pub(crate) fn write_signature(tree: &Tree, function: u32, bytes: &mut Vec<u8>) {
    let mut has_body = false;
    for child in tree.children(function) {
        match tree.node(child).kind {
            Kind::BLOCK => has_body = true,
            Kind::PARAMETER_LIST => write_parameters(tree, child, bytes),
            // A result without parentheses is one with them.
            kind if is_after_parameters(tree, function, child) && kind != Kind::TYPE_PARAMETER_LIST => {
                bytes.extend_from_slice(&[b'(', Kind::PARAMETER_DECLARATION.number()]);
                write_subtree(tree, child, bytes);
                bytes.push(b')');
            }
            _ => write_subtree(tree, child, bytes),
        }
    }
    bytes.push(u8::from(has_body));
}

fn is_after_parameters(tree: &Tree, function: u32, child: u32) -> bool {
    let lists = tree
        .children(function)
        .take_while(|sibling| *sibling < child)
        .filter(|sibling| tree.node(*sibling).kind == Kind::PARAMETER_LIST)
        .count();
    let is_method = tree.node(function).kind == Kind::METHOD_DECLARATION;
    lists > usize::from(is_method)
}

fn write_parameters(tree: &Tree, list: u32, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(b"(");
    for parameter in tree.children(list) {
        let kind = tree.node(parameter).kind;
        let children: Vec<u32> = tree.children(parameter).collect();
        let Some((kind_of_value, names)) = children.split_last() else { continue };
        for _ in 0..names.len().max(1) {
            bytes.push(kind.number());
            write_subtree(tree, *kind_of_value, bytes);
        }
    }
    bytes.extend_from_slice(b")");
}

/// Appends what is known of the type of an expression without knowing other declarations, or all of it.
pub(crate) fn write_inferred(tree: &Tree, expression: u32, bytes: &mut Vec<u8>) {
    let mut at = expression;
    loop {
        let node = tree.node(at);
        let first = tree.children(at).next();
        match (node.kind, first) {
            (Kind::INT_LITERAL | Kind::FLOAT_LITERAL | Kind::IMAGINARY_LITERAL | Kind::RUNE_LITERAL, _) => {
                bytes.push(node.kind.number());
                return;
            }
            (Kind::INTERPRETED_STRING_LITERAL | Kind::RAW_STRING_LITERAL, _) => {
                bytes.push(Kind::RAW_STRING_LITERAL.number());
                return;
            }
            (Kind::PARENTHESIZED_EXPRESSION, Some(inner)) => at = inner,
            (Kind::UNARY_EXPRESSION, Some(inner)) if matches!(tree.text(at), b"-" | b"+" | b"&") => {
                if tree.text(at) == b"&" {
                    bytes.push(b'&');
                }
                at = inner;
            }
            // The length of such an array is that of the literal.
            (Kind::COMPOSITE_LITERAL, Some(written))
                if tree.node(written).kind != Kind::IMPLICIT_LENGTH_ARRAY_TYPE =>
            {
                bytes.push(node.kind.number());
                write_subtree(tree, written, bytes);
                return;
            }
            (Kind::FUNC_LITERAL, _) => {
                bytes.push(node.kind.number());
                write_signature(tree, at, bytes);
                return;
            }
            _ => {
                write_subtree(tree, at, bytes);
                return;
            }
        }
    }
}

/// Appends all of a subtree.
pub(crate) fn write_subtree(tree: &Tree, index: u32, bytes: &mut Vec<u8>) {
    write_number(tree.node(index).size, bytes);
    write_nodes(tree, index as usize..tree.end(index) as usize, bytes);
}

/// Can the place of a variable among others be told by what the program does? Not that of one whose value is made of
/// literals alone: it is there before anything runs. But maps are filled when the program runs, and every type with a name
/// that is not the language's own can be one. A function literal is named by its place.
pub(crate) fn has_order(tree: &Tree, values: u32) -> bool {
    tree.subtree(values).iter().any(|node| {
        let is_own = node.kind == Kind::TYPE_IDENTIFIER && !is_basic(tree.labels().get(node.label));
        is_own
            || !matches!(
                node.kind,
                Kind::EXPRESSION_LIST
                    | Kind::INT_LITERAL
                    | Kind::FLOAT_LITERAL
                    | Kind::IMAGINARY_LITERAL
                    | Kind::RUNE_LITERAL
                    | Kind::INTERPRETED_STRING_LITERAL
                    | Kind::RAW_STRING_LITERAL
                    | Kind::PARENTHESIZED_EXPRESSION
                    | Kind::COMPOSITE_LITERAL
                    | Kind::LITERAL_VALUE
                    | Kind::KEYED_ELEMENT
                    | Kind::TYPE_IDENTIFIER
                    | Kind::SLICE_TYPE
                    | Kind::POINTER_TYPE
                    | Kind::ARRAY_TYPE
                    | Kind::IMPLICIT_LENGTH_ARRAY_TYPE
                    | Kind::NIL
                    | Kind::TRUE
                    | Kind::FALSE
            )
    })
}

/// Is it a type of the language with a size?
fn is_basic(name: &[u8]) -> bool {
    matches!(
        name,
        b"bool"
            | b"string"
            | b"int"
            | b"int8"
            | b"int16"
            | b"int32"
            | b"int64"
            | b"uint"
            | b"uint8"
            | b"uint16"
            | b"uint32"
            | b"uint64"
            | b"uintptr"
            | b"byte"
            | b"rune"
            | b"float32"
            | b"float64"
            | b"complex64"
            | b"complex128"
    )
}
