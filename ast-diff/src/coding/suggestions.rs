//! Labels that may come, each with a weight, and what kinds of things labels are.

use super::memory::Memory;
use super::surroundings::Token;
use super::weights::Weights;
use crate::kind::Kind;

/// How far around the place of an insertion labels are looked at.
pub(crate) const WINDOW: usize = 96;

/// Labels that may come, each with a weight.
#[derive(Debug, Default)]
pub(crate) struct Suggestions {
    pub(crate) labels: Vec<u32>,
    pub(crate) scores: Vec<u32>,
    /// By label: its index here, plus one.
    places: Vec<u32>,
}

impl Suggestions {
    /// Begins anew, with labels below `count`.
    pub(crate) fn clear(&mut self, count: u32) {
        for label in self.labels.drain(..) {
            self.places[label as usize] = 0;
        }
        self.scores.clear();
        if self.places.len() < count as usize {
            self.places.resize(count as usize, 0);
        }
    }

    pub(crate) fn add(&mut self, label: u32, weight: u32) {
        // What has no weight cannot be chosen.
        if weight == 0 {
            return;
        }
        let place = &mut self.places[label as usize];
        if *place == 0 {
            self.labels.push(label);
            self.scores.push(0);
            *place = self.labels.len() as u32;
        }
        self.scores[*place as usize - 1] += weight;
    }

    pub(crate) fn index(&self, label: u32) -> Option<usize> {
        self.places.get(label as usize).and_then(|place| place.checked_sub(1)).map(|place| place as usize)
    }
}

/// Labels of the old tree around a place, with their weights, by the kind of node that they are for.
#[derive(Debug, Default)]
pub(crate) struct Window {
    anchor: Option<usize>,
    by_kind: Vec<(u8, Vec<(u32, u32)>)>,
}

impl Window {
    /// Those for nodes of that kind.
    pub(crate) fn near(
        &mut self,
        memory: &Memory<'_>,
        weights: &Weights,
        anchor: usize,
        kind: u8,
    ) -> &[(u32, u32)] {
        if self.anchor != Some(anchor) {
            self.anchor = Some(anchor);
            self.by_kind.clear();
        }
        let place = self.by_kind.iter().position(|(known, _)| *known == kind).unwrap_or_else(|| {
            self.by_kind.push((kind, around(memory, weights, anchor, kind)));
            self.by_kind.len() - 1
        });
        &self.by_kind[place].1
    }
}

fn around(memory: &Memory<'_>, weights: &Weights, anchor: usize, kind: u8) -> Vec<(u32, u32)> {
    let nodes = memory.index.nodes();
    let start = anchor.saturating_sub(WINDOW).min(nodes.len());
    let mut found: Vec<(u32, u32)> = Vec::new();
    for (index, node) in (start..).zip(&nodes[start..(anchor + WINDOW).min(nodes.len())]) {
        let token = Token { kind: node.kind.number(), label: node.label.0 };
        let weight = weight(token, kind, weights.window[step(index.abs_diff(anchor))], weights);
        if weight > 0 {
            found.push((token.label, weight));
        }
    }
    found
}

/// How much a label of a node counts for one of a kind; nothing when there is none.
pub(crate) fn weight(token: Token, kind: u8, same_kind: u32, weights: &Weights) -> u32 {
    if token.label == 0 {
        0
    } else if token.kind == kind {
        same_kind
    } else if class(token.kind) < 4 && class(kind) < 4 {
        weights.other_kind
    } else {
        0
    }
}

/// How near something is: within 8 nodes, 32, or further away.
pub(crate) fn step(distance: usize) -> usize {
    if distance < 8 { 0 } else { usize::from(distance >= 32) + 1 }
}

/// What kind of thing a label is, by the kind of its node.
pub(crate) fn class(kind: u8) -> usize {
    CLASSES.get(usize::from(kind)).map_or(15, |class| usize::from(*class))
}

const CLASSES: [u8; Kind::ALL.len()] = {
    let mut classes = [15; Kind::ALL.len()];
    let mut number = 0;
    while number < classes.len() {
        classes[number] = class_of(Kind::ALL[number]);
        number += 1;
    }
    classes
};

const fn class_of(kind: Kind) -> u8 {
    match kind {
        Kind::IDENTIFIER => 0,
        Kind::FIELD_IDENTIFIER => 1,
        Kind::TYPE_IDENTIFIER => 2,
        Kind::PACKAGE_IDENTIFIER => 3,
        Kind::LABEL_NAME => 4,
        Kind::INT_LITERAL => 5,
        Kind::FLOAT_LITERAL | Kind::IMAGINARY_LITERAL => 6,
        Kind::RUNE_LITERAL => 7,
        Kind::INTERPRETED_STRING_LITERAL => 8,
        Kind::RAW_STRING_LITERAL => 9,
        Kind::DIRECTIVE | Kind::ATTACHED_DIRECTIVE => 10,
        Kind::PREAMBLE | Kind::OPAQUE => 11,
        Kind::BINARY_EXPRESSION => 12,
        Kind::UNARY_EXPRESSION => 13,
        Kind::ASSIGNMENT_STATEMENT => 14,
        _ => 15,
    }
}
