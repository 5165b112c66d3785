//! Random trees, edits of them, and scripts that need not make sense.

use ast_diff::{Edit, Item, Kind, Label, Script, Text, Tree, TreeBuilder};

/// xorshift64*: the same numbers on every machine.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize) % limit.max(1)
    }

    fn text(&mut self) -> Vec<u8> {
        match self.below(12) {
            0 => (0..self.below(40)).map(|_| self.below(256) as u8).collect(),
            1 => format!("\"{} %d\"", self.below(1000)).into_bytes(),
            _ => format!("name{}", self.below(20)).into_bytes(),
        }
    }

    fn kind(&mut self) -> Kind {
        // A few are enough for likeness.
        Kind::ALL[if self.below(4) == 0 { self.below(Kind::ALL.len()) } else { 80 + self.below(6) }]
    }

    /// A tree of at most so many nodes.
    pub(crate) fn tree(&mut self, most: usize) -> Tree {
        let mut builder = TreeBuilder::new();
        builder.open(Kind::SOURCE_FILE);
        let mut depth = 1;
        for _ in 0..self.below(most) {
            match self.below(5) {
                0 | 1 if depth < 50 => {
                    builder.open(self.kind());
                    if self.below(3) == 0 {
                        builder.set_label(&self.text());
                    }
                    depth += 1;
                }
                2 if depth > 1 => {
                    builder.close();
                    depth -= 1;
                }
                _ => builder.leaf(self.kind(), &self.text()),
            }
        }
        for _ in 0..depth {
            builder.close();
        }
        builder.finish().unwrap()
    }

    /// A tree like another one: some nodes are others, some are gone, some came.
    pub(crate) fn edited(&mut self, tree: &Tree) -> Tree {
        let mut builder = TreeBuilder::new();
        let mut ends: Vec<u32> = Vec::new();
        let rate = 5 + self.below(100);
        let mut index = 0;
        while index < tree.nodes().len() as u32 {
            while ends.last().is_some_and(|end| *end <= index) {
                builder.close();
                ends.pop();
            }
            let node = tree.node(index);
            if index > 0 && self.below(rate) == 0 {
                if self.below(2) == 0 {
                    index += node.size;
                    continue;
                }
                builder.leaf(self.kind(), &self.text());
            }
            builder.open(if self.below(rate) == 0 { self.kind() } else { node.kind });
            if self.below(rate) == 0 {
                builder.set_label(&self.text());
            } else {
                builder.set_label(tree.text(index));
            }
            ends.push(index + node.size);
            index += 1;
        }
        for _ in ends {
            builder.close();
        }
        builder.finish().unwrap()
    }

    fn label(&mut self, tree: &Tree) -> Text {
        if self.below(3) > 0 {
            return Text::Old(Label(self.below(tree.labels().count()) as u32));
        }
        let mut text = self.text();
        if tree.labels().iter().any(|known| known == text) {
            text.extend_from_slice(b"+new+");
        }
        Text::New(text.into())
    }

    fn content(&mut self, tree: &Tree) -> Vec<Item> {
        let mut content = Vec::new();
        let mut missing = 1 + self.below(3) as u32;
        while missing > 0 {
            missing -= 1;
            let at = self.below(tree.nodes().len()) as u32;
            content.push(match self.below(6) {
                0 => Item::Moved { at },
                1 => Item::Copied { at },
                _ => {
                    let children = if content.len() < 30 { self.below(4) as u32 } else { 0 };
                    missing += children;
                    Item::New { kind: self.kind(), label: self.label(tree), children }
                }
            });
        }
        content
    }

    /// A script all of whose places exist; what it says may contradict itself.
    pub(crate) fn script(&mut self, tree: &Tree) -> Script {
        let rate = 2 + self.below(60);
        let mut edits = Vec::new();
        for number in 0..tree.labels().count() as u32 {
            if self.below(rate * 4) == 0 {
                edits.push(Edit::Rename { from: Label(number), to: self.label(tree) });
            }
        }
        for at in 0..tree.nodes().len() as u32 {
            match self.below(rate) {
                0 => edits.push(Edit::Delete { at }),
                1 => {
                    let kind = if self.below(3) == 0 { self.kind() } else { tree.node(at).kind };
                    edits.push(Edit::Update { at, kind, label: self.label(tree) });
                }
                _ => (),
            }
            for position in 0..=tree.children(at).count() as u32 {
                if self.below(rate * 2) == 0 {
                    edits.push(Edit::Insert { parent: at, position, content: self.content(tree) });
                }
            }
        }
        Script { edits }
    }
}
