//! Files with their uses, and uses of one name together.

use crate::back_end::{BackEnd, BackEnds};
use crate::entry::Entry;
use crate::kind::Kind;
use crate::lines::Place;
use crate::verdict::Verdict;
use crate::walk::Use;

/// A file that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// As it is to be shown.
    pub name: String,
    /// Which back ends take it, by build constraints.
    pub taken: BackEnds,
    /// What is in it.
    pub uses: Vec<Use>,
}

/// All uses of one name, in files that the same back ends take.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// As sources call it.
    pub title: String,
    /// Its row.
    pub entry: &'static Entry,
    /// Who takes the files that it is in.
    pub taken: BackEnds,
    /// Files by number, and places in them; never empty.
    pub places: Vec<(usize, Place)>,
}

/// Items of a number of files, those that cost most first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Items(pub Vec<Item>);

impl Item {
    /// What it means for a back end; `None` when that does not see it.
    pub fn verdict(&self, back_end: BackEnd) -> Option<Verdict> {
        self.taken.contains(back_end).then(|| self.entry.verdict(back_end))
    }

    /// The best that a back end makes of it. `None`: only a build for another system sees it.
    pub fn best(&self) -> Option<Verdict> {
        BackEnd::ALL.into_iter().filter_map(|back_end| self.verdict(back_end)).min()
    }

    /// The worst that a back end makes of it.
    pub fn worst(&self) -> Option<Verdict> {
        BackEnd::ALL.into_iter().filter_map(|back_end| self.verdict(back_end)).max()
    }

    /// What it is about.
    pub const fn kind(&self) -> Kind {
        self.entry.kind
    }
}

impl Items {
    /// Those of files.
    pub fn of(sources: &[Source]) -> Self {
        let mut items: Vec<Item> = Vec::new();
        let mut known: std::collections::HashMap<(String, [bool; 3]), usize> =
            std::collections::HashMap::new();
        for (number, source) in sources.iter().enumerate() {
            for found in &source.uses {
                let title = found.title();
                let taken = source.taken;
                let key = (title.clone(), BackEnd::ALL.map(|back_end| taken.contains(back_end)));
                let index = *known.entry(key).or_insert_with(|| {
                    items.push(Item { title, entry: found.entry, taken, places: Vec::new() });
                    items.len() - 1
                });
                items[index].places.push((number, found.place));
            }
        }
        items.sort_by(|one, other| {
            let key =
                |item: &Item| (std::cmp::Reverse(item.best()), std::cmp::Reverse(item.worst()), item.kind());
            key(one).cmp(&key(other)).then_with(|| one.title.cmp(&other.title))
        });
        Self(items)
    }

    /// The worst verdict for a back end: with it the code moves as far as that.
    pub fn verdict(&self, back_end: BackEnd) -> Verdict {
        self.0.iter().filter_map(|item| item.verdict(back_end)).max().unwrap_or(Verdict::Works)
    }
}
