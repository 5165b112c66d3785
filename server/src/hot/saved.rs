//! What is known of running bases, in a file: pages that outlive the server go on being patched by the next one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hot_patch::World;
use serde::{Deserialize, Serialize};

use super::library::LibraryFile;
use super::lineage::{Lineage, Patch};
use crate::analyse::SourceDigest;
use crate::build::{Artifact, Glue, GlueKind};
use crate::content::ContentHash;
use crate::revision::Revision;

/// Raised when the meaning of the file or of what is in it changes; files of another format are not read.
const FORMAT: u32 = 4;

/// A base, as it is kept.
#[derive(Debug, Clone)]
pub(super) struct SavedBase {
    pub(super) artifact: Artifact,
    pub(super) lineage: Arc<Lineage>,
    pub(super) world: Arc<World>,
    pub(super) files: Vec<LibraryFile>,
    /// The text that it is of, with all its patches.
    pub(super) digest: SourceDigest,
    /// The text that the module alone is of.
    pub(super) first_digest: SourceDigest,
}

/// Where the bases of one program are kept. Files appear whole.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    path: PathBuf,
    /// Number of the newest state that was written or is about to be.
    newest: Arc<Mutex<u64>>,
}

#[derive(Serialize, Deserialize)]
struct File {
    format: u32,
    identity: String,
    bases: Vec<Base>,
}

#[derive(Serialize, Deserialize)]
struct Base {
    program: String,
    module: [u8; 32],
    size: u64,
    glue: [u8; 32],
    glue_size: u64,
    symbols: Option<[u8; 32]>,
    patches: Vec<SavedPatch>,
    world: Vec<u8>,
    files: Vec<LibraryFile>,
    digest: [u8; 32],
    first_digest: [u8; 32],
}

#[derive(Serialize, Deserialize)]
struct SavedPatch {
    number: u32,
    follows: u32,
    module: Vec<u8>,
    table_length: u32,
    table_growth: u32,
    writes: Vec<(u32, Vec<u8>)>,
    has_initializer: bool,
    stack_chain: u32,
    functions: Vec<String>,
    notes: Vec<String>,
}

impl Shelf {
    /// For the program with package main in `package`, in a folder for all programs.
    pub(super) fn new(folder: &Path, package: &Path) -> Self {
        let name = ContentHash::of(package.as_os_str().as_encoded_bytes()).to_string();
        sweep(folder);
        Self { path: folder.join(&name[..32]), newest: Arc::default() }
    }

    /// The bases that were kept, newest first; none when they were made by another compiler or cannot be read.
    pub(super) fn load(&self, identity: &str) -> Vec<SavedBase> {
        let read = || {
            let bytes = fs::read(&self.path).ok()?;
            let file: File = postcard::from_bytes(&bytes).ok()?;
            (file.format == FORMAT && file.identity == identity).then_some(file.bases)
        };
        read().unwrap_or_default().into_iter().filter_map(Base::restored).collect()
    }

    /// Keeps the bases in the background; of several states that are to be written, the newest stays.
    pub(super) fn keep(&self, identity: &str, bases: Vec<SavedBase>) {
        let number = {
            let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
            *newest += 1;
            *newest
        };
        let (shelf, identity) = (self.clone(), identity.to_owned());
        tokio::task::spawn_blocking(move || {
            let bases = bases.iter().filter_map(Base::of).collect();
            let file = File { format: FORMAT, identity, bases };
            let newest = shelf.newest.lock().unwrap_or_else(PoisonError::into_inner);
            if *newest != number {
                return;
            }
            if let Err(error) = shelf.write(&file) {
                // Pages are swapped by whole modules after the next start then.
                tracing::warn!(path = %shelf.path.display(), %error, "cannot keep what is known of running programs");
            }
        });
    }

    fn write(&self, file: &File) -> io::Result<()> {
        let bytes = postcard::to_stdvec(file).map_err(io::Error::other)?;
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(folder)?;
        let mut unfinished = tempfile::NamedTempFile::new_in(folder)?;
        io::Write::write_all(&mut unfinished, &bytes)?;
        unfinished.persist(&self.path)?;
        Ok(())
    }
}

/// Removes what is kept of programs that nobody served for a month.
fn sweep(folder: &Path) {
    const UNUSED: Duration = Duration::from_hours(24 * 30);
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|file| file.modified()).ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > UNUSED) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

impl Base {
    fn of(base: &SavedBase) -> Option<Self> {
        let artifact = &base.artifact;
        Some(Self {
            program: artifact.program.clone(),
            module: *artifact.module.as_bytes(),
            size: artifact.size,
            glue: *artifact.glue.hash.as_bytes(),
            glue_size: artifact.glue.size,
            symbols: artifact.symbols.map(|hash| *hash.as_bytes()),
            patches: base.lineage.patches.iter().map(SavedPatch::of).collect(),
            world: base.world.save().ok()?,
            files: base.files.clone(),
            digest: *base.digest.0.as_bytes(),
            first_digest: *base.first_digest.0.as_bytes(),
        })
    }

    fn restored(self) -> Option<SavedBase> {
        let hash = |bytes: [u8; 32]| ContentHash::from_slice(&bytes);
        let module = hash(self.module)?;
        let glue = Glue { kind: GlueKind::TinyGo, hash: hash(self.glue)?, size: self.glue_size };
        let artifact = Artifact {
            revision: Revision::FIRST,
            program: self.program,
            module,
            size: self.size,
            glue,
            symbols: self.symbols.and_then(hash),
            stages: Vec::new(),
            warnings: Vec::new(),
            from_cache: true,
        };
        let patches = self.patches.into_iter().map(SavedPatch::restored).collect();
        Some(SavedBase {
            artifact,
            lineage: Arc::new(Lineage { base: module, patches }),
            world: Arc::new(World::load(&self.world).ok()?),
            files: self.files,
            digest: SourceDigest(hash(self.digest)?),
            first_digest: SourceDigest(hash(self.first_digest)?),
        })
    }
}

impl SavedPatch {
    fn of(patch: &Patch) -> Self {
        Self {
            number: patch.number,
            follows: patch.follows,
            module: patch.module.to_vec(),
            table_length: patch.table_length,
            table_growth: patch.table_growth,
            writes: patch.writes.iter().map(|(address, content)| (*address, content.to_vec())).collect(),
            has_initializer: patch.has_initializer,
            stack_chain: patch.stack_chain,
            functions: patch.functions.clone(),
            notes: patch.notes.clone(),
        }
    }

    fn restored(self) -> Patch {
        let hash = ContentHash::of(&self.module);
        Patch {
            number: self.number,
            follows: self.follows,
            module: self.module.into(),
            hash,
            table_length: self.table_length,
            table_growth: self.table_growth,
            writes: self.writes.into_iter().map(|(at, content)| (at, Bytes::from(content))).collect(),
            has_initializer: self.has_initializer,
            stack_chain: self.stack_chain,
            functions: self.functions,
            notes: self.notes,
        }
    }
}
