//! What the target of a patch of functions is the hash of.

use crate::v1::HotPatch;

impl HotPatch {
    /// The bytes of which `target` is the hash, for a patch on the module with the hash `base`: all that is applied, so
    /// that nothing of it can be another thing unseen. The schema says how they are laid out.
    pub fn applied_bytes(&self, base: &[u8]) -> Vec<u8> {
        let mut bytes = base.to_vec();
        let mut number = |number: u32| bytes.extend_from_slice(&number.to_le_bytes());
        number(self.follows);
        number(self.number);
        number(self.table_length);
        number(self.table_growth);
        number(u32::from(self.has_initializer));
        number(self.stack_chain);
        number(length(self.writes.len()));
        for write in &self.writes {
            bytes.extend_from_slice(&write.address.to_le_bytes());
            bytes.extend_from_slice(&length(write.content.len()).to_le_bytes());
            bytes.extend_from_slice(&write.content);
        }
        bytes.extend_from_slice(&self.hash);
        bytes
    }
}

/// A frame is shorter than 4 GiB, and so is whatever is in it.
fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1::MemoryWrite;

    #[test]
    fn whatever_is_applied_makes_other_bytes() {
        let write = |address, content: &'static [u8]| MemoryWrite { address, content: content.into() };
        let patch = HotPatch {
            number: 2,
            follows: 1,
            module: "module".into(),
            hash: "hash".into(),
            table_length: 7,
            table_growth: 3,
            writes: vec![write(16, b"ab"), write(32, b"c")],
            has_initializer: true,
            stack_chain: 48,
            functions: vec!["main.main".into()],
            notes: vec!["said".into()],
            target: "target".into(),
        };
        let bytes = patch.applied_bytes(b"base");
        assert_eq!(bytes.len(), 4 + 7 * 4 + (8 + 2) + (8 + 1) + 4);
        assert_ne!(bytes, patch.applied_bytes(b"bass"));
        for other in [
            HotPatch { number: 3, ..patch.clone() },
            HotPatch { follows: 0, ..patch.clone() },
            HotPatch { hash: "hast".into(), ..patch.clone() },
            HotPatch { table_length: 8, ..patch.clone() },
            HotPatch { table_growth: 4, ..patch.clone() },
            HotPatch { writes: vec![write(16, b"ab"), write(32, b"d")], ..patch.clone() },
            HotPatch { writes: vec![write(16, b"a"), write(32, b"bc")], ..patch.clone() },
            HotPatch { writes: vec![write(16, b"ab")], ..patch.clone() },
            HotPatch { writes: vec![write(32, b"c"), write(16, b"ab")], ..patch.clone() },
            HotPatch { has_initializer: false, ..patch.clone() },
            HotPatch { stack_chain: 49, ..patch.clone() },
        ] {
            assert_ne!(bytes, other.applied_bytes(b"base"), "{other:?}");
        }
        // These are for people, and these are what is checked elsewhere.
        let texts =
            HotPatch { functions: vec![], notes: vec![], module: "".into(), target: "".into(), ..patch };
        assert_eq!(bytes, texts.applied_bytes(b"base"));
    }
}
