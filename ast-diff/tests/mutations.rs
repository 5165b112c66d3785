//! Texts with changes that nobody would make, and messages that were damaged: what the targets in `fuzz/` look for without
//! an end, a bounded number of times. `TIMES=1000000 cargo test --release -p ast-diff --test mutations -- --nocapture` takes
//! its time, and mutates pieces of the real files too where they are at hand; `SEED` is the first number, to go on, or to
//! see one again.

#![cfg(feature = "parse")]
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test, longer when it is asked to be")]
#![expect(clippy::print_stdout, reason = "who asks for many wants to know how many there were")]

#[expect(dead_code, reason = "others read pairs")]
#[path = "reading/corpus.rs"]
mod corpus;
mod fuzzing;
#[expect(dead_code, reason = "others make scripts too")]
mod random;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use ast_diff::{Parser, Trivia};
use fuzzing::Message;
use random::Random;

/// Longer texts take long without saying more.
const LONGEST: usize = 1200;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The numbers that decide what happens.
fn seeds(times: u64) -> Range<u64> {
    let first = number("SEED").unwrap_or(0);
    first..first + number("TIMES").unwrap_or(times)
}

/// Go files: those of the fixtures, and the real ones when there is time.
fn sources() -> Vec<Vec<u8>> {
    let mut sources = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures"), &mut sources);
    assert!(sources.len() > 100);
    if number("TIMES").is_some() {
        sources
            .extend(corpus::pairs().iter().flat_map(|pair| [pieces(&pair.old), pieces(&pair.new)]).flatten());
    }
    sources
}

fn collect(folder: &Path, sources: &mut Vec<Vec<u8>>) {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "go") {
            sources.push(std::fs::read(path).unwrap());
        }
    }
}

/// A text cut between lines.
fn pieces(text: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = vec![Vec::new()];
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        match pieces.last_mut() {
            Some(last) if last.len() + line.len() <= LONGEST => last.extend_from_slice(line),
            _ => pieces.push(line[..line.len().min(LONGEST)].to_vec()),
        }
    }
    pieces
}

/// Some lines of a text, more often few of them.
fn excerpt<'a>(random: &mut Random, text: &'a [u8]) -> &'a [u8] {
    let longest = 1 + random.below(LONGEST);
    let longest = 1 + random.below(longest);
    if text.len() <= longest {
        return text;
    }
    let lines = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let starts: Vec<usize> = [0].into_iter().chain(lines).collect();
    let from = starts[random.below(starts.len())];
    let count = starts.partition_point(|start| *start <= from + longest);
    &text[from..starts[count - 1]]
}

const WORDS: [&str; 24] = [
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ",",
    ";",
    "\n",
    ":=",
    "...",
    "<-",
    "func",
    "type",
    "struct",
    "if",
    "else",
    "switch",
    "//go:noinline\n",
    "/*",
    "*/",
    "`",
    "\"",
    "\0",
];

/// Words, numbers, blanks and single marks.
fn tokens(text: &[u8]) -> Vec<&[u8]> {
    let class = |byte: u8| match byte {
        b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | 128.. => 0,
        b' ' | b'\t' => 1,
        b'\n' => 2,
        _ => 3,
    };
    text.chunk_by(|left, right| class(*left) == class(*right) && class(*left) < 2).collect()
}

/// A text after some changes.
fn mutated(random: &mut Random, sources: &[Vec<u8>], text: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    for _ in 0..=random.below(6) {
        let other = &sources[random.below(sources.len())];
        let other = excerpt(random, other);
        text = mutated_once(random, other, &text);
    }
    text.truncate(2 * LONGEST);
    text
}

fn mutated_once(random: &mut Random, other: &[u8], text: &[u8]) -> Vec<u8> {
    if random.below(12) == 0 {
        let mut bytes = text.to_vec();
        damage(random, &mut bytes);
        return bytes;
    }
    // Lines are what people move about, words what they exchange.
    let is_lines = random.below(3) == 0;
    let split = |text| -> Vec<&[u8]> {
        if is_lines { <[u8]>::split_inclusive(text, |byte| *byte == b'\n').collect() } else { tokens(text) }
    };
    let (mut pieces, others) = (split(text), split(other));
    let count = pieces.len();
    let (from, to) = (random.below(count + 1), random.below(count + 1));
    let longest = 1 + random.below(12);
    let length = (1 + random.below(longest)).min(count - from);
    let taken: Vec<&[u8]> = pieces[from..from + length].to_vec();
    match random.below(7) {
        0 => drop(pieces.drain(from..from + length)),
        1 => drop(pieces.splice(to..to, taken)),
        2 => {
            pieces.drain(from..from + length);
            let to = to.min(pieces.len());
            pieces.splice(to..to, taken);
        }
        3 => {
            let start = random.below(others.len() + 1);
            let end = (start + length).min(others.len());
            pieces.splice(to..to, others[start..end].iter().copied());
        }
        4 => pieces.insert(to, WORDS[random.below(WORDS.len())].as_bytes()),
        5 if !others.is_empty() => {
            // Another name, everywhere.
            let before = taken.first().copied().unwrap_or_default();
            let after = others[random.below(others.len())];
            pieces.iter_mut().filter(|piece| **piece == before).for_each(|piece| *piece = after);
        }
        _ if count > 0 => pieces.swap(from.min(count - 1), to.min(count - 1)),
        _ => (),
    }
    pieces.concat()
}

fn damage(random: &mut Random, bytes: &mut Vec<u8>) {
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len() + 1);
        match random.below(6) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, random.below(256) as u8),
            2 if at < bytes.len() => drop(bytes.remove(at)),
            3 => {
                let from = random.below(bytes.len() + 1);
                let piece = bytes[from..(from + random.below(8)).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
}

#[test]
fn mutated_texts_come_through() {
    let sources = sources();
    let seeds = seeds(3000);
    for seed in seeds.clone() {
        let mut random = Random::new(seed);
        let old = &sources[random.below(sources.len())];
        let old = excerpt(&mut random, old);
        // Both can be nonsense.
        let old = if random.below(4) == 0 { mutated(&mut random, &sources, old) } else { old.to_vec() };
        let new = mutated(&mut random, &sources, &old);
        let outcome = catch_unwind(|| {
            let mut parser = Parser::new();
            let (before, after) = (fuzzing::read(&mut parser, &old), fuzzing::read(&mut parser, &new));
            fuzzing::trees_follow(&before, &after);
            // Trivia take longer than all the rest.
            if seed % 8 == 0 {
                fuzzing::texts_follow([&old, &new], &before, &after);
            }
        });
        assert!(outcome.is_ok(), "seed {seed}: {} to {}", old.escape_ascii(), new.escape_ascii());
    }
    println!("{} pairs were followed forth and back", seeds.end - seeds.start);
}

/// Bytes of a first part before what is coded: flags, numbers, format, target, and base.
const HEAD: usize = 13 + 8 + 16 + 8;

/// How many damaged messages each number stands for.
const DAMAGED: u64 = 50;

#[test]
fn damaged_messages_are_refused_or_say_the_same() {
    let sources = sources();
    let (mut count, mut same) = (0, 0);
    let seeds = seeds(6000 / DAMAGED * DAMAGED);
    for seed in seeds.clone().step_by(DAMAGED as usize) {
        let mut random = Random::new(seed ^ 1 << 40);
        let (message, other) = messages(&mut random, &sources);
        assert!(message.arrives_as(&message.parts), "seed {seed}: a message of our own");
        for number in seed..(seed + DAMAGED).min(seeds.end) {
            let parts = damaged(&mut random, &message.parts, &other.parts);
            let outcome = catch_unwind(AssertUnwindSafe(|| message.arrives_as(&parts)));
            assert!(outcome.is_ok(), "seed {seed}, number {number}: {:02x?} as {parts:02x?}", message.parts);
            count += 1;
            same += u64::from(outcome.unwrap());
        }
    }
    println!("{count} damaged messages, {same} of which still made the tree that was meant");
    // Damaged trivia leave the tree; some patches say the same in other bytes; most do not.
    assert!(same < count / 2, "{same} of {count}");
}

/// What leads to two other versions of something.
fn messages(random: &mut Random, sources: &[Vec<u8>]) -> (Message, Message) {
    let longest = if random.below(4) == 0 { 1 + random.below(40) } else { usize::MAX };
    let (old, new, other) = if random.below(2) == 0 {
        let old = random.tree(150);
        let (new, other) = (random.edited(&old), random.edited(&old));
        let bare = |tree| fuzzing::of_tree(tree, Trivia::default());
        (bare(old), bare(new), bare(other))
    } else {
        let old = &sources[random.below(sources.len())];
        let old = excerpt(random, old);
        let (new, other) = (mutated(random, sources, old), mutated(random, sources, old));
        let mut parser = Parser::new();
        let mut read = |text| fuzzing::read(&mut parser, text);
        (read(old), read(&new), read(&other))
    };
    (Message::between(&old, &new, longest), Message::between(&old, &other, longest))
}

/// The parts, not all of them as they were.
fn damaged(random: &mut Random, parts: &[Vec<u8>], others: &[Vec<u8>]) -> Vec<Vec<u8>> {
    loop {
        let mut damaged = parts.to_vec();
        // The patch more often than the trivia, which are behind it.
        let at = random.below(parts.len());
        let at = random.below(at + 1);
        let coded = HEAD.min(damaged[at].len());
        match random.below(8) {
            0 => damage(random, &mut damaged[at]),
            // What is said to make the one tree makes the other, and the other way round.
            1 => {
                let other = &others[random.below(others.len())];
                damaged[at].truncate(coded);
                damaged[at].extend_from_slice(&other[HEAD.min(other.len())..]);
            }
            2 => {
                damaged[at].truncate(coded);
                damaged[at].extend((0..random.below(60)).map(|_| random.below(256) as u8));
            }
            3 => {
                let operations = damaged[at].split_off(coded);
                let other = &others[random.below(others.len())];
                damaged[at] = other[..HEAD.min(other.len())].to_vec();
                damaged[at].extend(operations);
            }
            4 => drop(damaged.remove(at)),
            _ => {
                let mut operations = damaged[at].split_off(coded);
                damage(random, &mut operations);
                damaged[at].extend(operations);
            }
        }
        if damaged != parts {
            return damaged;
        }
    }
}
