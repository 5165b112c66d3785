//! One log, on one thread. `server/tests/interleavings` tries every order of steps of several.

use dev_server_proto::{Encoded, Run, v1};
use prost::Message as _;

use super::log::{Log, PIECE, cost};

fn entry(number: u64) -> Encoded {
    Encoded::new(&v1::ServerFrame { sequence: number, ..v1::ServerFrame::default() })
}

fn numbers(runs: &[Run]) -> Vec<u64> {
    let number = |payload| v1::ServerFrame::decode(payload).unwrap().sequence;
    runs.iter().flat_map(Run::payloads).map(number).collect()
}

/// One that takes `length` bytes more.
fn long(number: u64, length: usize) -> Encoded {
    let program = "x".repeat(length);
    Encoded::new(&v1::ServerFrame { sequence: number, program, ..v1::ServerFrame::default() })
}

fn length(entry: &Encoded) -> usize {
    entry.web_socket().len()
}

/// Says which numbers are missing in a frame of another kind.
fn gap(first: u64, last: u64) -> Encoded {
    let skipped = v1::EventsSkipped { first, last };
    Encoded::new(&v1::ServerFrame {
        body: Some(v1::server_frame::Body::EventsSkipped(skipped)),
        ..v1::ServerFrame::default()
    })
}

fn no_gap(first: u64, last: u64) -> Encoded {
    panic!("{first} to {last} are missing")
}

#[test]
fn a_reader_gets_each_entry_once_and_in_order() {
    let log = Log::new(1 << 20, 1);
    assert_eq!(log.last(), 0);
    let mut read = Vec::new();
    assert_eq!(log.read(0, 100, no_gap, &mut read), 0);
    for number in 1..=100 {
        assert_eq!(log.append(entry), number);
    }
    let mut place = 0;
    while place < 100 {
        place = log.read(place, 200, no_gap, &mut read);
    }
    assert_eq!(numbers(&read), (1..=100).collect::<Vec<_>>());
}

#[test]
fn who_is_too_slow_is_told_once_what_it_missed_and_given_what_follows() {
    let log = Log::new(10 * cost(length(&entry(1))), 1);
    for _ in 0..50 {
        log.append(entry);
    }
    for (room, entries) in [(1, 1), (3 * length(&entry(1)), 3), (1 << 20, 10)] {
        let mut read = Vec::new();
        assert_eq!(log.read(7, room, gap, &mut read), 40 + entries);
        assert_eq!(read.remove(0), gap(8, 40).into());
        assert_eq!(numbers(&read), (41..=40 + entries).collect::<Vec<_>>());
    }
    assert_eq!(log.read(u64::MAX, 1, no_gap, &mut Vec::new()), u64::MAX);
}

#[test]
fn entries_with_numbers_are_kept_once_and_a_gap_is_said() {
    let log = Log::new(1 << 20, 1);
    for (number, new) in [(3, true), (4, true), (3, false), (4, false), (5, true), (8, true)] {
        assert_eq!(log.follow(number, entry(number)), new, "{number}");
    }
    let mut read = Vec::new();
    assert_eq!(log.read(5, 1 << 20, gap, &mut read), 8);
    assert_eq!((&read[0], numbers(&read)[1]), (&gap(6, 7).into(), 8));
    assert_eq!(log.read(20, 1, no_gap, &mut read), 20, "who is ahead waits");
    assert!(log.follow(9, entry(9)));
    assert_eq!(log.read(20, 1, no_gap, &mut read), 20);
}

#[test]
fn an_entry_larger_than_the_budget_is_kept_until_the_next() {
    let log = Log::new(1, 5);
    assert_eq!(log.append(entry), 5);
    let mut read = Vec::new();
    assert_eq!(log.read(4, 1, no_gap, &mut read), 5);
    assert_eq!(log.append(entry), 6);
    assert_eq!(log.read(4, 1, gap, &mut read), 6);
    assert_eq!((numbers(&read)[0], &read[1]), (5, &gap(5, 5).into()));
}

#[test]
fn however_long_entries_are_and_wherever_one_begins_the_same_are_read() {
    let lengths = [0, 1, 100, 300, PIECE / 3, PIECE - 8, PIECE, 3 * PIECE];
    let budget = 12 * PIECE;
    let log = Log::new(budget, 1);
    let mut costs = Vec::new();
    for number in 1..=400_u64 {
        // A sequence of lengths that does not repeat soon.
        let entry = long(number, lengths[(number * number % 61) as usize % lengths.len()]);
        costs.push(cost(length(&entry)));
        log.append(|_| entry);
        let (kept, bytes) = log.kept();
        assert!(bytes <= budget, "{bytes}");
        assert_eq!(bytes, costs[costs.len() - kept..].iter().sum::<usize>());
        let more = costs.get(costs.len().wrapping_sub(kept + 1)).copied();
        assert!(more.is_none_or(|more| bytes + more > budget), "what has room is kept");
        let first = number - kept as u64;
        for (after, most) in [(first, 1), (first, PIECE), (first + kept as u64 / 2, 700), (number - 1, 1)] {
            let (mut place, mut read) = (after, Vec::new());
            while place < number {
                let before = read.len();
                let next = log.read(place, most, no_gap, &mut read);
                let bytes: usize = read[before..].iter().map(|run| run.web_socket().len()).sum();
                let last = costs[next as usize - 1] - size_of::<Encoded>();
                assert!(next > place && bytes < most + last, "{bytes} where {most} were asked for");
                place = next;
            }
            assert_eq!(numbers(&read), (after + 1..=number).collect::<Vec<_>>());
        }
    }
}

#[test]
fn many_small_entries_are_few_runs() {
    let log = Log::new(4 << 20, 1);
    for number in 1..=1000 {
        log.append(|_| long(number, 250));
    }
    let mut read = Vec::new();
    assert_eq!(log.read(3, 64 << 10, no_gap, &mut read), numbers(&read).len() as u64 + 3);
    assert!(read.len() <= 5, "{} runs", read.len());
}
