//! Nodes that the old tree does not have: kind, label and number of children, each from what is known of like places.

use super::bits::{Bits, CHILDREN, HAS_LABEL, IS_NEW, IS_OF_KIND, IS_SUGGESTED, IS_WORD};
use super::index::Index;
use super::memory::Memory;
use super::prior::{self, COUNTS};
use super::range::Coder;
use super::search::Alike;
use super::suggestions::{Suggestions, WINDOW, Window, class, step, weight};
use super::surroundings::{Before, Open, SURROUNDINGS, Token};
use super::texts::{Texts, Wanted};
use super::weights::{Evidence, Weights};
use crate::kind::Kind;
use crate::labels::Label;
use crate::script::Text;

/// A label that is to be written: a number that both ends know, or a text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Given<'a> {
    Known(u32),
    New(&'a [u8]),
}

/// What both ends know, and how likely things are after it.
pub(crate) struct Nodes<'a> {
    pub(crate) memory: Memory<'a>,
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
    alike: Vec<Alike>,
    /// Where in the old tree things happen.
    anchor: usize,
    window: Window,
    suggestions: Suggestions,
    scores: Vec<u32>,
    /// Labels of the old tree by kind, for kinds that were asked for.
    of_kind: Vec<(u8, Vec<Label>)>,
    /// Labels that took the place of others.
    replaced: Vec<(u32, u32)>,
}

impl<'a> Nodes<'a> {
    pub(crate) fn new(index: &'a Index<'a>, weights: &'a Weights, room: usize) -> Self {
        Self {
            memory: Memory::new(index),
            weights,
            labels: index.old().map_or(1, |tree| tree.labels().count() as u32),
            news: Vec::new(),
            room,
            said: room,
            texts: None,
            starts: Vec::new(),
            alike: Vec::new(),
            anchor: 0,
            window: Window::default(),
            suggestions: Suggestions::default(),
            scores: Vec::new(),
            of_kind: Vec::new(),
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
            None => self.memory.index.old().map_or(&[], |tree| tree.labels().get(Label(label))),
        }
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
    pub(crate) fn look(&mut self, parent: &Open, before: &Before, anchor: u32, but: u32) {
        self.memory.alike(parent, before, anchor, but, &mut self.alike);
        self.anchor = anchor as usize;
    }

    /// Adds to scores what nodes with the same surroundings say.
    fn evidence(&self, evidence: &Evidence, keep: impl Fn(Token) -> bool, mut add: impl FnMut(&Alike, u32)) {
        let mut counts = [0_usize; SURROUNDINGS];
        for alike in &self.alike {
            counts[alike.order] += usize::from(keep(alike.token));
        }
        let weights: [u32; SURROUNDINGS] = std::array::from_fn(|order| {
            evidence[order][match counts[order] {
                0 | 1 => 0,
                2 | 3 => 1,
                _ => 2,
            }]
        });
        for alike in self.alike.iter().filter(|alike| keep(alike.token)) {
            add(alike, weights[alike.order] * self.nearness(alike.index as usize));
        }
    }

    /// How much a node counts for being near, in quarters.
    fn nearness(&self, index: usize) -> u32 {
        let distance = index.abs_diff(self.anchor);
        if index >= self.memory.old() {
            self.weights.near[0]
        } else if distance < 64 {
            self.weights.near[1]
        } else if distance < 512 {
            self.weights.near[2]
        } else {
            4
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
            |alike, weight| scores[usize::from(alike.token.kind)] += weight,
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
            self.evidence(&self.weights.children, keep, |alike, weight| {
                let weight = if alike.token.label == label { weight } else { weight / 2 };
                scores[self.memory.children(alike.index as usize, COUNTS as u32) as usize] += weight;
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
        let place = self.of_kind.iter().position(|(known, _)| *known == kind).unwrap_or_else(|| {
            self.of_kind.push((kind, self.memory.index.labels_of(kind)));
            self.of_kind.len() - 1
        });
        let (_, same) = &self.of_kind[place];
        let found = same.iter().position(|label| label.0 == value);
        if !same.is_empty() && bits.bit(coder, IS_OF_KIND, class, found.is_some()) {
            let index = coder.uniform(same.len() as u32, found.unwrap_or(0) as u32);
            return Some(same[index as usize].0);
        }
        Some(coder.uniform(self.known(), value))
    }

    fn suggest(&mut self, kind: u8, before: Option<u32>) {
        let mut suggestions = std::mem::take(&mut self.suggestions);
        suggestions.clear(self.known());
        // A label that is replaced is not replaced by itself, nor is one that is there none.
        let excluded = before.unwrap_or(0);
        let keep = |token: Token| token.kind == kind && token.label != 0 && token.label != excluded;
        self.evidence(&self.weights.label, keep, |alike, weight| suggestions.add(alike.token.label, weight));
        for (distance, token) in (1..=WINDOW / 2).zip(self.memory.labelled().iter().rev()) {
            if token.label != excluded {
                let weight = weight(*token, kind, self.weights.fresh[step(2 * distance)], self.weights);
                suggestions.add(token.label, weight);
            }
        }
        for (label, weight) in self.window.near(&self.memory, self.weights, self.anchor, kind) {
            if *label != excluded {
                suggestions.add(*label, *weight);
            }
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
        let index = self.memory.index;
        let Some(tree) = index.old() else { return Texts::new(0) };
        let mut texts = Texts::new(tree.labels().size());
        self.starts.reserve(tree.labels().count());
        for (label, text) in (0..).zip(tree.labels().iter()) {
            self.starts.push(texts.learn(class(index.kind_of_label(label)), text) as u32);
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
    let words = prior::words(class);
    if words.is_empty() {
        return None;
    }
    let found = words.iter().position(|word| word.text == given);
    coder.field("label word");
    if !bits.bit(coder, IS_WORD, group, found.is_some()) {
        return None;
    }
    let weights: Vec<u32> = words.iter().map(|word| word.weight).collect();
    Some(words[coder.choose(&weights, found.unwrap_or(0))].text)
}
