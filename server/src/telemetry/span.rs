//! A piece of the way from save to screen, with its time.

use std::time::{Duration, SystemTime};

/// What took from one moment to another, and what it was made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// What: of a closed list, so that traces can be compared.
    pub name: &'static str,
    /// By the clock of this machine.
    pub start: SystemTime,
    /// By the same clock, not before `start`.
    pub end: SystemTime,
    /// What it was about.
    pub attributes: Vec<(&'static str, Attribute)>,
    /// It did not do what it was for.
    pub failed: bool,
    /// Its parts.
    pub children: Vec<Self>,
}

/// What is said of a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// A number.
    Number(u64),
    /// A text.
    Text(String),
}

impl Span {
    /// That ended at `end`, after so long.
    pub fn ending(name: &'static str, end: SystemTime, elapsed: Duration) -> Self {
        let start = end.checked_sub(elapsed).unwrap_or(end);
        Self { name, start, end, attributes: Vec::new(), failed: false, children: Vec::new() }
    }

    /// With something said of it.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: Attribute) -> Self {
        self.attributes.push((key, value));
        self
    }

    /// With parts that came one after the other from its beginning on: what is measured is how long each took. Those that
    /// do not fit into it are cut off.
    #[must_use]
    pub fn made_of(mut self, parts: impl IntoIterator<Item = (&'static str, Duration)>) -> Self {
        let mut at = self.start;
        for (name, elapsed) in parts {
            let end = at.checked_add(elapsed).unwrap_or(at).min(self.end);
            let elapsed = end.duration_since(at).unwrap_or_default();
            self.children.push(Self::ending(name, end, elapsed));
            at = end;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_one_another_and_stay_within_the_whole() {
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(100);
        let ms = Duration::from_millis;
        let span = Span::ending("build", end, ms(10)).made_of([
            ("talk", ms(2)),
            ("link", ms(3)),
            ("asyncify", ms(90)),
        ]);
        let times: Vec<_> = span
            .children
            .iter()
            .map(|part| {
                (part.name, end.duration_since(part.start).unwrap(), end.duration_since(part.end).unwrap())
            })
            .collect();
        assert_eq!(times, [("talk", ms(10), ms(8)), ("link", ms(8), ms(5)), ("asyncify", ms(5), ms(0))]);
    }
}
