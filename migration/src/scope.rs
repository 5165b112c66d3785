//! Which names of a file mean something of its own in a function, while its tree is walked in preorder.
//!
//! Names of the package are no matter here: Go allows none that an import of the same file has.

use std::collections::HashMap;

use ast_diff::{Kind, Label, Tree};

/// Names that are declared at a place of the walk.
#[derive(Debug, Default)]
pub(crate) struct Scopes {
    open: Vec<Open>,
    /// What is declared, but not before the walk reaches a node. The last one is reached first: they nest.
    waiting: Vec<Waiting>,
    /// How often a name is declared in those that are open.
    declared: HashMap<Label, u32>,
}

#[derive(Debug)]
struct Open {
    end: u32,
    names: Vec<Label>,
}

#[derive(Debug)]
struct Waiting {
    from: u32,
    depth: usize,
    names: Vec<Label>,
}

impl Scopes {
    /// Has the name another meaning here?
    pub(crate) fn is_declared(&self, label: Label) -> bool {
        self.declared.contains_key(&label)
    }

    /// To be called for each node, in order.
    pub(crate) fn enter(&mut self, tree: &Tree, index: u32) {
        while self.open.last().is_some_and(|open| open.end <= index) {
            let closed = self.open.pop().map(|open| open.names).unwrap_or_default();
            for name in closed {
                if let Some(count) = self.declared.get_mut(&name) {
                    *count -= 1;
                    if *count == 0 {
                        self.declared.remove(&name);
                    }
                }
            }
        }
        while let Some(waiting) = self.waiting.pop_if(|waiting| waiting.from <= index) {
            // What was to be declared at the end of a scope has none any more.
            if waiting.depth == self.open.len() {
                self.declare(waiting.names);
            }
        }
        let kind = tree.node(index).kind;
        if is_scope(kind) {
            self.open.push(Open { end: tree.end(index), names: Vec::new() });
        }
        if !self.open.is_empty() {
            self.names_of(tree, index, kind);
        }
    }

    fn names_of(&mut self, tree: &Tree, index: u32, kind: Kind) {
        let identifiers = |children: &[u32]| -> Vec<Label> {
            let names = children.iter().filter(|child| tree.node(**child).kind == Kind::IDENTIFIER);
            names.map(|child| tree.node(*child).label).collect()
        };
        let children = || tree.children(index).collect::<Vec<_>>();
        let without_last = |children: Vec<u32>| {
            let count = children.len().saturating_sub(1);
            identifiers(&children[..count])
        };
        match kind {
            Kind::SHORT_VAR_DECLARATION => self.wait(tree.end(index), without_last(children())),
            Kind::RANGE_CLAUSE | Kind::RECEIVE_STATEMENT if tree.text(index) == b":=" => {
                self.wait(tree.end(index), without_last(children()));
            }
            Kind::VAR_SPEC | Kind::CONST_SPEC => self.wait(tree.end(index), identifiers(&children())),
            Kind::TYPE_SPEC | Kind::TYPE_ALIAS => {
                let name = tree.children(index).next().map(|child| tree.node(child));
                self.declare(name.filter(|node| node.kind == Kind::TYPE_IDENTIFIER).map(|node| node.label));
            }
            Kind::TYPE_PARAMETER_DECLARATION => self.declare(identifiers(&children())),
            Kind::FUNCTION_DECLARATION | Kind::METHOD_DECLARATION | Kind::FUNC_LITERAL => {
                self.parameters(tree, &children());
            }
            Kind::TYPE_SWITCH_STATEMENT => {
                let children = children();
                let is_case =
                    |child: &&u32| matches!(tree.node(**child).kind, Kind::TYPE_CASE | Kind::DEFAULT_CASE);
                let alias = children.iter().find(|child| tree.node(**child).kind == Kind::EXPRESSION_LIST);
                if let (Some(alias), Some(case)) = (alias, children.iter().find(is_case)) {
                    self.wait(*case, identifiers(&tree.children(*alias).collect::<Vec<_>>()));
                }
            }
            _ => {}
        }
    }

    /// Names of parameters, results and the receiver mean something in the body only.
    fn parameters(&mut self, tree: &Tree, children: &[u32]) {
        let Some(body) = children.iter().find(|child| tree.node(**child).kind == Kind::BLOCK) else { return };
        let mut names = Vec::new();
        for list in children.iter().filter(|child| tree.node(**child).kind == Kind::PARAMETER_LIST) {
            for parameter in tree.children(*list) {
                let named = tree.children(parameter).map(|child| tree.node(child));
                names.extend(named.filter(|node| node.kind == Kind::IDENTIFIER).map(|node| node.label));
            }
        }
        self.wait(*body, names);
    }

    fn wait(&mut self, from: u32, names: Vec<Label>) {
        if !names.is_empty() {
            self.waiting.push(Waiting { from, depth: self.open.len(), names });
        }
    }

    fn declare(&mut self, names: impl IntoIterator<Item = Label>) {
        let Some(open) = self.open.last_mut() else { return };
        for name in names {
            *self.declared.entry(name).or_default() += 1;
            open.names.push(name);
        }
    }
}

/// Do names that are declared directly below such a node end with it?
const fn is_scope(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::FUNCTION_DECLARATION
            | Kind::METHOD_DECLARATION
            | Kind::FUNC_LITERAL
            | Kind::BLOCK
            | Kind::IF_STATEMENT
            | Kind::FOR_STATEMENT
            | Kind::EXPRESSION_SWITCH_STATEMENT
            | Kind::TYPE_SWITCH_STATEMENT
            | Kind::SELECT_STATEMENT
            | Kind::EXPRESSION_CASE
            | Kind::DEFAULT_CASE
            | Kind::TYPE_CASE
            | Kind::COMMUNICATION_CASE
    )
}
