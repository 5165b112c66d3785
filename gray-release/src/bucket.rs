//! Sticky buckets: a salt and a client id give a number, the same one in every language and for ever.
//!
//! The hash is MurmurHash3_x86_32 (Austin Appleby, public domain, in SMHasher; Unleash, Optimizely and flagd bucket with it
//! too). It needs 32-bit multiplication, rotation and exclusive or only, which JavaScript has as `Math.imul`, `<<`, `>>>` and
//! `^`, without BigInt. FNV-1a would be shorter, but its last bytes hardly reach the upper bits, so that ids that end in a
//! counter would fill buckets unevenly. A cryptographic hash would gain nothing: clients choose their ids anyway.
//!
//! The salt is hashed with the seed 0 and its hash is the seed for the id. So no byte can be moved from the salt to the id
//! (`ab` + `c` is not `a` + `bc`), and the same clients are not first in every rule.
//!
//! The bucket is the upper part of `hash * 10_000`, not a remainder: every bucket has 429,496 or 429,497 of the 2^32 hashes,
//! and the product stays below 2^53, so that a JavaScript number holds it exactly.

use crate::client_id::ClientId;

/// How many buckets there are; one is 0.01 % of all clients.
pub const BUCKETS: u16 = 10_000;

/// The bucket of a client, from 0 up to, and without, [`BUCKETS`].
pub fn bucket(salt: &str, client: &ClientId) -> u16 {
    let hash = murmur(murmur(0, salt.as_bytes()), client.bytes());
    ((u64::from(hash) * u64::from(BUCKETS)) >> 32) as u16
}

fn murmur(seed: u32, bytes: &[u8]) -> u32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let mut hash = seed;
    for word in words {
        hash ^= scramble(u32::from_le_bytes(*word));
        hash = hash.rotate_left(13).wrapping_mul(5).wrapping_add(0xE654_6B64);
    }
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    hash ^= scramble(u32::from_le_bytes(last));
    hash ^= bytes.len() as u32;
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85EB_CA6B);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xC2B2_AE35);
    hash ^ (hash >> 16)
}

/// Of zeros it makes zero, so that a rest of no bytes changes nothing.
fn scramble(word: u32) -> u32 {
    word.wrapping_mul(0xCC9E_2D51).rotate_left(15).wrapping_mul(0x1B87_3593)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SMHasher's own check: the hash of the hashes of `[]`, `[0]`, `[0, 1]` and so on, with the seeds 256 down to 1.
    #[test]
    fn it_is_the_hash_that_it_says() {
        let keys: Vec<u8> = (0..=255).collect();
        let hashes: Vec<u8> = (0..256_u32)
            .flat_map(|length| murmur(256 - length, &keys[..length as usize]).to_le_bytes())
            .collect();
        assert_eq!(murmur(0, &hashes), 0xB0F5_7EE3);
    }

    #[test]
    fn salt_and_id_do_not_run_together() {
        let of = |salt, id: &str| bucket(salt, &ClientId::new(id.as_bytes()).unwrap());
        assert_ne!(of("ab", "c"), of("a", "bc"));
        assert_ne!(of("", "abc"), of("abc", ""));
        assert_eq!(of("", ""), 0, "the hash of nothing is 0");
    }
}
