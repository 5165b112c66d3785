//! Nodes that the old tree does not have: kind, label and number of children, each from what is known of like places.

use super::bits::{Bits, CHILDREN, HAS_LABEL, IS_NEW, IS_OF_KIND, IS_SUGGESTED, IS_WORD};
use super::memory::{Hashes, Memory, SURROUNDINGS, Token};
use super::prior::{self, COUNTS};
use super::range::Coder;
use super::texts::{Texts, Wanted};
use super::weights::{Evidence, Weights};
use crate::kind::Kind;
use crate::labels::Label;
use crate::script::Text;
use crate::tree::Tree;

/// How far around the place of an insertion labels are looked at.
const WINDOW: usize = 96;

/// A label that is to be written: a number that both ends know, or a text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Given<'a> {
    Known(u32),
    New(&'a [u8]),
}

/// What both ends know, and how likely things are after it.
pub(crate) struct Nodes<'a> {
    pub(crate) old: Option<&'a Tree>,
    pub(crate) memory: Memory,
    weights: &'a Weights,
    /// Labels of the old tree; the numbers from here on are those of `news`.
    labels: u32,
    /// Texts of the patch, in order.
    pub(crate) news: Vec<Box<[u8]>>,
    /// How many bytes more of them there may be.
    pub(crate) room: usize,
    /// How many bytes of them the operations may repeat.
    said: usize,
    texts: Option<Texts>,
    /// Where the text of each label begins in `texts`.
    starts: Vec<u32>,
    /// Nodes with the same surroundings as the one that comes.
    alike: Vec<(usize, u32)>,
    /// Where in the old tree things happen.
    anchor: usize,
    suggestions: Suggestions,
    scores: Vec<u32>,
    of_kind: Vec<Option<Vec<Label>>>,
    /// Labels that took the place of others.
    replaced: Vec<(u32, u32)>,
}

/// Labels that may come, each with a weight.
#[derive(Debug, Default)]
struct Suggestions {
    labels: Vec<u32>,
    scores: Vec<u32>,
    /// By label: its index here, plus one.
    places: Vec<u32>,
}

impl Suggestions {
    fn clear(&mut self) {
        for label in self.labels.drain(..) {
            self.places[label as usize] = 0;
        }
        self.scores.clear();
    }

    fn add(&mut self, label: u32, weight: u32) {
        // What has no weight cannot be chosen.
        if weight == 0 {
            return;
        }
        if label as usize >= self.places.len() {
            self.places.resize(label as usize + 1, 0);
        }
        let place = &mut self.places[label as usize];
        if *place == 0 {
            self.labels.push(label);
            self.scores.push(0);
            *place = self.labels.len() as u32;
        }
        self.scores[*place as usize - 1] += weight;
    }

    fn index(&self, label: u32) -> Option<usize> {
        self.places.get(label as usize).and_then(|place| place.checked_sub(1)).map(|place| place as usize)
    }
}

/// What kind of thing a label is, by the kind of its node.
pub(crate) fn class(kind: u8) -> usize {
    match Kind::numbered(kind) {
        Some(Kind::IDENTIFIER) => 0,
        Some(Kind::FIELD_IDENTIFIER) => 1,
        Some(Kind::TYPE_IDENTIFIER) => 2,
        Some(Kind::PACKAGE_IDENTIFIER) => 3,
        Some(Kind::LABEL_NAME) => 4,
        Some(Kind::INT_LITERAL) => 5,
        Some(Kind::FLOAT_LITERAL | Kind::IMAGINARY_LITERAL) => 6,
        Some(Kind::RUNE_LITERAL) => 7,
        Some(Kind::INTERPRETED_STRING_LITERAL) => 8,
        Some(Kind::RAW_STRING_LITERAL) => 9,
        Some(Kind::DIRECTIVE | Kind::ATTACHED_DIRECTIVE) => 10,
        Some(Kind::PREAMBLE | Kind::OPAQUE) => 11,
        Some(Kind::BINARY_EXPRESSION) => 12,
        Some(Kind::UNARY_EXPRESSION) => 13,
        Some(Kind::ASSIGNMENT_STATEMENT) => 14,
        _ => 15,
    }
}

impl<'a> Nodes<'a> {
    pub(crate) fn new(old: Option<&'a Tree>, weights: &'a Weights, room: usize) -> Self {
        Self {
            old,
            memory: Memory::new(old),
            weights,
            labels: old.map_or(1, |tree| tree.labels().count() as u32),
            news: Vec::new(),
            room,
            said: room,
            texts: None,
            starts: Vec::new(),
            alike: Vec::new(),
            anchor: 0,
            suggestions: Suggestions::default(),
            scores: Vec::new(),
            of_kind: vec![None; 128],
            replaced: Vec::new(),
        }
    }

    /// How many labels both ends know.
    pub(crate) fn known(&self) -> u32 {
        self.labels + self.news.len() as u32
    }

    /// Text of a label.
    pub(crate) fn text(&self, label: u32) -> &[u8] {
        match label.checked_sub(self.labels) {
            Some(number) => &self.news[number as usize],
            None => self.old.map_or(&[], |tree| tree.labels().get(Label(label))),
        }
    }

    /// The kind of a node of the old tree that bears a label.
    pub(crate) fn kind_of(&self, label: u32) -> u8 {
        let tokens = &self.memory.tokens[..self.memory.old()];
        tokens.iter().find(|token| token.label == label).map_or(0, |token| token.kind)
    }

    /// A label as a script says it; `None` when too much was said.
    pub(crate) fn said(&mut self, label: u32) -> Option<Text> {
        if label < self.labels {
            return Some(Text::Old(Label(label)));
        }
        let text: Box<[u8]> = self.text(label).into();
        self.said = self.said.checked_sub(text.len())?;
        Some(Text::New(text))
    }

    /// Looks around: what comes next is in these surroundings, at that node of the old tree.
    pub(crate) fn look(&mut self, hashes: &Hashes, anchor: usize) {
        self.memory.alike(hashes, &mut self.alike);
        self.anchor = anchor;
    }

    /// Adds to scores what nodes with the same surroundings say.
    fn evidence(&self, evidence: &Evidence, keep: impl Fn(Token) -> bool, mut add: impl FnMut(Token, u32)) {
        let mut counts = [0_usize; SURROUNDINGS];
        for (order, index) in &self.alike {
            counts[*order] += usize::from(keep(self.memory.tokens[*index as usize]));
        }
        for (order, index) in &self.alike {
            let token = self.memory.tokens[*index as usize];
            if keep(token) {
                let bucket = match counts[*order] {
                    0 | 1 => 0,
                    2 | 3 => 1,
                    _ => 2,
                };
                let index = *index as usize;
                let quarters = if index >= self.memory.old() {
                    self.weights.near[0]
                } else if index.abs_diff(self.anchor) < 64 {
                    self.weights.near[1]
                } else if index.abs_diff(self.anchor) < 512 {
                    self.weights.near[2]
                } else {
                    4
                };
                add(token, evidence[*order][bucket] * quarters);
            }
        }
    }

    /// The kind of a node below `parent`, behind `last`.
    pub(crate) fn kind<C: Coder>(&mut self, coder: &mut C, parent: u8, last: u8, value: u8) -> u8 {
        let mut scores = std::mem::take(&mut self.scores);
        scores.clear();
        scores.resize(Kind::ALL.len(), 1);
        prior::kinds(parent, Some(last), self.weights.prior[0], &mut scores);
        prior::kinds(parent, None, self.weights.prior[1], &mut scores);
        self.evidence(
            &self.weights.kind,
            |_| true,
            |token, weight| scores[usize::from(token.kind)] += weight,
        );
        coder.field("kind");
        let kind = coder.choose(&scores, usize::from(value)) as u8;
        self.scores = scores;
        kind
    }

    /// How many children a node has.
    pub(crate) fn children<C: Coder>(
        &mut self,
        coder: &mut C,
        bits: &mut Bits,
        kind: u8,
        label: u32,
        value: u32,
    ) -> u32 {
        let is_leaf = Kind::numbered(kind).is_none_or(|kind| kind.is_atom() || kind.is_word());
        let mut scores = [1_u32; COUNTS + 1];
        prior::children(kind, self.weights.prior[2], &mut scores[..COUNTS]);
        if is_leaf {
            scores[0] += 1 << 15;
        } else {
            let keep = |token: Token| token.kind == kind;
            self.evidence(&self.weights.children, keep, |token, weight| {
                let weight = if token.label == label { weight } else { weight / 2 };
                scores[(token.children as usize).min(COUNTS)] += weight;
            });
        }
        coder.field("children");
        let chosen = coder.choose(&scores, (value as usize).min(COUNTS)) as u32;
        if (chosen as usize) < COUNTS {
            return chosen;
        }
        chosen.saturating_add(bits.number(coder, CHILDREN, 0, value.saturating_sub(chosen)))
    }

    /// The label of a node, which was `before` if there is one. `None` when there is no room for its text.
    pub(crate) fn label<C: Coder>(
        &mut self,
        coder: &mut C,
        bits: &mut Bits,
        kind: u8,
        before: Option<u32>,
        value: Given<'_>,
    ) -> Option<u32> {
        coder.field("has label");
        if !bits.bit(coder, HAS_LABEL, usize::from(kind), !matches!(value, Given::Known(0))) {
            return Some(0);
        }
        self.suggest(kind, before);
        let total: u32 = self.suggestions.scores.iter().fold(0, |sum, score| sum.saturating_add(*score));
        let class = class(kind);
        if total > 0 {
            let group = usize::from(before.is_some()) * 16 + class;
            let index = match value {
                Given::Known(label) => self.suggestions.index(label),
                Given::New(_) => None,
            };
            coder.field("label suggested?");
            if bits.bit(coder, IS_SUGGESTED, group * 16 + (total.ilog2() as usize).min(15), index.is_some()) {
                coder.field("label suggestion");
                let index = coder.choose(&self.suggestions.scores, index.unwrap_or(0));
                return Some(self.suggestions.labels[index]);
            }
        }
        let group = usize::from(before.is_some()) * 16 + class;
        coder.field("label new?");
        if bits.bit(coder, IS_NEW, group, matches!(value, Given::New(_))) {
            return self.new_text(coder, bits, kind, before, value);
        }
        coder.field("label other");
        let Given::Known(value) = (if C::READS { Given::Known(0) } else { value }) else { return Some(0) };
        let slot = &mut self.of_kind[usize::from(kind)];
        let same = slot.get_or_insert_with(|| self.memory.labels_of(kind, self.labels as usize));
        let found = same.iter().position(|label| label.0 == value);
        if !same.is_empty() && bits.bit(coder, IS_OF_KIND, class, found.is_some()) {
            let index = coder.uniform(same.len() as u32, found.unwrap_or(0) as u32);
            return Some(same[index as usize].0);
        }
        Some(coder.uniform(self.known(), value))
    }

    fn suggest(&mut self, kind: u8, before: Option<u32>) {
        let mut suggestions = std::mem::take(&mut self.suggestions);
        suggestions.clear();
        // A label that is replaced is not replaced by itself, nor is one that is there none.
        let excluded = before.unwrap_or(0);
        let keep = |token: Token| token.kind == kind && token.label != 0 && token.label != excluded;
        self.evidence(&self.weights.label, keep, |token, weight| suggestions.add(token.label, weight));
        let (old, count) = (self.memory.old(), self.memory.tokens.len());
        let mut add = |index: usize, distance: usize, by_distance: &[u32; 3]| {
            let token = self.memory.tokens[index];
            if keep(token) {
                let step = if distance < 8 { 0 } else { usize::from(distance >= 32) + 1 };
                suggestions.add(token.label, by_distance[step]);
            } else if token.label != 0 && token.label != excluded && class(token.kind) < 4 && class(kind) < 4
            {
                suggestions.add(token.label, self.weights.other_kind);
            }
        };
        for index in count.saturating_sub(WINDOW).max(old)..count {
            add(index, count - index, &self.weights.fresh);
        }
        for index in self.anchor.saturating_sub(WINDOW)..(self.anchor + WINDOW).min(old) {
            add(index, index.abs_diff(self.anchor), &self.weights.window);
        }
        if let Some(before) = before {
            for (_, to) in self.replaced.iter().rev().take(64).filter(|(from, _)| *from == before) {
                suggestions.add(*to, self.weights.replaced);
            }
        }
        self.suggestions = suggestions;
    }

    /// Remembers that a label took the place of another.
    pub(crate) fn replace(&mut self, before: u32, after: u32) {
        self.replaced.push((before, after));
    }

    fn new_text<C: Coder>(
        &mut self,
        coder: &mut C,
        bits: &mut Bits,
        kind: u8,
        before: Option<u32>,
        value: Given<'_>,
    ) -> Option<u32> {
        let class = class(kind);
        let given: &[u8] = if let Given::New(text) = value { text } else { &[] };
        let group = usize::from(before.is_some()) * 16 + class;
        let text: Box<[u8]> = if let Some(word) = word(coder, bits, class, group, given) {
            word.into()
        } else {
            let mut texts = self.texts.take().unwrap_or_else(|| self.learn());
            let hint =
                before.and_then(|before| self.starts.get(before as usize)).map(|start| *start as usize);
            let read =
                texts.code(coder, bits, self.weights, Wanted { class, hint, given, longest: self.room });
            self.texts = Some(texts);
            read?.into()
        };
        self.room = self.room.checked_sub(text.len())?;
        self.news.push(text);
        Some(self.known() - 1)
    }

    /// All texts of the old tree, in the order of their labels.
    fn learn(&mut self) -> Texts {
        let mut texts = Texts::new();
        let Some(tree) = self.old else { return texts };
        let mut kinds = vec![0; self.labels as usize];
        for token in self.memory.tokens[..self.memory.old()].iter().rev() {
            kinds[token.label as usize] = token.kind;
        }
        for (text, kind) in tree.labels().iter().zip(kinds) {
            self.starts.push(texts.learn(class(kind), text) as u32);
        }
        texts
    }
}

fn word<C: Coder>(
    coder: &mut C,
    bits: &mut Bits,
    class: usize,
    group: usize,
    given: &[u8],
) -> Option<&'static [u8]> {
    let words = prior::words();
    let found = words.iter().position(|word| usize::from(word.class) == class && word.text == given);
    if !words.iter().any(|word| usize::from(word.class) == class) {
        return None;
    }
    coder.field("label word");
    if !bits.bit(coder, IS_WORD, group, found.is_some()) {
        return None;
    }
    let of_class = |word: &prior::Word| if usize::from(word.class) == class { word.weight } else { 0 };
    let weights: Vec<u32> = words.iter().map(of_class).collect();
    Some(words[coder.choose(&weights, found.unwrap_or(0))].text)
}
