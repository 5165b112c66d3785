//! Threads that ring, wait, leave, write and read.

use std::future::poll_fn;
use std::sync::Arc;

use dev_server_proto::{Encoded, Run, v1};
use loom::future::block_on;
use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;
use prost::Message as _;

use super::bell::{Bell, Listener};
use super::log::{Log, PIECE};

/// Changes from a thread that could go on to another one; with three, all known bugs of this kind are found.
const CHANGES: usize = 3;

fn check(run: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(CHANGES);
    model.max_branches = 20_000;
    model.check(run);
}

async fn rung(listener: &mut Listener) -> u64 {
    poll_fn(|context| listener.poll_rung(context)).await
}

fn entry(number: u64) -> Encoded {
    Encoded::new(&v1::ServerFrame { sequence: number, ..v1::ServerFrame::default() })
}

/// Two of these make a piece.
fn long(number: u64) -> Encoded {
    let program = "x".repeat(PIECE / 2);
    Encoded::new(&v1::ServerFrame { sequence: number, program, ..v1::ServerFrame::default() })
}

/// The entries from the first on that are missing.
fn gap(first: u64, last: u64) -> Encoded {
    Encoded::new(&v1::ServerFrame { sequence: last, revision: first, ..v1::ServerFrame::default() })
}

/// Reads until `last` was read or named; every number must come once and in order.
fn read_all(log: &Log, last: u64) {
    let mut listener = log.listen();
    let mut known = 0;
    block_on(async {
        while known < last {
            let (before, mut read) = (known, Vec::new());
            let now = log.read(known, 1, gap, &mut read);
            for payload in read.iter().flat_map(Run::payloads) {
                let frame = v1::ServerFrame::decode(payload).unwrap();
                let first = if frame.revision > 0 { frame.revision } else { frame.sequence };
                assert_eq!(first, known + 1);
                known = frame.sequence;
            }
            assert_eq!(now, known);
            // One that was given something asks again before it waits.
            if known == before {
                rung(&mut listener).await;
            }
        }
    });
}

#[test]
fn who_looks_before_it_waits_is_woken() {
    check(|| {
        let bell = Arc::new(Bell::default());
        let said = Arc::new(AtomicU64::new(0));
        let mut listener = bell.listen();
        let ringer = {
            let (bell, said) = (Arc::clone(&bell), Arc::clone(&said));
            thread::spawn(move || {
                for _ in 0..2 {
                    said.fetch_add(1, Ordering::SeqCst);
                    bell.ring();
                }
            })
        };
        block_on(async {
            while said.load(Ordering::SeqCst) < 2 {
                rung(&mut listener).await;
            }
        });
        ringer.join().unwrap();
    });
}

#[test]
fn a_ring_counts_once_however_many_ring() {
    check(|| {
        let bell = Arc::new(Bell::default());
        let mut listener = bell.listen();
        let ringer = {
            let bell = Arc::clone(&bell);
            thread::spawn(move || bell.ring())
        };
        bell.ring();
        block_on(async {
            let mut heard = 0;
            while heard < 2 {
                heard += rung(&mut listener).await;
            }
            assert_eq!(heard, 2);
        });
        ringer.join().unwrap();
    });
}

#[test]
fn one_who_takes_the_place_of_one_who_leaves_is_woken() {
    check(|| {
        let bell = Arc::new(Bell::default());
        let leaving = bell.listen();
        // The places are spread over so many lists: the next one is in that of the first again.
        let _others: Vec<Listener> = (0..7).map(|_| bell.listen()).collect();
        let said = Arc::new(AtomicU64::new(0));
        let ringer = {
            let (bell, said) = (Arc::clone(&bell), Arc::clone(&said));
            thread::spawn(move || {
                drop(leaving);
                said.store(1, Ordering::SeqCst);
                bell.ring();
            })
        };
        let mut listener = bell.listen();
        block_on(async {
            while said.load(Ordering::SeqCst) == 0 {
                rung(&mut listener).await;
            }
        });
        ringer.join().unwrap();
    });
}

#[test]
fn a_reader_gets_each_entry_once_while_they_are_written() {
    check(|| {
        let log = Arc::new(Log::new(1 << 20, 1));
        let writer = {
            let log = Arc::clone(&log);
            thread::spawn(move || {
                assert_eq!(log.append(entry), 1);
                assert_eq!(log.append(entry), 2);
            })
        };
        read_all(&log, 2);
        writer.join().unwrap();
    });
}

#[test]
fn a_reader_gets_each_entry_once_while_pieces_are_made_of_them() {
    check(|| {
        let log = Arc::new(Log::new(1 << 20, 1));
        let writer = {
            let log = Arc::clone(&log);
            thread::spawn(move || {
                for number in 1..=3 {
                    assert_eq!(log.append(long), number);
                }
            })
        };
        read_all(&log, 3);
        writer.join().unwrap();
    });
}

#[test]
fn a_reader_that_entries_are_dropped_under_is_told_of_each() {
    check(|| {
        // Room for one entry.
        let log = Arc::new(Log::new(1, 1));
        let writer = {
            let log = Arc::clone(&log);
            thread::spawn(move || {
                for number in 1..=3 {
                    assert_eq!(log.append(entry), number);
                }
            })
        };
        read_all(&log, 3);
        writer.join().unwrap();
    });
}

#[test]
fn entries_that_two_bring_are_kept_once() {
    check(|| {
        let log = Arc::new(Log::new(1 << 20, 1));
        let other = {
            let log = Arc::clone(&log);
            thread::spawn(move || (1..=2).filter(|number| log.follow(*number, entry(*number))).count())
        };
        let mine = (1..=2).filter(|number| log.follow(*number, entry(*number))).count();
        assert_eq!(mine + other.join().unwrap(), 2);
        read_all(&log, 2);
    });
}
