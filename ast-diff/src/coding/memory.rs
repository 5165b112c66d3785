//! The nodes that both ends know, found by what surrounds them: what followed there is likely to follow here.

use super::index::Index;
use super::search::{Alike, MOST, Search};
use super::surroundings::{BEFORE, Before, Hashes, NOTHING, Open, SURROUNDINGS, Token, hashes};

/// Bits of a bucket's number, for the nodes of a patch and for those of a whole tree.
const BUCKETS: [u32; 2] = [8, 12];

/// The nodes: those of the old tree, and behind them those of the patch.
#[derive(Debug)]
pub(crate) struct Memory<'a> {
    pub(crate) index: &'a Index<'a>,
    /// Nodes of the patch, with numbers of children.
    news: Vec<(Token, u32)>,
    /// Those of them that have labels.
    labelled: Vec<Token>,
    hashes: Vec<Hashes>,
    /// The node of the patch before with the same surroundings, plus one.
    before: Vec<Hashes>,
    heads: Vec<Hashes>,
}

impl<'a> Memory<'a> {
    pub(crate) fn new(index: &'a Index<'a>) -> Self {
        Self {
            index,
            news: Vec::new(),
            labelled: Vec::new(),
            hashes: Vec::new(),
            before: Vec::new(),
            heads: Vec::new(),
        }
    }

    /// How many of the nodes are of the old tree.
    pub(crate) fn old(&self) -> usize {
        self.index.nodes().len()
    }

    /// Those of the patch that have labels.
    pub(crate) fn labelled(&self) -> &[Token] {
        &self.labelled
    }

    pub(crate) fn token(&self, index: usize) -> Token {
        match index.checked_sub(self.old()) {
            Some(number) => self.news[number].0,
            None => self.old_token(index as u32),
        }
    }

    fn old_token(&self, index: u32) -> Token {
        let node = self.index.node(index);
        Token { kind: node.kind.number(), label: node.label.0 }
    }

    /// How many children a node has, or `most` when there are more.
    pub(crate) fn children(&self, index: usize, most: u32) -> u32 {
        if let Some(number) = index.checked_sub(self.old()) {
            return self.news[number].1.min(most);
        }
        let (mut child, end) = (index as u32 + 1, self.index.end(index as u32));
        let mut count = 0;
        while child < end && count < most {
            child = self.index.end(child);
            count += 1;
        }
        count
    }

    /// What is before a node of the old tree.
    pub(crate) fn before(&self, index: u32) -> Before {
        let mut tokens = [Token::NONE; BEFORE];
        for (back, token) in (1..).zip(&mut tokens) {
            if let Some(index) = index.checked_sub(back) {
                *token = self.old_token(index);
            }
        }
        Before(tokens)
    }

    /// Goes past a subtree of the old tree.
    pub(crate) fn pass(&self, at: u32, before: &mut Before) {
        let end = self.index.end(at);
        for index in end.saturating_sub(BEFORE as u32).max(at)..end {
            before.push(self.old_token(index));
        }
    }

    /// What a subtree of the old tree ends with, for [`Open::head`].
    pub(crate) fn tail(&self, at: u32) -> Token {
        self.old_token(self.index.end(at) - 1)
    }

    /// The parent of a node of the old tree, as it was before that node.
    pub(crate) fn parent_of(&self, at: u32) -> Open {
        if at == 0 {
            return Open::new(NOTHING, NOTHING, 0);
        }
        let parent = self.index.parent(at);
        let above = if parent == 0 { NOTHING } else { self.index.kind(self.index.parent(parent)) };
        let mut open = Open::new(self.index.kind(parent), above, 0);
        open.seen = self.index.with_parents().position(parent, at, 7);
        if open.seen > 0 {
            let mut last = at - 1;
            while self.index.parent(last) != parent {
                last = self.index.parent(last);
            }
            open.last = self.index.kind(last);
            open.head = self.tail(parent + 1);
        }
        open
    }

    /// Remembers a node of the patch.
    pub(crate) fn push(&mut self, token: Token, children: u32, parent: &Open, before: &Before) {
        let bits = self.bits();
        if self.heads.is_empty() {
            self.heads = vec![[0; SURROUNDINGS]; 1 << bits];
        }
        self.news.push((token, children));
        if token.label != 0 {
            self.labelled.push(token);
        }
        let hashes = hashes(parent, before);
        let mut links = [0; SURROUNDINGS];
        for (order, (hash, link)) in hashes.iter().zip(&mut links).enumerate() {
            let head = &mut self.heads[(hash >> (32 - bits)) as usize][order];
            *link = std::mem::replace(head, self.news.len() as u32);
        }
        self.hashes.push(hashes);
        self.before.push(links);
    }

    /// Nodes with the same surroundings as the next child of `parent`: in the patch the last ones, in the old tree those
    /// nearest to `anchor`. The node `but` is none of them.
    pub(crate) fn alike(
        &self,
        parent: &Open,
        before: &Before,
        anchor: u32,
        but: u32,
        found: &mut Vec<Alike>,
    ) {
        found.clear();
        self.among_news(parent, before, found);
        if !self.index.nodes().is_empty() {
            Search::new(self.index, parent, before, (anchor, but), found).run();
        }
    }

    fn bits(&self) -> u32 {
        BUCKETS[usize::from(self.old() == 0)]
    }

    fn among_news(&self, parent: &Open, before: &Before, found: &mut Vec<Alike>) {
        if self.news.is_empty() {
            return;
        }
        let (shift, old) = (32 - self.bits(), self.old() as u32);
        for (order, hash) in hashes(parent, before).iter().enumerate() {
            let mut number = self.heads[(hash >> shift) as usize][order];
            for _ in 0..MOST {
                let Some(index) = number.checked_sub(1) else { break };
                if self.hashes[index as usize][order] == *hash {
                    let (token, _) = self.news[index as usize];
                    found.push(Alike { order, index: old + index, token });
                }
                number = self.before[index as usize][order];
            }
        }
    }
}
