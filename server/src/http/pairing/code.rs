//! The secret that is shown in the terminal and brought back by a device: short to be typed, long to be scanned.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Digits of a typed code (Crockford's base 32): no letter that looks like a digit.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// 40 bits, 5 for each digit.
const TYPED: usize = 5;

const SCANNED: usize = 16;

/// Longer than either form.
pub(super) const LONGEST: usize = 64;

/// Both forms of one code, to be shown once.
pub(super) struct Code {
    pub(super) typed: String,
    pub(super) scanned: String,
}

/// What is kept of a code. Equality of BLAKE3 values takes the same time wherever they differ.
pub(super) struct CodeHash {
    typed: blake3::Hash,
    scanned: blake3::Hash,
}

impl Code {
    pub(super) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; TYPED + SCANNED];
        getrandom::fill(&mut bytes)?;
        let (typed, scanned) = bytes.split_at(TYPED);
        let number = typed.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let digit = |place: u32| char::from(DIGITS[(number >> (5 * place) & 31) as usize]);
        let typed: String = (0..8)
            .rev()
            .flat_map(|place| [(place == 3).then_some('-'), Some(digit(place))])
            .flatten()
            .collect();
        Ok(Self { typed, scanned: URL_SAFE_NO_PAD.encode(scanned) })
    }

    pub(super) fn hash(&self) -> CodeHash {
        CodeHash { typed: hash(&plain(&self.typed)), scanned: hash(&self.scanned) }
    }
}

impl CodeHash {
    /// Is it one of the two forms? How it was typed does not matter.
    pub(super) fn matches(&self, guess: &str) -> bool {
        let typed = hash(&plain(guess)) == self.typed;
        let scanned = hash(guess.trim()) == self.scanned;
        guess.len() <= LONGEST && (typed | scanned)
    }
}

fn hash(text: &str) -> blake3::Hash {
    blake3::hash(text.as_bytes())
}

/// One spelling of all that a person may type for it.
fn plain(typed: &str) -> String {
    let letters = typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-');
    letters
        .map(|letter| match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_code_is_short_and_read_as_people_write_it() {
        let code = Code { typed: "0ABC-1XYZ".into(), scanned: "abcDEF".into() };
        let hash = code.hash();
        for right in ["0ABC-1XYZ", "oabc lxyz", " 0abc1xyz\n", "Oabc-IXYZ", "abcDEF"] {
            assert!(hash.matches(right), "{right}");
        }
        for wrong in ["", "0ABC-1XY", "0ABC-1XYZZ", "abcdef", "ABCDEF"] {
            assert!(!hash.matches(wrong), "{wrong}");
        }
        assert!(!hash.matches(&format!("0ABC-1XYZ{}", " ".repeat(LONGEST))));
    }

    #[test]
    fn every_code_is_another_one() {
        let codes: Vec<Code> = (0..100).map(|_| Code::random().unwrap()).collect();
        for (index, code) in codes.iter().enumerate() {
            assert_eq!((code.typed.len(), code.scanned.len()), (9, 22), "{}", code.typed);
            assert!(code.hash().matches(&code.typed) && code.hash().matches(&code.scanned));
            assert!(codes[..index].iter().all(|other| !other.hash().matches(&code.typed)));
        }
    }
}
