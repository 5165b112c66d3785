//! Makes the table of what Go edits are like in general, and says what each part of a patch costs.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;

use super::bits::SLOTS;
use super::edits::Edits;
use super::index::Index;
use super::prior::{COUNTS, LETTERS, from_logarithm};
use super::range::Coder;
use super::suggestions::class;
use super::weights::{WEIGHTS, Weights};
use crate::script::{Edit, Item, Script, Text};
use crate::tree::Tree;
use crate::{Kind, Parser, diff};

#[path = "../../tests/reading/corpus.rs"]
#[expect(
    dead_code,
    clippy::print_stdout,
    reason = "others read the same files as text; it is part of a test"
)]
mod corpus;

/// Every how manieth pair is learned from; 2 tells how well pairs fare that were not.
const SHARE: usize = 1;

/// Counts what is coded instead of coding it.
#[derive(Default)]
struct Meter {
    total: f64,
    field: &'static str,
    fields: BTreeMap<&'static str, (f64, u64)>,
    seen: BTreeMap<usize, (u32, u32)>,
}

impl Meter {
    fn add(&mut self, probability: f64) {
        let cost = -probability.log2();
        self.total += cost;
        let field = self.fields.entry(self.field).or_default();
        field.0 += cost;
        field.1 += 1;
    }
}

impl Coder for Meter {
    const READS: bool = false;

    fn bit(&mut self, probability: u32, value: bool) -> bool {
        let probability = f64::from(probability) / 65536.0;
        self.add(if value { probability } else { 1.0 - probability });
        value
    }

    fn choose(&mut self, weights: &[u32], value: usize) -> usize {
        let total: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
        self.add(f64::from(weights[value]) / total);
        value
    }

    fn observe(&mut self, slot: usize, value: bool) {
        let seen = self.seen.entry(slot).or_default();
        if value { seen.1 += 1 } else { seen.0 += 1 }
    }

    fn field(&mut self, name: &'static str) {
        self.field = name;
    }
}

struct Pair {
    old: Tree,
    new: Tree,
    script: Script,
}

fn pairs() -> Vec<Pair> {
    let mut parser = Parser::new();
    let mut pairs = Vec::new();
    for pair in corpus::pairs() {
        let (old, new) = (parser.parse(&pair.old).tree, parser.parse(&pair.new).tree);
        if old != new {
            let script = diff(&old, &new);
            pairs.push(Pair { old, new, script });
        }
    }
    pairs
}

fn measure(pair: &Pair, weights: &Weights) -> Meter {
    let index = Index::new(&pair.old);
    let mut edits = Edits::new(Meter::default(), &index, weights, &super::UNLIMITED);
    edits.script(&pair.old, &pair.script).unwrap();
    edits.coder
}

fn percentile(sizes: &mut [f64], percent: usize) -> f64 {
    sizes.sort_by(f64::total_cmp);
    sizes[(sizes.len() * percent / 100).min(sizes.len() - 1)]
}

#[test]
#[ignore = "reads the corpus"]
fn costs() {
    let pairs = pairs();
    for half in 0..2 {
        let mut fields: BTreeMap<&str, (f64, u64)> = BTreeMap::new();
        let mut sizes = Vec::new();
        for pair in pairs.iter().skip(half).step_by(2) {
            let meter = measure(pair, &WEIGHTS);
            sizes.push((meter.total / 8.0).ceil());
            for (name, (cost, count)) in meter.fields {
                let field = fields.entry(name).or_default();
                field.0 += cost / 8.0;
                field.1 += count;
            }
        }
        let sum: f64 = sizes.iter().sum();
        println!(
            "{} pairs, {sum} bytes, p50 {} p95 {}",
            sizes.len(),
            percentile(&mut sizes, 50),
            percentile(&mut sizes, 95)
        );
        for (name, (cost, count)) in fields {
            println!("{name:20} {cost:9.0} B {count:8} {:6.3} bits", cost * 8.0 / count as f64);
        }
    }
}

#[test]
#[ignore = "reads the corpus"]
fn train() {
    let pairs = pairs();
    let chosen: Vec<&Pair> = pairs.iter().step_by(SHARE).collect();
    let mut table = Vec::new();
    let mut part = |bytes: Vec<u8>| {
        table.extend((bytes.len() as u32).to_le_bytes());
        table.extend(bytes);
    };
    part(bits(&chosen));
    let (children, letters, rows, entries) = kinds(&chosen);
    part(children);
    part(letters);
    part(rows);
    part(entries);
    part(words(&chosen));
    part(pieces(&chosen));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/coding/prior.bin");
    fs::write(path, table).unwrap();
}

fn bits(pairs: &[&Pair]) -> Vec<u8> {
    let mut seen: Vec<Vec<(u32, u32)>> = vec![Vec::new(); SLOTS];
    for pair in pairs {
        for (slot, counts) in measure(pair, &WEIGHTS).seen {
            seen[slot].push(counts);
        }
    }
    let mut probabilities = Vec::new();
    let mut uses = Vec::new();
    for counts in seen {
        let mut best = (f64::MAX, 128, 0);
        if counts.is_empty() {
            probabilities.push(128);
            uses.push(0);
            continue;
        }
        let mean = counts.iter().map(|(_, set)| f64::from(*set)).sum::<f64>()
            / counts.iter().map(|(clear, set)| f64::from(clear + set)).sum::<f64>();
        for byte in 0..=255_u8 {
            let share = f64::from(from_logarithm(byte)) / 65536.0;
            // Far ones cannot be the best.
            if (share / (1.0 - share)).ln() - ((mean + 0.001) / (1.001 - mean)).ln() > 2.5
                || ((mean + 0.001) / (1.001 - mean)).ln() - (share / (1.0 - share)).ln() > 2.5
            {
                continue;
            }
            for use_count in [0_u8, 1, 2, 4, 8, 14, 23] {
                let strength = f64::from(use_count) + 1.0;
                let mut cost = 0.3 / (share * (1.0 - share)).sqrt() * 0.1;
                for (clear, set) in &counts {
                    cost += beta_binomial(share * strength, (1.0 - share) * strength, *set, *clear);
                }
                // A probability that was seen once is not known.
                cost += -(share.ln() + (1.0 - share).ln()) * 0.7;
                if cost < best.0 {
                    best = (cost, byte, use_count);
                }
            }
        }
        probabilities.push(best.1);
        uses.push(best.2);
    }
    probabilities.extend(uses);
    probabilities
}

fn beta_binomial(set: f64, clear: f64, sets: u32, clears: u32) -> f64 {
    let rising = |from: f64, count: u32| -> f64 {
        if count > 300 {
            return (0..300).map(|step| (from + f64::from(step)).ln()).sum::<f64>()
                + f64::from(count - 300) * (from + f64::from(count) / 2.0).ln();
        }
        (0..count).map(|step| (from + f64::from(step)).ln()).sum()
    };
    rising(set + clear, sets + clears) - rising(set, sets) - rising(clear, clears)
}

type Tables = (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>);

fn kinds(pairs: &[&Pair]) -> Tables {
    let mut rows: BTreeMap<(u8, u8), BTreeMap<u8, f64>> = BTreeMap::new();
    let mut children = vec![[0.0_f64; COUNTS]; 128];
    let mut letters = vec![[0.0_f64; 129]; LETTERS];
    let mut node = |parent: u8, last: u8, kind: u8, count: u32, weight: f64| {
        *rows.entry((parent, last)).or_default().entry(kind).or_default() += weight;
        *rows.entry((parent, 126)).or_default().entry(kind).or_default() += weight;
        if let Some(cell) = children[usize::from(kind)].get_mut(count as usize) {
            *cell += weight;
        }
    };
    let mut text = |kind: u8, text: &[u8], weight: f64| {
        let mut row = 128 + class(kind);
        for byte in text {
            if *byte < 128 {
                letters[row][usize::from(*byte)] += weight;
            }
            row = usize::from(*byte).min(127);
        }
        letters[row][128] += weight;
    };
    for pair in pairs {
        let tree = &pair.new;
        let share = 40.0 / tree.nodes().len() as f64;
        let parents = tree.parents();
        let mut last = vec![127; tree.nodes().len()];
        for index in 1..tree.nodes().len() as u32 {
            let parent = parents[index as usize];
            let kind = tree.node(index).kind.number();
            let count = tree.children(index).count() as u32;
            node(tree.node(parent).kind.number(), last[parent as usize], kind, count, share);
            last[parent as usize] = kind;
            if tree.node(index).label.0 > 0 {
                text(kind, tree.text(index), share * 0.3);
            }
        }
        for edit in &pair.script.edits {
            match edit {
                Edit::Rename { .. } => (),
                Edit::Update { at, kind, label } => {
                    node(122, 126, pair.old.node(*at).kind.number(), 99, 0.5);
                    if let Text::New(new) = label {
                        text(kind.number(), new, 1.0);
                    }
                }
                Edit::Delete { at } => node(121, 126, pair.old.node(*at).kind.number(), 99, 0.5),
                Edit::Insert { parent, position, content } => {
                    node(120, 126, pair.old.node(*parent).kind.number(), 99, 0.5);
                    let before = position
                        .checked_sub(1)
                        .and_then(|place| pair.old.children(*parent).nth(place as usize));
                    let before = before.map_or(127, |before| pair.old.node(before).kind.number());
                    let mut open = vec![(pair.old.node(*parent).kind.number(), before, u32::MAX)];
                    for item in content {
                        while open.last().unwrap().2 == 0 {
                            open.pop();
                        }
                        let top = open.last_mut().unwrap();
                        top.2 -= 1;
                        let (kind, count) = match item {
                            Item::New { kind, label, children } => {
                                if let Text::New(new) = label {
                                    text(kind.number(), new, 1.0);
                                }
                                (kind.number(), *children)
                            }
                            Item::Moved { at } | Item::Copied { at } => {
                                (pair.old.node(*at).kind.number(), 99)
                            }
                        };
                        node(top.0, top.1, kind, count, 1.0);
                        top.1 = kind;
                        if let Item::New { children, .. } = item {
                            open.push((kind, 127, *children));
                        }
                    }
                }
            }
        }
    }
    let share = |value: f64, total: f64| -> u8 {
        if value <= 0.0 { 0 } else { (value / total * 255.0).round().clamp(1.0, 255.0) as u8 }
    };
    let mut row_bytes = Vec::new();
    let mut entry_bytes = Vec::new();
    for ((parent, last), row) in rows {
        let total: f64 = row.values().sum();
        if total < 0.5 {
            continue;
        }
        let mut row: Vec<_> = row.into_iter().filter(|(_, value)| value / total > 0.001).collect();
        row.sort_by_key(|(kind, _)| *kind);
        row_bytes.extend([parent, last, row.len() as u8]);
        for (kind, value) in row {
            entry_bytes.extend([kind, share(value, total)]);
        }
    }
    let flatten = |rows: Vec<Vec<f64>>| -> Vec<u8> {
        rows.into_iter()
            .flat_map(|row| {
                let total: f64 = row.iter().sum::<f64>() + 0.1;
                row.into_iter().map(move |value| share(value, total)).collect::<Vec<_>>()
            })
            .collect()
    };
    let children = flatten(children.into_iter().map(|row| row.to_vec()).collect());
    let letters = flatten(letters.into_iter().map(|row| row.to_vec()).collect());
    assert!(Kind::ALL.len() < 120);
    (children, letters, row_bytes, entry_bytes)
}

fn words(pairs: &[&Pair]) -> Vec<u8> {
    let mut words: BTreeMap<(usize, Vec<u8>), u32> = BTreeMap::new();
    for pair in pairs {
        let mut here: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
        for edit in &pair.script.edits {
            match edit {
                Edit::Rename { .. } | Edit::Delete { .. } => (),
                Edit::Update { kind, label: Text::New(text), .. } => {
                    here.entry(text.to_vec()).or_insert(class(kind.number()));
                }
                Edit::Update { .. } => (),
                Edit::Insert { content, .. } => {
                    for item in content {
                        if let Item::New { kind, label: Text::New(text), .. } = item {
                            here.entry(text.to_vec()).or_insert(class(kind.number()));
                        }
                    }
                }
            }
        }
        for (text, class) in here {
            *words.entry((class, text)).or_default() += 1;
        }
    }
    let mut bytes = Vec::new();
    for ((class, text), count) in words {
        if count >= 3 && text.len() < 64 {
            bytes.extend([class as u8, count.min(255) as u8, text.len() as u8]);
            bytes.extend(text);
        }
    }
    bytes
}

/// Parts of names and texts that many files have, for the text model.
fn pieces(pairs: &[&Pair]) -> Vec<u8> {
    let mut counts: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
    for pair in pairs {
        let mut here: Vec<Vec<u8>> = Vec::new();
        let old: HashSet<&[u8]> = pair.old.labels().iter().collect();
        for text in pair.new.labels().iter() {
            // A new text counts for itself; one that stays says little about what comes.
            let start = here.len();
            let mut piece: Vec<u8> = Vec::new();
            for byte in text {
                let is_border = piece.last().is_some_and(|last: &u8| {
                    (last.is_ascii_lowercase() && !byte.is_ascii_lowercase())
                        || (!last.is_ascii_alphabetic()
                            && byte.is_ascii_alphabetic()
                            && !piece.is_empty()
                            && piece.len() > 1)
                });
                if is_border {
                    here.push(std::mem::take(&mut piece));
                }
                piece.push(*byte);
            }
            here.push(piece);
            if old.contains(text) && text.len() > 200 {
                here.truncate(start);
            }
        }
        here.sort();
        here.dedup();
        for piece in here.into_iter().filter(|piece| piece.len() >= 3 && piece.len() < 20) {
            *counts.entry(piece).or_default() += 1;
        }
    }
    let mut pieces: Vec<_> = counts.into_iter().filter(|(_, count)| *count >= 8).collect();
    pieces.sort_by_key(|(piece, count)| std::cmp::Reverse(*count as usize * piece.len()));
    pieces.truncate(1200);
    // The most frequent ones last: they are found first.
    pieces.reverse();
    let mut bytes = Vec::new();
    for (piece, _) in pieces {
        bytes.push(piece.len() as u8);
        bytes.extend(piece);
    }
    bytes
}

/// Changes weights one by one as long as that makes patches smaller.
#[test]
#[ignore = "reads the corpus, and takes minutes"]
fn tune() {
    let pairs = pairs();
    let chosen: Vec<&Pair> = pairs.iter().filter(|pair| pair.script.edits.len() < 400).collect();
    let cost = |weights: &Weights| -> f64 {
        chosen.iter().map(|pair| measure(pair, weights).total).sum::<f64>() / 8.0
    };
    let mut weights = WEIGHTS;
    let mut best = cost(&weights);
    println!("{best:.0}");
    let count = weights.all().len();
    for round in 0..2 {
        let before = best;
        for index in 0..count {
            for (up, down) in [(3, 2), (2, 3)] {
                loop {
                    let old = *weights.all()[index];
                    let new = (old * up / down).max(if up > down { old + 1 } else { 0 }).min(1 << 14);
                    *weights.all()[index] = new;
                    let now = cost(&weights);
                    if new == old || now >= best - 0.5 {
                        *weights.all()[index] = old;
                        break;
                    }
                    best = now;
                }
            }
        }
        println!("round {round}: {best:.0}\n{weights:?}");
        if best > before * 0.999 {
            break;
        }
    }
}
