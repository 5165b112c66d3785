//! Random programs, thousands of them, suspended never, always, often and seldom: what they print and leave in memory is
//! what the program does that was not made suspendable.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;
use std::{fs, iter};

use hot_patch::{Asyncified, AsyncifyInput, AsyncifyRole, asyncify};

use crate::node::{beside, node};
use crate::program::{Design, Program};

const CASES: u64 = 2000;
const LARGEST: u32 = 300;

/// A number of instructions that grows with the number of the case, so that the first that fails is a small one.
fn size(seed: u64) -> u32 {
    6 + (seed % CASES) as u32 * LARGEST / CASES as u32
}

fn suspendable(module: &[u8], role: AsyncifyRole, never_suspends: &dyn Fn(&str, &str) -> bool) -> Asyncified {
    let input = AsyncifyInput { module, role, never_suspends, removed: &[] };
    asyncify(&input).unwrap()
}

fn put(file: &mut Vec<u8>, bytes: &[u8]) {
    file.extend((bytes.len() as u32).to_le_bytes());
    file.extend(bytes);
}

fn case(seed: u64, size: u32) -> Vec<u8> {
    let Program { base, patch, entries } = Design::new(seed, size).program();
    let made =
        suspendable(&base, AsyncifyRole::Base, &|_, _| unreachable!("a base is not asked about imports"));
    let mut file = Vec::new();
    file.extend((seed as u32).to_le_bytes());
    file.extend((1 + u32::from(patch.is_some())).to_le_bytes());
    put(&mut file, &base);
    if let Some(patch) = &patch {
        put(&mut file, patch);
    }
    put(&mut file, &made.module);
    if let Some(patch) = &patch {
        let suspending: BTreeSet<u32> = made.suspending;
        let steady = |module: &str, field: &str| {
            module == "t" && !suspending.contains(&entries[field.parse::<usize>().unwrap()])
        };
        put(&mut file, &suspendable(patch, AsyncifyRole::Patch, &steady).module);
    }
    file
}

fn run(cases: impl Iterator<Item = (u64, u32)>) -> serde_json::Value {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cases");
    let file: Vec<u8> = cases.flat_map(|(seed, size)| case(seed, size)).collect();
    fs::write(&path, file).unwrap();
    serde_json::from_str(&node(&beside("driver.mjs"), &[&path])).unwrap()
}

/// Runs the programs of these seeds, and panics with the smallest of those that fail.
fn check(seeds: Range<u64>) {
    let count = seeds.end - seeds.start;
    let result = run(seeds.map(|seed| (seed, size(seed))));
    let failed = result["failed"].as_array().unwrap();
    let mut report = String::new();
    for one in failed.iter().take(5) {
        let seed = one["case"].as_u64().unwrap();
        // The same seed makes another, smaller program for a smaller size, which often fails for the same reason.
        let fails = |size: &u32| !run(iter::once((seed, *size)))["failed"].as_array().unwrap().is_empty();
        let size = (1..size(seed)).find(fails).unwrap_or(size(seed));
        writeln!(report, "seed {seed}, size {size}: {}", one["message"]).unwrap();
    }
    assert!(failed.is_empty(), "{} of {count} programs fail:\n{report}", failed.len());
    assert_eq!(result["cases"], count);
    assert!(result["suspensions"].as_u64().unwrap() > count * 10, "hardly any is ever suspended");
}

#[test]
fn random_programs_do_what_they_did() {
    check(0..CASES);
}

#[test]
#[ignore = "takes minutes: for whoever changes how functions are written"]
fn many_more_random_programs_do_what_they_did() {
    for part in 1..50 {
        check(part * CASES..(part + 1) * CASES);
    }
}
