//! How large patches are, and how large they would be compressed.

use crate::content::BlobStore;

use super::measure::MadePatch;
use super::statistics::Sample;

/// Best of 0 to 10: a patch is compressed once and small.
const LEVEL: u8 = 9;

/// Sizes in bytes.
#[derive(Debug, Default)]
pub(super) struct PatchSizes {
    /// As they travel.
    pub(super) plain: Sample,
    /// With the module deflated.
    pub(super) compressed: Sample,
}

impl PatchSizes {
    /// Of patches whose modules lie in the store.
    pub(super) fn of(patches: &[MadePatch], blobs: &BlobStore) -> Self {
        let mut sizes = Self::default();
        for patch in patches {
            sizes.plain.add(patch.bytes as f64);
            let module = patch.hash.parse().ok().and_then(|hash| std::fs::read(blobs.path(hash)).ok());
            let Some(module) = module else { continue };
            // What is written to the memory of the program beside the module: addresses and a few pointers.
            let beside = patch.bytes.saturating_sub(module.len() as u64);
            let deflated = miniz_oxide::deflate::compress_to_vec(&module, LEVEL).len() as u64;
            sizes.compressed.add((deflated + beside) as f64);
        }
        sizes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_store_is_compressed_and_the_rest_only_counted() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = BlobStore::open(folder.path().to_owned()).unwrap();
        let hash = blobs.put(&[7; 1000]).unwrap().to_string();
        let patches = [
            MadePatch { hash, bytes: 1012 },
            MadePatch { hash: "0".repeat(64), bytes: 5 },
            MadePatch { hash: String::new(), bytes: 6 },
        ];
        let sizes = PatchSizes::of(&patches, &blobs);
        assert_eq!((sizes.plain.len(), sizes.plain.percentile(95)), (3, Some(1012.0)));
        assert_eq!(sizes.compressed.len(), 1);
        assert!(sizes.compressed.percentile(50).is_some_and(|bytes| bytes > 12.0 && bytes < 60.0));
    }
}
