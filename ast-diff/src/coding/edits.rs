//! A whole edit script: its operations in the order of the places that they are about.

use std::collections::HashMap;

use super::Overrun;
use super::bits::{AT_EXPECTED, Bits, IS_MOVED, IS_OLD, MORE, OPERATION, OTHER_KIND, OTHER_LABEL, RENAMES};
use super::index::Index;
use super::nodes::{Given, Nodes};
use super::places::{Gap, Places};
use super::prior::COUNTS;
use super::range::Coder;
use super::surroundings::{Before, NOTHING, Open, Token};
use super::weights::Weights;
use crate::kind::Kind;
use crate::labels::Label;
use crate::order::sorted;
use crate::patch::Limits;
use crate::script::{Edit, Item, Script, Text};
use crate::tree::Tree;

const INSERT: usize = 0;
const DELETE: usize = 1;
const UPDATE: usize = 2;
const END: usize = 3;
/// What comes before the first operation.
const START: usize = 4;

/// Writes or reads scripts about one tree.
pub(crate) struct Edits<'a, C> {
    pub(crate) coder: C,
    bits: Bits,
    nodes: Nodes<'a>,
    /// Numbers of new texts, for those who write.
    numbers: HashMap<&'a [u8], u32>,
    /// How many items more there may be.
    room: usize,
}

/// An operation and the place that it is about.
struct Placed<'a> {
    edit: &'a Edit,
    gap: Option<Gap>,
}

impl<'a, C: Coder> Edits<'a, C> {
    pub(crate) fn new(coder: C, index: &'a Index<'a>, weights: &'a Weights, limits: &Limits) -> Self {
        Self {
            coder,
            bits: Bits::new(),
            nodes: Nodes::new(index, weights, limits.text),
            numbers: HashMap::new(),
            room: limits.nodes,
        }
    }

    /// The given script, or, for those who read, the one that is read.
    pub(crate) fn script(&mut self, old: &'a Tree, given: &'a Script) -> Result<Script, Overrun> {
        let mut places = Places::new(self.nodes.memory.index);
        let mut edits = Vec::new();
        self.renames(old, given, &mut edits)?;
        let mut placed = if C::READS { Vec::new() } else { in_order(&mut places, given)? }.into_iter();
        let mut before = START;
        loop {
            let next = placed.next();
            let operation =
                self.operation(before, next.as_ref().map_or(END, |placed| operation(placed.edit)));
            if operation == END {
                break;
            }
            let edit = self.edit(old, &mut places, before, operation, next.as_ref())?;
            edits.push(edit);
            before = operation;
        }
        Ok(Script { edits: sorted(edits, Edit::order) })
    }

    fn operation(&mut self, before: usize, value: usize) -> usize {
        self.coder.field("operation");
        let slot = before * 4;
        let bits = &mut self.bits;
        if bits.bit(&mut self.coder, OPERATION, slot, value & 1 == 1) {
            1 | usize::from(bits.bit(&mut self.coder, OPERATION, slot + 1, value & 2 != 0)) << 1
        } else {
            usize::from(bits.bit(&mut self.coder, OPERATION, slot + 2, value & 2 != 0)) << 1
        }
    }

    fn take(&mut self) -> Result<(), Overrun> {
        self.room = self.room.checked_sub(1).ok_or(Overrun)?;
        Ok(())
    }

    fn renames(&mut self, old: &Tree, given: &'a Script, edits: &mut Vec<Edit>) -> Result<(), Overrun> {
        let mut renames = given.edits.iter().filter_map(|edit| match edit {
            Edit::Rename { from, to } => Some((*from, to)),
            _ => None,
        });
        let count = old.labels().count() as u32;
        let mut lowest = 0;
        let mut slot = 0;
        loop {
            let next = renames.next();
            self.coder.field("rename");
            if !self.bits.bit(&mut self.coder, RENAMES, slot, next.is_some()) {
                return Ok(());
            }
            slot = 1;
            self.take()?;
            let wanted = next.map_or(0, |(from, _)| from.0);
            if lowest >= count {
                return Err(Overrun);
            }
            let from = lowest + self.coder.uniform(count - lowest, wanted.saturating_sub(lowest));
            let kind = self.nodes.memory.index.kind_of_label(from);
            let label = self.label(kind, Some(from), next.map(|(_, to)| to))?;
            self.nodes.replace(from, label);
            edits.push(Edit::Rename { from: Label(from), to: self.text(label)? });
            lowest = from + 1;
        }
    }

    fn edit(
        &mut self,
        old: &Tree,
        places: &mut Places<'a>,
        before: usize,
        operation: usize,
        next: Option<&Placed<'a>>,
    ) -> Result<Edit, Overrun> {
        self.take()?;
        let wanted = next.map_or(0, Placed::anchor);
        if operation == INSERT {
            let none = Gap { parent: 0, position: 0, anchor: 0 };
            let wanted = next.and_then(|next| next.gap).unwrap_or(none);
            let gap = places.insertion(&mut self.coder, &mut self.bits, wanted).ok_or(Overrun)?;
            (places.floor, places.expected) = (gap.anchor, gap.anchor);
            let given = next.and_then(|next| match next.edit {
                Edit::Insert { content, .. } => Some(content.as_slice()),
                _ => None,
            });
            let content = self.content(old, places, gap, given.unwrap_or_default())?;
            return Ok(Edit::Insert { parent: gap.parent, position: gap.position, content });
        }
        let is_expected = places.expected < old.nodes().len() as u32 && {
            self.coder.field("at expected");
            let slot = before * 4 + operation;
            self.bits.bit(&mut self.coder, AT_EXPECTED, slot, wanted == places.expected)
        };
        let at = if is_expected {
            places.expected
        } else {
            places.node(&mut self.coder, &mut self.bits, operation, wanted).ok_or(Overrun)?
        };
        places.floor = at + 1;
        if operation == DELETE {
            places.expected = old.end(at);
            return Ok(Edit::Delete { at });
        }
        places.expected = at + 1;
        let given = next.and_then(|next| match next.edit {
            Edit::Update { kind, label, .. } => Some((*kind, label)),
            _ => None,
        });
        self.update(old, at, given)
    }

    fn update(&mut self, old: &Tree, at: u32, given: Option<(Kind, &'a Text)>) -> Result<Edit, Overrun> {
        let node = old.node(at);
        let parent = self.nodes.memory.parent_of(at);
        let before = self.nodes.memory.before(at);
        self.nodes.look(&parent, &before, at, at);
        self.coder.field("update kind");
        let is_other = given.is_some_and(|(kind, _)| kind != node.kind);
        let is_other = self.bits.bit(&mut self.coder, OTHER_KIND, usize::from(node.kind.number()), is_other);
        let mut kind = node.kind.number();
        let mut has_other_label = true;
        if is_other {
            let wanted = given.map_or(0, |(kind, _)| kind.number());
            kind = self.nodes.kind(&mut self.coder, parent.kind, NOTHING, wanted);
            self.coder.field("update kind");
            let other = given.is_some_and(|(_, label)| *label != Text::Old(node.label));
            has_other_label = self.bits.bit(&mut self.coder, OTHER_LABEL, 0, other);
        }
        let label = if has_other_label {
            self.label(kind, Some(node.label.0), given.map(|(_, label)| label))?
        } else {
            node.label.0
        };
        self.nodes.replace(node.label.0, label);
        let kind = Kind::numbered(kind).ok_or(Overrun)?;
        Ok(Edit::Update { at, kind, label: self.text(label)? })
    }

    /// What is inserted at a gap.
    fn content(
        &mut self,
        old: &Tree,
        places: &mut Places<'_>,
        gap: Gap,
        given: &'a [Item],
    ) -> Result<Vec<Item>, Overrun> {
        let parent = old.node(gap.parent).kind.number();
        let above = if gap.parent == 0 { NOTHING } else { old.node(places.parent(gap.parent)).kind.number() };
        let mut top = Open::new(parent, above, 0);
        if gap.position > 0 {
            top.seen = gap.position;
            top.head = self.nodes.memory.tail(gap.parent + 1);
            let last = places.children(gap.parent)[gap.position as usize - 1];
            top.last = old.node(last).kind.number();
        }
        self.subtrees(Some(places), top, gap.anchor, given)
    }

    /// The nodes of a whole tree, when there is no old one.
    pub(crate) fn tree(&mut self, given: &'a [Item]) -> Result<Vec<Item>, Overrun> {
        self.subtrees(None, Open::new(NOTHING, NOTHING, 0), 0, given)
    }

    fn subtrees(
        &mut self,
        places: Option<&Places<'_>>,
        top: Open,
        anchor: u32,
        given: &'a [Item],
    ) -> Result<Vec<Item>, Overrun> {
        let parent = top.kind;
        let mut items = Vec::new();
        let mut open = vec![top];
        let mut rest = given.iter();
        let mut before = self.nodes.memory.before(anchor);
        let mut roots = 0;
        loop {
            while open.len() > 1 && open.last().is_some_and(|node| node.rest == 0) {
                open.pop();
            }
            if open.len() == 1 {
                if roots > 0 {
                    self.coder.field("more");
                    let slot = usize::from(parent) * 2 + usize::from(roots > 1);
                    if !self.bits.bit(&mut self.coder, MORE, slot, rest.len() > 0) {
                        return Ok(items);
                    }
                }
                roots += 1;
            }
            self.take()?;
            if self.coder.is_done() {
                return Err(Overrun);
            }
            let depth = open.len() - 1;
            let Some(innermost) = open.last_mut() else { return Err(Overrun) };
            innermost.rest = innermost.rest.saturating_sub(1);
            let (item, token) = self.item(places, innermost, &before, depth, anchor, rest.next())?;
            let (kind, above) = (token.kind, innermost.kind);
            let memory = &mut self.nodes.memory;
            let count = match item {
                Item::New { children, .. } => children,
                Item::Moved { at } | Item::Copied { at } => memory.children(at as usize, COUNTS as u32),
            };
            memory.push(token, count, innermost, &before);
            innermost.step(kind, &before);
            match item {
                Item::New { children, .. } => {
                    before.push(token);
                    open.push(Open::new(kind, above, children));
                }
                Item::Moved { at } | Item::Copied { at } => memory.pass(at, &mut before),
            }
            items.push(item);
        }
    }

    fn item(
        &mut self,
        places: Option<&Places<'_>>,
        parent: &Open,
        before: &Before,
        depth: usize,
        anchor: u32,
        given: Option<&'a Item>,
    ) -> Result<(Item, Token), Overrun> {
        self.nodes.look(parent, before, anchor, u32::MAX);
        let source = given.and_then(|item| match item {
            Item::Moved { at } => Some((true, *at)),
            Item::Copied { at } => Some((false, *at)),
            Item::New { .. } => None,
        });
        let mut is_old = false;
        if places.is_some() {
            self.coder.field("is old");
            let slot = depth.min(2) * 128 + usize::from(parent.kind);
            is_old = self.bits.bit(&mut self.coder, IS_OLD, slot, source.is_some());
        }
        let wanted = match (given, source) {
            (Some(Item::New { kind, .. }), _) => kind.number(),
            (_, Some((_, at))) => self.nodes.memory.index.kind(at),
            _ => 0,
        };
        let kind = self.nodes.kind(&mut self.coder, parent.kind, parent.last, wanted);
        if let Some(places) = places.filter(|_| is_old) {
            self.coder.field("source");
            let (is_moved, at) = source.unwrap_or((false, 0));
            let is_moved = self.bits.bit(&mut self.coder, IS_MOVED, 0, is_moved);
            let at =
                places.source(&mut self.coder, &mut self.bits, kind, is_moved, anchor, at).ok_or(Overrun)?;
            let token = self.nodes.memory.token(at as usize);
            let item = if is_moved { Item::Moved { at } } else { Item::Copied { at } };
            return Ok((item, token));
        }
        let (text, children) = match given {
            Some(Item::New { label, children, .. }) => (Some(label), *children),
            _ => (None, 0),
        };
        let label = self.label(kind, None, text)?;
        let children = self.nodes.children(&mut self.coder, &mut self.bits, kind, label, children);
        let known = Kind::numbered(kind).ok_or(Overrun)?;
        let item = Item::New { kind: known, label: self.text(label)?, children };
        Ok((item, Token { kind, label }))
    }

    fn label(&mut self, kind: u8, before: Option<u32>, given: Option<&'a Text>) -> Result<u32, Overrun> {
        let value = match given {
            None => Given::Known(0),
            Some(Text::Old(label)) => Given::Known(label.0),
            Some(Text::New(text)) => {
                self.numbers.get(&**text).map_or(Given::New(text), |number| Given::Known(*number))
            }
        };
        let known = self.nodes.known();
        let label = self.nodes.label(&mut self.coder, &mut self.bits, kind, before, value).ok_or(Overrun)?;
        if let (Given::New(text), true) = (value, label == known) {
            self.numbers.insert(text, label);
        }
        Ok(label)
    }

    /// A label as the script says it.
    fn text(&mut self, label: u32) -> Result<Text, Overrun> {
        self.nodes.said(label).ok_or(Overrun)
    }
}

impl Placed<'_> {
    fn anchor(&self) -> u32 {
        match (self.edit, self.gap) {
            (_, Some(gap)) => gap.anchor,
            (Edit::Update { at, .. } | Edit::Delete { at }, None) => *at,
            _ => 0,
        }
    }
}

fn operation(edit: &Edit) -> usize {
    match edit {
        Edit::Insert { .. } => INSERT,
        Edit::Delete { .. } => DELETE,
        Edit::Update { .. } => UPDATE,
        Edit::Rename { .. } => END,
    }
}

/// All but the renames, by place: what is inserted before a node comes before what happens to the node itself, and what is
/// inserted deeper before what is inserted further out.
fn in_order<'a>(places: &mut Places<'_>, script: &'a Script) -> Result<Vec<Placed<'a>>, Overrun> {
    let mut placed = Vec::with_capacity(script.edits.len());
    for edit in &script.edits {
        let gap = match edit {
            Edit::Rename { .. } => continue,
            Edit::Insert { parent, position, .. } => Some(places.gap(*parent, *position).ok_or(Overrun)?),
            _ => None,
        };
        placed.push(Placed { edit, gap });
    }
    placed.sort_by_key(|placed| match placed.gap {
        Some(gap) => (gap.anchor, 0, u32::MAX - gap.parent),
        None => (placed.anchor(), 1, 0),
    });
    Ok(placed)
}
