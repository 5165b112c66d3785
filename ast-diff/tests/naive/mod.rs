//! What a script means, said as simply as possible: each node is asked by itself what becomes of it. Slow, and for trees that
//! are not deep.

use ast_diff::{Edit, Item, Kind, Script, Text, Tree, TreeBuilder};

/// The new tree; `None` when the script cannot be applied.
pub(crate) fn apply(old: &Tree, script: &Script, longest: usize) -> Option<Tree> {
    let meaning = Meaning { old, script, longest };
    meaning.is_sound().then_some(())?;
    let mut made = Made { builder: TreeBuilder::new(), count: 0, used: 0 };
    meaning.node(0, &mut made)?;
    let about_nodes = |edit: &&Edit| matches!(edit, Edit::Update { .. } | Edit::Insert { .. });
    let wanted = script.edits.iter().filter(about_nodes).count();
    (made.used == wanted).then(|| made.builder.finish())?
}

struct Meaning<'a> {
    old: &'a Tree,
    script: &'a Script,
    longest: usize,
}

struct Made {
    builder: TreeBuilder,
    count: usize,
    /// How many updates and insertions have been made.
    used: usize,
}

impl Meaning<'_> {
    /// Is all that it names there, in order, taken from its place once at most, and is the root left?
    fn is_sound(&self) -> bool {
        let edits = &self.script.edits;
        let nodes = self.old.nodes().len() as u32;
        let labels = self.old.labels().count() as u32;
        let is_text = |text: &Text| !matches!(text, Text::Old(label) if label.0 >= labels);
        let is_item = |item: &Item| match item {
            Item::New { label, .. } => is_text(label),
            Item::Moved { at } | Item::Copied { at } => *at < nodes,
        };
        let is_there = |edit: &Edit| match edit {
            Edit::Rename { from, to } => from.0 < labels && is_text(to),
            Edit::Update { at, label, .. } => *at < nodes && is_text(label),
            Edit::Delete { at } => *at < nodes,
            Edit::Insert { parent, position, content } => {
                *parent < nodes
                    && *position as usize <= self.old.children(*parent).count()
                    && content.iter().all(is_item)
            }
        };
        let mut gone = self.gone();
        gone.sort_unstable();
        edits.iter().all(is_there)
            && edits.is_sorted_by(|left, right| place(left) < place(right))
            && gone.windows(2).all(|pair| pair[0] != pair[1])
            && gone.first() != Some(&0)
    }

    /// The nodes that leave their places.
    fn gone(&self) -> Vec<u32> {
        let mut gone = Vec::new();
        for edit in &self.script.edits {
            match edit {
                Edit::Delete { at } => gone.push(*at),
                Edit::Insert { content, .. } => gone.extend(content.iter().filter_map(|item| match item {
                    Item::Moved { at } => Some(*at),
                    _ => None,
                })),
                _ => (),
            }
        }
        gone
    }

    fn node(&self, index: u32, made: &mut Made) -> Option<()> {
        let node = self.old.node(index);
        let (mut kind, mut label) = (node.kind, self.old.text(index));
        for edit in &self.script.edits {
            match edit {
                // An update comes after the renames, and counts more.
                Edit::Rename { from, to } if *from == node.label => label = self.text(to),
                Edit::Update { at, kind: other, label: to } if *at == index => {
                    (kind, label) = (*other, self.text(to));
                    made.used += 1;
                }
                _ => (),
            }
        }
        self.open(kind, label, made)?;
        let children: Vec<u32> = self.old.children(index).collect();
        for position in 0..=children.len() {
            for edit in &self.script.edits {
                match edit {
                    Edit::Insert { parent, position: here, content }
                        if *parent == index && *here as usize == position =>
                    {
                        made.used += 1;
                        let mut items = content.iter();
                        while items.len() > 0 {
                            self.item(&mut items, made)?;
                        }
                    }
                    _ => (),
                }
            }
            if let Some(child) = children.get(position)
                && !self.gone().contains(child)
            {
                self.node(*child, made)?;
            }
        }
        made.builder.close();
        Some(())
    }

    fn item(&self, items: &mut std::slice::Iter<'_, Item>, made: &mut Made) -> Option<()> {
        match items.next()? {
            Item::New { kind, label, children } => {
                self.open(*kind, self.text(label), made)?;
                for _ in 0..*children {
                    self.item(items, made)?;
                }
                made.builder.close();
                Some(())
            }
            Item::Moved { at } => self.node(*at, made),
            Item::Copied { at } => self.copy(*at, made),
        }
    }

    fn copy(&self, index: u32, made: &mut Made) -> Option<()> {
        self.open(self.old.node(index).kind, self.old.text(index), made)?;
        for child in self.old.children(index) {
            self.copy(child, made)?;
        }
        made.builder.close();
        Some(())
    }

    fn open(&self, kind: Kind, label: &[u8], made: &mut Made) -> Option<()> {
        made.count += 1;
        made.builder.open(kind);
        made.builder.set_label(label);
        (made.count <= self.longest).then_some(())
    }

    fn text<'a>(&'a self, text: &'a Text) -> &'a [u8] {
        match text {
            Text::Old(label) => self.old.labels().get(*label),
            Text::New(text) => text,
        }
    }
}

/// Renames by label, then the rest by node.
fn place(edit: &Edit) -> (u8, u32, u8, u32) {
    match edit {
        Edit::Rename { from, .. } => (0, from.0, 0, 0),
        Edit::Update { at, .. } => (1, *at, 0, 0),
        Edit::Delete { at } => (1, *at, 1, 0),
        Edit::Insert { parent, position, .. } => (1, *parent, 2, *position),
    }
}
