//! A tree as the tokens of its text, in order: what has to be there, whatever stands between.

use crate::kind::Kind;
use crate::template::{Piece, write_node};
use crate::tree::Tree;

/// What ends before a token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) enum Break {
    /// Nothing.
    #[default]
    None,
    /// A statement, specification or field.
    Line,
    /// One, and a group of comments with it.
    Gap,
}

/// A token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'tree> {
    /// Never empty, except at the end of a file.
    pub(crate) text: &'tree [u8],
    /// The node that it is a part of.
    pub(crate) node: u32,
    /// Kind of that node.
    pub(crate) kind: Kind,
    /// Is it all of the node?
    pub(crate) is_leaf: bool,
    /// Has the node nothing below it?
    pub(crate) is_bare: bool,
    /// What ends before it.
    pub(crate) ends: Break,
    /// How many lists of lines end before it, and how many begin after those.
    pub(crate) outdents: u32,
    pub(crate) indents: u32,
    /// Is it in a column of its own where lines follow each other that are alike?
    pub(crate) is_cell: bool,
}

/// What matters of a token's text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mark {
    Open(u8),
    Close(u8),
    Comma,
    Period,
    Semicolon,
    Colon,
    Word,
    Other,
}

impl Mark {
    pub(crate) fn of(token: &Token<'_>) -> Self {
        match token.text {
            _ if token.is_leaf => Self::Word,
            [open @ (b'(' | b'[' | b'{')] => Self::Open(*open),
            [close @ (b')' | b']' | b'}')] => Self::Close(*close),
            b"," => Self::Comma,
            b"." => Self::Period,
            b";" => Self::Semicolon,
            b":" => Self::Colon,
            [b'a'..=b'z', ..] => Self::Word,
            _ => Self::Other,
        }
    }
}

/// The tokens of a tree. The last one is empty and stands for the end.
pub(crate) fn tokens(tree: &Tree) -> Vec<Token<'_>> {
    let mut writer =
        Writer { tree, tokens: Vec::with_capacity(tree.nodes().len()), next: Pending::default() };
    writer.run();
    writer.tokens
}

/// What is known of the token that comes next.
#[derive(Default)]
struct Pending {
    ends: Break,
    outdents: u32,
    indents: u32,
    is_cell: bool,
}

struct Writer<'tree> {
    tree: &'tree Tree,
    tokens: Vec<Token<'tree>>,
    next: Pending,
}

/// A piece of a node's text.
#[derive(Clone, Copy)]
struct Step {
    piece: Piece,
    node: u32,
    is_leaf: bool,
    is_cell: bool,
}

impl<'tree> Writer<'tree> {
    fn run(&mut self) {
        let mut stack = vec![Step { piece: Piece::Node(0), node: 0, is_leaf: false, is_cell: false }];
        let mut pieces = Vec::new();
        while let Some(step) = stack.pop() {
            self.next.is_cell |= step.is_cell;
            match step.piece {
                Piece::Token(text) => self.words(text, &step),
                Piece::Label(label) => {
                    let text = self.tree.text(label);
                    // Leaves are written as they are; what else has a label has one of operators.
                    if step.is_leaf { self.token(text, &step) } else { self.words(text, &step) }
                }
                Piece::Line => self.next.ends = self.next.ends.max(Break::Line),
                Piece::Gap => self.next.ends = Break::Gap,
                Piece::Indent => self.next.indents += 1,
                Piece::Outdent if self.next.indents > 0 => self.next.indents -= 1,
                Piece::Outdent => self.next.outdents += 1,
                Piece::Node(index) => {
                    pieces.clear();
                    write_node(self.tree, index, &mut pieces);
                    let node = self.tree.node(index);
                    let is_leaf = node.size == 1
                        && (node.kind.is_atom()
                            || node.kind.is_word()
                            || node.kind.is_directive()
                            || node.kind == Kind::OPAQUE);
                    stack.extend((0..pieces.len()).rev().map(|at| Step {
                        piece: pieces[at],
                        node: index,
                        is_leaf,
                        is_cell: is_cell(node.kind, &pieces, at),
                    }));
                }
            }
        }
        let end = Step { piece: Piece::Line, node: 0, is_leaf: false, is_cell: false };
        self.token(b"", &end);
    }

    /// The tokens that a piece consists of.
    fn words(&mut self, text: &'tree [u8], step: &Step) {
        let mut rest = text.trim_ascii_start();
        while !rest.is_empty() {
            let (word, after) = rest.split_at(length(rest));
            self.token(word, step);
            rest = after.trim_ascii_start();
        }
    }

    fn token(&mut self, text: &'tree [u8], step: &Step) {
        let Pending { ends, outdents, indents, is_cell } = std::mem::take(&mut self.next);
        self.tokens.push(Token {
            text,
            node: step.node,
            kind: self.tree.node(step.node).kind,
            is_leaf: step.is_leaf,
            is_bare: self.tree.node(step.node).size == 1,
            ends,
            outdents,
            indents,
            is_cell,
        });
    }
}

/// Length of the first token of a text that begins with one.
fn length(text: &[u8]) -> usize {
    let is_of_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
    let is_single = |byte: &u8| matches!(byte, b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'.');
    let run = |is_in: &dyn Fn(&u8) -> bool| text.iter().take_while(|byte| is_in(byte)).count();
    match text {
        [b'.', b'.', b'.', ..] => 3,
        [first, ..] if is_single(first) => 1,
        [first, ..] if is_of_word(first) => run(&is_of_word),
        _ => run(&|byte| !is_of_word(byte) && !is_single(byte) && *byte != b' '),
    }
}

/// Names, types, values and tags of lines that follow each other stand below each other.
fn is_cell(kind: Kind, pieces: &[Piece], at: usize) -> bool {
    let is_comma = |at: usize| matches!(pieces[at], Piece::Token(b","));
    match kind {
        Kind::FIELD_DECLARATION | Kind::CONST_SPEC | Kind::VAR_SPEC => {
            let first = usize::from(matches!(pieces.first(), Some(Piece::Label(_))));
            let is_behind_value = at > 0 && matches!(pieces[at - 1], Piece::Token(b"="));
            at > first && !is_comma(at) && !is_comma(at - 1) && !is_behind_value
        }
        Kind::KEYED_ELEMENT => at + 1 == pieces.len() && at > 0,
        Kind::TYPE_SPEC => at + 1 == pieces.len() && at > 0,
        Kind::TYPE_ALIAS => at == 1,
        _ => false,
    }
}
