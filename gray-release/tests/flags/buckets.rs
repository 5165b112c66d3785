//! Buckets are even, whatever ids and salts look like, and salts have nothing to do with each other.

use gray_release::{BUCKETS, ClientId, bucket};

use crate::random::Random;

const CLIENTS: usize = 500_000;

/// Ids as people and programs make them.
fn ids(kind: usize) -> Vec<ClientId> {
    let mut random = Random(7);
    (0..CLIENTS)
        .map(|number| {
            let bytes = match kind {
                0 => format!("client-{number}").into_bytes(),
                1 => (0..2).flat_map(|_| random.next().to_le_bytes()).collect(),
                2 => {
                    let [high, low] = [random.next(), random.next()];
                    format!(
                        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
                        high >> 32,
                        high as u16,
                        low as u8,
                        low >> 56,
                        low >> 16
                    )
                    .into_bytes()
                }
                // The shortest ones, counted up: hardly any bits to tell them apart.
                3 => (number as u32).to_le_bytes()[..3].to_vec(),
                _ => format!("{number}@é.example").into_bytes(),
            };
            ClientId::new(&bytes).unwrap()
        })
        .collect()
}

/// Pearson's statistic against equal counts, in standard deviations from what chance gives.
fn deviation(counts: &[u32]) -> f64 {
    let expected = counts.iter().map(|count| f64::from(*count)).sum::<f64>() / counts.len() as f64;
    let statistic: f64 = counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
    let freedom = counts.len() as f64 - 1.0;
    (statistic - freedom) / (2.0 * freedom).sqrt()
}

#[test]
fn every_bucket_has_as_many_clients_as_another() {
    for kind in 0..5 {
        let ids = ids(kind);
        for salt in ["", "a", "release.channel", "frühling"] {
            let mut counts = vec![0_u32; usize::from(BUCKETS)];
            for id in &ids {
                counts[usize::from(bucket(salt, id))] += 1;
            }
            // 4.5 standard deviations: less than 1 in 100,000 for each of the 20 combinations, which are fixed.
            let deviation = deviation(&counts);
            assert!(deviation.abs() < 4.5, "ids {kind}, salt {salt:?}: {deviation:.2}");
        }
    }
}

#[test]
fn who_is_early_for_one_salt_is_anywhere_for_another() {
    let salts =
        [("a", "b"), ("", "a"), ("flag1", "flag2"), ("release.channel", "telemetry.sample"), ("x", "xx")];
    for kind in 0..5 {
        let ids = ids(kind);
        for (left, right) in salts {
            let mut counts = vec![0_u32; 100 * 100];
            let mut both = 0;
            for id in &ids {
                let (left, right) = (usize::from(bucket(left, id)), usize::from(bucket(right, id)));
                counts[left / 100 * 100 + right / 100] += 1;
                both += u32::from(left < 100 && right < 100);
            }
            let deviation = deviation(&counts);
            assert!(deviation.abs() < 4.5, "ids {kind}, {left:?} and {right:?}: {deviation:.2}");
            // 1 % of 1 %: 50 clients, give or take four times the root.
            assert!((22..79).contains(&both), "ids {kind}, {left:?} and {right:?}: {both}");
        }
    }
}
