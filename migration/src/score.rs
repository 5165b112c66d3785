//! How much of a program moves, as a number.
//!
//! Of each kind: the mean of what its uses earn ([`Verdict::credit`]), each name once, however often it is used. A kind
//! without uses has nothing that could not move. The score is the sum of the kinds by their weights ([`Kind::weight`]).

use crate::back_end::BackEnd;
use crate::item::Items;
use crate::kind::Kind;
use crate::verdict::Verdict;

/// One kind of uses.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Share {
    /// Which.
    pub kind: Kind,
    /// How many names are used, by verdict.
    pub counts: [usize; 4],
    /// From 0 to 100.
    pub percent: f64,
}

/// All kinds, for one back end.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Score {
    /// In the order of [`Kind::ALL`].
    pub shares: [Share; 4],
    /// From 0 to 100.
    pub percent: f64,
}

impl Score {
    /// Of what a back end sees.
    pub fn of(items: &Items, back_end: BackEnd) -> Self {
        let shares = Kind::ALL.map(|kind| {
            let mut counts = [0; 4];
            let of_kind = items.0.iter().filter(|item| item.kind() == kind);
            for verdict in of_kind.filter_map(|item| item.verdict(back_end)) {
                counts[verdict as usize] += 1;
            }
            let all: usize = counts.iter().sum();
            let earned: f64 =
                Verdict::ALL.iter().zip(counts).map(|(verdict, count)| verdict.credit() * count as f64).sum();
            let percent = if all == 0 { 100.0 } else { 100.0 * earned / all as f64 };
            Share { kind, counts, percent }
        });
        let percent = shares.iter().map(|share| share.percent * f64::from(share.kind.weight()) / 100.0).sum();
        Self { shares, percent }
    }
}
