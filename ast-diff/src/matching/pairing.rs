//! From related nodes to their children: equal ones first, then those between them that are alike.

use super::Matcher;
use super::align::align;
use crate::kind::Kind;

/// Largest table of weights.
const TABLE: usize = 4096;

/// Nodes that are searched for an equal subtree.
const DEPTH: u32 = 1024;

impl Matcher<'_> {
    /// Looks into all related nodes that nobody has looked into.
    pub(super) fn descend(&mut self) {
        while let Some((old, new)) = self.work.pop() {
            let ours: Vec<u32> =
                self.old.tree.children(old).filter(|child| !self.old.is_matched(*child)).collect();
            let theirs: Vec<u32> =
                self.new.tree.children(new).filter(|child| !self.new.is_matched(*child)).collect();
            self.children(&ours, &theirs, old == 0);
        }
    }

    fn children(&mut self, ours: &[u32], theirs: &[u32], is_file: bool) {
        let hashes: Vec<u64> = ours.iter().map(|child| self.old.hash(*child)).collect();
        let other_hashes: Vec<u64> = theirs.iter().map(|child| self.new.hash(*child)).collect();
        let equal: Vec<(usize, usize)> = align(&hashes, &other_hashes)
            .into_iter()
            .filter(|(here, there)| self.old.same(ours[*here], &self.new, theirs[*there]))
            .collect();
        for (here, there) in &equal {
            self.relate_all(ours[*here], theirs[*there]);
        }
        if is_file {
            self.declarations(ours, theirs);
        }
        let mut start = (0, 0);
        for (here, there) in equal.into_iter().chain([(ours.len(), theirs.len())]) {
            self.gap(&ours[start.0..here], &theirs[start.1..there]);
            start = (here + 1, there + 1);
        }
    }

    /// Declarations of one name are the same, wherever they stand.
    fn declarations(&mut self, ours: &[u32], theirs: &[u32]) {
        let mut named: Vec<(Vec<u64>, u32)> = ours
            .iter()
            .filter(|child| !self.old.is_matched(**child))
            .filter_map(|child| Some((name(&self.old, *child)?, *child)))
            .collect();
        for child in theirs.iter().filter(|child| !self.new.is_matched(**child)).copied().collect::<Vec<_>>()
        {
            let Some(wanted) = name(&self.new, child) else { continue };
            if let Some(place) = named.iter().position(|(name, _)| *name == wanted) {
                let (_, old) = named.remove(place);
                if self.share(old, child) > 0.2 {
                    self.relate(old, child);
                }
            }
        }
    }

    /// What is left over between two equal children.
    fn gap(&mut self, ours: &[u32], theirs: &[u32]) {
        let ours: Vec<u32> = ours.iter().copied().filter(|child| !self.old.is_matched(*child)).collect();
        let theirs: Vec<u32> = theirs.iter().copied().filter(|child| !self.new.is_matched(*child)).collect();
        if ours.is_empty() || theirs.is_empty() {
            return;
        }
        if let ([old], [new]) = (&ours[..], &theirs[..]) {
            if !self.wrapped(*old, *new) && self.likeness(*old, *new) > 0.0 {
                self.relate(*old, *new);
            }
            return;
        }
        let pairs = if ours.len() * theirs.len() <= TABLE {
            self.best_pairs(&ours, &theirs)
        } else {
            let kind = |number: u8| u64::from(number);
            let kinds: Vec<u64> =
                ours.iter().map(|child| kind(self.old.tree.node(*child).kind.number())).collect();
            let others: Vec<u64> =
                theirs.iter().map(|child| kind(self.new.tree.node(*child).kind.number())).collect();
            let mut pairs = align(&kinds, &others);
            pairs.retain(|(here, there)| self.likeness(ours[*here], theirs[*there]) > 0.0);
            pairs
        };
        let mut is_paired = (vec![false; ours.len()], vec![false; theirs.len()]);
        for (here, there) in pairs {
            let (old, new) = (ours[here], theirs[there]);
            if self.wrapped(old, new) {
                continue;
            }
            (is_paired.0[here], is_paired.1[there]) = (true, true);
            self.relate(old, new);
        }
        for (old, _) in ours.iter().zip(&is_paired.0).filter(|(_, is_paired)| !**is_paired) {
            for (new, _) in theirs.iter().zip(&is_paired.1).filter(|(_, is_paired)| !**is_paired) {
                self.wrapped(*old, *new);
            }
        }
    }

    /// One of two nodes stands within the other: something was put around it, or taken away from around it.
    fn wrapped(&mut self, old: u32, new: u32) -> bool {
        let (ours, theirs) = (self.old.size(old), self.new.size(new));
        if self.old.is_matched(old) || self.new.is_matched(new) || self.budget == 0 {
            return false;
        }
        // Hashes are compared eight at a time.
        self.budget = self.budget.saturating_sub(ours.max(theirs).min(DEPTH) as usize / 8);
        if theirs > ours {
            let hash = self.old.hash(old);
            let found = (new + 1..new + theirs.min(DEPTH))
                .find(|inner| self.new.hash(*inner) == hash && self.old.same(old, &self.new, *inner));
            if let Some(inner) = found.filter(|inner| !self.new.is_matched(*inner)) {
                self.relate_all(old, inner);
                return true;
            }
        } else if ours > theirs {
            let hash = self.new.hash(new);
            let found = (old + 1..old + ours.min(DEPTH))
                .find(|inner| self.old.hash(*inner) == hash && self.old.same(*inner, &self.new, new));
            if let Some(inner) = found.filter(|inner| !self.old.is_matched(*inner)) {
                self.relate_all(inner, new);
                return true;
            }
        }
        false
    }

    /// Pairs of positions, both growing, with the greatest sum of weights.
    fn best_pairs(&mut self, ours: &[u32], theirs: &[u32]) -> Vec<(usize, usize)> {
        let width = theirs.len() + 1;
        let mut weights = vec![0.0; ours.len() * theirs.len()];
        for (here, old) in ours.iter().enumerate() {
            for (there, new) in theirs.iter().enumerate() {
                weights[here * theirs.len() + there] = self.likeness(*old, *new);
            }
        }
        let mut best = vec![0.0; (ours.len() + 1) * width];
        for here in (0..ours.len()).rev() {
            for there in (0..theirs.len()).rev() {
                let skip: f64 = f64::max(best[(here + 1) * width + there], best[here * width + there + 1]);
                let weight = weights[here * theirs.len() + there];
                let take = if weight > 0.0 { weight + best[(here + 1) * width + there + 1] } else { 0.0 };
                best[here * width + there] = skip.max(take);
            }
        }
        let (mut here, mut there, mut pairs) = (0, 0, Vec::new());
        while here < ours.len() && there < theirs.len() {
            let weight = weights[here * theirs.len() + there];
            let now = best[here * width + there];
            if weight > 0.0 && now <= weight + best[(here + 1) * width + there + 1] {
                pairs.push((here, there));
                (here, there) = (here + 1, there + 1);
            } else if now <= best[(here + 1) * width + there] {
                here += 1;
            } else {
                there += 1;
            }
        }
        pairs
    }
}

/// What names a declaration: its kind, its name, for a method its receiver too.
fn name(side: &super::Side<'_>, declaration: u32) -> Option<Vec<u64>> {
    let kind = side.tree.node(declaration).kind;
    let mut parts = vec![u64::from(kind.number())];
    match kind {
        Kind::FUNCTION_DECLARATION => parts.push(side.token(side.tree.children(declaration).next()?)),
        Kind::METHOD_DECLARATION => {
            let mut children = side.tree.children(declaration);
            let receiver = children.next()?;
            let types = side.subtree(receiver).iter().filter(|token| {
                let number = (**token >> 32) as u8;
                number == Kind::TYPE_IDENTIFIER.number()
            });
            parts.extend(types);
            parts.push(side.token(children.next()?));
        }
        Kind::TYPE_DECLARATION | Kind::VAR_DECLARATION | Kind::CONST_DECLARATION => {
            let specification = side.tree.children(declaration).next()?;
            parts.push(side.token(side.tree.children(specification).next()?));
        }
        Kind::PACKAGE_CLAUSE | Kind::IMPORT_DECLARATION => (),
        _ => return None,
    }
    Some(parts)
}
