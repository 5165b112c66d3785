//! What was measured as a profile for `go tool pprof`.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prost::Message as _;

use super::super::observed::{Line as SourceLine, Sources};
use super::measured::{Kind, Measured, nanoseconds};
use super::message::{Function, Line, Location, Mapping, Profile, Sample, ValueType};

#[derive(Default)]
struct Texts {
    all: Vec<String>,
    numbers: HashMap<String, i64>,
}

impl Texts {
    fn number(&mut self, text: &str) -> i64 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        // No more than fit into memory.
        let number = i64::try_from(self.all.len()).unwrap_or(i64::MAX);
        self.all.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }

    fn kind(&mut self, kind: Kind) -> ValueType {
        ValueType { kind: self.number(kind.name), unit: self.number(kind.unit.name()) }
    }
}

/// The bytes of the message, not compressed. `notes` are shown as comments.
pub(super) fn profile(
    sources: &Sources,
    measured: &Measured,
    started: SystemTime,
    wall: Duration,
    notes: &[String],
) -> Vec<u8> {
    let mut texts = Texts::default();
    texts.number("");
    let sample_type = measured.kinds.iter().map(|kind| texts.kind(*kind)).collect();
    let sample = measured.samples.iter().map(|(stack, numbers)| Sample {
        location_id: sources.places_of(*stack).iter().map(|place| *place as u64 + 1).collect(),
        value: numbers.clone(),
    });
    let sample = sample.collect();
    let location = (1..).zip(&sources.places).map(|(id, place)| {
        let line =
            |line: &SourceLine| Line { function_id: line.function as u64 + 1, line: i64::from(line.line) };
        Location {
            id,
            mapping_id: 1,
            address: u64::from(place.address),
            line: place.lines.iter().map(line).collect(),
        }
    });
    let location = location.collect();
    let function = (1..).zip(&sources.functions).map(|(id, function)| Function {
        id,
        name: texts.number(&function.name),
        system_name: texts.number(&function.system_name),
        filename: texts.number(&function.file),
    });
    let function = function.collect();
    // Without one that says that functions are known, pprof looks for them in a file of this machine.
    let mapping = vec![Mapping {
        id: 1,
        memory_start: 0,
        memory_limit: 1 << 32,
        filename: texts.number("program.wasm"),
        has_functions: true,
        has_filenames: true,
        has_line_numbers: true,
        has_inline_frames: true,
    }];
    let (period_kind, period) = measured.period;
    let profile = Profile {
        sample_type,
        sample,
        mapping,
        location,
        function,
        time_nanos: started.duration_since(UNIX_EPOCH).map(nanoseconds).unwrap_or_default(),
        duration_nanos: nanoseconds(wall),
        period_type: Some(texts.kind(period_kind)),
        period,
        comment: notes.iter().map(|note| texts.number(note)).collect(),
        default_sample_type: texts.number(measured.main().name),
        string_table: texts.all,
    };
    profile.encode_to_vec()
}

#[cfg(test)]
mod tests {
    use super::super::measured::Unit;
    use super::*;

    fn measured(samples: Vec<(usize, Vec<i64>)>) -> Measured {
        let kind = Kind { name: "cpu", unit: Unit::Nanoseconds };
        Measured { kinds: vec![kind], main: 0, period: (kind, 1_000_000), samples }
    }

    #[test]
    fn each_number_leads_to_what_it_stands_for() {
        let sources = Sources::of_names(&["main.main;main.burn", "main.main"]);
        let bytes = profile(
            &sources,
            &measured(vec![(0, vec![7]), (1, vec![2])]),
            UNIX_EPOCH + Duration::from_secs(5),
            Duration::from_secs(1),
            &["a note".to_owned()],
        );
        let read = Profile::decode(&bytes[..]).unwrap();
        let text = |number: i64| read.string_table[usize::try_from(number).unwrap()].as_str();
        let stacks = read.sample.iter().map(|sample| {
            let functions = sample.location_id.iter().map(|id| {
                let location = read.location.iter().find(|location| location.id == *id).unwrap();
                let function =
                    read.function.iter().find(|function| function.id == location.line[0].function_id);
                text(function.unwrap().name)
            });
            (functions.collect::<Vec<_>>(), sample.value.clone())
        });
        let expected = [(vec!["main.burn", "main.main"], vec![7]), (vec!["main.main"], vec![2])];
        assert_eq!(stacks.collect::<Vec<_>>(), expected);
        assert_eq!(read.string_table[0], "");
        assert_eq!((text(read.sample_type[0].kind), text(read.sample_type[0].unit)), ("cpu", "nanoseconds"));
        assert_eq!(
            (read.time_nanos, read.duration_nanos, read.period),
            (5_000_000_000, 1_000_000_000, 1_000_000)
        );
        assert_eq!(text(read.comment[0]), "a note");
        assert!(read.location.iter().all(|location| location.mapping_id == read.mapping[0].id));
    }

    #[test]
    fn nothing_is_a_profile_too() {
        let bytes = profile(&Sources::default(), &measured(Vec::new()), UNIX_EPOCH, Duration::ZERO, &[]);
        let read = Profile::decode(&bytes[..]).unwrap();
        assert_eq!((read.sample.len(), read.sample_type.len()), (0, 1));
    }
}
