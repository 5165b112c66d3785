//! What lies on the disk of the server that builds: a text that is edited, and what was built of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use dev_server::analyse::{ManifestEntry, PageManifest};
use dev_server::build::{Artifact, Glue, GlueKind};
use dev_server::content::{BlobStore, ContentHash};
use dev_server::hot::{Lineage, Patch};
use dev_server::publish::Made;
use dev_server::revision::Revision;

use crate::truth::Truth;
use crate::weather::Chance;

/// The program that everybody shows.
pub(crate) const PROGRAM: &str = "app";

/// Patches on one base.
const PATCHES: usize = 4;

/// A text and its modules. It outlives the server.
pub(crate) struct Project {
    /// Of the text; each edit raises it.
    pub(crate) version: u64,
    files: BTreeMap<String, ContentHash>,
    /// What the last build gave, but for its bytes.
    lineage: Option<Lineage>,
    whole: bool,
}

impl Project {
    pub(crate) fn new(store: &BlobStore) -> Self {
        let files = BTreeMap::from([("index.html".to_owned(), store.put(b"<html>").unwrap())]);
        Self { version: 1, files, lineage: None, whole: true }
    }

    pub(crate) fn manifest(&self) -> Arc<PageManifest> {
        let entry = |hash| ManifestEntry { hash, media_type: "text/css".into(), size: 1 };
        Arc::new(PageManifest::new(
            self.files.iter().map(|(path, hash)| (path.clone(), entry(*hash))).collect(),
        ))
    }

    /// A file of the page is another one, or is gone.
    pub(crate) fn edit_page(&mut self, store: &BlobStore, chance: &Chance) {
        let path = format!("{}.css", chance.pick(&["a", "b", "c"]));
        if self.files.remove(&path).is_none() || chance.percent(70) {
            let content = format!("style {}", chance.range(0..1_000_000));
            self.files.insert(path, store.put(content.as_bytes()).unwrap());
        }
    }

    /// Another text: functions of what runs are replaced, or all is built anew.
    pub(crate) fn edit(&mut self, chance: &Chance) {
        let before = self.version;
        self.version += 1;
        let room = self.lineage.as_ref().is_none_or(|lineage| lineage.patches.len() < PATCHES);
        if !(room && chance.percent(60)) {
            self.build_whole();
            return;
        }
        let lineage =
            self.lineage.get_or_insert_with(|| Lineage { base: module(before).1, patches: Vec::new() });
        let follows = lineage.patches.last().map_or(0, |patch| patch.number);
        let module = Bytes::from(format!("patch to {}", self.version));
        lineage.patches.push(Patch {
            number: follows + 1 + chance.range(0..2) as u32,
            follows,
            hash: ContentHash::of(&module),
            module,
            table_length: 1,
            table_growth: 0,
            writes: Vec::new(),
            has_initializer: false,
            stack_chain: 0,
            functions: vec!["main.main".to_owned()],
            notes: Vec::new(),
        });
        self.whole = chance.percent(50);
    }

    /// A module that stands for itself, for those who cannot be patched.
    pub(crate) fn add_whole(&mut self) {
        self.whole = true;
    }

    /// Nothing that runs becomes this text by patches.
    pub(crate) fn build_whole(&mut self) {
        self.lineage = None;
        self.whole = true;
    }

    /// The last build, and what its modules and patches stand for.
    pub(crate) fn made(&self, store: &BlobStore, truth: &mut Truth) -> Made {
        let (bytes, newest) = module(self.version);
        let base = self.lineage.as_ref().map_or(newest, |lineage| lineage.base);
        let (module, bytes) = if self.whole { (newest, bytes) } else { (base, Vec::new()) };
        if self.whole {
            store.put(&bytes).unwrap();
            truth.means(newest, 0, self.version);
        }
        if let Some(patch) = self.lineage.as_ref().and_then(|lineage| lineage.patches.last()) {
            truth.means(base, patch.number, self.version);
        }
        let artifact = Artifact {
            revision: Revision::FIRST,
            program: PROGRAM.into(),
            module,
            size: bytes.len() as u64,
            glue: Glue { kind: GlueKind::Go, hash: store.put(b"glue").unwrap(), size: 4 },
            symbols: None,
            stages: Vec::new(),
            warnings: Vec::new(),
            from_cache: false,
        };
        let lineages = self.lineage.iter().cloned().map(Arc::new).collect();
        Made { lineages, whole: self.whole, ..Made::whole(Arc::new(artifact), Vec::new()) }
    }
}

/// Bytes of the module that is the text of this version.
fn module(version: u64) -> (Vec<u8>, ContentHash) {
    let bytes = format!("module of {version} {}", "m".repeat(200)).into_bytes();
    let hash = ContentHash::of(&bytes);
    (bytes, hash)
}
