//! What a profile counts: kinds of numbers, and those of each stack.

use std::time::Duration;

use wasm_host::Recording;

/// Numbers of stacks.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) kinds: Vec<Kind>,
    /// Of the kind that people look at first.
    pub(super) main: usize,
    /// What lies between two samples.
    pub(super) period: (Kind, i64),
    /// The stack, and a number of each kind. None is negative.
    pub(super) samples: Vec<(usize, Vec<i64>)>,
}

/// As `go tool pprof` knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Count,
    Nanoseconds,
    Bytes,
}

const CPU: Kind = Kind { name: "cpu", unit: Unit::Nanoseconds };
const SPACE: Kind = Kind { name: "space", unit: Unit::Bytes };

impl Unit {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Nanoseconds => "nanoseconds",
            Self::Bytes => "bytes",
        }
    }

    /// A number of it for people.
    pub(super) fn words(self, number: i64) -> String {
        let scaled = |steps: &[(&str, f64)]| {
            let number = number as f64;
            let (name, size) =
                steps.iter().find(|(_, size)| number >= *size).unwrap_or(&steps[steps.len() - 1]);
            if *size <= 1.0 { format!("{number:.0} {name}") } else { format!("{:.2} {name}", number / size) }
        };
        match self {
            Self::Count => number.to_string(),
            Self::Nanoseconds => scaled(&[("s", 1e9), ("ms", 1e6), ("us", 1e3), ("ns", 1.0)]),
            Self::Bytes => scaled(&[
                ("GiB", 1024.0 * 1024.0 * 1024.0),
                ("MiB", 1024.0 * 1024.0),
                ("KiB", 1024.0),
                ("B", 1.0),
            ]),
        }
    }
}

impl Measured {
    pub(super) fn computed(recording: &Recording, tick: Duration) -> Self {
        let kinds = vec![
            Kind { name: "samples", unit: Unit::Count },
            CPU,
            Kind { name: "wall", unit: Unit::Nanoseconds },
        ];
        let samples = recording.computed.iter().map(|computed| {
            let numbers = vec![
                computed.samples.cast_signed(),
                nanoseconds(computed.processor),
                nanoseconds(computed.wall),
            ];
            (computed.stack, numbers)
        });
        Self { kinds, main: 1, period: (CPU, nanoseconds(tick)), samples: samples.collect() }
    }

    /// `frees`: what lives is known.
    pub(super) fn allocated(recording: &Recording, frees: bool, bytes_per_object: u64) -> Self {
        let mut kinds = vec![
            Kind { name: "alloc_objects", unit: Unit::Count },
            Kind { name: "alloc_space", unit: Unit::Bytes },
        ];
        if frees {
            kinds.push(Kind { name: "inuse_objects", unit: Unit::Count });
            kinds.push(Kind { name: "inuse_space", unit: Unit::Bytes });
        }
        let samples = recording.allocated.iter().map(|sum| {
            let mut numbers = vec![sum.objects.round() as i64, sum.bytes.round() as i64];
            if frees {
                numbers.push(sum.live_objects.round() as i64);
                numbers.push(sum.live_bytes.round() as i64);
            }
            (sum.stack, numbers)
        });
        let period = (SPACE, bytes_per_object.try_into().unwrap_or(i64::MAX));
        Self { kinds, main: 1, period, samples: samples.collect() }
    }

    /// Of a kind, over all stacks.
    pub(super) fn total(&self, kind: usize) -> i64 {
        self.samples.iter().map(|(_, numbers)| numbers[kind]).sum()
    }

    pub(super) fn main(&self) -> Kind {
        self.kinds[self.main]
    }
}

pub(super) fn nanoseconds(time: Duration) -> i64 {
    time.as_nanos().try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_unit_that_fits() {
        let times = [0, 999, 1500, 2_000_000, 61_000_000_000].map(|n| Unit::Nanoseconds.words(n));
        assert_eq!(times, ["0 ns", "999 ns", "1.50 us", "2.00 ms", "61.00 s"]);
        let sizes = [1, 1536, 3 << 20, 5 << 30].map(|n| Unit::Bytes.words(n));
        assert_eq!(sizes, ["1 B", "1.50 KiB", "3.00 MiB", "5.00 GiB"]);
        assert_eq!(Unit::Count.words(12), "12");
    }
}
