//! What is in a text and not in its tree: comments, blanks, and what is written in another way than expected.

use std::ops::Range;

use crate::hash::{Blake3, Digest, HashFunction, write_number, write_text};
use crate::layout::Layout;
use crate::place::Place;
use crate::token::{Token, tokens};
use crate::tree::Tree;

/// What a text has besides its tree. Only what is not as expected is kept: what `gofmt` would write, in lines that go on as
/// the ones before them, takes no room. With the tree it is the text, byte for byte.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Trivia {
    /// Twice the number of a token is the place before it, one more the token itself.
    places: Vec<u32>,
    ends: Vec<u32>,
    bytes: Vec<u8>,
}

impl Trivia {
    /// That of a text, whose nodes lie at `spans`.
    pub fn of(tree: &Tree, spans: &[Range<u32>], source: &[u8]) -> Self {
        Reader { source, at: 0, blocked: None }.read(&tokens(tree), spans)
    }

    /// How many places are not as expected, and how many bytes there are.
    pub fn size(&self) -> (usize, usize) {
        (self.places.len(), self.bytes.len())
    }

    /// What is not as expected, in the order of the places.
    pub(crate) fn departures(&self) -> impl Iterator<Item = (u32, &[u8])> {
        let start = |index: usize| if index == 0 { 0 } else { self.ends[index - 1] as usize };
        self.places
            .iter()
            .enumerate()
            .map(move |(index, place)| (*place, &self.bytes[start(index)..self.ends[index] as usize]))
    }

    pub(crate) fn push(&mut self, place: u32, departure: &[u8]) {
        self.places.push(place);
        self.bytes.extend_from_slice(departure);
        self.ends.push(self.bytes.len() as u32);
    }

    /// The trivia root, which a receiver verifies: equal roots mean equal texts, tree included.
    ///
    /// ```text
    /// root      = H("ast-diff trivia 1"  structure root of the tree  departure of each place that has one, in order)
    /// departure = distance from the place before (varint), length (varint), bytes
    /// ```
    pub fn root(&self, structure_root: Digest) -> Digest {
        let mut bytes = b"ast-diff trivia 1".to_vec();
        bytes.extend_from_slice(&structure_root.0);
        let mut before = 0;
        for (place, departure) in self.departures() {
            write_number(place - before, &mut bytes);
            write_text(departure, &mut bytes);
            before = place;
        }
        Blake3::digest(&bytes)
    }
}

/// The text that a tree and its trivia are.
pub fn print_exact(tree: &Tree, trivia: &Trivia) -> Vec<u8> {
    print_within(tree, trivia, usize::MAX).unwrap_or_default()
}

/// As [`print_exact`]; `None` when the text is longer.
pub(crate) fn print_within(tree: &Tree, trivia: &Trivia, longest: usize) -> Option<Vec<u8>> {
    let (mut layout, mut place) = (Layout::new(), Place::default());
    let mut text = Vec::new();
    let mut departures = trivia.departures().peekable();
    for (number, token) in tokens(tree).iter().enumerate() {
        let mut departure = |place| departures.next_if(|(at, _)| *at == place).map(|(_, bytes)| bytes);
        layout.come(token, &text, &mut place);
        let start = text.len();
        place.write(departure(2 * number as u32), &mut text);
        let middle = text.len();
        text.extend_from_slice(departure(2 * number as u32 + 1).unwrap_or(token.text));
        layout.go(token, &text, start..middle, middle..text.len());
        if text.len() > longest {
            return None;
        }
    }
    Some(text)
}

/// Finds the tokens in a text.
struct Reader<'a> {
    source: &'a [u8],
    at: usize,
    /// A token was not found from here on, up to there.
    blocked: Option<(usize, usize)>,
}

impl Reader<'_> {
    fn read(mut self, tokens: &[Token<'_>], spans: &[Range<u32>]) -> Trivia {
        let limits = self.limits(tokens, spans);
        let (mut layout, mut place) = (Layout::new(), Place::default());
        let mut trivia = Trivia::default();
        for (number, token) in tokens.iter().enumerate() {
            layout.come(token, &self.source[..self.at], &mut place);
            let found = self.find(token, spans, limits[number] as usize);
            let gap = self.at..found.start;
            let written = &self.source[found.clone()];
            if let Some(departure) = place.departure(&self.source[gap.clone()]) {
                trivia.push(2 * number as u32, &departure);
            }
            if written != token.text {
                trivia.push(2 * number as u32 + 1, written);
            }
            layout.go(token, self.source, gap, found.clone());
            self.at = found.end;
        }
        trivia
    }

    /// For each token the place of the first leaf behind it.
    fn limits(&self, tokens: &[Token<'_>], spans: &[Range<u32>]) -> Vec<u32> {
        let mut limit = self.source.len() as u32;
        let mut limits = vec![limit; tokens.len()];
        for (token, slot) in tokens.iter().zip(&mut limits).rev() {
            *slot = limit;
            // Directives may stand elsewhere in the text.
            if token.is_leaf && !token.kind.is_directive() {
                limit = limit.min(spans[token.node as usize].start);
            }
        }
        limits
    }

    /// Where the token is; an empty range where it would be, if it is not there.
    fn find(&mut self, token: &Token<'_>, spans: &[Range<u32>], limit: usize) -> Range<usize> {
        if token.text.is_empty() && !token.is_leaf {
            return self.source.len()..self.source.len();
        }
        if token.is_leaf {
            let span = &spans[token.node as usize];
            let span = span.start as usize..span.end as usize;
            return if span.start >= self.at && span.end <= limit { span } else { self.at..self.at };
        }
        let mut at = match self.blocked {
            Some((from, to)) if from == self.at => to,
            _ => self.at,
        };
        while at < limit {
            let rest = &self.source[at..limit];
            if rest.starts_with(token.text) {
                return at..at + token.text.len();
            }
            at += match rest[0] {
                b' ' | b'\t' | b'\r' | b'\n' | b',' | b';' | b'(' | b')' => 1,
                b'/' if rest.starts_with(b"//") => {
                    rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
                }
                b'/' if rest.starts_with(b"/*") => {
                    rest.windows(2).skip(2).position(|end| end == b"*/").map_or(rest.len(), |end| end + 4)
                }
                0xef if rest.starts_with("\u{feff}".as_bytes()) => 3,
                _ => break,
            };
        }
        self.blocked = Some((self.at, at));
        self.at..self.at
    }
}
