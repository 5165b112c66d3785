//! Which tokens of a text are those of the text before it. What comes of it is only what is expected: both ends find the
//! same, whether it is right or not.

use super::mixing::mix;
use crate::token::Token;

/// Tokens by which one is found that is not where it is expected.
const WINDOW: usize = 4;
/// How many places with the same tokens are looked at.
const LONGEST_CHAIN: usize = 8;

/// The place in the old text that is like one in the new text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Partner {
    /// It is before the same token.
    Same(u32),
    /// It is only behind the same token.
    Near(u32),
    None,
}

/// For the place before each new token the one that is like it.
pub(crate) fn partners(old: &[Token<'_>], new: &[Token<'_>]) -> Vec<Partner> {
    let (old, new) = (hashes(old), hashes(new));
    let shorter = old.len().min(new.len());
    let first = (0..shorter).take_while(|at| old[*at] == new[*at]).count();
    let last =
        (1..=shorter - first).take_while(|back| old[old.len() - back] == new[new.len() - back]).count();
    let (old_end, new_end) = (old.len() - last, new.len() - last);
    let mut partners: Vec<Partner> = (0..first).map(|at| Partner::Same(at as u32)).collect();
    let windows = Windows::of(&old, first..old_end);
    let mut expected = first;
    for at in first..new_end {
        let is_same = |place: usize| old[place] == new[at];
        // One that has another name only.
        let is_renamed = |place: usize| {
            at + 1 < new.len() && place + 1 < old.len() && {
                old[place].kind == new[at].kind && old[place + 1] == new[at + 1]
            }
        };
        let found = if expected < old_end && (is_same(expected) || is_renamed(expected)) {
            Some(expected)
        } else {
            windows.find(&old, &new, at, expected)
        };
        partners.push(match (found, partners.last()) {
            (Some(place), _) => {
                expected = place + 1;
                Partner::Same(place as u32)
            }
            (None, Some(Partner::Same(before))) => Partner::Near(before + 1),
            (None, None) => Partner::Near(0),
            (None, _) => Partner::None,
        });
    }
    partners.extend((0..last).map(|at| Partner::Same((old_end + at) as u32)));
    partners
}

/// What a token is: equal hashes are as good as equal tokens here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Hashed {
    hash: u32,
    kind: u8,
}

fn hashes(tokens: &[Token<'_>]) -> Vec<Hashed> {
    let of = |token: &Token<'_>| {
        let kind = token.kind.number();
        Hashed {
            hash: token.text.iter().fold(u32::from(kind), |hash, byte| mix(hash, u32::from(*byte))),
            kind,
        }
    };
    tokens.iter().map(of).collect()
}

/// Places of the old text by the tokens that follow.
struct Windows {
    start: usize,
    heads: Vec<u32>,
    /// The next place with the same tokens, plus one.
    next: Vec<u32>,
    shift: u32,
}

impl Windows {
    fn of(old: &[Hashed], places: std::ops::Range<usize>) -> Self {
        let bits = (usize::BITS - places.len().leading_zeros()).clamp(4, 20);
        let (start, shift) = (places.start, 32 - bits);
        let mut windows = Self { start, heads: vec![0; 1 << bits], next: vec![0; places.len()], shift };
        for place in places.rev() {
            let head = &mut windows.heads[(window(old, place) >> shift) as usize];
            windows.next[place - start] = std::mem::replace(head, place as u32 + 1);
        }
        windows
    }

    /// The first one behind the expected place, else the first of all.
    fn find(&self, old: &[Hashed], new: &[Hashed], at: usize, expected: usize) -> Option<usize> {
        let mut first = None;
        let mut number = self.heads[(window(new, at) >> self.shift) as usize];
        for _ in 0..LONGEST_CHAIN {
            let Some(place) = number.checked_sub(1).map(|place| place as usize) else { break };
            if old[place..].iter().take(WINDOW).eq(new[at..].iter().take(WINDOW)) {
                first = first.or(Some(place));
                if place >= expected {
                    return Some(place);
                }
            }
            number = self.next[place - self.start];
        }
        first
    }
}

fn window(tokens: &[Hashed], at: usize) -> u32 {
    let hash = tokens[at..].iter().take(WINDOW).fold(0, |hash, token| mix(hash, token.hash));
    hash.wrapping_mul(0x9E37_79B1)
}
