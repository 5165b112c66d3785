//! A share of all clients, in steps of 0.01 %.

use std::fmt;

use crate::bucket::BUCKETS;

/// From 0 % to 100 % in steps of one bucket. Integers, so that both languages mean the same by a border.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Percent(u16);

/// Text or a number is not a percentage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a percentage from 0 to 100 with at most two decimals")]
pub struct PercentError {
    /// What was written.
    pub text: String,
}

impl Percent {
    /// No client.
    pub const NONE: Self = Self(0);
    /// Every client.
    pub const ALL: Self = Self(BUCKETS);

    /// So many hundredths of a percent.
    pub const fn from_hundredths(hundredths: u16) -> Option<Self> {
        if hundredths <= BUCKETS { Some(Self(hundredths)) } else { None }
    }

    /// A number as files have it. More than two decimals are an error and not rounded: 0.004 would otherwise be nobody.
    pub fn from_number(number: f64) -> Result<Self, PercentError> {
        let scaled = number * 100.0;
        let near = scaled.round();
        // Two decimals times 100 are off by some 1e-12 at most; a third decimal is 0.1.
        if (scaled - near).abs() < 1e-6 && (0.0..=f64::from(BUCKETS)).contains(&near) {
            return Ok(Self(near as u16));
        }
        Err(PercentError { text: number.to_string() })
    }

    /// Text such as `5`, `0.25` or `12.5%`.
    pub fn parse(text: &str) -> Result<Self, PercentError> {
        let wrong = || PercentError { text: text.to_owned() };
        let number = text.strip_suffix('%').unwrap_or(text).trim_end();
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let is_number = |part: &str, longest| {
            (1..=longest).contains(&part.len()) && part.bytes().all(|digit| digit.is_ascii_digit())
        };
        if !is_number(whole, 3) || !is_number(decimals, 2) {
            return Err(wrong());
        }
        let hundredths: u16 = format!("{whole}{decimals:0<2}").parse().map_err(|_| wrong())?;
        Self::from_hundredths(hundredths).ok_or_else(wrong)
    }

    /// How many hundredths of a percent, which is how many buckets.
    pub const fn hundredths(self) -> u16 {
        self.0
    }

    /// Is a client with this bucket in? Whoever is in at some percentage is in at all higher ones.
    pub const fn contains(self, bucket: u16) -> bool {
        bucket < self.0
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 100, self.0 % 100) {
            (whole, 0) => write!(formatter, "{whole} %"),
            (whole, part) if part % 10 == 0 => write!(formatter, "{whole}.{} %", part / 10),
            (whole, part) => write!(formatter, "{whole}.{part:02} %"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_numbers_and_display_agree_for_all() {
        for hundredths in 0..=BUCKETS {
            let percent = Percent::from_hundredths(hundredths).unwrap();
            let shown = percent.to_string();
            assert_eq!(Percent::parse(&shown), Ok(percent), "{shown}");
            assert_eq!(Percent::from_number(f64::from(hundredths) / 100.0), Ok(percent), "{shown}");
        }
        assert_eq!(Percent::from_hundredths(BUCKETS + 1), None);
    }

    #[test]
    fn what_is_no_percentage() {
        for text in
            ["", "%", "-1", "+5", "100.01", "101", "1.234", "1.", ".5", "1e1", "5 %%", "99999999", "٥"]
        {
            assert!(Percent::parse(text).is_err(), "{text}");
        }
        for number in [-0.01, 100.01, 0.001, 12.345, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(Percent::from_number(number).is_err(), "{number}");
        }
    }
}
