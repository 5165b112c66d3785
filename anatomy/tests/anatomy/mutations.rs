//! Real modules with damage: whatever comes out of them, nothing panics, and what adds up before adds up after.

use anatomy::Anatomy;

use crate::adds_up;
use crate::built::{GO, TINYGO_SMALL};

/// Ranges of the sections, so that small ones are hit as often as large ones.
fn sections(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut at = 8;
    while at < bytes.len() {
        let start = at;
        at += 1;
        let (mut length, mut shift) = (0, 0);
        loop {
            length |= usize::from(bytes[at] & 0x7f) << shift;
            at += 1;
            shift += 7;
            if bytes[at - 1] & 0x80 == 0 {
                break;
            }
        }
        at += length;
        found.push(start..at);
    }
    found
}

fn damaged(bytes: &[u8], sections: &[std::ops::Range<usize>], random: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..random.usize(1..6) {
        let section = sections[random.usize(..sections.len())].clone();
        let at = random.usize(section.clone());
        match random.u8(..6) {
            0 => bytes[at] = random.u8(..),
            1 => bytes[at] ^= 1 << random.u8(..8),
            2 => bytes[at] = [0, 0x7f, 0x80, 0xff][random.usize(..4)],
            3 => {
                let end = section.end.min(at + random.usize(1..32));
                bytes[at..end].fill(random.u8(..));
            }
            4 => {
                let from = random.usize(section.clone());
                let length = random.usize(1..64).min(section.end - at.max(from));
                bytes.copy_within(from..from + length, at);
            }
            _ if random.u8(..20) == 0 => bytes.truncate(at.max(1)),
            _ => bytes[at] = bytes[at].wrapping_add(1),
        }
        if bytes.len() < section.end {
            break;
        }
    }
    bytes
}

fn survives(module: &[u8], function: &str, rounds: u32, seed: u64) {
    let sections = sections(module);
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut read, mut found) = (0, 0);
    for _ in 0..rounds {
        let bytes = damaged(module, &sections, &mut random);
        let Ok(anatomy) = Anatomy::read(&bytes) else { continue };
        read += 1;
        adds_up(&bytes);
        if let Ok(explanation) = anatomy.explain(function, None) {
            found += usize::from(explanation.instructions().count() > 0);
        }
    }
    assert!(read > rounds / 4 && found > 0, "damage is not what it should be: {read} of {rounds}, {found}");
}

#[test]
fn damage_to_a_module_of_tinygo_is_survived() {
    survives(&TINYGO_SMALL, "runtime.alloc", 2500, 1);
}

#[test]
fn damage_to_a_module_of_go_is_survived() {
    survives(&GO, "main.Add", 500, 2);
}
