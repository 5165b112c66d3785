//! A place between two tokens: what is expected there, and how what departs from that is kept.

/// Before a comment that is where comments are expected to be.
const ALIGNED: u8 = 2;
/// Before a line that is there as it is.
const EXACT: u8 = 1;

/// What is expected at a place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    pub(crate) expected: Vec<u8>,
    /// Blanks before comments in lines of their own, and before the token if it begins a line.
    pub(crate) inner: Vec<u8>,
    pub(crate) outer: Vec<u8>,
    /// How many blanks a comment behind a token has before it.
    pub(crate) comment: u32,
}

impl Place {
    /// What a place has when it is not what is expected, without the blanks that its lines are expected to begin with.
    pub(crate) fn departure(&self, gap: &[u8]) -> Option<Vec<u8>> {
        if gap == self.expected {
            return None;
        }
        let mut lines = gap.split(|byte| *byte == b'\n').peekable();
        let mut normal = Vec::with_capacity(gap.len());
        let first = lines.next().unwrap_or_default();
        let blanks = first.iter().take_while(|byte| **byte == b' ').count();
        if blanks as u32 == self.comment && first[blanks..].starts_with(b"/") {
            normal.push(ALIGNED);
            normal.extend_from_slice(&first[blanks..]);
        } else {
            if matches!(first.first(), Some(&(ALIGNED | EXACT))) {
                normal.push(EXACT);
            }
            normal.extend_from_slice(first);
        }
        while let Some(line) = lines.next() {
            normal.push(b'\n');
            let is_last = lines.peek().is_none();
            let rest = line.strip_prefix(if is_last { &self.outer[..] } else { &self.inner[..] });
            match rest.filter(|rest| rest.first() != Some(&EXACT) && (is_last || !rest.is_empty())) {
                Some(rest) => normal.extend_from_slice(rest),
                None if line.is_empty() && !is_last => (),
                None => {
                    normal.push(EXACT);
                    normal.extend_from_slice(line);
                }
            }
        }
        Some(normal)
    }

    /// What [`Place::departure`] stands for.
    pub(crate) fn write(&self, departure: Option<&[u8]>, out: &mut Vec<u8>) {
        let Some(departure) = departure else {
            out.extend_from_slice(&self.expected);
            return;
        };
        let mut lines = departure.split(|byte| *byte == b'\n').peekable();
        match lines.next().unwrap_or_default() {
            [ALIGNED, rest @ ..] => {
                out.extend(std::iter::repeat_n(b' ', self.comment as usize));
                out.extend_from_slice(rest);
            }
            [EXACT, first @ ..] | first => out.extend_from_slice(first),
        }
        while let Some(line) = lines.next() {
            out.push(b'\n');
            let is_last = lines.peek().is_none();
            match line {
                [EXACT, rest @ ..] => out.extend_from_slice(rest),
                [] if !is_last => (),
                rest => {
                    out.extend_from_slice(if is_last { &self.outer } else { &self.inner });
                    out.extend_from_slice(rest);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_departs_is_written_again() {
        let place =
            Place { expected: b"\n\t".to_vec(), inner: b"\t\t".to_vec(), outer: b"\t".to_vec(), comment: 3 };
        for (gap, kept) in [
            ("\n\t", None),
            ("", Some("")),
            ("\n\n\t", Some("\n\n")),
            ("\n", Some("\n\u{1}")),
            ("\n\t\t// a\n\t", Some("\n// a\n")),
            ("\n\t\n\t", Some("\n\u{1}\t\n")),
            ("\n\t\t\n\t", Some("\n\u{1}\t\t\n")),
            ("\n // a\n\t\t", Some("\n\u{1} // a\n\t")),
            ("   // a\n\t", Some("\u{2}// a\n")),
            ("  // a\n\t", Some("  // a\n")),
            ("\u{1}\n\t\t\u{1}\n\t", Some("\u{1}\u{1}\n\u{1}\t\t\u{1}\n")),
            ("\u{2}// a", Some("\u{1}\u{2}// a")),
        ] {
            let departure = place.departure(gap.as_bytes());
            assert_eq!(departure.as_deref(), kept.map(str::as_bytes), "{gap:?}");
            let mut written = Vec::new();
            place.write(departure.as_deref(), &mut written);
            assert_eq!(written, gap.as_bytes(), "{gap:?}");
        }
    }
}
