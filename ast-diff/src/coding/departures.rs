//! All that is in a text and not in its tree: what is as it was in the text before, and what is not.

use super::Overrun;
use super::bits::{Bits, PLACE, PLACES, SPELLINGS};
use super::gaps::{Gaps, TEXT, common, outcome_of};
use super::partners::{Partner, partners};
use super::range::Coder;
use crate::patch::Limits;
use crate::token::{Break, Token, tokens};
use crate::tree::Tree;
use crate::trivia::Trivia;

/// What departs from the expected, if it does.
type Departure<'a> = Option<&'a [u8]>;

/// What departs, by the number of the token.
type Made = Vec<(usize, Vec<u8>)>;

/// Writes or reads the trivia of one tree.
pub(crate) struct Departures<'a, C> {
    pub(crate) coder: C,
    bits: Bits,
    gaps: Gaps<'a>,
    tokens: &'a [Token<'a>],
}

/// What the text before has at a place like one of the new text.
#[derive(Clone, Copy)]
enum Known<'a> {
    /// It is likely to be the same.
    Firm(Departure<'a>),
    Loose(Departure<'a>),
    Nothing,
}

/// The places of a new text that are likely to be as they were, by kind: how many there are in what is left of it.
struct Firm {
    kinds: Vec<Option<usize>>,
    left: [u32; 4],
}

impl<'a, C: Coder> Departures<'a, C> {
    pub(crate) fn new(coder: C, tree: &'a Tree, tokens: &'a [Token<'a>], limits: &Limits) -> Self {
        Self { coder, bits: Bits::new(), gaps: Gaps::new(tree, tokens, limits.text), tokens }
    }

    /// The given trivia, or, for those who read, those that are read. `before` are another text's.
    pub(crate) fn trivia(
        &mut self,
        before: Option<(&Tree, &Trivia)>,
        given: &Trivia,
    ) -> Result<Trivia, Overrun> {
        let count = self.tokens.len();
        let (gaps, spellings) = apart(given, count);
        let old_tokens = before.map(|(tree, _)| tokens(tree));
        let (mut known, mut known_spellings) = (vec![Known::Nothing; count], vec![None; count]);
        if let (Some((_, trivia)), Some(old_tokens)) = (before, &old_tokens) {
            let (old_gaps, old_spellings) = apart(trivia, old_tokens.len());
            for (at, partner) in partners(old_tokens, self.tokens).into_iter().enumerate() {
                match partner {
                    Partner::Same(place) => {
                        known[at] = Known::Firm(old_gaps[place as usize]);
                        known_spellings[at] = old_spellings[place as usize];
                    }
                    Partner::Near(place) => {
                        known[at] = Known::Loose(old_gaps.get(place as usize).copied().flatten());
                    }
                    Partner::None => (),
                }
            }
        }
        let gaps = self.places(&known, &gaps)?;
        let known_spellings = before.is_some().then_some(&known_spellings[..]);
        let spellings = self.spellings(known_spellings, &spellings)?;
        let mut spellings = spellings.into_iter().peekable();
        let mut trivia = Trivia::default();
        for (at, text) in gaps {
            while let Some((at, text)) = spellings.next_if(|(other, _)| *other < at) {
                trivia.push(2 * at as u32 + 1, &text);
            }
            trivia.push(2 * at as u32, &text);
        }
        for (at, text) in spellings {
            trivia.push(2 * at as u32 + 1, &text);
        }
        Ok(trivia)
    }

    /// What is between the tokens.
    fn places(&mut self, known: &[Known<'_>], given: &[Departure<'_>]) -> Result<Made, Overrun> {
        let mut made = Made::new();
        let mut firm = Firm::of(known, self.tokens);
        let is_other = |at: usize| matches!(known[at], Known::Firm(old) if old != given[at]);
        let mut next = self.next(&mut firm, 0, true, &is_other)?;
        for at in 0..self.tokens.len() {
            if self.coder.is_done() {
                return Err(Overrun);
            }
            let departure = match known[at] {
                Known::Firm(old) if at == next => {
                    let departure = self.departure(at, Some((old, true)), given[at])?;
                    next = self.next(&mut firm, at + 1, false, &is_other)?;
                    departure
                }
                Known::Firm(old) => {
                    self.gaps.note(at, outcome_of(old));
                    old.map(<[u8]>::to_vec)
                }
                Known::Loose(old) => self.departure(at, Some((old, false)), given[at])?,
                Known::Nothing => self.departure(at, None, given[at])?,
            };
            if let Some(text) = departure {
                self.take(&text)?;
                made.push((at, text));
            }
        }
        Ok(made)
    }

    fn take(&mut self, text: &[u8]) -> Result<(), Overrun> {
        self.gaps.room = self.gaps.room.checked_sub(text.len()).ok_or(Overrun)?;
        Ok(())
    }

    /// The next place that is not as it was; behind all of them when there is none.
    fn next(
        &mut self,
        firm: &mut Firm,
        from: usize,
        is_first: bool,
        is_other: &dyn Fn(usize) -> bool,
    ) -> Result<usize, Overrun> {
        self.coder.field("place");
        let end = firm.kinds.len();
        let wanted = if C::READS { None } else { (from..end).find(|at| is_other(*at)) };
        if !self.bits.bit(&mut self.coder, PLACES, usize::from(!is_first), wanted.is_some()) {
            return Ok(end);
        }
        let kind = wanted.and_then(|at| firm.kinds[at]).unwrap_or_default();
        let high = self.bits.bit(&mut self.coder, PLACE, 0, kind & 2 != 0);
        let low = self.bits.bit(&mut self.coder, PLACE, 1 + usize::from(high), kind & 1 != 0);
        let kind = usize::from(high) << 1 | usize::from(low);
        let is_of_kind = |at: &usize| firm.kinds[*at] == Some(kind);
        let skipped = wanted.map_or(0, |wanted| (from..wanted).filter(is_of_kind).count());
        if firm.left[kind] == 0 {
            return Err(Overrun);
        }
        let skipped = self.coder.uniform(firm.left[kind], skipped as u32) as usize;
        let found = (from..end).filter(is_of_kind).nth(skipped).ok_or(Overrun)?;
        for kind in firm.kinds[from..=found].iter().flatten() {
            firm.left[*kind] -= 1;
        }
        Ok(found)
    }

    fn departure(
        &mut self,
        at: usize,
        old: Option<(Departure<'_>, bool)>,
        given: Departure<'_>,
    ) -> Result<Option<Vec<u8>>, Overrun> {
        let is_other = old.is_some_and(|(_, is_other)| is_other);
        let before = old.map(|(old, is_other)| outcome_of(old) + if is_other { TEXT + 1 } else { 0 });
        let outcome = self.gaps.outcome(&mut self.coder, at, before, outcome_of(given));
        if outcome != TEXT {
            return Ok(common(outcome).map(<[u8]>::to_vec));
        }
        let old = old.and_then(|(old, _)| old).filter(|old| outcome_of(Some(old)) == TEXT);
        let given = given.unwrap_or_default();
        self.gaps.text(&mut self.coder, &mut self.bits, at, (old, is_other), given).map(Some)
    }

    /// Tokens that are written in another way than the tree says.
    fn spellings(
        &mut self,
        known: Option<&[Departure<'_>]>,
        given: &[Departure<'_>],
    ) -> Result<Made, Overrun> {
        self.coder.field("spelling");
        let mut made = Made::new();
        if let Some(known) = known
            && self.bits.bit(&mut self.coder, SPELLINGS, 0, known == given)
        {
            for (at, text) in known.iter().enumerate().filter_map(|(at, text)| Some((at, (*text)?))) {
                self.take(text)?;
                made.push((at, text.to_vec()));
            }
            return Ok(made);
        }
        let mut given = given.iter().enumerate().filter_map(|(at, text)| Some((at, (*text)?)));
        let (mut lowest, count) = (0, self.tokens.len());
        loop {
            let next = given.next();
            if !self.bits.bit(&mut self.coder, SPELLINGS, 1, next.is_some()) {
                return Ok(made);
            }
            if lowest == count || self.coder.is_done() {
                return Err(Overrun);
            }
            let (wanted, text) = next.unwrap_or((lowest, &[]));
            let at = lowest + self.coder.uniform((count - lowest) as u32, (wanted - lowest) as u32) as usize;
            let text = self.gaps.spelling(&mut self.coder, at, text)?;
            self.take(&text)?;
            made.push((at, text));
            lowest = at + 1;
        }
    }
}

impl Firm {
    fn of(known: &[Known<'_>], tokens: &[Token<'_>]) -> Self {
        let mut left = [0; 4];
        let kind = |(known, token): (&Known<'_>, &Token<'_>)| {
            let Known::Firm(old) = known else { return None };
            let kind = match outcome_of(*old) {
                TEXT => 0,
                0 if token.ends == Break::None => 3,
                0 => 1,
                _ => 2,
            };
            left[kind] += 1;
            Some(kind)
        };
        let kinds = known.iter().zip(tokens).map(kind).collect();
        Self { kinds, left }
    }
}

/// What departs before each token, and in its spelling.
fn apart(trivia: &Trivia, tokens: usize) -> (Vec<Departure<'_>>, Vec<Departure<'_>>) {
    let (mut gaps, mut spellings) = (vec![None; tokens], vec![None; tokens]);
    for (place, text) in trivia.departures() {
        let places = if place % 2 == 0 { &mut gaps } else { &mut spellings };
        if let Some(slot) = places.get_mut(place as usize / 2) {
            *slot = Some(text);
        }
    }
    (gaps, spellings)
}
