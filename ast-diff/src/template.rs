//! How each kind of node is written: its tokens and the order of its children.

use crate::kind::Kind;
use crate::tree::Tree;

/// What stands around and between the children of a node.
#[derive(Clone, Copy)]
pub(crate) enum Piece {
    /// A token.
    Token(&'static [u8]),
    /// The label of a node.
    Label(u32),
    /// A node with all that is below it.
    Node(u32),
    /// The end of a statement, specification or field.
    Line,
    /// An empty line, which keeps apart what would be one group of comments.
    Gap,
    /// What follows is further in.
    Indent,
    /// And out again.
    Outdent,
}

/// Appends the pieces of one node.
pub(crate) fn write_node(tree: &Tree, index: u32, pieces: &mut Vec<Piece>) {
    Template { tree, index, pieces }.write();
}

/// Writes the pieces of one node.
struct Template<'a> {
    tree: &'a Tree,
    index: u32,
    pieces: &'a mut Vec<Piece>,
}

impl Template<'_> {
    fn write(&mut self) {
        let kind = self.tree.node(self.index).kind;
        match kind {
            Kind::SOURCE_FILE => self.lines(0),
            Kind::ATTACHED_DIRECTIVE | Kind::PREAMBLE | Kind::OPAQUE => {
                self.pieces.extend([Piece::Label(self.index), Piece::Line]);
            }
            // What follows must not take it for its own.
            Kind::DIRECTIVE => self.pieces.extend([Piece::Label(self.index), Piece::Gap]),
            _ if kind.is_word() => self.token(match kind {
                Kind::BLANK_IDENTIFIER => "_",
                Kind::DOT => ".",
                _ => kind.name(),
            }),
            _ if kind.is_atom() => self.pieces.push(Piece::Label(self.index)),
            Kind::IMPORT_DECLARATION => self.group("import", "import ("),
            Kind::CONST_DECLARATION => self.group("const", "const ("),
            Kind::VAR_DECLARATION => self.group("var", "var ("),
            Kind::TYPE_DECLARATION => self.group("type", "type ("),
            Kind::STRUCT_TYPE => self.block("struct {", "}", 0),
            Kind::INTERFACE_TYPE => self.block("interface {", "}", 0),
            Kind::BLOCK => self.block("{", "}", 0),
            Kind::SELECT_STATEMENT => self.block("select {", "}", 0),
            Kind::FUNCTION_DECLARATION
            | Kind::METHOD_DECLARATION
            | Kind::FUNC_LITERAL
            | Kind::FUNCTION_TYPE => {
                self.prefixed("func");
            }
            Kind::PACKAGE_CLAUSE => self.prefixed("package"),
            Kind::POINTER_TYPE => self.prefixed("*"),
            Kind::NEGATED_TYPE => self.prefixed("~"),
            Kind::SLICE_TYPE => self.prefixed("[]"),
            Kind::IMPLICIT_LENGTH_ARRAY_TYPE => self.prefixed("[...]"),
            Kind::GO_STATEMENT => self.prefixed("go"),
            Kind::DEFER_STATEMENT => self.prefixed("defer"),
            Kind::GOTO_STATEMENT => self.prefixed("goto"),
            Kind::BREAK_STATEMENT => self.prefixed("break"),
            Kind::CONTINUE_STATEMENT => self.prefixed("continue"),
            Kind::FALLTHROUGH_STATEMENT => self.prefixed("fallthrough"),
            Kind::FOR_STATEMENT => self.prefixed("for"),
            Kind::IMPORT_SPEC
            | Kind::TYPE_SPEC
            | Kind::METHOD_ELEM
            | Kind::GENERIC_TYPE
            | Kind::EXPRESSION_STATEMENT => {
                self.prefixed("");
            }
            Kind::PARAMETER_LIST => self.list("(", ",", ")"),
            Kind::TYPE_PARAMETER_LIST | Kind::TYPE_ARGUMENTS => self.list("[", ",", "]"),
            Kind::LITERAL_VALUE => self.list("{", ",", "}"),
            Kind::EXPRESSION_LIST => self.list("", ",", ""),
            Kind::RETURN_STATEMENT => self.list("return", ",", ""),
            Kind::TYPE_ELEM | Kind::TYPE_CONSTRAINT => self.list("", "|", ""),
            Kind::QUALIFIED_TYPE | Kind::SELECTOR_EXPRESSION => self.list("", ".", ""),
            Kind::KEYED_ELEMENT => self.list("", ":", ""),
            Kind::SEND_STATEMENT => self.list("", "<-", ""),
            Kind::PARENTHESIZED_TYPE | Kind::PARENTHESIZED_EXPRESSION => self.list("(", "", ")"),
            Kind::INC_STATEMENT => self.list("", "", "++"),
            Kind::DEC_STATEMENT => self.list("", "", "--"),
            Kind::VARIADIC_ARGUMENT => self.list("", "", "..."),
            Kind::CHANNEL_TYPE => {
                if self.tree.text(self.index).is_empty() {
                    self.token("chan");
                }
                self.pieces.push(Piece::Label(self.index));
                self.all("");
            }
            Kind::UNARY_EXPRESSION => {
                self.pieces.push(Piece::Label(self.index));
                self.all("");
            }
            Kind::BINARY_EXPRESSION => self.sides_by_label(),
            Kind::ASSIGNMENT_STATEMENT => self.sides_by_label(),
            Kind::SHORT_VAR_DECLARATION => self.sides(Piece::Token(b":=")),
            Kind::RECEIVE_STATEMENT => self.sides_by_label(),
            Kind::RANGE_CLAUSE => {
                let children = self.children();
                let right = children.len().saturating_sub(1);
                self.separated(&children[..right], ",");
                self.pieces.push(Piece::Label(self.index));
                self.token("range");
                self.separated(&children[right..], "");
            }
            Kind::TYPE_ALIAS => self.sides_with("", "="),
            Kind::PARAMETER_DECLARATION | Kind::TYPE_PARAMETER_DECLARATION => self.sides_with(",", ""),
            Kind::VARIADIC_PARAMETER_DECLARATION => self.sides_with("", "..."),
            Kind::FIELD_DECLARATION => self.field(),
            Kind::CONST_SPEC | Kind::VAR_SPEC => self.specification(),
            Kind::ARRAY_TYPE => self.bracketed("[", "]", ""),
            Kind::MAP_TYPE => self.bracketed("map[", "]", ""),
            Kind::INDEX_EXPRESSION | Kind::TYPE_INSTANTIATION_EXPRESSION => self.applied("[", "]"),
            Kind::TYPE_CONVERSION_EXPRESSION => self.applied("(", ")"),
            Kind::TYPE_ASSERTION_EXPRESSION => self.applied(".(", ")"),
            Kind::COMPOSITE_LITERAL => self.applied("{", "}"),
            Kind::CALL_EXPRESSION => self.call(),
            Kind::SLICE_EXPRESSION => {
                let children = self.children();
                // No parser makes one without children, but a message can.
                let first = children.len().min(1);
                self.separated(&children[..first], "");
                self.token("[");
                self.shaped(&children[first..], ":");
                self.token("]");
            }
            Kind::FOR_CLAUSE => {
                let children = self.children();
                self.shaped(&children, ";");
            }
            Kind::LABELED_STATEMENT => {
                let children = self.children();
                let first = children.len().min(1);
                self.separated(&children[..first], "");
                self.token(":");
                self.separated(&children[first..], "");
            }
            Kind::IF_STATEMENT => self.conditional(),
            Kind::EXPRESSION_SWITCH_STATEMENT | Kind::TYPE_SWITCH_STATEMENT => self.switch(kind),
            Kind::EXPRESSION_CASE | Kind::TYPE_CASE | Kind::COMMUNICATION_CASE | Kind::DEFAULT_CASE => {
                self.case(kind);
            }
            _ => self.all(""),
        }
    }

    fn children(&self) -> Vec<u32> {
        self.tree.children(self.index).collect()
    }

    fn kind_of(&self, index: u32) -> Kind {
        self.tree.node(index).kind
    }

    fn token(&mut self, token: &'static str) {
        if !token.is_empty() {
            self.pieces.push(Piece::Token(token.as_bytes()));
        }
    }

    fn separated(&mut self, nodes: &[u32], separator: &'static str) {
        let mut after_directive = true;
        for node in nodes {
            if !after_directive {
                self.token(separator);
            }
            after_directive = self.kind_of(*node).is_directive();
            self.pieces.push(Piece::Node(*node));
        }
    }

    fn all(&mut self, separator: &'static str) {
        let children = self.children();
        self.separated(&children, separator);
    }

    fn prefixed(&mut self, prefix: &'static str) {
        self.token(prefix);
        self.all("");
    }

    fn list(&mut self, open: &'static str, separator: &'static str, close: &'static str) {
        self.token(open);
        self.all(separator);
        self.token(close);
    }

    fn lines(&mut self, from: usize) {
        for child in self.children().into_iter().skip(from) {
            self.pieces.extend([Piece::Node(child), Piece::Line]);
        }
    }

    fn block(&mut self, open: &'static str, close: &'static str, from: usize) {
        self.token(open);
        self.pieces.extend([Piece::Indent, Piece::Line]);
        self.lines(from);
        self.pieces.push(Piece::Outdent);
        self.token(close);
    }

    /// Parentheses around one specification mean nothing, unless the label says that they do.
    fn group(&mut self, keyword: &'static str, open: &'static str) {
        let children = self.children();
        match children[..] {
            [only] if self.tree.text(self.index).is_empty() && !self.kind_of(only).is_directive() => {
                self.prefixed(keyword);
            }
            _ => self.block(open, ")", 0),
        }
    }

    /// All but the last child, the operator, the last child.
    fn sides(&mut self, operator: Piece) {
        let children = self.children();
        let right = children.len().saturating_sub(1);
        self.separated(&children[..right], ",");
        if right > 0 {
            self.pieces.push(operator);
        }
        self.separated(&children[right..], "");
    }

    fn sides_by_label(&mut self) {
        self.sides(Piece::Label(self.index));
    }

    fn sides_with(&mut self, separator: &'static str, operator: &'static str) {
        let children = self.children();
        let right = children.len().saturating_sub(1);
        self.separated(&children[..right], separator);
        self.token(operator);
        self.separated(&children[right..], "");
    }

    fn bracketed(&mut self, open: &'static str, close: &'static str, separator: &'static str) {
        let children = self.children();
        let first = children.len().min(1);
        self.token(open);
        self.separated(&children[..first], "");
        self.token(close);
        self.separated(&children[first..], separator);
    }

    fn applied(&mut self, open: &'static str, close: &'static str) {
        let children = self.children();
        let first = children.len().min(1);
        self.separated(&children[..first], "");
        self.token(open);
        self.separated(&children[first..], ",");
        self.token(close);
    }

    fn call(&mut self) {
        let children = self.children();
        let has_types = children.get(1).is_some_and(|second| self.kind_of(*second) == Kind::TYPE_ARGUMENTS);
        let first = if has_types { 2 } else { children.len().min(1) };
        self.separated(&children[..first], "");
        self.token("(");
        self.separated(&children[first..], ",");
        self.token(")");
    }

    fn shaped(&mut self, operands: &[u32], separator: &'static str) {
        let shape = self.tree.text(self.index).to_vec();
        let mut operands = operands.iter();
        for mark in shape {
            if mark == b'_' {
                self.pieces.extend(operands.next().map(|operand| Piece::Node(*operand)));
            } else {
                self.token(separator);
            }
        }
        self.pieces.extend(operands.map(|rest| Piece::Node(*rest)));
    }

    /// Names, type and tag; an embedded field has no name.
    fn field(&mut self) {
        self.pieces.push(Piece::Label(self.index));
        let children = self.children();
        let names = self.count_while(&children, |kind| kind == Kind::FIELD_IDENTIFIER);
        self.separated(&children[..names], ",");
        self.separated(&children[names..], "");
    }

    /// Names, type, and values, which are a list.
    fn specification(&mut self) {
        let children = self.children();
        let names = self.count_while(&children, |kind| kind == Kind::IDENTIFIER);
        self.separated(&children[..names], ",");
        for child in &children[names..] {
            if self.kind_of(*child) == Kind::EXPRESSION_LIST {
                self.token("=");
            }
            self.pieces.push(Piece::Node(*child));
        }
    }

    fn count_while(&self, children: &[u32], wanted: impl Fn(Kind) -> bool) -> usize {
        children.iter().take_while(|child| wanted(self.kind_of(**child))).count()
    }

    fn conditional(&mut self) {
        self.token("if");
        let mut blocks = 0;
        for child in self.children() {
            match self.kind_of(child) {
                Kind::BLOCK | Kind::IF_STATEMENT => {
                    if blocks > 0 {
                        self.token("else");
                    }
                    blocks += 1;
                    self.pieces.push(Piece::Node(child));
                }
                kind => {
                    self.pieces.push(Piece::Node(child));
                    if kind.is_statement() {
                        self.token(";");
                    }
                }
            }
        }
    }

    fn switch(&mut self, switch: Kind) {
        self.token("switch");
        let children = self.children();
        let is_case = |kind| matches!(kind, Kind::EXPRESSION_CASE | Kind::TYPE_CASE | Kind::DEFAULT_CASE);
        let header = self.count_while(&children, |kind| !is_case(kind) && !kind.is_directive());
        for child in &children[..header] {
            self.pieces.push(Piece::Node(*child));
            match self.kind_of(*child) {
                Kind::EXPRESSION_LIST => self.token(":="),
                kind if kind.is_statement() => self.token(";"),
                _ if switch == Kind::TYPE_SWITCH_STATEMENT => self.token(".(type)"),
                _ => (),
            }
        }
        self.block("{", "}", header);
    }

    fn case(&mut self, kind: Kind) {
        let children = self.children();
        let header = match kind {
            Kind::DEFAULT_CASE => 0,
            Kind::COMMUNICATION_CASE => children.len().min(1),
            _ => self.count_while(&children, |kind| !kind.is_statement() && !kind.is_directive()),
        };
        self.token(if kind == Kind::DEFAULT_CASE { "default" } else { "case" });
        self.separated(&children[..header], ",");
        self.token(":");
        self.pieces.extend([Piece::Indent, Piece::Line]);
        self.lines(header);
        self.pieces.push(Piece::Outdent);
    }
}
