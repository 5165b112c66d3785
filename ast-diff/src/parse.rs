//! Go source to tree; the only file that knows the parser.

use std::ops::Range;

use tree_sitter::{InputEdit, Language, Node, Point, TreeCursor};

use crate::comments::Comments;
use crate::go::{self, Directive, Form};
use crate::kind::Kind;
use crate::tree::{Tree, TreeBuilder};

/// Something that is not Go, or that the grammar does not know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    /// Bytes of the source.
    pub range: Range<u32>,
    /// What is wrong with them.
    pub problem: SyntaxProblem,
}

/// What is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SyntaxProblem {
    /// The declaration could not be read and is kept as text.
    Unreadable,
    /// The file is not UTF-8 and is kept as text, as a whole.
    NotUtf8,
}

/// A file that was read.
#[derive(Debug)]
pub struct Parsed {
    /// What it says.
    pub tree: Tree,
    /// Bytes of the source that each node of the tree stands for, by index.
    pub spans: Vec<Range<u32>>,
    /// Where each comment is, in order.
    pub comments: Vec<Range<u32>>,
    /// What could not be read.
    pub errors: Vec<SyntaxError>,
    syntax: Option<tree_sitter::Tree>,
    blanked: Vec<u8>,
}

/// Reads Go files. It never fails: what it cannot read becomes an opaque node.
pub struct Parser {
    grammar: tree_sitter::Parser,
    forms: Vec<Form>,
    left: u16,
    operator: u16,
}

impl std::fmt::Debug for Parser {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Parser").finish_non_exhaustive()
    }
}

impl Default for Parser {
    fn default() -> Self {
        Self::new()
    }
}

impl Parser {
    /// A parser can be used for any number of files.
    pub fn new() -> Self {
        let language = Language::new(tree_sitter_go::LANGUAGE);
        let mut grammar = tree_sitter::Parser::new();
        // The versions are locked together; it is a defect of the build when they do not fit.
        grammar.set_language(&language).unwrap_or_else(|error| unreachable!("{error}"));
        let forms = (0..language.node_kind_count() as u16)
            .map(|id| go::form(language.node_kind_for_id(id).unwrap_or(""), language.node_kind_is_named(id)))
            .collect();
        let field = |name| language.field_id_for_name(name).map_or(0, std::num::NonZeroU16::get);
        Self { grammar, forms, left: field("left"), operator: field("operator") }
    }

    /// Reads a file.
    pub fn parse(&mut self, source: &[u8]) -> Parsed {
        self.read(source, None)
    }

    /// Reads a file that was `before`; faster, with the same result.
    pub fn parse_again(&mut self, source: &[u8], before: &Parsed) -> Parsed {
        self.read(source, Some(before))
    }

    fn read(&mut self, source: &[u8], before: Option<&Parsed>) -> Parsed {
        if std::str::from_utf8(source).is_err() {
            return opaque_file(source);
        }
        let Comments { blanked, ranges } = Comments::find(source);
        let old = before.and_then(|before| {
            let mut syntax = before.syntax.clone()?;
            syntax.edit(&difference(&before.blanked, &blanked));
            Some(syntax)
        });
        let Some(syntax) = self.grammar.parse(&blanked, old.as_ref()) else { return opaque_file(source) };
        let directives = go::directives(source, &ranges);
        let mut walk = Walk {
            parser: self,
            source,
            directives,
            next_directive: 0,
            builder: TreeBuilder::new(),
            spans: Vec::new(),
            errors: Vec::new(),
        };
        walk.file(&syntax);
        let Walk { builder, spans, errors, .. } = walk;
        let Some(tree) = builder.finish() else { return opaque_file(source) };
        Parsed { tree, spans, comments: ranges, errors, syntax: Some(syntax), blanked }
    }
}

fn opaque_file(source: &[u8]) -> Parsed {
    let mut builder = TreeBuilder::new();
    let range = 0..source.len() as u32;
    builder.open(Kind::SOURCE_FILE);
    builder.leaf(Kind::OPAQUE, source);
    builder.close();
    let tree = builder.finish().unwrap_or_else(|| unreachable!("one node in another is a tree"));
    Parsed {
        tree,
        spans: vec![range.clone(), range.clone()],
        comments: Vec::new(),
        errors: vec![SyntaxError { range, problem: SyntaxProblem::NotUtf8 }],
        syntax: None,
        blanked: Vec::new(),
    }
}

/// The one replaced range between two texts.
fn difference(before: &[u8], after: &[u8]) -> InputEdit {
    let start = before.iter().zip(after).take_while(|(left, right)| left == right).count();
    let longest = before.len().min(after.len()) - start;
    let end = before
        .iter()
        .rev()
        .zip(after.iter().rev())
        .take(longest)
        .take_while(|(left, right)| left == right)
        .count();
    let (old_end, new_end) = (before.len() - end, after.len() - end);
    InputEdit {
        start_byte: start,
        old_end_byte: old_end,
        new_end_byte: new_end,
        start_position: point(before, start),
        old_end_position: point(before, old_end),
        new_end_position: point(after, new_end),
    }
}

#[expect(clippy::naive_bytecount, reason = "once an edit, over a file")]
fn point(text: &[u8], offset: usize) -> Point {
    let before = &text[..offset];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    Point::new(before.iter().filter(|byte| **byte == b'\n').count(), offset - line_start)
}

/// One pass over the parser's tree.
struct Walk<'a> {
    parser: &'a Parser,
    source: &'a [u8],
    directives: Vec<Directive>,
    next_directive: usize,
    builder: TreeBuilder,
    spans: Vec<Range<u32>>,
    errors: Vec<SyntaxError>,
}

/// What is to be done when all children of a node have been seen.
#[derive(Clone, Copy)]
struct Frame {
    /// Kind of the nearest node that was opened.
    kind: Kind,
    /// Is it this one?
    opened: bool,
    /// Where the node ends.
    end: u32,
}

impl Walk<'_> {
    fn file(&mut self, syntax: &tree_sitter::Tree) {
        let root = syntax.root_node();
        self.open(Kind::SOURCE_FILE, 0..self.source.len() as u32);
        let mut cursor = root.walk();
        // What cannot be read, and is not yet written: several pieces in a row are one.
        let mut unreadable: Option<Range<u32>> = None;
        let mut more = cursor.goto_first_child();
        while more {
            let node = cursor.node();
            let range = node.start_byte() as u32..node.end_byte() as u32;
            let form = self.form(node);
            let readable = !node.has_error() && !node.is_error() && !node.is_missing();
            if readable && matches!(form, Form::Inner(_)) {
                self.opaque(unreadable.take());
                self.declaration(&mut cursor);
            } else if !is_terminator(node) {
                let start = unreadable.as_ref().map_or(range.start, |earlier| earlier.start);
                unreadable = Some(start..range.end);
            }
            more = cursor.goto_next_sibling();
        }
        self.opaque(unreadable.take());
        self.directives_before(u32::MAX);
        self.builder.close();
    }

    fn opaque(&mut self, range: Option<Range<u32>>) {
        let Some(range) = range.filter(|range| !range.is_empty()) else { return };
        self.directives_before(range.start);
        while self.directives.get(self.next_directive).is_some_and(|next| next.range.start < range.end) {
            self.next_directive += 1;
        }
        self.errors.push(SyntaxError { range: range.clone(), problem: SyntaxProblem::Unreadable });
        let text = &self.source[range.start as usize..range.end as usize];
        self.builder.leaf(Kind::OPAQUE, text);
        self.spans.push(range);
    }

    /// One declaration and all that is below it, without recursion: sources can be nested as deeply as they like.
    fn declaration(&mut self, cursor: &mut TreeCursor<'_>) {
        let mut frames: Vec<Frame> = Vec::new();
        loop {
            let frame = self.enter(cursor, frames.last().map_or(Kind::SOURCE_FILE, |frame| frame.kind));
            if let Some(frame) = frame {
                frames.push(frame);
                if cursor.goto_first_child() {
                    continue;
                }
                self.leave(frames.pop());
            }
            loop {
                if frames.is_empty() {
                    return;
                }
                if cursor.goto_next_sibling() {
                    break;
                }
                cursor.goto_parent();
                self.leave(frames.pop());
            }
        }
    }

    fn leave(&mut self, frame: Option<Frame>) {
        if let Some(frame) = frame.filter(|frame| frame.opened) {
            self.directives_before(frame.end);
            self.builder.close();
        }
    }

    /// Writes the node; a frame when its children are to be looked at.
    fn enter(&mut self, cursor: &TreeCursor<'_>, parent: Kind) -> Option<Frame> {
        let node = cursor.node();
        let range = node.start_byte() as u32..node.end_byte() as u32;
        let spliced = Some(Frame { kind: parent, opened: false, end: range.end });
        let kind = match self.form(node) {
            Form::Drop => return None,
            Form::Splice => return spliced,
            Form::SpliceOne(_) if node.named_child_count() == 1 => return spliced,
            Form::SpliceBelow(kind) if self.is_spliced(cursor, kind, parent) => return spliced,
            Form::Inner(kind) | Form::SpliceOne(kind) | Form::SpliceBelow(kind) => kind,
            Form::Word(kind) => {
                self.leaf(kind, range, &[]);
                return None;
            }
            Form::Atom(Kind::RAW_STRING_LITERAL) => {
                // Specification, "String literals": carriage returns are discarded from the value.
                let text: Vec<u8> = self.text(&range).iter().copied().filter(|byte| *byte != b'\r').collect();
                self.leaf(Kind::RAW_STRING_LITERAL, range, &text);
                return None;
            }
            Form::Atom(kind) => {
                let source = self.source;
                self.leaf(kind, range.clone(), &source[range.start as usize..range.end as usize]);
                return None;
            }
            // A declaration that can be read has none of these; it would be lost.
            Form::Unknown => {
                let source = self.source;
                self.leaf(Kind::OPAQUE, range.clone(), &source[range.start as usize..range.end as usize]);
                return None;
            }
        };
        self.open(kind, range.clone());
        if let Some(label) = self.label(node, kind) {
            self.builder.set_label(label);
        }
        Some(Frame { kind, opened: true, end: range.end })
    }

    fn is_spliced(&self, cursor: &TreeCursor<'_>, kind: Kind, parent: Kind) -> bool {
        let is_left = cursor.field_id().is_some_and(|field| field.get() == self.parser.left);
        go::is_spliced_below(kind, parent, is_left, cursor.node().named_child_count() == 1)
    }

    /// What tells two nodes of one kind apart that have children of the same kinds.
    fn label<'tree>(&self, node: Node<'tree>, kind: Kind) -> Option<&'tree [u8]> {
        let token = |index: u32| node.child(index).map_or("", |child| child.kind());
        match kind {
            Kind::BINARY_EXPRESSION | Kind::UNARY_EXPRESSION | Kind::ASSIGNMENT_STATEMENT => {
                node.child_by_field_id(self.parser.operator).map(|child| child.kind().as_bytes())
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

    fn form(&self, node: Node<'_>) -> Form {
        // The number of an error is beyond all others.
        self.parser.forms.get(node.kind_id() as usize).copied().unwrap_or(Form::Unknown)
    }

    fn text(&self, range: &Range<u32>) -> &[u8] {
        &self.source[range.start as usize..range.end as usize]
    }

    fn open(&mut self, kind: Kind, range: Range<u32>) {
        self.directives_before(range.start);
        self.builder.open(kind);
        self.spans.push(range);
    }

    fn leaf(&mut self, kind: Kind, range: Range<u32>, text: &[u8]) {
        self.directives_before(range.start);
        self.builder.leaf(kind, text);
        self.spans.push(range);
    }

    fn directives_before(&mut self, start: u32) {
        while let Some(next) = self.directives.get(self.next_directive).filter(|next| next.range.end <= start)
        {
            let range = next.range.clone();
            self.builder.leaf(next.kind, &self.source[range.start as usize..range.end as usize]);
            self.spans.push(range);
            self.next_directive += 1;
        }
    }
}

fn is_terminator(node: Node<'_>) -> bool {
    !node.is_named() && matches!(node.kind(), "\n" | ";" | "\0") || node.kind() == "empty_statement"
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
