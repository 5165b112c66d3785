//! Go source to tree, a declaration at a time, so that what did not change need not be read again.

use std::ops::Range;
use std::sync::Arc;

use crate::comments;
use crate::directives::{Remark, remarks};
use crate::edited::Edited;
use crate::grammar::{Grammar, Syntax};
use crate::kind::Kind;
use crate::problem::SyntaxError;
use crate::scan::{self, Piece, Scan, scan};
use crate::tree::{LabelNumbers, Tree, TreeBuilder};
use crate::walk;
use crate::writer::Writer;

/// The longest keyword that starts a declaration, and what ends it.
const LONGEST_KEYWORD: usize = "package".len() + 1;

/// Of larger files nothing is kept to make reading faster: it takes about fifty times their size.
const LARGEST_KEPT: usize = 1 << 20;

/// What a file is for; its name says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Role {
    /// A part of a program.
    #[default]
    Program,
    /// Tests, in a file whose name ends in `_test.go`: comments say what its examples print.
    Test,
}

/// A file that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parsed {
    /// What it says.
    pub tree: Tree,
    /// Bytes of the source that each node of the tree stands for, by index.
    pub spans: Vec<Range<u32>>,
    /// Where each comment is, in order.
    pub comments: Vec<Range<u32>>,
    /// What could not be read.
    pub errors: Vec<SyntaxError>,
    role: Role,
    source: Vec<u8>,
    parts: Vec<Part>,
}

/// What a piece of the file has become.
#[derive(Clone, Debug)]
struct Part {
    /// From its first token to the end of its last.
    range: Range<u32>,
    /// Its nodes, with those of the comments before it.
    nodes: Range<u32>,
    /// Which of the errors are its own.
    errors: Range<u32>,
    /// Is its last node a directive?
    ends_with_directive: bool,
    /// What makes it faster to read it again, if it is one declaration.
    syntax: Option<Arc<Syntax>>,
}

/// What makes reading faster is no part of what was read.
impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        let parts = |part: &Self| {
            (part.range.clone(), part.nodes.clone(), part.errors.clone(), part.ends_with_directive)
        };
        parts(self) == parts(other)
    }
}

impl Eq for Part {}

/// Reads Go files. It never fails: what it cannot read becomes an opaque node.
pub struct Parser {
    grammar: Grammar,
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
        Self { grammar: Grammar::new() }
    }

    /// Reads a file of a program.
    pub fn parse(&mut self, source: &[u8]) -> Parsed {
        self.parse_as(source, Role::Program)
    }

    /// Reads a file.
    pub fn parse_as(&mut self, source: &[u8], role: Role) -> Parsed {
        let scan = scan(source, 0, &mut |_, _| false);
        let mut reading = Reading::new(source, role, scan.comments.clone(), None);
        reading.pieces(&mut self.grammar, &scan, 0, &[]);
        reading.finish()
    }

    /// Reads a file that was `before`; faster, with the same result.
    pub fn parse_again(&mut self, source: &[u8], before: &Parsed) -> Parsed {
        let edit = Edited::between(&before.source, source);
        // Where a piece starts is known by its keyword and what ends that; the last piece before the edit may have grown.
        let reached = before
            .parts
            .partition_point(|part| part.range.start as usize + LONGEST_KEYWORD <= edit.start as usize);
        let kept = reached.saturating_sub(1);
        let from = if kept == 0 { 0 } else { before.parts[kept].range.start };
        let mut rest = before.parts.len();
        let scan = scan(source, from, &mut |start, end| {
            let (Some(old_start), Some(end)) = (edit.unshifted(start), end) else { return false };
            let Ok(index) = before.parts.binary_search_by_key(&old_start, |part| part.range.start) else {
                return false;
            };
            // The comments before it are a part of it.
            let is_same = index > 0 && edit.unshifted(end) == Some(before.parts[index - 1].range.end);
            if is_same {
                rest = index;
            }
            is_same
        });
        let shift = |range: &Range<u32>| edit.shifted(range.start)..edit.shifted(range.end);
        let first = before.comments.partition_point(|comment| comment.start < from);
        let mut comments = before.comments[..first].to_vec();
        comments.extend_from_slice(&scan.comments);
        if scan.stopped {
            let last = before.parts[rest].range.start;
            // Those between the last piece that was read and the first that is kept were found by the scan.
            let last = before.comments.partition_point(|comment| comment.start < last);
            comments.extend(before.comments[last..].iter().map(shift));
        }
        let mut reading = Reading::new(source, before.role, comments, Some(before));
        reading.keep(before, 0..kept, &|range| range.clone());
        reading.pieces(&mut self.grammar, &scan, from, &before.parts[kept..rest]);
        if scan.stopped {
            let ends_alike = reading.parts.last().map(|part| part.ends_with_directive)
                == rest.checked_sub(1).map(|index| before.parts[index].ends_with_directive);
            if !ends_alike {
                return self.parse_as(source, before.role);
            }
            reading.keep(before, rest..before.parts.len(), &shift);
        }
        reading.finish()
    }
}

/// A file that is being read.
struct Reading<'a> {
    source: &'a [u8],
    role: Role,
    comments: Vec<Range<u32>>,
    builder: TreeBuilder,
    spans: Vec<Range<u32>>,
    errors: Vec<SyntaxError>,
    parts: Vec<Part>,
    numbers: LabelNumbers,
}

impl<'a> Reading<'a> {
    fn new(source: &'a [u8], role: Role, comments: Vec<Range<u32>>, before: Option<&Parsed>) -> Self {
        let mut builder = TreeBuilder::new();
        let count = before.map_or(0, |before| before.spans.len() + 64);
        builder.reserve(count);
        builder.open(Kind::SOURCE_FILE);
        let mut spans = Vec::with_capacity(count);
        spans.push(0..source.len() as u32);
        Self {
            source,
            role,
            comments,
            builder,
            spans,
            errors: Vec::new(),
            parts: Vec::new(),
            numbers: LabelNumbers::default(),
        }
    }

    /// Takes over parts that did not change.
    fn keep(&mut self, before: &Parsed, parts: Range<usize>, shift: &dyn Fn(&Range<u32>) -> Range<u32>) {
        let parts = &before.parts[parts];
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return };
        let nodes = first.nodes.start..last.nodes.end;
        let (node_start, error_start) = (self.spans.len() as u32, self.errors.len() as u32);
        self.builder.graft_all(&before.tree, nodes.clone(), &mut self.numbers);
        self.spans.extend(before.spans[nodes.start as usize..nodes.end as usize].iter().map(shift));
        let errors = &before.errors[first.errors.start as usize..last.errors.end as usize];
        self.errors.extend(errors.iter().map(|error| {
            let range = shift(&error.range);
            SyntaxError { at: error.at - error.range.start + range.start, range, problem: error.problem }
        }));
        let moved = |range: &Range<u32>, old: u32, new: u32| range.start - old + new..range.end - old + new;
        self.parts.extend(parts.iter().map(|part| Part {
            range: shift(&part.range),
            nodes: moved(&part.nodes, first.nodes.start, node_start),
            errors: moved(&part.errors, first.errors.start, error_start),
            ends_with_directive: part.ends_with_directive,
            syntax: part.syntax.clone(),
        }));
    }

    /// Reads pieces that took the place of others: the first ones of both are likely to be the same declarations.
    fn pieces(&mut self, grammar: &mut Grammar, scan: &Scan, from: u32, before: &[Part]) {
        for (index, piece) in scan.pieces.iter().enumerate() {
            let text = &scan.blanked[(piece.range.start - from) as usize..(piece.range.end - from) as usize];
            let syntax = before.get(index).and_then(|part| part.syntax.as_deref());
            self.piece(grammar, piece, text, syntax);
        }
    }

    fn piece(&mut self, grammar: &mut Grammar, piece: &Piece, text: &[u8], before: Option<&Syntax>) {
        let begin = self.parts.last().map_or(0, |part| part.range.end);
        let is_after_directive = self.parts.last().is_some_and(|part| part.ends_with_directive);
        let (nodes, errors) = (self.spans.len() as u32, self.errors.len() as u32);
        let comments = std::mem::take(&mut self.comments);
        let above = between(&comments, begin, piece.range.start);
        let inside = between(&comments, piece.range.start, piece.range.end);
        let all = &comments[above.start..inside.end];
        let header = self.parts.is_empty().then_some(piece.range.start);
        let mut found = remarks(self.source, &comments[above], header);
        found.extend(remarks(self.source, &comments[inside], None));
        let mut task = Task {
            source: self.source,
            errors: &mut self.errors,
            writer: Writer {
                source: self.source,
                comments: all,
                remarks: found.into_iter().peekable(),
                builder: &mut self.builder,
                spans: &mut self.spans,
                is_test: self.role == Role::Test,
            },
            end: begin,
            is_header: header.is_some(),
            is_after_directive,
            unreadable: None,
        };
        let read = if task.may_be_read(piece) { grammar.read(text, piece.range.start, before) } else { None };
        match &read {
            Some(syntax) => task.declaration(grammar, syntax, &piece.range),
            None => task.parts(grammar, piece.range.start, text),
        }
        let ends_with_directive = task.writer.directives_before(piece.range.end, None) > 0;
        self.comments = comments;
        self.parts.push(Part {
            range: piece.range.clone(),
            nodes: nodes..self.spans.len() as u32,
            errors: errors..self.errors.len() as u32,
            ends_with_directive,
            syntax: read.filter(|_| self.source.len() <= LARGEST_KEPT).map(Arc::new),
        });
    }

    fn finish(mut self) -> Parsed {
        let begin = self.parts.last().map_or(0, |part| part.range.end);
        let end = self.source.len() as u32;
        let header = self.parts.is_empty().then_some(end);
        let after = &self.comments[between(&self.comments, begin, end)];
        for Remark { range, label } in remarks(self.source, after, header) {
            self.builder.leaf(Kind::DIRECTIVE, &label);
            self.spans.push(range);
        }
        self.builder.close();
        let tree = self.builder.finish().unwrap_or_else(|| unreachable!("all below one root"));
        Parsed {
            tree,
            spans: self.spans,
            comments: self.comments,
            errors: self.errors,
            role: self.role,
            source: self.source.to_vec(),
            parts: self.parts,
        }
    }
}

fn between(comments: &[Range<u32>], start: u32, end: u32) -> Range<usize> {
    let first = comments.partition_point(|comment| comment.start < start);
    first..first + comments[first..].partition_point(|comment| comment.start < end)
}

/// A piece that is being read.
struct Task<'a, 'writer> {
    source: &'a [u8],
    errors: &'writer mut Vec<SyntaxError>,
    writer: Writer<'writer>,
    /// Where what was written last ends.
    end: u32,
    /// Is it the package clause? Nothing above it is about it alone.
    is_header: bool,
    is_after_directive: bool,
    /// What cannot be read, and is not yet written: several parts in a row are one.
    unreadable: Option<Range<u32>>,
}

impl Task<'_, '_> {
    fn may_be_read(&self, piece: &Piece) -> bool {
        let range = piece.range.start as usize..piece.range.end as usize;
        piece.is_whole && scan::refused(&self.source[range]).is_none()
    }

    /// Reads what can be read of a text that is not one declaration.
    fn parts(&mut self, grammar: &mut Grammar, offset: u32, text: &[u8]) {
        for part in scan::cut(text) {
            let range = part.range.start + offset..part.range.end + offset;
            let part_text = &text[part.range.start as usize..part.range.end as usize];
            let is_all = part_text.len() == text.len();
            let part = Piece { range: range.clone(), is_whole: part.is_whole };
            let read = if self.may_be_read(&part) && !is_all {
                grammar.read(part_text, range.start, None)
            } else {
                None
            };
            if let Some(syntax) = read {
                self.opaque();
                self.declaration(grammar, &syntax, &range);
            } else {
                let start = self.unreadable.as_ref().map_or(range.start, |earlier| earlier.start);
                self.unreadable = Some(start..range.end);
            }
        }
        self.opaque();
    }

    fn declaration(&mut self, grammar: &Grammar, syntax: &Syntax, range: &Range<u32>) {
        let is_c = walk::is_import_of_c(syntax, self.source);
        let above = self.above(is_c, range.start);
        if is_c {
            self.writer.preamble(range.start, above.clone());
        }
        let count = self.writer.directives_before(range.start, above);
        let is_after_directive = count > 0 || std::mem::take(&mut self.is_after_directive);
        walk::write(grammar, syntax, &mut self.writer, is_after_directive);
        self.end = range.end;
    }

    /// The comments directly above something, if that matters.
    fn above(&mut self, is_wanted: bool, start: u32) -> Option<Range<usize>> {
        if std::mem::take(&mut self.is_header) || !(is_wanted || self.writer.has_remarks_before(start)) {
            return None;
        }
        comments::above(self.source, self.writer.comments, self.end, start)
    }

    fn opaque(&mut self) {
        let Some(range) = self.unreadable.take() else { return };
        let above = self.above(false, range.start);
        self.writer.directives_before(range.start, above);
        self.writer.skip_remarks_before(range.end);
        self.errors.push(SyntaxError::about(self.source, range.clone()));
        let text = &self.source[range.start as usize..range.end as usize];
        self.writer.leaf(Kind::OPAQUE, range.clone(), text);
        self.end = range.end;
        self.is_after_directive = false;
    }
}
