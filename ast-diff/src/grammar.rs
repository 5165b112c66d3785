//! Reads one declaration with the Go grammar. Only this file and `walk` know the parser.

use std::cmp::Ordering;
use std::ops::{ControlFlow, Range};

use tree_sitter::{InputEdit, Language, Node, ParseOptions, ParseState, Point};

use crate::edited::Edited;
use crate::go::{self, Form};
use crate::newer::{generic_method, substitute_new};
use crate::scan::with_semicolons;

/// The Go grammar, ready to read.
pub(crate) struct Grammar {
    parser: tree_sitter::Parser,
    forms: Vec<Form>,
    pub(crate) left: u16,
    pub(crate) body: u16,
    pub(crate) operator: u16,
    pub(crate) type_parameters: u16,
}

/// A declaration that the grammar can read.
#[derive(Debug)]
pub(crate) struct Syntax {
    pub(crate) tree: tree_sitter::Tree,
    /// The text that was read: not that of the source where a newer form was replaced by one that the grammar knows.
    text: Box<[u8]>,
    /// The type parameters of a method, which the grammar does not know: the method as a function.
    pub(crate) function: Option<tree_sitter::Tree>,
    /// Where its text begins in the source.
    pub(crate) offset: u32,
}

impl Grammar {
    pub(crate) fn new() -> Self {
        let language = Language::new(tree_sitter_go::LANGUAGE);
        let mut parser = tree_sitter::Parser::new();
        // The versions are locked together; it is a defect of the build when they do not fit.
        parser.set_language(&language).unwrap_or_else(|error| unreachable!("{error}"));
        let forms = (0..language.node_kind_count() as u16)
            .map(|id| go::form(language.node_kind_for_id(id).unwrap_or(""), language.node_kind_is_named(id)))
            .collect();
        let field = |name| language.field_id_for_name(name).map_or(0, std::num::NonZeroU16::get);
        Self {
            parser,
            forms,
            left: field("left"),
            body: field("body"),
            operator: field("operator"),
            type_parameters: field("type_parameters"),
        }
    }

    /// Reads a text that starts at `offset` of the source; `None` when it is not exactly one declaration. What was
    /// `before` it makes it faster.
    pub(crate) fn read(&mut self, blanked: &[u8], offset: u32, before: Option<&Syntax>) -> Option<Syntax> {
        let blanked = &with_semicolons(blanked)[..];
        let read = |tree, text: &[u8]| Syntax { tree, text: text.into(), function: None, offset };
        let again = before.and_then(|before| {
            let mut tree = before.tree.clone();
            tree.edit(&edit(&before.text, blanked)?);
            // What cannot be read is read without what was before, so that how it fails does not depend on that.
            self.declaration(blanked, Some(&tree))
        });
        if let Some(tree) = again.or_else(|| self.declaration(blanked, None)) {
            return Some(read(tree, blanked));
        }
        // Go 1.26: `new(expression)`. The grammar wants a type there, unless it is a function like others.
        let substituted = substitute_new(blanked);
        let text = substituted.as_deref().unwrap_or(blanked);
        if substituted.is_some()
            && let Some(tree) = self.declaration(text, None)
        {
            return Some(read(tree, text));
        }
        // Go 1.27: methods with type parameters. Without them it is a method, and without the receiver a function.
        let (receiver, parameters) = generic_method(text)?;
        let without = |range: Range<usize>| {
            let mut text = text.to_vec();
            text[range].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
            text
        };
        let function = self.declaration(&without(receiver), None)?;
        let method = without(parameters);
        let tree = self.declaration(&method, None)?;
        Some(Syntax { function: Some(function), ..read(tree, &method) })
    }

    fn declaration(&mut self, text: &[u8], before: Option<&tree_sitter::Tree>) -> Option<tree_sitter::Tree> {
        // The grammar wants newlines behind declarations.
        let mut read = |offset: usize, _: Point| match offset.cmp(&text.len()) {
            Ordering::Less => &text[offset..],
            Ordering::Equal => b"\n",
            Ordering::Greater => b"",
        };
        // A tree with an error is of no use, and looking for the least wrong one can take for ever.
        let mut stop_at_error = |state: &ParseState| {
            if state.has_error() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let options = ParseOptions::new().progress_callback(&mut stop_at_error);
        let Some(tree) = self.parser.parse_with_options(&mut read, before, Some(options)) else {
            // Otherwise the next text would be taken for the rest of this one.
            self.parser.reset();
            return None;
        };
        (!tree.root_node().has_error() && self.is_declaration(&tree)).then_some(tree)
    }

    fn is_declaration(&self, tree: &tree_sitter::Tree) -> bool {
        let root = tree.root_node();
        let mut count = 0;
        for child in root.children(&mut root.walk()) {
            match self.form(child) {
                Form::Inner(kind) if go::is_declaration(kind) => count += 1,
                Form::Drop if !child.is_named() || child.kind() == "empty_statement" => (),
                _ => return false,
            }
        }
        count == 1
    }

    pub(crate) fn form(&self, node: Node<'_>) -> Form {
        // The number of an error is beyond all others.
        self.forms.get(node.kind_id() as usize).copied().unwrap_or(Form::Unknown)
    }
}

/// The one replaced range between two texts; `None` when most of the old one is replaced.
fn edit(before: &[u8], after: &[u8]) -> Option<InputEdit> {
    let Edited { start, old_end, new_end } = Edited::between(before, after);
    if (old_end - start) as usize > before.len() / 2 {
        return None;
    }
    Some(InputEdit {
        start_byte: start as usize,
        old_end_byte: old_end as usize,
        new_end_byte: new_end as usize,
        start_position: point(before, start),
        old_end_position: point(before, old_end),
        new_end_position: point(after, new_end),
    })
}

#[expect(clippy::naive_bytecount, reason = "once an edit, over a declaration")]
fn point(text: &[u8], offset: u32) -> Point {
    let before = &text[..offset as usize];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    Point::new(before.iter().filter(|byte| **byte == b'\n').count(), before.len() - line_start)
}
