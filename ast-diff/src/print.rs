//! A tree as Go source: every token that the tree dropped is written again.

use crate::template::{Piece, write_node};
use crate::tree::Tree;

/// Writes a tree as Go source, a statement a line. Reading the result gives the tree again.
pub fn print(tree: &Tree) -> Vec<u8> {
    let mut printer = Printer { tree, out: Vec::new(), depth: 0, at_line_start: true };
    printer.run();
    printer.out
}

struct Printer<'tree> {
    tree: &'tree Tree,
    out: Vec<u8>,
    depth: usize,
    at_line_start: bool,
}

impl Printer<'_> {
    fn run(&mut self) {
        let mut stack = vec![Piece::Node(0)];
        let mut pieces = Vec::new();
        while let Some(piece) = stack.pop() {
            match piece {
                Piece::Token(token) => self.token(token),
                Piece::Label(index) => {
                    let tree = self.tree;
                    self.token(tree.text(index));
                }
                Piece::Line => self.line(),
                Piece::Gap => {
                    self.line();
                    self.out.push(b'\n');
                }
                Piece::Indent => self.depth += 1,
                Piece::Outdent => self.depth -= 1,
                Piece::Node(index) => {
                    pieces.clear();
                    write_node(self.tree, index, &mut pieces);
                    stack.extend(pieces.drain(..).rev());
                }
            }
        }
    }

    fn token(&mut self, token: &[u8]) {
        if token.is_empty() {
            return;
        }
        // Go reads this one at the very start of a line only.
        if self.at_line_start && !token.starts_with(b"//line ") {
            self.out.extend(std::iter::repeat_n(b'\t', self.depth));
        } else if !self.at_line_start
            && !matches!(token, b"," | b")" | b"]" | b".")
            && !matches!(self.out.last(), Some(b'(' | b'[' | b'.'))
        {
            self.out.push(b' ');
        }
        self.out.extend_from_slice(token);
        self.at_line_start = false;
    }

    fn line(&mut self) {
        if !self.at_line_start {
            self.out.push(b'\n');
            self.at_line_start = true;
        }
    }
}
