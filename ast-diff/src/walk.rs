//! The parser's tree of a declaration to nodes of ours, with the directives in it.

use std::ops::Range;

use tree_sitter::{Node, TreeCursor};

use crate::comments;
use crate::directives;
use crate::go::{self, Form};
use crate::grammar::{Grammar, Syntax};
use crate::kind::Kind;
use crate::writer::Writer;

/// Writes a declaration. `is_after_directive`: one stands before it, among its siblings.
pub(crate) fn write(grammar: &Grammar, syntax: &Syntax, writer: &mut Writer<'_>, is_after_directive: bool) {
    let mut walk = Walk { grammar, writer, offset: syntax.offset, is_after_directive, is_example: false };
    let mut cursor = syntax.tree.walk();
    let mut more = cursor.goto_first_child();
    while more {
        if matches!(grammar.form(cursor.node()), Form::Inner(_)) {
            walk.declaration(&mut cursor, syntax.function.as_ref());
        }
        more = cursor.goto_next_sibling();
    }
}

/// Is it an import of `"C"` alone? What stands above it is a program in C.
pub(crate) fn is_import_of_c(syntax: &Syntax, source: &[u8]) -> bool {
    let root = syntax.tree.root_node();
    let Some(import) = root.named_child(0).filter(|child| child.kind() == "import_declaration") else {
        return false;
    };
    let specification = match import.named_child(0) {
        Some(list) if list.kind() == "import_spec_list" && list.named_child_count() == 1 => {
            list.named_child(0)
        }
        other => other,
    };
    specification.is_some_and(|specification| is_c(specification, source, syntax.offset))
}

fn is_c(specification: Node<'_>, source: &[u8], offset: u32) -> bool {
    let end = specification.end_byte() + offset as usize;
    specification.kind() == "import_spec"
        && (source[..end].ends_with(b"\"C\"") || source[..end].ends_with(b"`C`"))
}

/// One pass over the parser's tree.
struct Walk<'a, 'writer> {
    grammar: &'a Grammar,
    writer: &'a mut Writer<'writer>,
    offset: u32,
    is_after_directive: bool,
    is_example: bool,
}

/// What is to be done when all children of a node have been seen.
#[derive(Clone, Copy)]
struct Frame {
    /// Kind of the nearest node that was opened.
    kind: Kind,
    /// Is it this one?
    opened: bool,
    /// Where the node starts and ends in the source.
    start: u32,
    end: u32,
    /// How many nodes there were when the nearest opened one was opened, it included.
    count: usize,
    /// Is the nearest opened one a list of lines, as far as its kind does not say?
    is_list: bool,
}

impl Walk<'_, '_> {
    /// One declaration and all that is below it, without recursion: sources can be nested as deeply as they like.
    fn declaration(&mut self, cursor: &mut TreeCursor<'_>, function: Option<&tree_sitter::Tree>) {
        let outside =
            Frame { kind: Kind::SOURCE_FILE, opened: false, start: 0, end: 0, count: 0, is_list: false };
        let mut frames: Vec<Frame> = Vec::new();
        loop {
            let frame = self.enter(cursor, *frames.last().unwrap_or(&outside));
            if frames.len() == 1 && function.is_some() && cursor.field_name() == Some("name") {
                self.type_parameters(function);
            }
            if let Some(frame) = frame {
                frames.push(frame);
                if cursor.goto_first_child() {
                    continue;
                }
                self.leave(frames.pop(), frames.len());
            }
            loop {
                if frames.is_empty() {
                    return;
                }
                if cursor.goto_next_sibling() {
                    break;
                }
                cursor.goto_parent();
                self.leave(frames.pop(), frames.len());
            }
        }
    }

    /// Those of a method, from its text as a function.
    fn type_parameters(&mut self, function: Option<&tree_sitter::Tree>) {
        let Some(list) = function
            .and_then(|tree| tree.root_node().named_child(0))
            .and_then(|function| function.child_by_field_id(self.grammar.type_parameters))
        else {
            return;
        };
        self.declaration(&mut list.walk(), None);
    }

    fn leave(&mut self, frame: Option<Frame>, depth: usize) {
        let Some(frame) = frame.filter(|frame| frame.opened) else { return };
        if frame.is_list && go::ends_lines(frame.kind) {
            self.writer.directives_before(frame.end, None);
        }
        if self.is_example && depth == 1 && frame.kind == Kind::BLOCK {
            self.output(frame.start..frame.end);
        }
        // What is above a group is not about the only thing in it.
        if depth == 0 && self.is_after_directive && frame.is_list && go::group_keyword(frame.kind).is_some() {
            if self.writer.builder.has_one_child() && frame.kind != Kind::IMPORT_DECLARATION {
                self.writer.builder.set_label(b"(");
            }
        }
        self.writer.builder.close();
    }

    /// What an example prints, as its last comment says.
    fn output(&mut self, body: Range<u32>) {
        let source = self.writer.source;
        let all = self.writer.comments;
        let first = all.partition_point(|comment| comment.start < body.start);
        let inside = &all[first..all.partition_point(|comment| comment.end <= body.end).max(first)];
        let Some(last) = comments::groups(source, inside, body.start + 1).pop() else { return };
        let members = &inside[last.members];
        let range = members[0].start..members[members.len() - 1].end;
        let text = comments::joined(source, members, |comment| {
            let text = &source[comment.start as usize..comment.end as usize];
            text.starts_with(b"//") && directives::is_directive(&text[2..])
        });
        if directives::is_output(&text) {
            self.writer.leaf(Kind::DIRECTIVE, range, &text);
        }
    }

    /// Writes the node; a frame when its children are to be looked at.
    fn enter(&mut self, cursor: &TreeCursor<'_>, parent: Frame) -> Option<Frame> {
        let node = cursor.node();
        let range = node.start_byte() as u32 + self.offset..node.end_byte() as u32 + self.offset;
        let spliced = Some(Frame { opened: false, ..parent });
        let kind = match self.grammar.form(node) {
            Form::Drop => return None,
            Form::Splice => return spliced,
            Form::SpliceOne(_) if node.named_child_count() == 1 => return spliced,
            Form::SpliceBelow(kind) if self.is_spliced(cursor, kind, parent.kind) => return spliced,
            Form::Inner(kind) | Form::SpliceOne(kind) | Form::SpliceBelow(kind) => kind,
            Form::Word(kind) => {
                self.lines_before(node, kind, parent, &range);
                self.writer.leaf(kind, range, &[]);
                return None;
            }
            Form::Atom(Kind::RAW_STRING_LITERAL) => {
                // Specification, "String literals": carriage returns are discarded from the value.
                let text = &self.writer.source[range.start as usize..range.end as usize];
                let text: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'\r').collect();
                self.writer.leaf(Kind::RAW_STRING_LITERAL, range, &text);
                return None;
            }
            Form::Atom(kind) => {
                self.lines_before(node, kind, parent, &range);
                let source = self.writer.source;
                self.writer.leaf(kind, range.clone(), &source[range.start as usize..range.end as usize]);
                return None;
            }
            // A declaration that can be read has none of these; it would be lost.
            Form::Unknown => {
                let source = self.writer.source;
                self.writer.leaf(
                    Kind::OPAQUE,
                    range.clone(),
                    &source[range.start as usize..range.end as usize],
                );
                return None;
            }
        };
        self.lines_before(node, kind, parent, &range);
        self.writer.builder.open(kind);
        self.writer.spans.push(range.clone());
        if let Some(label) = self.label(node, kind) {
            self.writer.builder.set_label(label);
        }
        if parent.kind == Kind::SOURCE_FILE && kind == Kind::FUNCTION_DECLARATION && self.writer.is_test {
            let name = node.child_by_field_name("name").map_or(0..0, |name| name.byte_range());
            let offset = self.offset as usize;
            self.is_example =
                self.writer.source[name.start + offset..name.end + offset].starts_with(b"Example");
        }
        Some(Frame {
            kind,
            opened: true,
            start: range.start,
            end: range.end,
            count: self.writer.builder.count(),
            is_list: go::group_keyword(kind).is_none_or(|keyword| self.is_group(&range, keyword)),
        })
    }

    /// Directives that stand before a child of a list.
    fn lines_before(&mut self, node: Node<'_>, kind: Kind, parent: Frame, range: &Range<u32>) {
        let is_first = parent.count == self.writer.builder.count();
        if parent.kind == Kind::SOURCE_FILE || !parent.is_list || !go::is_line(parent.kind, kind, is_first) {
            return;
        }
        let is_c = kind == Kind::IMPORT_SPEC && is_c(node, self.writer.source, self.offset);
        if !is_c && !self.writer.has_remarks_before(range.start) {
            return;
        }
        let above = matches!(parent.kind, Kind::VAR_DECLARATION | Kind::IMPORT_DECLARATION)
            .then(|| comments::above(self.writer.source, self.writer.comments, parent.start + 1, range.start))
            .flatten();
        if is_c {
            self.writer.preamble(range.start, above.clone());
        }
        self.writer.directives_before(range.start, above);
    }

    /// Is there a parenthesis behind the keyword?
    fn is_group(&self, range: &Range<u32>, keyword: &[u8]) -> bool {
        let mut at = range.start + keyword.len() as u32;
        loop {
            match self.writer.source.get(at as usize) {
                Some(b'(') => return true,
                Some(b' ' | b'\t' | b'\r' | b'\n') => at += 1,
                Some(b'/') => {
                    let comment = self.writer.comments.binary_search_by_key(&at, |comment| comment.start);
                    let Ok(comment) = comment else { return false };
                    at = self.writer.comments[comment].end;
                }
                _ => return false,
            }
        }
    }

    fn is_spliced(&self, cursor: &TreeCursor<'_>, kind: Kind, parent: Kind) -> bool {
        let field = cursor.field_id().map_or(0, std::num::NonZeroU16::get);
        let is_place = if kind == Kind::LITERAL_VALUE { self.grammar.body } else { self.grammar.left };
        go::is_spliced_below(kind, parent, field == is_place, cursor.node().named_child_count() == 1)
    }

    /// What tells two nodes of one kind apart that have children of the same kinds.
    fn label<'tree>(&self, node: Node<'tree>, kind: Kind) -> Option<&'tree [u8]> {
        let token = |index: u32| node.child(index).map_or("", |child| child.kind());
        match kind {
            Kind::BINARY_EXPRESSION | Kind::UNARY_EXPRESSION | Kind::ASSIGNMENT_STATEMENT => {
                node.child_by_field_id(self.grammar.operator).map(|child| child.kind().as_bytes())
            }
            Kind::RANGE_CLAUSE | Kind::RECEIVE_STATEMENT => {
                Some(token(1)).filter(|token| matches!(*token, "=" | ":=")).map(str::as_bytes)
            }
            Kind::CHANNEL_TYPE => match (token(0), token(1)) {
                ("<-", _) => Some(b"<-chan"),
                (_, "<-") => Some(b"chan<-"),
                _ => None,
            },
            Kind::FIELD_DECLARATION => (token(0) == "*").then_some(b"*"),
            Kind::SLICE_EXPRESSION => Some(shape(node, ":", 2)),
            Kind::FOR_CLAUSE => Some(shape(node, ";", 0)),
            _ => None,
        }
    }
}

/// Which operands are there: `_` for each that is, and the separators. The first children are no operands.
fn shape(node: Node<'_>, separator: &str, first: u32) -> &'static [u8] {
    let (mut separators, mut present) = (0, 0);
    for index in first..node.child_count() {
        let Some(child) = node.child(index) else { break };
        if child.kind() == separator {
            separators += 1;
        } else if child.is_named() {
            present |= 1 << separators;
        }
    }
    go::SHAPES[separators.min(2)][present & 7].as_bytes()
}
