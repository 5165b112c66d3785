//! What has gone in one place and come in another.

use std::collections::HashMap;
use std::ops::Range;

use super::{Known, Matcher};
use crate::rolling::Rolling;

/// Tokens in a window, as in the published measurements: shorter ones occur everywhere, longer ones miss small pieces.
const WINDOW: usize = 5;

/// Places of one window that are kept. Half of all windows occur more than once in their own file, some thousands of times.
const PLACES: usize = 8;

/// Smallest equal subtree that is worth a move.
const SMALLEST: u32 = 2;

/// Share of common tokens from which similar nodes are the same.
const LEAST: f64 = 0.5;

/// Ancestors of a window that may be its node.
const CLIMB: usize = 24;

/// Where each window of what is gone begins.
type Places = HashMap<u64, Vec<u32>, Known>;

impl Matcher<'_> {
    pub(super) fn find_moved(&mut self) {
        if !self.old.partners.contains(&super::NONE) || !self.new.partners.contains(&super::NONE) {
            return;
        }
        self.equal_elsewhere();
        self.similar_elsewhere();
    }

    /// Equal subtrees, the largest first, since preorder meets a subtree before its parts.
    fn equal_elsewhere(&mut self) {
        let mut gone: HashMap<u64, Vec<u32>, Known> = HashMap::default();
        for node in self.old.hashed.clone().rev() {
            if !self.old.is_matched(node) && self.old.size(node) >= SMALLEST {
                gone.entry(self.old.hash(node)).or_default().push(node);
            }
        }
        let Range { start: mut node, end } = self.new.hashed.clone();
        while node < end {
            let size = self.new.size(node);
            let mut step = 1;
            if !self.new.is_matched(node)
                && size >= SMALLEST
                && let Some(places) = gone.get_mut(&self.new.hash(node))
            {
                while let Some(old) = places.pop() {
                    if !self.old.is_matched(old) && self.old.same(old, &self.new, node) {
                        self.relate_all(old, node);
                        step = size;
                        break;
                    }
                }
            }
            node += step;
        }
    }

    /// Nodes that share windows of tokens with one that is gone.
    fn similar_elsewhere(&mut self) {
        let rolling = Rolling::new(WINDOW, self.seed);
        let mut places: Places = HashMap::default();
        let hashed = self.old.hashed.clone();
        let tokens = &self.old.tokens[hashed.start as usize..hashed.end as usize];
        for (hash, start) in rolling.windows(tokens) {
            let start = hashed.start + start as u32;
            if !self.old.is_matched(start) {
                let places = places.entry(hash).or_default();
                if places.len() < PLACES {
                    places.push(start);
                }
            }
        }
        if places.is_empty() {
            return;
        }
        let parents = self.old.tree.parents();
        for node in self.new.hashed.clone() {
            if !self.new.is_matched(node)
                && self.new.size(node) >= WINDOW as u32
                && let Some(old) = self.most_alike(node, rolling, &places, &parents)
            {
                self.relate(old, node);
                self.descend();
            }
        }
    }

    /// The node that is gone, of the same kind, with which this one shares the most windows.
    fn most_alike(&mut self, node: u32, rolling: Rolling, places: &Places, parents: &[u32]) -> Option<u32> {
        let kind = self.new.tree.node(node).kind;
        let size = self.new.size(node);
        let tokens = self.new.subtree(node);
        let mut votes: HashMap<u32, u32> = HashMap::new();
        self.budget = self.budget.checked_sub(tokens.len())?;
        for (hash, start) in rolling.windows(tokens) {
            for place in places.get(&hash).into_iter().flatten() {
                let there = *place as usize;
                if self.old.tokens.get(there..there + WINDOW) != Some(&tokens[start..start + WINDOW]) {
                    continue;
                }
                let mut above = *place;
                for _ in 0..CLIMB {
                    let candidate = self.old.tree.node(above);
                    if candidate.size > size * 3 {
                        break;
                    }
                    if candidate.kind == kind && !self.old.is_matched(above) {
                        *votes.entry(above).or_default() += 1;
                    }
                    let parent = parents[above as usize];
                    if parent == above {
                        break;
                    }
                    above = parent;
                }
            }
        }
        // Among equals the first, so that the result does not depend on the order of a table.
        let (best, _) = votes.into_iter().max_by_key(|(old, votes)| (*votes, u32::MAX - *old))?;
        (self.share(best, node) >= LEAST).then_some(best)
    }
}
