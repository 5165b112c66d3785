//! A hash of the last few tokens that moves on by one token in constant time.
//!
//! Idea (R. Karp and M. Rabin, "Efficient randomized pattern-matching algorithms", IBM Journal of Research and Development
//! 31(2), 1987): `w` tokens are the digits of a number to a base `b`, taken modulo a prime `p`. Moving on by one token
//! takes the oldest digit out, shifts, and adds the newest: two multiplications, whatever `w` is.
//!
//! `p` is the Mersenne prime 2^61 - 1, by which a 122-bit product is reduced with two shifts and an addition; one such modulus has the
//! bound of two 31-bit ones. Two different windows have the same hash for at most `w - 1` of the `p` bases, so that a random base
//! makes a collision less probable than 2^-58, and no source can be written that provokes one. A hit is a hint all the
//! same: who uses it compares the tokens.

/// 2^61 - 1.
const MODULUS: u64 = (1 << 61) - 1;

/// Rabin-Karp hash of windows of a fixed length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rolling {
    base: u64,
    /// base^(w - 1): the weight of the oldest token.
    oldest: u64,
    window: usize,
}

impl Rolling {
    /// For windows of `window` tokens; `seed` chooses the base.
    pub(crate) fn new(window: usize, seed: u64) -> Self {
        // Not 0 and not 1, which would forget the order.
        let base = seed % (MODULUS - 2) + 2;
        let oldest = (1..window).fold(1, |power, _| multiply(power, base));
        Self { base, oldest, window }
    }

    /// Hash and start of every window in `tokens`, in order; none when there are fewer tokens than a window has.
    pub(crate) fn windows(self, tokens: &[u64]) -> Windows<'_> {
        Windows { rolling: self, tokens, start: 0, hash: 0 }
    }

    fn add(self, hash: u64, token: u64) -> u64 {
        reduce(u128::from(multiply(hash, self.base)) + u128::from(token))
    }

    fn remove(self, hash: u64, token: u64) -> u64 {
        let weight = multiply(reduce(u128::from(token)), self.oldest);
        if hash >= weight { hash - weight } else { hash + MODULUS - weight }
    }
}

/// Iterates over the windows of a text.
#[derive(Clone, Debug)]
pub(crate) struct Windows<'tokens> {
    rolling: Rolling,
    tokens: &'tokens [u64],
    start: usize,
    hash: u64,
}

impl Iterator for Windows<'_> {
    type Item = (u64, usize);

    fn next(&mut self) -> Option<(u64, usize)> {
        let Rolling { window, .. } = self.rolling;
        let newest = self.start + window;
        if newest > self.tokens.len() {
            return None;
        }
        if self.start == 0 {
            self.hash = self.tokens[..window].iter().fold(0, |hash, token| self.rolling.add(hash, *token));
        } else {
            let without = self.rolling.remove(self.hash, self.tokens[self.start - 1]);
            self.hash = self.rolling.add(without, self.tokens[newest - 1]);
        }
        self.start += 1;
        Some((self.hash, self.start - 1))
    }
}

fn multiply(left: u64, right: u64) -> u64 {
    reduce(u128::from(left) * u128::from(right))
}

/// Of a number below 2^123.
fn reduce(number: u128) -> u64 {
    let folded = (number & u128::from(MODULUS)) as u64 + (number >> 61) as u64;
    if folded >= MODULUS { folded - MODULUS } else { folded }
}

#[cfg(test)]
mod tests {
    use super::{MODULUS, Rolling, multiply};

    /// The hash of one window from its definition.
    fn naive(tokens: &[u64], base: u64) -> u64 {
        let digits = tokens.iter().map(|token| u128::from(*token) % u128::from(MODULUS));
        digits.fold(0, |hash, digit| (hash * u128::from(base) + digit) % u128::from(MODULUS)) as u64
    }

    fn tokens(count: usize, alphabet: u64) -> Vec<u64> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        (0..count)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 33) % alphabet
            })
            .collect()
    }

    #[test]
    fn every_window_has_the_hash_of_its_definition() {
        for (seed, window) in [(1, 1), (7, 2), (u64::MAX, 5), (MODULUS, 5), (12_345_678_901_234, 13)] {
            let rolling = Rolling::new(window, seed);
            let mut tokens = tokens(500, u64::MAX);
            tokens.extend([0, 1, MODULUS - 1, MODULUS, MODULUS + 1, u64::MAX, 0, 0, 0]);
            let expected: Vec<_> = tokens.windows(window).map(|tokens| naive(tokens, rolling.base)).collect();
            let found: Vec<_> = rolling.windows(&tokens).map(|(hash, _)| hash).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn windows_are_the_same_exactly_when_their_tokens_are() {
        let tokens = tokens(3000, 3);
        let windows: Vec<_> = Rolling::new(5, 99).windows(&tokens).collect();
        for (hash, start) in &windows {
            for (other, there) in windows.iter().step_by(17) {
                assert_eq!(hash == other, tokens[*start..start + 5] == tokens[*there..there + 5]);
            }
        }
    }

    #[test]
    fn too_few_tokens_have_no_window() {
        assert_eq!(Rolling::new(5, 3).windows(&[1, 2, 3, 4]).count(), 0);
        assert_eq!(Rolling::new(5, 3).windows(&[1, 2, 3, 4, 5]).count(), 1);
    }

    #[test]
    fn products_are_reduced_to_the_end() {
        assert_eq!(multiply(MODULUS - 1, MODULUS - 1), 1);
        assert_eq!(multiply(MODULUS - 1, 1), MODULUS - 1);
    }
}
