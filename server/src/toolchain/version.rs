//! Versions as the tools print them.

use std::fmt;
use std::str::FromStr;

/// A version of Go such as `1.26.8` or `1.27rc1`. Ordered by its numbers; a pre-release comes before its release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoVersion {
    numbers: [u32; 3],
    /// `None` of a pre-release sorts last, so that releases do.
    release: bool,
    text: String,
}

/// The text is not a version of Go.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a version of Go")]
pub struct ParseGoVersionError(String);

impl GoVersion {
    /// The oldest one that is supported: the first with `wasm_exec.js` in `lib/wasm` and `tool` lines in go.mod.
    pub const OLDEST: (u32, u32) = (1, 24);

    /// Major and minor number, such as `(1, 26)`.
    pub fn language(&self) -> (u32, u32) {
        (self.numbers[0], self.numbers[1])
    }

    /// New enough for this program.
    pub fn fits(&self) -> bool {
        self.language() >= Self::OLDEST
    }
}

impl FromStr for GoVersion {
    type Err = ParseGoVersionError;

    /// Takes `1.26.8`, `go1.26.8`, `go1.27rc1`, and what development builds print: `devel go1.27-abcdef Tue ...`.
    fn from_str(text: &str) -> Result<Self, ParseGoVersionError> {
        let error = || ParseGoVersionError(text.chars().take(80).collect());
        let word = text.split_whitespace().find(|word| *word != "devel").ok_or_else(error)?;
        let word = word.strip_prefix("go").unwrap_or(word);
        let end = word.find(|character: char| character != '.' && !character.is_ascii_digit());
        let (digits, suffix) = word.split_at(end.unwrap_or(word.len()));
        let mut numbers = [0; 3];
        let mut count = 0;
        for part in digits.split('.') {
            *numbers.get_mut(count).ok_or_else(error)? = part.parse().map_err(|_| error())?;
            count += 1;
        }
        if count < 2 {
            return Err(error());
        }
        // `go1.26.8-custom` and `go1.26.8 X:nojsonv2` are releases with something added.
        let release = !suffix.starts_with("rc") && !suffix.starts_with("beta");
        Ok(Self { numbers, release, text: word.to_owned() })
    }
}

impl fmt::Display for GoVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// The first word that begins with a digit, as in `wasm-opt version 108 (...)`, `Chromium 156.0.1 built on ...`
/// and `tinygo version 0.41.1 linux/amd64 (...)`.
pub(super) fn first_number(text: &str) -> Option<&str> {
    text.split_whitespace().find(|word| word.starts_with(|character: char| character.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> GoVersion {
        text.parse().unwrap()
    }

    #[test]
    fn every_form_that_go_prints_is_read() {
        assert_eq!(version("go1.26.8").to_string(), "1.26.8");
        assert_eq!(version("go1.26.8").language(), (1, 26));
        assert_eq!(version("go1.27rc1").language(), (1, 27));
        assert_eq!(version("go1.26.8 X:nojsonv2").language(), (1, 26));
        assert_eq!(version("devel go1.28-3f2ac1 Tue Nov 3 10:00:00 2026 +0000").language(), (1, 28));
        for wrong in ["", "go", "1", "devel", "gox.y", "go1.2.3.4", "go1..2", "go99999999999.1"] {
            assert!(wrong.parse::<GoVersion>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn versions_are_ordered_by_number_and_not_by_text() {
        assert!(version("go1.9") < version("go1.26"));
        assert!(version("go1.27rc1") < version("go1.27.0"));
        assert!(version("go1.26.8") < version("go1.27rc1"));
        assert!(version("go1.24").fits());
        assert!(!version("go1.23.9").fits());
    }

    #[test]
    fn the_number_is_found_in_what_tools_print() {
        assert_eq!(first_number("wasm-opt version 108 (version_108)"), Some("108"));
        assert_eq!(first_number("Chromium 156.0.7000.1 built on Debian"), Some("156.0.7000.1"));
        assert_eq!(first_number("Mozilla Firefox 153.0esr"), Some("153.0esr"));
        assert_eq!(first_number("nothing here"), None);
    }
}
