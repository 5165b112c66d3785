//! The closed list of files that a page may ask for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::content::ContentHash;

/// One file of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestEntry {
    /// Name of the content in the blob store.
    pub hash: ContentHash,
    /// MIME type without parameters.
    pub media_type: String,
    /// Size in bytes.
    pub size: u64,
}

/// Everything below a page that is ever served, by path relative to the page, such as `img/a.png`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageManifest {
    /// By path. Paths are as files are named, not percent-encoded, and matched byte by byte: twins in case or
    /// Unicode form are different files.
    pub entries: BTreeMap<String, ManifestEntry>,
    /// Over all paths and contents: equal digests mean equal pages.
    pub digest: ContentHash,
}

impl PageManifest {
    /// Closes the list.
    pub fn new(entries: BTreeMap<String, ManifestEntry>) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("dev-server page manifest 1");
        for (path, entry) in &entries {
            hasher
                .update(&(path.len() as u64).to_le_bytes())
                .update(path.as_bytes())
                .update(entry.hash.as_bytes());
        }
        Self { digest: hasher.finalize().into(), entries }
    }

    /// The page itself.
    pub fn html(&self) -> Option<&ManifestEntry> {
        self.entries.get("index.html")
    }
}
